"""Simulated users: a month of faces, answers, honest corrections and false ones. None of them exists."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from classifier.face_encryption import KeptFace, contributor_of
from classifier.faces.face_alignment import CROP_SIZE
from classifier.opencv import cv2
from classifier.types import CONFIDENCE_BANDS
from training.data.face_crops import resize_crop
from training.data.samples import EMOTIONS, HAPPINESS, SADNESS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classifier.face_encryption import FaceKey
    from classifier.model_info import ModelInfo
    from classifier.types import KeptAnswer, KeptLabel
    from training.data.concatenate import ManifestRow
    from training.evaluation.inference import Predictions

FIRST_DAY = dt.date(2026, 1, 1)
DAYS = 30
CONSENT_VERSION = "simulated"
_FIRST_BAD_ACTOR = 1_000_000  # ids of honest people are smaller


@dataclass(frozen=True, slots=True)
class Crowd:
    """How the people behave.

    Attributes:
        people: Number of honest people; all faces of one identity come from one of them.
        press_right: Chance that "Right" is pressed below a right answer.
        press_wrong: Chance that "Wrong" is pressed below a wrong answer.
        consent: Chance that the person then agrees to keep the face.
        bad_actors: People who send false labels.
        false_each: Faces that each of them sends, all within three days.
    """

    people: int = 60
    press_right: float = 0.2
    press_wrong: float = 0.6
    consent: float = 0.7
    bad_actors: int = 3
    false_each: int = 80


@dataclass(frozen=True)
class Month:
    """What came of it.

    Attributes:
        kept: The faces that were given, in the order in which they came.
        counts: Lines as `python -m bot feedback` prints them.
        false: Ids of the faces with a false label.
    """

    kept: list[KeptFace] = field(default_factory=list)
    counts: list[str] = field(default_factory=list)
    false: frozenset[str] = frozenset()


def split_identities(rows: Sequence[ManifestRow], seed: int) -> tuple[set[str], set[str]]:
    """Deal the named people of the test split out to the senders and to the untouched half.

    Those with a sad face are dealt first, so that both halves get some; the seed says who.

    Returns:
        The identities of those whose photos are sent, and those that stay untouched.
    """
    named = [row for row in rows if row["split"] == "test" and row["identity"]]
    with_sad = {row["identity"] for row in named if _emotion(row) == SADNESS}

    def deal(name: str) -> tuple[bool, bytes]:
        return name not in with_sad, hashlib.sha256(f"{seed}/{name}".encode()).digest()

    dealt = sorted({row["identity"] for row in named}, key=deal)
    return set(dealt[::2]), set(dealt[1::2])


def simulate_month(
    crops: NDArray[np.uint8],
    identities: Sequence[str],
    predictions: Predictions,
    model: ModelInfo,
    crowd: Crowd,
    key: FaceKey,
    seed: int,
) -> Month:
    """Let people see the answers to their faces, press buttons, and let some faces be kept.

    Args:
        crops: (N, S, S, 3) of the faces that are sent.
        identities: Who is on each.
        predictions: What the model says of each; the votes are the truth.
        model: Which one says it.
        crowd: How people behave.
        key: Names the contributors.
        seed: Of everything.
    """
    random = np.random.default_rng(seed)
    notebook = _Notebook(crops, predictions, model, key, random)
    left = _be_honest(notebook, identities, crowd, random)
    false_from = len(notebook.kept)
    for actor in range(crowd.bad_actors):
        _lie(notebook, left, _FIRST_BAD_ACTOR + actor, crowd.false_each, random)
    return Month(
        notebook.kept, notebook.format_counts(), frozenset(face.id for face in notebook.kept[false_from:])
    )


class _Notebook:
    """Holds the answers and the truth for each face, and records what people do."""

    def __init__(
        self,
        crops: NDArray[np.uint8],
        predictions: Predictions,
        model: ModelInfo,
        key: FaceKey,
        random: np.random.Generator,
    ) -> None:
        self._crops, self._predictions, self._model, self._key, self._random = (
            crops,
            predictions,
            model,
            key,
            random,
        )
        self.truths = [_truth(int(emotion)) for emotion in predictions.plurality]
        self.answers = [_answer(predictions, number) for number in range(len(predictions))]
        self.kept: list[KeptFace] = []
        self._pressed: Counter[tuple[str, str, float, str]] = Counter()

    def is_right(self, number: int) -> bool:
        """Tell whether an honest person would press "Right"."""
        answer, truth = self.answers[number], self.truths[number]
        return answer == truth or (answer, truth) == ("unsure", "neither")

    def press(self, number: int, verdict: str, day: int) -> None:
        """Count a verdict."""
        band = _band(float(self._predictions.probabilities[number]))
        self._pressed[_day(day), self.answers[number], band, verdict] += 1

    def keep(self, number: int, label: KeptLabel, person: int, day: int) -> None:
        """Keep a face with a label."""
        self.kept.append(
            KeptFace(
                id=self._random.bytes(16).hex(),
                crop_png=_encode(self._crops[number]),
                label=label,
                answer=self.answers[number],
                probability_happy=float(self._predictions.probabilities[number]),
                evidence=float(self._predictions.evidence[number]),
                model_name=self._model.name,
                model_version=self._model.version,
                consent_version=CONSENT_VERSION,
                created=_day(day),
                contributor=contributor_of(person, self._key),
            )
        )

    def format_counts(self) -> list[str]:
        """Give the lines that the bot would print."""
        model = f"{self._model.name} {self._model.version}"
        return [
            json.dumps(
                {
                    "day": day,
                    "model": model,
                    "answer": answer,
                    "confidence": band,
                    "verdict": verdict,
                    "count": n,
                }
            )
            for (day, answer, band, verdict), n in sorted(self._pressed.items())
        ]


def _be_honest(
    notebook: _Notebook, identities: Sequence[str], crowd: Crowd, random: np.random.Generator
) -> list[int]:
    """Let everybody see an answer to each of their faces; some press, some of them agree to keep it.

    Returns:
        The happy and sad faces that were not kept: what the dishonest have to show.
    """
    # Faces of one identity belong to one account, as in a chat: whoever corrects one of their photos is
    # likely to correct the next, too, and the caps on each person are tested with that.
    left = []
    for number, (truth, identity) in enumerate(zip(notebook.truths, identities, strict=True)):
        person = int.from_bytes(hashlib.sha256(identity.encode()).digest()[:4]) % crowd.people
        day, chance, agrees = int(random.integers(DAYS)), random.random(), random.random() < crowd.consent
        is_right = notebook.is_right(number)
        presses = chance < (crowd.press_right if is_right else crowd.press_wrong)
        if presses:
            notebook.press(number, "right" if is_right else truth, day)
        # Only wrong answers lead to a correction. A set of corrections is therefore never a fair sample of
        # all faces, and says nothing about accuracy.
        if presses and agrees and not is_right:
            notebook.keep(number, truth, person, day)
        elif truth != "neither":
            left.append(number)
    return left


def _lie(
    notebook: _Notebook, faces: Sequence[int], person: int, most: int, random: np.random.Generator
) -> None:
    """Send the opposite label of many faces within three days."""
    # The worst case: all at once, and mostly of faces that the model gets right, so that each label does
    # most harm.
    first_day = int(random.integers(DAYS - 2))
    for number in random.permutation(np.array(faces, dtype=np.int64))[:most].tolist():
        label: KeptLabel = "sad" if notebook.truths[number] == "happy" else "happy"
        day = first_day + int(random.integers(3))
        notebook.keep(number, label, person, day)
        notebook.press(number, label, day)


def _emotion(row: ManifestRow) -> int:
    """Return the index of the emotion with most votes."""
    return int(np.argmax([float(row[name]) for name in EMOTIONS]))


def _truth(emotion: int) -> KeptLabel:
    """Return what an honest person would say."""
    return "happy" if emotion == HAPPINESS else "sad" if emotion == SADNESS else "neither"


def _answer(predictions: Predictions, number: int) -> KeptAnswer:
    """Return what the bot would have said."""
    if predictions.held_back[number]:
        return "unsure"
    return "happy" if predictions.probabilities[number] >= 1 / 2 else "sad"


def _encode(crop: NDArray[np.uint8]) -> bytes:
    """Make the PNG that the bot keeps."""
    large = cv2.cvtColor(resize_crop(crop, CROP_SIZE), cv2.COLOR_RGB2BGR)
    return bytes(cv2.imencode(".png", large)[1])


def _band(probability: float) -> float:
    """Return the lower edge of the confidence's band."""
    confidence = max(probability, 1 - probability)
    return max(edge / 100 for edge in CONFIDENCE_BANDS if edge / 100 <= confidence)


def _day(number: int) -> str:
    """Return a day of the month."""
    return (FIRST_DAY + dt.timedelta(days=number)).isoformat()
