"""What makes a candidate a face, at the borders of both networks, and where it is said to be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from classifier.faces.face_alignment import STABLE_LANDMARKS
from classifier.faces.face_landmarks import Landmarks
from classifier.faces.face_verification import FaceVerifier, VerifiedFace, _SecondOpinion
from classifier.types import Box, DetectedFace, Keypoints, Point

IMAGE = np.zeros((100, 100, 3), dtype=np.uint8)
EYES = Keypoints(Point(40, 40), Point(60, 40), Point(50, 50), Point(50, 60), Point(30, 40), Point(70, 40))
FACE = DetectedFace(Box(30, 30, 40, 40), EYES, 0.9)
POINTS = np.zeros((468, 3))
POINTS[:, :2] = (25, 35)
POINTS[0, :2] = (75.4, 80)


class Mesh:
    """Stands in for the face mesh."""

    def __init__(self, presence: float) -> None:
        self._presence = presence

    def find(self, _image: np.ndarray, _face: DetectedFace) -> Landmarks:
        """Say how much it is a face."""
        return Landmarks(POINTS, self._presence)


class Opinion:
    """Stands in for the second opinion, and counts how often it was asked."""

    def __init__(self, score: float) -> None:
        self._score = score
        self.asked = 0

    def score(self, _image: np.ndarray, _face: DetectedFace) -> float:
        """Say how much there is any face."""
        self.asked += 1
        return self._score


def verify(score: float, presence: float, opinion: float) -> tuple[VerifiedFace | None, int]:
    verifier = FaceVerifier.__new__(FaceVerifier)
    verifier._landmarks, verifier._second = Mesh(presence), Opinion(opinion)
    found = verifier.verify(IMAGE, replace(FACE, score=score))
    return found, verifier._second.asked


@pytest.mark.parametrize(
    ("score", "presence", "opinion", "outcome", "asked"),
    [
        (0.65, 0.95, 0.0, "readable", 0),
        (0.65, 0.949, 0.36, "readable", 1),
        (0.65, 0.949, 0.359, "none", 1),
        (0.65, 0.5, 0.36, "readable", 1),
        (0.65, 0.499, 0.499, "none", 1),
        (0.65, 0.499, 0.5, "unreadable", 1),
        (0.65, 0.0, 0.5, "unreadable", 1),
        (0.649, 0.99, 0.0, "readable", 0),
        (0.649, 0.989, 0.36, "readable", 1),
        (0.649, 0.989, 0.359, "none", 1),
        (0.649, 0.9, 0.36, "readable", 1),
        (0.649, 0.899, 1.0, "none", 0),
        (0.649, 0.0, 1.0, "none", 0),
    ],
)
def test_two_networks_decide_what_is_a_face(
    score: float, presence: float, opinion: float, outcome: str, asked: int
) -> None:
    """The mesh alone where it is certain; both together; the second alone for a likely face; else none."""
    found, times = verify(score, presence, opinion)
    assert times == asked
    if outcome == "none":
        assert found is None
        return
    assert found is not None
    assert found.is_readable == (outcome == "readable")
    # Where the mesh sees it, its points tell better than the detector how large it is.
    assert found.face.box == (Box(25, 35, 50, 45) if found.is_readable else FACE.box)


def test_the_second_opinion_is_the_middle_one_of_three_views() -> None:
    """From near, from further and from far: one view that errs decides nothing."""
    opinion = _SecondOpinion.__new__(_SecondOpinion)
    seen = {}

    def look(_image: np.ndarray, _face: DetectedFace, times: float) -> float:
        seen[times] = {1.8: 0.9, 2.5: 0.1, 4.0: 0.4}[times]
        return seen[times]

    opinion._look = look
    assert opinion.score(IMAGE, FACE) == 0.4
    assert list(seen) == [1.8, 2.5, 4.0]


@pytest.mark.parametrize(
    ("degrees", "is_turned"), [(49.9, False), (50.1, True), (-49.9, False), (-50.1, True)]
)
def test_from_fifty_degrees_on_a_head_is_turned_away(degrees: float, is_turned: bool) -> None:
    """To either side: one half of the mouth is hidden."""
    points = np.zeros((468, 3))
    points[454] = (10 * np.cos(np.radians(degrees)), 0, 10 * np.sin(np.radians(degrees)))
    face = VerifiedFace(FACE, Landmarks(points, 1.0), is_readable=True)
    assert face.is_turned_away() == is_turned


@pytest.mark.parametrize(
    ("x", "is_turned"), [(41.9, True), (42.1, False), (50, False), (57.9, False), (58.1, True), (90, True)]
)
def test_without_landmarks_the_nose_tells_whether_a_head_is_turned(x: float, is_turned: bool) -> None:
    """It lies between the eyes, a tenth of the way from each at least."""
    keypoints = EYES._replace(nose=Point(x, 50))
    face = VerifiedFace(replace(FACE, keypoints=keypoints), Landmarks(POINTS, 0.0), is_readable=False)
    assert face.is_turned_away() == is_turned


def test_a_face_is_scaled_with_all_that_is_known_of_it() -> None:
    """From a reduced photo to the whole one."""
    face = VerifiedFace(FACE, Landmarks(POINTS, 1.0), is_readable=True).scaled(2.5)
    assert face.face.box == Box(75, 75, 100, 100)
    assert face.face.keypoints.left_eye == (100, 100)
    assert np.array_equal(face.landmarks.points, POINTS * 2.5)
    tiny = VerifiedFace(FACE, Landmarks(POINTS, 1.0), is_readable=True).scaled(0.001)
    assert tiny.face.box == Box(0, 0, 1, 1)


def test_where_and_how_wide_a_face_is() -> None:
    """By its landmarks if they are to be trusted, else by its box."""
    points = POINTS.copy()
    points[list(STABLE_LANDMARKS), :2] = (33, 44)
    landmarks = Landmarks(points, 1.0)
    readable, unreadable = (VerifiedFace(FACE, landmarks, is_readable=is_so) for is_so in (True, False))
    assert readable.middle() == (33, 44)
    assert readable.width() == pytest.approx(np.hypot(75.4 - 25, 80 - 35) / 2**0.5)
    assert (unreadable.middle(), unreadable.width()) == ((50, 50), 40)
    assert not np.allclose(readable.matrix(), unreadable.matrix())
