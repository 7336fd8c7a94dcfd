"""Decide which of the detector's candidates are faces.

Two networks that were made for other purposes decide: the face mesh and, for candidates that it refuses,
MediaPipe's full-range detector, which also knows profiles, masks and bowed heads. A candidate that both
refuse is no face: it gets no box and no answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from classifier.faces.face_alignment import (
    CROP_SIZE,
    STABLE_LANDMARKS,
    cut_square,
    keypoint_alignment,
    landmark_alignment,
)
from classifier.faces.face_landmarks import LandmarkFinder, Landmarks, estimate_yaw, view_of
from classifier.litert import load_network
from classifier.types import Box, DetectedFace, Keypoints, Point

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLEAR_SCORE = 0.65
"""Score of the detector from which a candidate is a likely face; of what scores less more is asked."""

CERTAIN_PRESENCE, CERTAIN_PRESENCE_OF_WEAK = 0.95, 0.99
"""Presence from which the face mesh alone decides that a likely, or a weak, candidate is a face."""

MINIMUM_PRESENCE, MINIMUM_PRESENCE_OF_WEAK = 0.5, 0.9
"""Presence from which it takes a likely, or a weak, candidate for a face if the second opinion agrees."""

AGREEING_OPINION, MINIMUM_SECOND_OPINION = 0.36, 0.5
"""Score from which the full-range detector agrees with the face mesh, and from which it overrules one that
does not see a likely face.

All chosen on 386 pictures of things, animals, drawings and letters, and on the photos of people that training
learns from: as low as nearly all these faces need, as high as nearly all things demand.
"""

_PROFILE = 50.0  # degrees of yaw: from here on one half of the mouth is hidden
_NOSE_BETWEEN_EYES = (
    0.1,
    0.9,
)  # where the nose of a face seen from the front lies along the line of its eyes
_SECOND_SIZE = 192
_SECOND_VIEWS = (
    1.8,
    2.5,
    4.0,
)  # in longer sides of the box: the detector knows heads with some room around them


@dataclass(frozen=True, slots=True)
class VerifiedFace:
    """A candidate that is a face.

    Attributes:
        face: What the detector proposed.
        landmarks: Where its points are; of little worth where `is_readable` is false.
        is_readable: Whether the face mesh sees the face; otherwise only the second opinion does, and nobody
            can say where its mouth and eyes are.
    """

    face: DetectedFace
    landmarks: Landmarks
    is_readable: bool

    def scaled(self, scale: float) -> VerifiedFace:
        """Return the same face in pixels of a photo that is `scale` times as large."""
        if scale == 1:
            return self
        x, y, width, height = (round(value * scale) for value in self.face.box)
        keypoints = Keypoints(*(Point(point.x * scale, point.y * scale) for point in self.face.keypoints))
        face = DetectedFace(Box(x, y, max(1, width), max(1, height)), keypoints, self.face.score)
        return replace(
            self, face=face, landmarks=replace(self.landmarks, points=self.landmarks.points * scale)
        )

    def is_turned_away(self) -> bool:
        """Tell whether the head is turned so far to a side that half of the face is hidden."""
        if self.is_readable:
            return estimate_yaw(self.landmarks.points) > _PROFILE
        left, right, nose = self.face.keypoints[:3]
        along = complex(right.x - left.x, right.y - left.y)
        place = ((complex(nose.x - left.x, nose.y - left.y)) / (along or 1)).real
        return not _NOSE_BETWEEN_EYES[0] < place < _NOSE_BETWEEN_EYES[1]

    def middle(self) -> tuple[float, float]:
        """Return where the face is: between eyes and mouth."""
        if self.is_readable:
            x, y = self.landmarks.points[list(STABLE_LANDMARKS), :2].mean(axis=0).tolist()
            return x, y
        box = self.face.box
        return box.x + box.width / 2, box.y + box.height / 2

    def width(self) -> float:
        """Return about how wide the face is, in pixels."""
        if self.is_readable:
            return float(np.hypot(*np.ptp(self.landmarks.points[:, :2], axis=0))) / 2**0.5
        return float(self.face.box.width)

    def matrix(self) -> NDArray[np.float64]:
        """Return the (2, 3) similarity from the photo to the face's crop."""
        if self.is_readable:
            return landmark_alignment(self.landmarks.points)
        return keypoint_alignment(self.face.keypoints)

    def align(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Cut the face out of the photo in which it was seen: (256, 256, 3) RGB."""
        return cut_square(image, self.matrix(), CROP_SIZE)


class FaceVerifier:
    """Tells faces from things that only look like one. Not thread-safe: one a worker.

    Raises:
        ModelError: The weights of a network cannot be read.
    """

    def __init__(self) -> None:
        self._landmarks = LandmarkFinder()
        self._second = _SecondOpinion()

    def verify(self, image: NDArray[np.uint8], face: DetectedFace) -> VerifiedFace | None:
        """Look at one candidate.

        Args:
            image: (H, W, 3) RGB.
            face: In pixels of `image`.

        Returns:
            None when it is no face.
        """
        landmarks = self._landmarks.find(image, face)
        is_likely = face.score >= CLEAR_SCORE
        seen = VerifiedFace(replace(face, box=_box_around(landmarks)), landmarks, is_readable=True)
        if landmarks.presence >= (CERTAIN_PRESENCE if is_likely else CERTAIN_PRESENCE_OF_WEAK):
            return seen
        is_present = landmarks.presence >= (MINIMUM_PRESENCE if is_likely else MINIMUM_PRESENCE_OF_WEAK)
        if not (is_present or is_likely):
            return None
        opinion = self._second.score(image, face)
        if is_present and opinion >= AGREEING_OPINION:
            return seen
        # A weak one has been answered by now: without presence as no face, with presence at a lower score.
        if opinion >= MINIMUM_SECOND_OPINION:
            return VerifiedFace(face, landmarks, is_readable=False)
        return None


def _box_around(landmarks: Landmarks) -> Box:
    """Return the box of all points: it fits the face better than the detector's, which may be half of it."""
    left, top = landmarks.points[:, :2].min(axis=0)
    right, bottom = landmarks.points[:, :2].max(axis=0)
    return Box(round(left), round(top), max(1, round(right - left)), max(1, round(bottom - top)))


class _SecondOpinion:
    """MediaPipe's full-range face detector, asked whether there is any face in a view."""

    def __init__(self) -> None:
        self._interpreter = load_network("face_detection_full_range.tflite")
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._scores = self._interpreter.get_output_details()[1]["index"]

    def score(self, image: NDArray[np.uint8], face: DetectedFace) -> float:
        """Return the median over views, from near and far, of the best score in each, in 0..1."""
        return sorted(self._look(image, face, times) for times in _SECOND_VIEWS)[len(_SECOND_VIEWS) // 2]

    def _look(self, image: NDArray[np.uint8], face: DetectedFace, times: float) -> float:
        view = cut_square(image, view_of(face, times, _SECOND_SIZE), _SECOND_SIZE)
        self._interpreter.set_tensor(self._input, view[np.newaxis] * np.float32(1 / 127.5) - np.float32(1))
        self._interpreter.invoke()
        best = float(self._interpreter.get_tensor(self._scores).max())
        return 1 / (1 + float(np.exp(-best)))
