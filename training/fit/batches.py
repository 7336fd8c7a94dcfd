"""The batches that a network trains on: augmented faces, drawn anew for each epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.data.samples import EMOTIONS, HAPPINESS, SADNESS, UNREADABLE
from training.fit.augment import augment_face, cover_mouth
from training.networks.inputs import network_input
from training.networks.quiet_keras import keras

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.data.dataset import Faces
    from training.fit.distillation import Teacher
    from training.fit.hyperparameters import Hyperparameters


class FaceBatches(keras.utils.PyDataset):
    """Batches of augmented faces; each epoch draws its own share of each emotion.

    Args:
        faces: To draw from.
        targets: (N, ...) what the network shall answer for each.
        weights: (N,) expected number of times that each is drawn in an epoch.
        size: Side of the faces in this stage.
        parameters: The run's numbers.
        first_epoch: Number of the first epoch, so that a resumed run draws the same faces as an unbroken one.
        teacher: Better models whose answers are learnt beside the votes; they see the same changed faces.
    """

    def __init__(
        self,
        faces: Faces,
        targets: NDArray[np.float32],
        weights: NDArray[np.float64],
        size: int,
        parameters: Hyperparameters,
        first_epoch: int,
        teacher: Teacher | None = None,
    ) -> None:
        super().__init__(workers=1, use_multiprocessing=False, max_queue_size=8)
        self._faces, self._targets, self._weights = faces, targets, weights
        self._size, self._parameters, self._epoch = size, parameters, first_epoch
        self._teacher = teacher
        self._steps = round(float(weights.sum())) // parameters.batch_size
        self._order = self._draw()

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, step: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return one batch: network input and targets."""
        # Seed, epoch and step alone decide a batch, not the batches made before it. So a run that is
        # stopped and resumed trains on the same faces, changed in the same way.
        random = np.random.default_rng((self._parameters.seed, self._epoch, step))
        chosen = self._order[step * self._parameters.batch_size :][: self._parameters.batch_size]
        crops, are_covered = self._augment(chosen, random)
        targets = self._targets[chosen]
        if self._teacher is not None and self._parameters.last_layer_only:
            targets = keep_evidence(self._teacher.answer(crops), targets)
            return network_input(crops, self._parameters.architecture), targets
        if self._teacher is not None:
            share = self._parameters.teacher_share
            targets = (1 - share) * targets + share * self._teacher.answer(crops)
        # Behind a mask nobody can tell a smile from a frown, whatever the raters saw before it was painted.
        # With the old votes as target the network would learn to guess.
        targets = np.where(are_covered[:, None], _nothing_to_tell(targets.shape[1]), targets)
        return network_input(crops, self._parameters.architecture), targets.astype(np.float32)

    def _augment(
        self, chosen: NDArray[np.int64], random: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """Return (B, S, S, 3) changed faces, and (B,) whose mouths are covered."""
        changes = self._parameters.augmentation
        crops = []
        are_covered = random.random(len(chosen)) < changes.masked
        for place, index in enumerate(chosen):
            crop, outline = self._faces.crops[index], self._faces.outlines[index]
            are_covered[place] &= bool(np.isfinite(outline).all())  # no mask where the jaw is not known
            if are_covered[place]:
                crop = cover_mouth(crop, outline, random)
            crops.append(augment_face(crop, self._size, changes, random))
        return np.stack(crops), are_covered

    def on_epoch_end(self) -> None:
        """Draw the next epoch's faces."""
        self._epoch += 1
        self._order = self._draw()

    def _draw(self) -> NDArray[np.int64]:
        """Repeat each face its whole number of times, and once more with the chance of the rest."""
        random = np.random.default_rng((self._parameters.seed, self._epoch))
        # A weight of 1.7 gives 1 or 2 draws, and 1.7 in the mean. Rare faces come several times an epoch,
        # changed differently each time, and frequent ones pause now and then: no face is thrown away for
        # good.
        times = np.floor(self._weights + random.random(len(self._weights))).astype(int)
        order = random.permutation(np.repeat(np.arange(len(times)), times))
        # The learning-rate schedule counts on a fixed number of batches: chance may not leave the last one
        # short.
        missing = self._steps * self._parameters.batch_size - len(order)
        return np.concatenate([order, order[: max(0, missing)]])


def _nothing_to_tell(outputs: int) -> NDArray[np.float32]:
    """Return (1, outputs), the target for a face that nobody can read."""
    if outputs == 1:  # the plain network has no class for it: it is to be undecided
        return np.full((1, 1), 0.5, dtype=np.float32)
    return np.eye(outputs, dtype=np.float32)[[UNREADABLE]]


def draw_weights(faces: Faces, parameters: Hyperparameters) -> NDArray[np.float64]:
    """Return (N,) how often each face is drawn in an epoch, from emotion and source."""
    # Drawn as they are, a large source would drown the small ones, and happy faces the sad ones.
    keep, repeats = parameters.keep_share, parameters.source_repeats

    def weigh(emotion: str, source: str) -> float:
        by_source = repeats.get(f"{source}/{emotion}", repeats.get(source, repeats["*"]))
        return keep.get(emotion, keep["*"]) * by_source

    emotions = [EMOTIONS[index] for index in faces.plurality]
    return np.array([weigh(*pair) for pair in zip(emotions, faces.sources.tolist(), strict=True)])


def keep_evidence(said: NDArray[np.float32], votes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a teacher's answers, with what it gave to happy and sad dealt out between them by the votes.

    Who sorts photos into `happy/` and `sad/` says which is which, and nothing of faces that are neither.
    Taken by their word, a network soon finds everybody happy or sad.

    Args:
        said: (N, 9) of the teacher, for each of EMOTIONS.
        votes: (N, 9) share of the raters. A face without a vote for happy or sad keeps what the teacher said.
    """
    pair = [HAPPINESS, SADNESS]
    voted = votes[:, pair].sum(axis=1, keepdims=True)
    targets = said.copy()
    dealt = said[:, pair].sum(axis=1, keepdims=True) * votes[:, pair] / np.maximum(voted, 1e-6)
    targets[:, pair] = np.where(voted > 0, dealt, said[:, pair])
    return targets


def happy_targets(faces: Faces) -> NDArray[np.float32]:
    """Return (N, 1) hard labels: 1 where happiness has more votes than sadness."""
    return (faces.votes[:, HAPPINESS] > faces.votes[:, SADNESS]).astype(np.float32)[:, None]


def happy_shares(faces: Faces) -> NDArray[np.float32]:
    """Return (N, 1) soft labels: what happiness has of the votes for happy or sad; 1/2 without any."""
    # Six votes for happy and two for sad give 0.75: the network learns to be as sure as the raters were.
    happy, either = faces.votes[:, HAPPINESS], faces.votes[:, HAPPINESS] + faces.votes[:, SADNESS]
    return np.where(either > 0, happy / np.maximum(either, 1e-6), 0.5).astype(np.float32)[:, None]
