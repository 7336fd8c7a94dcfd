"""Cut the labelled face out of a decoded picture, the way the classifier does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from classifier.faces import align_crop
from classifier.opencv import cv2

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from classifier.faces import FaceFinder
    from classifier.types import Box, DetectedFace
    from training.data.samples import Sample

_SMALLEST_FACE = 28  # pixels; the label of a smaller face in a web photo cannot be checked by eye
_MARGIN = 0.5  # of the picture's side, repeated around a cut face so that the detector sees it whole
_BACKGROUND_CROPS = 2  # cut from each whole photo beside its faces, to learn what is not a face


def cut_face(
    image: NDArray[np.uint8], sample: Sample, finder: FaceFinder
) -> tuple[NDArray[np.uint8] | None, bool]:
    """Cut out the face that the label is about.

    Args:
        image: The sample, decoded: (H, W, 3) RGB.
        sample: Says how the picture is framed, and which face is meant.
        finder: Finds faces.

    Returns:
        The crop, of any size, and whether it was turned upright by the eyes. A picture that is a face already
        is its own crop; a photo in which no face is found has None.
    """
    if sample.framing == "cut":
        return image, False
    face = _find_face(image, finder, sample)
    if face is not None:
        return align_crop(image, face.keypoints), True
    return (image if sample.framing == "framed" else None), False


def cut_background(image: NDArray[np.uint8], finder: FaceFinder, seed: int) -> Iterator[NDArray[np.uint8]]:
    """Cut squares that touch no face; the seed says where."""
    boxes = [face.box for face in finder.find(image)]
    random = np.random.default_rng(seed)
    height, width = image.shape[:2]
    for _ in range(_BACKGROUND_CROPS):
        side = int(random.uniform(0.1, 0.35) * min(height, width))
        if side < _SMALLEST_FACE:
            return
        x, y = int(random.integers(0, width - side)), int(random.integers(0, height - side))
        if not any(
            x < box.x + box.width and box.x < x + side and y < box.y + box.height and box.y < y + side
            for box in boxes
        ):
            yield image[y : y + side, x : x + side]


def resize_crop(crop: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Resize one crop to (size, size, 3)."""
    interpolation = cv2.INTER_AREA if crop.shape[0] > size else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(crop, (size, size), interpolation=interpolation), dtype=np.uint8)


def is_same_face(one: Box, other: Box) -> bool:
    """Tell whether the middle of each box lies inside the other."""
    return all(
        abs(one[axis] + one[axis + 2] / 2 - other[axis] - other[axis + 2] / 2)
        < min(one[axis + 2], other[axis + 2]) / 2
        for axis in (0, 1)
    )


def _find_face(image: NDArray[np.uint8], finder: FaceFinder, sample: Sample) -> DetectedFace | None:
    """Find the face that the label is about: the marked one, else the largest."""
    margin = round(max(image.shape[:2]) * _MARGIN) if sample.framing == "framed" else 0
    padded = cv2.copyMakeBorder(image, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    faces = [_shift(face, -margin) for face in finder.find(np.asarray(padded, dtype=np.uint8))]
    faces = [face for face in faces if min(face.box.width, face.box.height) >= _SMALLEST_FACE]
    if sample.main_face is not None:
        faces = [face for face in faces if is_same_face(face.box, sample.main_face)]
    return max(faces, key=lambda face: face.box.width * face.box.height, default=None)


def _shift(face: DetectedFace, by: int) -> DetectedFace:
    """Move a face found in a padded image back to the image's own pixels."""
    box = face.box._replace(x=face.box.x + by, y=face.box.y + by)
    moved = (point._replace(x=point.x + by, y=point.y + by) for point in face.keypoints)
    return replace(face, box=box, keypoints=type(face.keypoints)(*moved))
