"""A photo or a clip in, a Prediction out: decode it, find and verify faces, align them, classify them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Self

import numpy as np

from classifier.classification import MAXIMUM_FACES
from classifier.decoding.clip_frames import decode_clip
from classifier.decoding.image import Decode, UprightImage, decode_image
from classifier.faces.face_alignment import CROP_SIZE, cut_square
from classifier.faces.face_search import FaceSearch
from classifier.model import Answers, Model
from classifier.types import (
    Box,
    Clip,
    Doubt,
    Emotion,
    Face,
    ImageLimits,
    Prediction,
    reading_order,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from classifier.decoding.clip_frames import ClipFrame
    from classifier.faces.face_verification import VerifiedFace
    from classifier.model_info import AbstainRule, ModelInfo

_DETAILED_FACE = 96  # pixels: a face smaller than this in a reduced photo is cut from the full one


@dataclass(frozen=True, slots=True)
class ClassifiedImage:
    """A photo with all that was seen in it, for drawing.

    Attributes:
        image: The photo, perhaps reduced.
        crops: (N, 256, 256, 3), in the order of `prediction.faces`.
        answers: What the model said of them.
        prediction: In pixels of the file's photo, whatever the reduction.
    """

    image: UprightImage
    crops: NDArray[np.uint8]
    answers: Answers
    prediction: Prediction


@dataclass(frozen=True, slots=True)
class ClassifiedClip:
    """A clip with all that was seen in it, for drawing.

    Attributes:
        clip: Its length, and when each face was seen.
        views: (N, 256, 256, 3): each face with what is around it, in the order of `prediction.faces`.
        crops: (N, 256, 256, 3): each face as the model saw it.
        answers: What the model said of them.
        prediction: One face a look, in pixels of the frames as they were kept.
    """

    clip: Clip
    views: NDArray[np.uint8]
    crops: NDArray[np.uint8]
    answers: Answers
    prediction: Prediction


class Classifier:
    """Finds the faces in a photo and says which expressions look happy and which sad.

    Not thread-safe: one a worker. Build it with `Classifier.load`.

    Args:
        model: Answers for faces.
        limits: Which photos are refused; the defaults of `ImageLimits` if None.
        decode: Stands in for `decode_image`, such as one that does it in another process.
    """

    def __init__(self, model: Model, limits: ImageLimits | None = None, decode: Decode | None = None) -> None:
        self._model = model
        self._limits = limits
        self._decode = decode or partial(decode_image, limits=limits)
        self._search = FaceSearch()

    @classmethod
    def load(cls, model_dir: Path, limits: ImageLimits | None = None) -> Self:
        """Load a model folder such as models/seed-cnn.

        Raises:
            ModelError: The folder is incomplete or not understood.
        """
        return cls(Model(model_dir), limits)

    @property
    def info(self) -> ModelInfo:
        """What model.json says of the model in use."""
        return self._model.info

    def predict(self, image_bytes: bytes) -> Prediction:
        """Classify every face in a photo.

        Args:
            image_bytes: A whole JPEG, PNG, WebP, GIF or AVIF file.

        Returns:
            The faces in reading order; none is an answer too.

        Raises:
            ImageError: The bytes cannot be classified; the message says what to do.
        """
        return self.classify(image_bytes).prediction

    def predict_crops(self, batch: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Classify faces that are cut out already.

        Args:
            batch: (N, 256, 256, 3) RGB, upright.

        Returns:
            (N,) calibrated probabilities of happy.
        """
        return self._model.answer(batch).probability_happy

    def classify(self, image_bytes: bytes) -> ClassifiedImage:
        """As `predict`, and keep what drawing and explaining need."""
        image = self._decode(image_bytes, reduce=True)
        found = self._find_faces(image)
        crops = self._cut_faces(image_bytes, image, found)
        answers = self._model.answer(crops)
        faces = [_classify_face(face, answers, n, image, self.info.abstain) for n, face in enumerate(found)]
        prediction = Prediction(image.width, image.height, tuple(faces), image.damaged)
        return ClassifiedImage(image, crops, answers, prediction)

    def watch(self, clip_bytes: bytes) -> ClassifiedClip:
        """Classify the largest face in some frames of a clip, at even steps.

        Args:
            clip_bytes: A whole MP4, WebM or GIF file.

        Raises:
            ImageError: The bytes cannot be watched; the message says what to do.
        """
        decoded = decode_clip(clip_bytes, self._limits)
        looks = self._look_at_frames(decoded.frames)
        crops = _stack([found.align(frame.pixels) for frame, found in looks])
        views = _stack([_cut_view(frame.pixels, found.face.box) for frame, found in looks])
        answers = self._model.answer(crops)
        height, width = decoded.frames[0].pixels.shape[:2]
        faces = tuple(
            _classify_face(found, answers, n, UprightImage(frame.pixels, width, height), self.info.abstain)
            for n, (frame, found) in enumerate(looks)
        )
        times = tuple(frame.seconds for frame, _ in looks)
        clip = Clip(decoded.seconds, len(decoded.frames), times)
        return ClassifiedClip(clip, views, crops, answers, Prediction(width, height, faces))

    def _look_at_frames(self, frames: Sequence[ClipFrame]) -> list[tuple[ClipFrame, VerifiedFace]]:
        """Find one face in each frame that has any: the largest, by preference the one of the last look."""
        looks: list[tuple[ClipFrame, VerifiedFace]] = []
        for frame in frames:
            found = self._search.find(frame.pixels)
            if found:
                before = looks[-1][1].face.box if looks else None
                looks.append((frame, max(found, key=lambda one: _weigh(one.face.box, before))))
        return looks

    def _find_faces(self, image: UprightImage) -> list[VerifiedFace]:
        """Find the faces in reading order, in pixels of the file's photo."""
        found = self._search.find(image.pixels)
        largest = sorted(found, key=lambda one: -one.face.box.width * one.face.box.height)[:MAXIMUM_FACES]
        scaled = [one.scaled(image.scale) for one in largest]
        return [scaled[place] for place in reading_order([one.face.box for one in scaled])]

    def _cut_faces(
        self, image_bytes: bytes, image: UprightImage, faces: list[VerifiedFace]
    ) -> NDArray[np.uint8]:
        """Cut out (N, 256, 256, 3) crops, from the full photo where the reduced one would blur them."""
        if not faces:
            return _stack([])
        smallest = min(min(one.face.box.width, one.face.box.height) for one in faces)
        if image.scale > 1 and smallest / image.scale < _DETAILED_FACE:
            image = self._decode(image_bytes)
        return _stack([one.scaled(1 / image.scale).align(image.pixels) for one in faces])


def _classify_face(
    found: VerifiedFace, answers: Answers, number: int, image: UprightImage, rule: AbstainRule
) -> Face:
    """Build a face from its place in the photo and the model's answer."""
    probability, evidence = float(answers.probability_happy[number]), float(answers.evidence[number])
    box = _clip(found.face.box, image.width, image.height)
    confidence = max(probability, 1 - probability)
    emotion: Emotion = "happy" if probability >= 1 / 2 else "sad"
    doubt = _find_obstacle(found, box, rule)
    if doubt is None:
        doubt = find_doubt(emotion, confidence, evidence, float(answers.unreadable[number]), rule)
    return Face(
        box=box,
        keypoints=found.face.keypoints,
        detection_score=found.face.score,
        probability_happy=probability,
        evidence=evidence,
        emotion=emotion,
        confidence=confidence,
        sure=doubt is None,
        doubt=doubt,
    )


def _find_obstacle(found: VerifiedFace, box: Box, rule: AbstainRule) -> Doubt | None:
    """Return what hides a face from any reader; None if nothing does."""
    if min(box.width, box.height) < rule.minimum_face_pixels:
        return "too_small"
    if found.is_turned_away():
        return "turned_away"
    return None if found.is_readable else "unclear"


def find_doubt(
    emotion: Emotion, confidence: float, evidence: float, unreadable: float, rule: AbstainRule
) -> Doubt | None:
    """Return why the answer for a face is held back; None if it is not.

    Args:
        emotion: The likelier one.
        confidence: Its calibrated probability, in 0.5..1.
        evidence: How much the expression is happy or sad at all, in 0..1.
        unreadable: How much the network takes the face for one that nobody can read, in 0..1.
        rule: The model's thresholds.
    """
    if evidence < (rule.minimum_evidence_happy if emotion == "happy" else rule.minimum_evidence_sad):
        return "covered" if unreadable > 1 / 2 else "neither"
    if confidence < rule.minimum_confidence:
        return "too_close"
    return None


def _stack(crops: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Make (N, 256, 256, 3) of N crops; there may be none."""
    return np.stack(crops) if crops else np.empty((0, CROP_SIZE, CROP_SIZE, 3), dtype=np.uint8)


def _weigh(box: Box, before: Box | None) -> int:
    """Weigh a face by its area; one that lies where the last look was counts as twice as large."""
    across = 0 if before is None else abs(2 * (box.x - before.x) + box.width - before.width)
    down = 0 if before is None else abs(2 * (box.y - before.y) + box.height - before.height)
    is_there = before is not None and max(across, down) < box.width
    return box.width * box.height * (2 if is_there else 1)


def _cut_view(image: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """Cut a face with as much around it as is half of it on each side."""
    scale = CROP_SIZE / (2 * max(box.width, box.height))
    x, y = box.x + box.width / 2, box.y + box.height / 2
    matrix = np.array([[scale, 0, CROP_SIZE / 2 - scale * x], [0, scale, CROP_SIZE / 2 - scale * y]])
    return cut_square(image, matrix, CROP_SIZE)


def _clip(box: Box, width: int, height: int) -> Box:
    """Cut a box to the photo; at least one pixel of it stays."""
    left, top = min(max(box.x, 0), width - 1), min(max(box.y, 0), height - 1)
    right = max(left + 1, min(box.x + box.width, width))
    bottom = max(top + 1, min(box.y + box.height, height))
    return Box(left, top, right - left, bottom - top)
