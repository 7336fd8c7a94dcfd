"""Run a model folder on labelled faces, through the classifier's own code: as the bot would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rich.progress import track

from classifier.faces.face_alignment import CROP_SIZE
from classifier.model import Model
from classifier.opencv import cv2
from classifier.predictor import Classifier
from classifier.types import ImageError, ImageLimits
from classifier.workers.confined_decoder import ConfinedDecoder
from training.data.dataset import STORED_SIZE, Voted
from training.data.face_crops import FaceCropper, is_same_face, resize_crop
from training.data.samples import HAPPINESS
from training.data.source_files import UnreadableFileError
from training.errors import TrainingError
from training.evaluation.risk_coverage import find_held_back

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from classifier.model_info import ModelInfo
    from classifier.predictor import ClassifiedImage
    from classifier.types import Box
    from training.data.dataset import Faces
    from training.data.samples import Sample

_CROPS_AT_ONCE = 64
_COPY_BYTES = 500_000_000
_BLANK = np.zeros((STORED_SIZE, STORED_SIZE, 3), dtype=np.uint8)


@dataclass(frozen=True)
class Predictions(Voted):
    """The votes of raters and the answers of a model, for N faces. Row n of every array is the same face.

    Attributes:
        names: (N,) name of each picture.
        votes: (N, 9) share of the raters for each of EMOTIONS.
        probabilities: (N,) calibrated probability of happy; 0.5 where no face was found.
        evidence: (N,) how much the face is happy or sad at all, in 0..1.
        held_back: (N,) whether the answer is "hard to tell".
        found: (N,) whether a face was found; in a prepared set always.
    """

    names: NDArray[np.str_]
    votes: NDArray[np.float32]
    probabilities: NDArray[np.float64]
    evidence: NDArray[np.float64]
    held_back: NDArray[np.bool_]
    found: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.names)

    def select(self, chosen: NDArray[np.bool_]) -> Predictions:
        """Return the chosen faces."""
        return Predictions(
            self.names[chosen],
            self.votes[chosen],
            self.probabilities[chosen],
            self.evidence[chosen],
            self.held_back[chosen],
            self.found[chosen],
        )

    @property
    def is_happy(self) -> NDArray[np.bool_]:
        """(N,) whether most raters said happiness."""
        return np.asarray(self.plurality == HAPPINESS)


@dataclass(frozen=True, slots=True)
class _Look:
    """What the model said of one sample. `crop`, (96, 96, 3), is None where there was nothing to classify."""

    crop: NDArray[np.uint8] | None
    probability: float = 0.5
    evidence: float = 0.0
    held_back: bool = True


class Predictor:
    """Runs inference: what a model folder says of labelled faces.

    Args:
        model_dir: What `export` wrote.

    Raises:
        ModelError: The folder is incomplete or not understood.
    """

    def __init__(self, model_dir: Path) -> None:
        self._model = Model(model_dir)
        # Copies saved without loss are many times as large as the photos.
        self._copy_classifier = Classifier(self._model, ImageLimits(maximum_bytes=_COPY_BYTES))
        self._cropper = FaceCropper()

    @property
    def info(self) -> ModelInfo:
        """What model.json says."""
        return self._model.info

    def predict_faces(self, faces: Faces) -> Predictions:
        """Classify faces of a prepared set.

        Raises:
            TrainingError: There are none.
        """
        if not len(faces):
            raise TrainingError("There are no faces to classify in that part of the prepared set.")
        # Part by part: all crops of a set at 256 pixels would not fit into memory.
        starts = range(0, len(faces), _CROPS_AT_ONCE)
        answers = [
            self.answer(faces.crops[start : start + _CROPS_AT_ONCE])
            for start in track(starts, f"Classifying with {self.info.name}")
        ]
        probabilities, evidence = (np.concatenate(parts) for parts in zip(*answers, strict=True))
        return Predictions(
            np.array([f"{source} #{index}" for index, source in enumerate(faces.sources)]),
            faces.votes,
            probabilities,
            evidence,
            find_held_back(probabilities, evidence, self.info.abstain),
            np.ones(len(faces), dtype=bool),
        )

    def predict_samples(self, samples: Sequence[Sample]) -> tuple[Predictions, NDArray[np.uint8]]:
        """Classify pictures of a source: whole photos as in a chat, pictures of one face after cropping.

        Returns:
            The answers, and (N, 96, 96, 3) crops of the faces, black where no face was found.
        """
        # The same decoder, detector and limits as the bot's. A figure that was measured through other code
        # would say nothing about the answers that people get.
        with ConfinedDecoder() as decoder:
            classifier = Classifier(self._model, decode=decoder.decode)
            looks = [
                self._look_at_photo(sample, classifier)
                if sample.framing == "photo"
                else self._look_at_face(sample, decoder)
                for sample in track(samples, f"Classifying with {self.info.name}")
            ]
        return _gather(samples, looks), np.stack(
            [_BLANK if look.crop is None else look.crop for look in looks]
        )

    def predict_copies(
        self, samples: Sequence[Sample], change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
    ) -> Predictions:
        """Classify copies of whole photos, changed by `remove_color` or `mirror`, end to end."""
        with ConfinedDecoder() as decoder:
            looks = [
                self._look_at_copy(sample, change, decoder)
                for sample in track(samples, f"Classifying copies with {self.info.name}")
            ]
        return _gather(samples, looks)

    def answer(self, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return probabilities of happy and evidence, (N,) each, for (N, S, S, 3) crops of any size."""
        answers = self._model.answer(np.stack([resize_crop(crop, CROP_SIZE) for crop in crops]))
        return answers.probability_happy, answers.evidence

    def _look_at_face(self, sample: Sample, decoder: ConfinedDecoder) -> _Look:
        """Classify a picture that shows a face and little else."""
        try:
            image = decoder.decode(sample.read_bytes()).pixels
        except (ImageError, UnreadableFileError):
            return _Look(None)
        face = self._cropper.crop(image, sample)
        if face is None:
            return _Look(None)
        probability, evidence = self.answer(face.crop[np.newaxis])
        held_back = find_held_back(probability, evidence, self.info.abstain) | (not face.is_readable)
        small = resize_crop(face.crop, STORED_SIZE)
        return _Look(small, float(probability[0]), float(evidence[0]), bool(held_back[0]))

    def _look_at_photo(self, sample: Sample, classifier: Classifier) -> _Look:
        """Classify a whole photo; the face that the label is about is the marked one, else the largest."""
        try:
            image_bytes = sample.read_bytes()
        except UnreadableFileError:
            return _Look(None)
        return self._look_at_bytes(classifier, image_bytes, sample.main_face)

    def _look_at_copy(
        self,
        sample: Sample,
        change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]],
        decoder: ConfinedDecoder,
    ) -> _Look:
        """Classify a changed copy of a whole photo, saved without loss."""
        try:
            image = decoder.decode(sample.read_bytes()).pixels
        except (ImageError, UnreadableFileError):
            return _Look(None)
        # Through a file and the detector once more: the promise is that a grey copy of a photo gets the
        # same answer, and the detector could miss a face in grey. PNG, because JPEG would change the pixels
        # a second time.
        pixels = np.ascontiguousarray(change(image[np.newaxis])[0, :, :, ::-1])
        copy = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
        wanted = sample.main_face
        if wanted is not None and change is mirror:  # the marked face has moved to the other side
            wanted = wanted._replace(x=image.shape[1] - wanted.x - wanted.width)
        return self._look_at_bytes(self._copy_classifier, copy, wanted)

    def _look_at_bytes(self, classifier: Classifier, image_bytes: bytes, wanted: Box | None) -> _Look:
        """Classify a file, and take one of its faces."""
        try:
            classified = classifier.classify(image_bytes)
        except ImageError:
            return _Look(None)
        number = _find_main_face(classified, wanted)
        if number is None:
            return _Look(None)
        face = classified.prediction.faces[number]
        small = resize_crop(classified.crops[number], STORED_SIZE)
        return _Look(small, face.probability_happy, face.evidence, not face.sure)


def _gather(samples: Sequence[Sample], looks: Sequence[_Look]) -> Predictions:
    """Put the answers to single samples into arrays."""
    return Predictions(
        np.array([sample.name for sample in samples]),
        np.array([sample.votes for sample in samples], dtype=np.float32),
        np.array([look.probability for look in looks]),
        np.array([look.evidence for look in looks]),
        np.array([look.held_back for look in looks]),
        np.array([look.crop is not None for look in looks]),
    )


def _find_main_face(classified: ClassifiedImage, wanted: Box | None) -> int | None:
    """Return which face of the prediction the label is about: the largest, unless one is wanted."""
    # The label is about one face, so a wrong answer to somebody in the background is no mistake of this
    # photo.
    faces = classified.prediction.faces
    numbers = [n for n, face in enumerate(faces) if wanted is None or is_same_face(face.box, wanted)]
    return max(numbers, key=lambda n: faces[n].box.width * faces[n].box.height, default=None)


def remove_color(crops: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return (N, H, W, 3) pictures in grey."""
    grey = [cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY) for crop in crops]
    return np.repeat(np.stack(grey)[..., np.newaxis], 3, axis=3)


def mirror(crops: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return (N, H, W, 3) pictures with left and right exchanged."""
    return crops[:, :, ::-1]
