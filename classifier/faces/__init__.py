"""Find the faces of a picture, verify that they are faces, and align them to a crop."""
