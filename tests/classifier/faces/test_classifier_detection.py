"""Faces are found wherever and however they lie, and cut out upright."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
import skimage.data
from classifier_pictures import build_noise

from classifier.faces.face_alignment import (
    CANONICAL_LANDMARKS,
    CROP_SIZE,
    STABLE_LANDMARKS,
    align_by_keypoints,
    align_by_landmarks,
)
from classifier.faces.face_detection import FaceFinder
from classifier.faces.face_landmarks import estimate_yaw
from classifier.faces.face_search import FaceSearch
from classifier.faces.face_verification import CLEAR_SCORE, FaceVerifier
from classifier.types import Keypoints, Point

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classifier.faces.face_verification import VerifiedFace
    from classifier.types import DetectedFace

EYES = (203, 102), (248, 103)
FACE = (173, 75, 104, 104)


class Search:
    """Finds faces as the classifier does; most tests look at the boxes and key points alone."""

    def __init__(self) -> None:
        self._search = FaceSearch()

    def find(self, image: NDArray[np.uint8]) -> list[DetectedFace]:
        """Return where the faces are."""
        return [found.face for found in self.find_verified(image)]

    def find_verified(self, image: NDArray[np.uint8]) -> list[VerifiedFace]:
        """Return all that is known of the faces."""
        return self._search.find(image)


@pytest.fixture(scope="module")
def search() -> Search:
    return Search()


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
    (face,) = FaceFinder(0.5).find(astronaut)
    assert_is_the_astronaut(face)
    assert face.score > 0.8


@pytest.mark.parametrize(
    "shape", [(512, 512), (512, 680), (680, 512), (512, 900), (900, 512), (512, 1500)], ids=str
)
def test_one_finder_sees_photos_of_any_shape(
    search: Search, astronaut: NDArray[np.uint8], shape: tuple[int, int]
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
    search: Search, astronaut: NDArray[np.uint8], size: tuple[int, int], corner: str
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
def test_size_does_not_matter(search: Search, astronaut: NDArray[np.uint8], scale: float) -> None:
    """Boxes and key points are in pixels of the picture that was given."""
    (face,) = search.find(cv2.resize(astronaut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    assert_is_the_astronaut(face, scale)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_photo_that_lies_on_its_side_or_head_is_turned(
    search: Search, astronaut: NDArray[np.uint8], turns: int
) -> None:
    """Photos lose their EXIF; the box is where the face is, and the crop upright all the same."""
    image = np.ascontiguousarray(np.rot90(astronaut[:400, :500], turns))
    (found,) = search.find_verified(image)
    x, y, width, height = FACE
    known = {1: (y, 500 - x - width), 2: (500 - x - width, 400 - y - height), 3: (400 - y - height, x)}[turns]
    assert measure_overlap(found.face.box, (*known, width, height)) > 0.6
    upright = search.find_verified(astronaut)[0].align(astronaut).astype(int)
    crop = found.align(image)
    difference = np.abs(crop.astype(int) - upright).mean()
    wrong = np.abs(np.rot90(crop).astype(int) - upright).mean()
    assert difference < 20 < wrong


def test_a_mirrored_face_is_found(search: Search, astronaut: NDArray[np.uint8]) -> None:
    """Selfies are often mirrored; the left eye is still the one further left."""
    (face,) = search.find(np.ascontiguousarray(astronaut[:, ::-1]))
    assert measure_overlap(face.box, (512 - FACE[0] - FACE[2], *FACE[1:])) > 0.6
    assert face.keypoints.left_eye.x < face.keypoints.right_eye.x


@pytest.mark.parametrize("side", [48, 104, 700])
def test_a_face_that_fills_the_picture_is_found_with_its_eyes(
    search: Search, astronaut: NDArray[np.uint8], side: int
) -> None:
    """A tight crop has no margin; key points seen without one would be wrong."""
    x, y, width, height = FACE
    tight = cv2.resize(astronaut[y : y + height, x : x + width], (side, side), interpolation=cv2.INTER_AREA)
    (face,) = search.find(tight)
    for point, (eye_x, eye_y) in zip(face.keypoints[:2], EYES, strict=True):
        assert abs(point.x - (eye_x - x) * side / width) < side * 0.08
        assert abs(point.y - (eye_y - y) * side / height) < side * 0.08


def test_a_face_at_the_border_is_found(search: Search, astronaut: NDArray[np.uint8]) -> None:
    """Half a forehead and a chin may lie outside."""
    image = np.ascontiguousarray(astronaut[85:400, 185:500])
    (face,) = search.find(image)
    assert measure_overlap(face.box, (FACE[0] - 185, FACE[1] - 85, *FACE[2:])) > 0.5


def test_small_faces_in_a_large_group_are_found(search: Search, astronaut: NDArray[np.uint8]) -> None:
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


def test_one_small_face_in_a_wide_view_is_found(search: Search, astronaut: NDArray[np.uint8]) -> None:
    """Where one look finds nobody, closer ones do."""
    image = np.full((1000, 1600, 3), 150, dtype=np.uint8)
    person = cv2.resize(astronaut[:300, 60:360], (150, 150), interpolation=cv2.INTER_AREA)
    image[600:750, 1100:1250] = person
    (face,) = search.find(image)
    assert_is_the_astronaut(face, 0.5, 1100 - 30, 600)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2000), (2000, 1), (300, 400), (1200, 1600)])
def test_where_there_is_no_face_none_is_found(search: Search, shape: tuple[int, int]) -> None:
    """Flat pictures of any shape have no faces."""
    assert search.find(np.full((*shape, 3), 127, dtype=np.uint8)) == []


def test_noise_has_no_face(search: Search) -> None:
    """However often one looks."""
    assert search.find(build_noise(700, 900)) == []


@pytest.mark.parametrize("by", ["landmarks", "keypoints"])
def test_crops_have_eyes_and_mouth_in_their_places(
    search: Search, astronaut: NDArray[np.uint8], by: str
) -> None:
    """A crop is what the network was trained on: 256 x 256, the eyes level."""
    tilted_by = cv2.getRotationMatrix2D((225, 120), 25, 1)
    tilted = cv2.warpAffine(astronaut, tilted_by, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    crops = []
    for image in (astronaut, tilted):
        (found,) = search.find_verified(image)
        crops.append(
            align_by_landmarks(image, found.landmarks.points)
            if by == "landmarks"
            else align_by_keypoints(image, found.face.keypoints)
        )
    upright, straightened = crops
    assert upright.shape == (CROP_SIZE, CROP_SIZE, 3)
    assert np.abs(upright.astype(int) - straightened).mean() < 20
    corners = CANONICAL_LANDMARKS[[STABLE_LANDMARKS.index(33), STABLE_LANDMARKS.index(133)]]
    eye_x, eye_y = (corners.mean(axis=0) * CROP_SIZE).astype(int)
    pupil = upright[eye_y - 12 : eye_y + 12, eye_x - 12 : eye_x + 12].min()
    cheek = upright[eye_y + 30 : eye_y + 50, eye_x - 12 : eye_x + 12].min()
    assert pupil < 60 < cheek


def test_a_crop_repeats_the_edge_of_the_photo_where_the_photo_ends() -> None:
    """A black bar beside a face would be the strongest edge in the picture, and the network would read it."""
    points = [(-40, 60), (10, 60), (0, 80), (-15, 100), (-80, 70), (40, 70)]
    cut_by_the_frame = Keypoints(*(Point(x, y) for x, y in points))
    crop = align_by_keypoints(np.full((160, 120, 3), 200, dtype=np.uint8), cut_by_the_frame)
    assert crop.shape == (CROP_SIZE, CROP_SIZE, 3)
    assert (crop == 200).all()


def test_landmarks_lie_on_the_face(search: Search, astronaut: NDArray[np.uint8]) -> None:
    """The corners of the eyes enclose the pupils, the mouth is below the nose, and the head looks at us."""
    (found,) = search.find_verified(astronaut)
    points = found.landmarks.points
    for outer, inner, (eye_x, eye_y) in ((33, 133, EYES[0]), (263, 362, EYES[1])):
        middle = points[[outer, inner], :2].mean(axis=0)
        assert np.hypot(*(middle - (eye_x, eye_y))) < 8
    assert points[1, 1] < points[13, 1] < points[152, 1]
    assert found.landmarks.presence > 0.99
    assert estimate_yaw(points) < 25
    assert not found.is_turned_away()


def test_a_stretched_face_is_a_face_turned_away(search: Search, astronaut: NDArray[np.uint8]) -> None:
    """Depth beside width tells how far a head is turned: a face squeezed to a third looks like a profile."""
    (found,) = search.find_verified(astronaut)
    points = found.landmarks.points.copy()
    points[:, 2] += 2 * (points[:, 0] - points[:, 0].mean())
    assert estimate_yaw(points) > 50
    turned = replace(found, landmarks=replace(found.landmarks, points=points))
    assert turned.is_turned_away()


@pytest.mark.parametrize("edge", ["left", "top", "right", "bottom"])
def test_a_face_that_the_frame_cuts_is_found(search: Search, astronaut: NDArray[np.uint8], edge: str) -> None:
    """Somebody at the edge of a selfie shows two thirds of a face."""
    x, y, width, height = FACE
    cut = {
        "left": np.s_[0:350, x + width // 3 : 512],
        "top": np.s_[y + height // 4 : 400, 40:440],
        "right": np.s_[0:350, 0 : x + 2 * width // 3],
        "bottom": np.s_[0 : y + 4 * height // 5, 40:440],
    }[edge]
    image = np.ascontiguousarray(astronaut[cut])

    assert len(search.find(image)) == 1


@pytest.mark.parametrize("name", ["chelsea", "coffee", "moon", "coins", "brick", "rocket", "gravel", "page"])
def test_what_is_no_face_gets_no_box(search: Search, name: str) -> None:
    """A cat, a cup, the moon: the detector proposes them, the verifier does not."""
    picture = getattr(skimage.data, name)()
    image = cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB) if picture.ndim == 2 else np.ascontiguousarray(picture)
    assert search.find(image) == []


def test_of_a_candidate_that_the_detector_doubts_more_is_asked(astronaut: NDArray[np.uint8]) -> None:
    """A face that the mesh hardly sees counts where the detector is clear, and not where it scores less."""
    (face,) = FaceFinder(0.5).find(astronaut)
    blurred, verifier = cv2.GaussianBlur(astronaut, (0, 0), 5), FaceVerifier()

    clear, doubted = (
        verifier.verify(blurred, replace(face, score=score)) for score in (CLEAR_SCORE, CLEAR_SCORE - 0.01)
    )

    assert clear is not None
    assert 0.5 < clear.landmarks.presence < 0.9
    assert doubted is None


def test_one_person_gets_one_box(search: Search, astronaut: NDArray[np.uint8]) -> None:
    """Two looks at one face from near and far do not make two people of it."""
    for side in (120, 300, 900, 2400):
        image = cv2.resize(astronaut[:400, :400], (side, side), interpolation=cv2.INTER_AREA)
        assert len(search.find(image)) == 1
