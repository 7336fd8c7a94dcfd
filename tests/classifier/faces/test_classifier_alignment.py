"""A face lies in its crop where the shipped networks learnt it, to a part of a pixel."""

from __future__ import annotations

import math

import numpy as np
import pytest

from classifier.faces.face_alignment import (
    CANONICAL_EYES_AND_MOUTH,
    CANONICAL_LANDMARKS,
    CROP_SIZE,
    STABLE_LANDMARKS,
    align_by_keypoints,
    align_by_landmarks,
    cut_square,
    fit_similarity,
    keypoint_alignment,
    landmark_alignment,
)
from classifier.types import Keypoints, Point

PLACES = {
    33: (0.2524, 0.3823),
    133: (0.4052, 0.3951),
    362: (0.5948, 0.3951),
    263: (0.7476, 0.3823),
    168: (0.5, 0.3679),
    6: (0.5, 0.4147),
    197: (0.5, 0.4554),
    195: (0.5, 0.4916),
    5: (0.5, 0.5306),
    4: (0.5, 0.5766),
    1: (0.5, 0.6089),
    2: (0.5, 0.6359),
    98: (0.4057, 0.6219),
    327: (0.5943, 0.6219),
}
"""Where the faces lay when the shipped networks learnt them, as shares of the crop's side."""


def move(points: np.ndarray, scale: float, degrees: float, shift: tuple[float, float]) -> np.ndarray:
    """Turn, scale and shift (N, 2) points."""
    a = scale * np.exp(1j * math.radians(degrees))
    moved = a * (points @ (1, 1j)) + complex(*shift)
    return np.stack([moved.real, moved.imag], axis=1)


def test_the_geometry_is_that_which_the_shipped_networks_were_trained_with() -> None:
    """Any other place for eyes, nose and mouth would make every answer worse, and nothing would say so."""
    assert CROP_SIZE == 256
    assert dict(zip(STABLE_LANDMARKS, map(tuple, CANONICAL_LANDMARKS.tolist()), strict=True)) == PLACES
    assert CANONICAL_EYES_AND_MOUTH.tolist() == [[0.316, 0.387], [0.684, 0.387], [0.5, 0.781]]


@pytest.mark.parametrize("degrees", [0, 30, -120])
@pytest.mark.parametrize("scale", [0.2, 1.0, 3.0])
def test_a_face_that_lies_anywhere_comes_to_its_places(scale: float, degrees: float) -> None:
    """By its landmarks, or by the eyes and the mouth of the detector."""
    landmarks = np.full((468, 2), 9999.0)  # all others are of no account
    crop_places = np.array(list(PLACES.values())) * 256
    landmarks[list(PLACES)] = move(crop_places, scale, degrees, (300, -40))
    matrix = landmark_alignment(landmarks)
    assert landmarks[list(PLACES)] @ matrix[:, :2].T + matrix[:, 2] == pytest.approx(crop_places, abs=1e-6)

    places = np.array([[0.316, 0.387], [0.684, 0.387], [0.5, 0.781]]) * 256
    left, right, mouth = (Point(*point) for point in move(places, scale, degrees, (300, -40)).tolist())
    matrix = keypoint_alignment(Keypoints(left, right, Point(0, 0), mouth, Point(5, 5), Point(7, 7)))
    assert np.array([left, right, mouth]) @ matrix[:, :2].T + matrix[:, 2] == pytest.approx(places, abs=1e-6)


def test_points_that_fit_no_similarity_are_met_in_the_middle() -> None:
    """The sum of the squared distances is the least: no small change of the similarity lessens it."""
    random = np.random.default_rng(3)
    source, target = random.normal(size=(9, 2)), random.normal(size=(9, 2))
    matrix = fit_similarity(source, target)

    def miss(changed: np.ndarray) -> float:
        return float(np.sum((source @ changed[:, :2].T + changed[:, 2] - target) ** 2))

    turns = ([[1, 0, 0], [0, 1, 0]], [[0, -1, 0], [1, 0, 0]], [[0, 0, 1], [0, 0, 0]], [[0, 0, 0], [0, 0, 1]])
    for change in np.array(turns, dtype=float):
        for sign in (-1, 1):
            assert miss(matrix + sign * 1e-3 * change) > miss(matrix)


def test_points_in_one_place_are_no_crash() -> None:
    """A detector may see all key points in one."""
    assert np.isfinite(fit_similarity(np.full((3, 2), 7.0), CANONICAL_EYES_AND_MOUTH)).all()


@pytest.mark.parametrize("scale", [0.1, 0.3, 0.45, 0.49])
def test_a_shrunk_face_has_no_false_patterns(scale: float) -> None:
    """Hair of one pixel becomes grey: whatever shrinks by more than half is averaged, not picked out."""
    stripes = np.zeros((900, 900, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    middle = 128 - scale * 450
    view = cut_square(stripes, np.array([[scale, 0, middle], [0, scale, middle]]), 256)
    half = int(400 * scale)
    inside = view[max(0, 128 - half) : 128 + half, max(0, 128 - half) : 128 + half]
    assert abs(float(inside.mean()) - 127.5) < 6
    assert float(inside.std()) < 30


@pytest.mark.parametrize("scale", [0.15, 0.24, 0.37, 0.49, 0.51, 1.0, 2.0])
@pytest.mark.parametrize("axis", [0, 1])
def test_shrinking_moves_nothing(scale: float, axis: int) -> None:
    """An edge lies where the similarity puts it, to a tenth of a pixel, also where the image is cut first."""
    image = np.zeros((1200, 1200, 3), dtype=np.uint8)
    edge = 633
    image[(slice(None), slice(edge, None)) if axis else slice(edge, None)] = 255
    shift = 128.3 - scale * edge
    view = cut_square(image, np.array([[scale, 0, shift], [0, scale, shift]]), 256)
    line = view[128, :, 0] if axis else view[:, 128, 0]
    white = float(line.astype(float).sum() / 255)
    # The middle of the white pixel `edge` goes to scale * edge + shift; its near side lies half of it before.
    assert 256 - white == pytest.approx(scale * (edge - 0.5) + shift + 0.5, abs=0.1)


def test_both_ways_to_align_cut_what_their_similarity_says() -> None:
    """A bright spot at the tip of the nose comes to its place."""
    image = np.zeros((256, 256, 3), dtype=np.uint8)
    nose = (128, 156)
    image[nose[1] - 1 : nose[1] + 2, nose[0] - 1 : nose[0] + 2] = 255
    landmarks = np.zeros((468, 2))
    landmarks[list(PLACES)] = np.array(list(PLACES.values())) * 256
    left, right, mouth = (Point(*p) for p in (CANONICAL_EYES_AND_MOUTH * 256).tolist())
    keypoints = Keypoints(left, right, Point(*nose), mouth, left, right)
    for crop in (align_by_landmarks(image, landmarks), align_by_keypoints(image, keypoints)):
        assert crop.shape == (256, 256, 3)
        assert np.abs(crop.astype(int) - image).max() <= 1
