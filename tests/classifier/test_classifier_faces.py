"""Faces are found wherever and however they lie, and cut out upright."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from classifier_pictures import build_noise

from classifier.faces import CANONICAL_EYES_AND_MOUTH, CROP_SIZE, FaceFinder, align_crop
from classifier.search import FaceSearch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classifier.types import DetectedFace

EYES = (203, 102), (248, 103)
FACE = (173, 75, 104, 104)


@pytest.fixture(scope="module")
def search() -> FaceSearch:
    return FaceSearch()


def measure_overlap(box: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Intersection over union."""
    width = min(box[0] + box[2], other[0] + other[2]) - max(box[0], other[0])
    height = min(box[1] + box[3], other[1] + other[3]) - max(box[1], other[1])
    common = max(0, width) * max(0, height)
    return common / (box[2] * box[3] + other[2] * other[3] - common)


def assert_is_the_astronaut(face: DetectedFace, scale: float = 1, left: float = 0, top: float = 0) -> None:
    """The box overlaps the known one and the eyes are where they are."""
    x, y, width, height = (value * scale for value in FACE)
    assert measure_overlap(face.box, (x + left, y + top, width, height)) > 0.6
    for point, (eye_x, eye_y) in zip(face.keypoints[:2], EYES, strict=True):
        assert np.hypot(point.x - eye_x * scale - left, point.y - eye_y * scale - top) < 12 * scale


def test_the_detector_finds_the_astronaut(astronaut: NDArray[np.uint8]) -> None:
    """One look at a clear face is enough."""
    (face,) = FaceFinder().find(astronaut)
    assert_is_the_astronaut(face)
    assert face.score > 0.8


@pytest.mark.parametrize(
    "shape", [(512, 512), (512, 680), (680, 512), (512, 900), (900, 512), (512, 1500)], ids=str
)
def test_one_finder_sees_photos_of_any_shape(
    search: FaceSearch, astronaut: NDArray[np.uint8], shape: tuple[int, int]
) -> None:
    """The detector is shown no more than it needs of a wide or tall photo; the face stays where it is."""
    height, width = shape
    bottom, right = height - 512, width - 512
    image = cv2.copyMakeBorder(astronaut, 0, bottom, 0, right, cv2.BORDER_CONSTANT, value=(90, 90, 90))

    (face,) = search.find(image)

    assert_is_the_astronaut(face)


@pytest.mark.parametrize("corner", ["top left", "bottom right"])
@pytest.mark.parametrize("size", [(320, 240), (240, 320), (400, 225)], ids=str)
def test_a_face_in_the_corner_of_a_wide_or_tall_photo_is_found(
    search: FaceSearch, astronaut: NDArray[np.uint8], size: tuple[int, int], corner: str
) -> None:
    """Where the picture ends, what the detector sees may end too."""
    width, height = size
    x, y, face_width, face_height = FACE
    left, top = (
        (x - 4, y - 4) if corner == "top left" else (x + face_width + 4 - width, y + face_height + 4 - height)
    )
    # What would lie outside the astronaut's picture repeats its edge.
    wide = cv2.copyMakeBorder(astronaut, 400, 400, 400, 400, cv2.BORDER_REPLICATE)
    image = np.ascontiguousarray(wide[400 + top : 400 + top + height, 400 + left : 400 + left + width])

    (face,) = search.find(image)

    assert measure_overlap(face.box, (x - left, y - top, face_width, face_height)) > 0.5


@pytest.mark.parametrize("scale", [0.5, 2.5])
def test_size_does_not_matter(search: FaceSearch, astronaut: NDArray[np.uint8], scale: float) -> None:
    """Boxes and key points are in pixels of the picture that was given."""
    (face,) = search.find(cv2.resize(astronaut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    assert_is_the_astronaut(face, scale)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_photo_that_lies_on_its_side_or_head_is_turned(
    search: FaceSearch, astronaut: NDArray[np.uint8], turns: int
) -> None:
    """Photos lose their EXIF; the box is where the face is, and the crop upright all the same."""
    image = np.ascontiguousarray(np.rot90(astronaut[:400, :500], turns))
    (face,) = search.find(image)
    x, y, width, height = FACE
    known = {1: (y, 500 - x - width), 2: (500 - x - width, 400 - y - height), 3: (400 - y - height, x)}[turns]
    assert measure_overlap(face.box, (*known, width, height)) > 0.6
    upright = align_crop(astronaut, search.find(astronaut)[0].keypoints).astype(int)
    difference = np.abs(align_crop(image, face.keypoints).astype(int) - upright).mean()
    wrong = np.abs(np.rot90(align_crop(image, face.keypoints)).astype(int) - upright).mean()
    assert difference < 20 < wrong


def test_a_mirrored_face_is_found(search: FaceSearch, astronaut: NDArray[np.uint8]) -> None:
    """Selfies are often mirrored; the left eye is still the one further left."""
    (face,) = search.find(np.ascontiguousarray(astronaut[:, ::-1]))
    assert measure_overlap(face.box, (512 - FACE[0] - FACE[2], *FACE[1:])) > 0.6
    assert face.keypoints.left_eye.x < face.keypoints.right_eye.x


@pytest.mark.parametrize("side", [48, 104, 700])
def test_a_face_that_fills_the_picture_is_found_with_its_eyes(
    search: FaceSearch, astronaut: NDArray[np.uint8], side: int
) -> None:
    """A tight crop has no margin; key points seen without one would be wrong."""
    x, y, width, height = FACE
    tight = cv2.resize(astronaut[y : y + height, x : x + width], (side, side), interpolation=cv2.INTER_AREA)
    (face,) = search.find(tight)
    for point, (eye_x, eye_y) in zip(face.keypoints[:2], EYES, strict=True):
        assert abs(point.x - (eye_x - x) * side / width) < side * 0.08
        assert abs(point.y - (eye_y - y) * side / height) < side * 0.08


def test_a_face_at_the_border_is_found(search: FaceSearch, astronaut: NDArray[np.uint8]) -> None:
    """Half a forehead and a chin may lie outside."""
    image = np.ascontiguousarray(astronaut[85:400, 185:500])
    (face,) = search.find(image)
    assert measure_overlap(face.box, (FACE[0] - 185, FACE[1] - 85, *FACE[2:])) > 0.5


def test_small_faces_in_a_large_group_are_found(search: FaceSearch, astronaut: NDArray[np.uint8]) -> None:
    """Forty faces of some forty pixels, in a photo thirty times as wide."""
    person = cv2.resize(astronaut[:300, 60:360], (150, 150), interpolation=cv2.INTER_AREA)
    image = np.tile(person, (5, 8, 1))
    faces = search.find(image)
    found = set()
    for face in faces:
        x, y = face.box.x + face.box.width / 2, face.box.y + face.box.height / 2
        found.add((int(x // 150), int(y // 150)))
        assert np.hypot(x % 150 - 82, y % 150 - 63) < 15, "not where a face is"
    assert len(found) >= 38
    assert len(faces) == len(found), "a face was found twice"


def test_one_small_face_in_a_wide_view_is_found(search: FaceSearch, astronaut: NDArray[np.uint8]) -> None:
    """Where one look finds nobody, closer ones do."""
    image = np.full((1000, 1600, 3), 150, dtype=np.uint8)
    person = cv2.resize(astronaut[:300, 60:360], (150, 150), interpolation=cv2.INTER_AREA)
    image[600:750, 1100:1250] = person
    (face,) = search.find(image)
    assert_is_the_astronaut(face, 0.5, 1100 - 30, 600)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2000), (2000, 1), (300, 400), (1200, 1600)])
def test_where_there_is_no_face_none_is_found(search: FaceSearch, shape: tuple[int, int]) -> None:
    """Flat pictures of any shape have no faces."""
    assert search.find(np.full((*shape, 3), 127, dtype=np.uint8)) == []


def test_noise_has_no_face(search: FaceSearch) -> None:
    """However often one looks."""
    assert search.find(build_noise(700, 900)) == []


def test_crops_have_eyes_and_mouth_in_their_places(astronaut: NDArray[np.uint8]) -> None:
    """A crop is what the network was trained on: 256 x 256, the eyes level."""
    (face,) = FaceFinder().find(astronaut)
    tilted_by = cv2.getRotationMatrix2D(face.keypoints.nose, 25, 1)
    tilted = cv2.warpAffine(astronaut, tilted_by, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    (tilted_face,) = FaceFinder().find(tilted)
    upright, straightened = (
        align_crop(image, found.keypoints) for image, found in ((astronaut, face), (tilted, tilted_face))
    )
    assert upright.shape == (CROP_SIZE, CROP_SIZE, 3)
    assert np.abs(upright.astype(int) - straightened).mean() < 20
    eye_x, eye_y = (CANONICAL_EYES_AND_MOUTH[0] * CROP_SIZE).astype(int)
    pupil = upright[eye_y - 12 : eye_y + 12, eye_x - 12 : eye_x + 12].min()
    cheek = upright[eye_y + 30 : eye_y + 50, eye_x - 12 : eye_x + 12].min()
    assert pupil < 60 < cheek
