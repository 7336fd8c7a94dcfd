"""From archives of photos to prepared faces: samples, crops, near duplicates, splits, contact sheets."""
