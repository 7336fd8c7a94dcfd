"""Crop the labelled face from a decoded picture as the classifier does it: detect, verify, align."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classifier.faces.face_alignment import CROP_SIZE
from classifier.faces.face_detection import FaceFinder
from classifier.faces.face_verification import FaceVerifier
from classifier.opencv import cv2
from classifier.types import Box, DetectedFace, Keypoints, Point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from classifier.faces.face_verification import VerifiedFace
    from training.data.samples import Sample

_SMALLEST_FACE = 28  # pixels; the label of a smaller face in a web photo cannot be checked by eye
_MARGINS = {"cut": 1 / 3, "framed": 1 / 2, "photo": 0.0}
"""Border around a picture, as a share of its side. A detector learns faces with something around them, and
misses one that fills its picture. So pictures of a face get a border that repeats their edge."""
_LEAST_SIDE = 192  # to which small pictures of a face are enlarged before the detector looks
_BACKGROUND_CROPS = 2  # squares of each photo beside its faces: they teach what is not a face
_LEAST_SCORE = 0.3  # of the detector, low: the verifier decides

OUTLINE = (
    6, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152,
    377, 400, 378, 379, 365, 397, 288, 361, 323, 454,
)  # fmt: skip
"""Landmarks of the polygon that a mask covers: the bridge of the nose, then along the jaw from ear to ear."""


@dataclass(frozen=True, slots=True)
class FaceCrop:
    """A face that was cut out.

    Attributes:
        crop: (256, 256, 3) RGB, aligned as in a chat.
        outline: (22, 2) where the crop has the points of OUTLINE, as fractions of its side.
        is_readable: Whether the landmarks are to be trusted; see `VerifiedFace`.
    """

    crop: NDArray[np.uint8]
    outline: NDArray[np.float32]
    is_readable: bool


class FaceCropper:
    """Detects, verifies and aligns the face that a label is about. Not thread-safe."""

    def __init__(self) -> None:
        self._finder = FaceFinder(_LEAST_SCORE)
        self._verifier = FaceVerifier()

    def crop(self, image: NDArray[np.uint8], sample: Sample) -> FaceCrop | None:
        """Cut out the face that the label is about: the marked one, else the largest.

        Args:
            image: The sample, decoded: (H, W, 3) RGB.
            sample: Says how the picture is framed, and which face is meant.

        Returns:
            None where no face is seen.
        """
        padded, to_padded = _pad(image, sample)
        faces = self._find(padded)
        if sample.main_face is not None:
            wanted = to_padded(sample.main_face)
            faces = [found for found in faces if is_same_face(found.face.box, wanted)]
        if not faces and sample.framing == "cut":
            whole = self._verifier.verify(padded, _whole_picture(padded))
            faces = [whole] if whole else []
        # Of several faces the label is about the largest, as people see it. A readable one goes before one
        # that is turned away.
        readable = [found for found in faces if found.is_readable]
        largest = max(readable or faces, key=lambda found: found.face.box.width, default=None)
        return None if largest is None else _crop(padded, largest)

    def find_boxes(self, image: NDArray[np.uint8]) -> list[Box]:
        """Return the boxes of everything that may be a face."""
        return [face.box for face in self._finder.find(image)]

    def _find(self, image: NDArray[np.uint8]) -> list[VerifiedFace]:
        """Return the faces of a picture that are large enough for a person to check by eye."""
        candidates = [face for face in self._finder.find(image) if min(face.box[2:]) >= _SMALLEST_FACE]
        verified = [self._verifier.verify(image, face) for face in candidates]
        return [face for face in verified if face is not None]


def _pad(image: NDArray[np.uint8], sample: Sample) -> tuple[NDArray[np.uint8], Callable[[Box], Box]]:
    """Enlarge a small picture of a face, and add a border. Also returns how a box moves along with that."""
    scale = max(1.0, _LEAST_SIDE / max(image.shape[:2])) if sample.framing != "photo" else 1.0
    if scale > 1:
        image = np.asarray(
            cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8
        )
    margin = round(max(image.shape[:2]) * _MARGINS[sample.framing])
    padded = cv2.copyMakeBorder(image, margin, margin, margin, margin, cv2.BORDER_REPLICATE)

    def to_padded(box: Box) -> Box:
        x, y, width, height = (round(value * scale) for value in box)
        return Box(x + margin, y + margin, width, height)

    return np.asarray(padded, dtype=np.uint8), to_padded


def _whole_picture(padded: NDArray[np.uint8]) -> DetectedFace:
    """Propose the whole of a padded picture as one upright face: FER2013 frames its faces like that."""
    height, width = padded.shape[:2]
    side = min(height, width) / (1 + 2 * _MARGINS["cut"])
    left, top = (width - side) / 2, (height - side) / 2

    def at(x: float, y: float) -> Point:
        return Point(left + x * side, top + y * side)

    # Where eyes, nose, mouth and ears are expected in such a picture, as shares of its side.
    points = Keypoints(at(0.3, 0.4), at(0.7, 0.4), at(0.5, 0.6), at(0.5, 0.78), at(0.1, 0.45), at(0.9, 0.45))
    return DetectedFace(Box(round(left), round(top), round(side), round(side)), points, 0.0)


def _crop(image: NDArray[np.uint8], found: VerifiedFace) -> FaceCrop:
    """Align one face, and move its outline in the same way."""
    matrix = found.matrix()
    points = found.landmarks.points[list(OUTLINE), :2] @ matrix[:, :2].T + matrix[:, 2]
    return FaceCrop(found.align(image), (points / CROP_SIZE).astype(np.float32), found.is_readable)


def crop_background(image: NDArray[np.uint8], cropper: FaceCropper, seed: int) -> Iterator[NDArray[np.uint8]]:
    """Cut squares that touch no face; the seed says where."""
    boxes = cropper.find_boxes(image)
    random = np.random.default_rng(seed)
    height, width = image.shape[:2]
    for _ in range(_BACKGROUND_CROPS):
        side = int(random.uniform(0.1, 0.35) * min(height, width))
        if side < _SMALLEST_FACE:
            return
        x, y = int(random.integers(0, width - side)), int(random.integers(0, height - side))
        # A square that touches a face would teach that half a face is no face.
        if not any(
            x < box.x + box.width and box.x < x + side and y < box.y + box.height and box.y < y + side
            for box in boxes
        ):
            yield image[y : y + side, x : x + side]


def resize_crop(crop: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Resize one crop to (size, size, 3)."""
    # As in `resize_faces`: the mean going down, a smooth curve going up.
    interpolation = cv2.INTER_AREA if crop.shape[0] > size else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(crop, (size, size), interpolation=interpolation), dtype=np.uint8)


def is_same_face(one: Box, other: Box) -> bool:
    """Tell whether the middle of each box lies inside the other."""
    return all(
        abs(one[axis] + one[axis + 2] / 2 - other[axis] - other[axis + 2] / 2)
        < min(one[axis + 2], other[axis + 2]) / 2
        for axis in (0, 1)
    )
