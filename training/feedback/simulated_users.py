"""Simulated users of one month: they see answers to their faces and send honest or false corrections."""

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
_FIRST_BAD_ACTOR = 1_000_000  # account ids from here on are bad actors; honest people have smaller ones


@dataclass(frozen=True, slots=True)
class Crowd:
    """How the people behave.

    Attributes:
        people: Number of honest people; all faces of one identity come from the same person.
        press_right: Probability that a person presses "Right" below a right answer.
        press_wrong: Probability that a person presses "Wrong" below a wrong answer. Higher, as people report
            mistakes more readily.
        consent: Probability that the person then agrees that the face is kept.
        bad_actors: Number of people who send false labels.
        false_each: Number of faces that each of them sends, all within three days.
    """

    people: int = 60
    press_right: float = 0.2
    press_wrong: float = 0.6
    consent: float = 0.7
    bad_actors: int = 3
    false_each: int = 80


@dataclass(frozen=True)
class Month:
    """The faces and verdicts of one simulated month.

    Attributes:
        kept: The faces that people gave, in the order in which they gave them.
        counts: Lines in the format of `python -m bot feedback`.
        false: Ids of the faces with a false label.
    """

    kept: list[KeptFace] = field(default_factory=list)
    counts: list[str] = field(default_factory=list)
    false: frozenset[str] = frozenset()


def split_identities(rows: Sequence[ManifestRow], seed: int) -> tuple[set[str], set[str]]:
    """Split the named people of the test split into two halves.

    People with a sad face are dealt out first, in turns, so that each half gets some of these rare faces.

    Returns:
        The identities that send photos, and those that stay for measuring.
    """
    named = [row for row in rows if row["split"] == "test" and row["identity"]]
    with_sad = {row["identity"] for row in named if _emotion(row) == SADNESS}

    # Shuffled by a hash of seed and name, not by a random generator: a person who joins the set does not
    # change the order of the others.
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
    """Let people see the answers to their faces, press buttons, and agree or not that a face is kept.

    Args:
        crops: (N, S, S, 3) faces that people send.
        identities: The person on each face.
        predictions: The model's answers; the raters' votes in them are taken as the truth.
        model: The model that answers.
        crowd: How people behave.
        key: Makes pseudonyms of the account ids.
        seed: Seed of all random choices.
    """
    random = np.random.default_rng(seed)
    recorder = _Recorder(crops, predictions, model, key, random)
    left = _simulate_honest_people(recorder, identities, crowd, random)
    false_from = len(recorder.kept)
    for actor in range(crowd.bad_actors):
        _simulate_bad_actor(recorder, left, _FIRST_BAD_ACTOR + actor, crowd.false_each, random)
    return Month(
        recorder.kept, recorder.format_counts(), frozenset(face.id for face in recorder.kept[false_from:])
    )


class _Recorder:
    """Knows answer and truth of each face, and records verdicts and kept faces."""

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
        """Return whether an honest person would press "Right"."""
        answer, truth = self.answers[number], self.truths[number]
        # Of a face that is neither happy nor sad, "hard to tell" is the right answer.
        return answer == truth or (answer, truth) == ("unsure", "neither")

    def press(self, number: int, verdict: str, day: int) -> None:
        """Count a verdict."""
        band = _band(float(self._predictions.probabilities[number]))
        self._pressed[_day(day), self.answers[number], band, verdict] += 1

    def keep(self, number: int, label: KeptLabel, person: int, day: int) -> None:
        """Keep a face with a label."""
        self.kept.append(
            KeptFace(
                # Drawn from the seeded generator, so that a repeated simulation gives the same files.
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
        """Return the counts as the bot would print them, one JSON object a line."""
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


def _simulate_honest_people(
    recorder: _Recorder, identities: Sequence[str], crowd: Crowd, random: np.random.Generator
) -> list[int]:
    """Let every person see the answers to their faces; some press a button, some agree to give the face.

    Returns:
        The happy and sad faces that were not given: bad actors use them.
    """
    # All faces of one identity come from one account, as in a chat. So some accounts send many corrections,
    # which tests the limits on each person.
    left = []
    for number, (truth, identity) in enumerate(zip(recorder.truths, identities, strict=True)):
        person = int.from_bytes(hashlib.sha256(identity.encode()).digest()[:4]) % crowd.people
        day, chance, agrees = int(random.integers(DAYS)), random.random(), random.random() < crowd.consent
        is_right = recorder.is_right(number)
        presses = chance < (crowd.press_right if is_right else crowd.press_wrong)
        if presses:
            recorder.press(number, "right" if is_right else truth, day)
        # Only wrong answers are corrected. So a set of corrections is no fair sample of all faces: an
        # accuracy measured on it would be far too low.
        if presses and agrees and not is_right:
            recorder.keep(number, truth, person, day)
        elif truth != "neither":
            left.append(number)
    return left


def _simulate_bad_actor(
    recorder: _Recorder, faces: Sequence[int], person: int, most: int, random: np.random.Generator
) -> None:
    """Let one bad actor send the opposite label of many faces within three days."""
    # The worst case: mostly faces that the model gets right, so that each false label does most harm.
    first_day = int(random.integers(DAYS - 2))
    for number in random.permutation(np.array(faces, dtype=np.int64))[:most].tolist():
        label: KeptLabel = "sad" if recorder.truths[number] == "happy" else "happy"
        day = first_day + int(random.integers(3))
        recorder.keep(number, label, person, day)
        recorder.press(number, label, day)


def _emotion(row: ManifestRow) -> int:
    """Return the index of the emotion with most votes."""
    return int(np.argmax([float(row[name]) for name in EMOTIONS]))


def _truth(emotion: int) -> KeptLabel:
    """Return the label that an honest person would give."""
    return "happy" if emotion == HAPPINESS else "sad" if emotion == SADNESS else "neither"


def _answer(predictions: Predictions, number: int) -> KeptAnswer:
    """Return the bot's answer to a face."""
    if predictions.held_back[number]:
        return "unsure"
    return "happy" if predictions.probabilities[number] >= 1 / 2 else "sad"


def _encode(crop: NDArray[np.uint8]) -> bytes:
    """Encode a face as the PNG that the bot keeps: 256 x 256 pixels."""
    # OpenCV writes BGR; the crops are RGB.
    large = cv2.cvtColor(resize_crop(crop, CROP_SIZE), cv2.COLOR_RGB2BGR)
    return bytes(cv2.imencode(".png", large)[1])


def _band(probability: float) -> float:
    """Return the lower edge of the confidence's band."""
    confidence = max(probability, 1 - probability)
    return max(edge / 100 for edge in CONFIDENCE_BANDS if edge / 100 <= confidence)


def _day(number: int) -> str:
    """Return a day of the month."""
    return (FIRST_DAY + dt.timedelta(days=number)).isoformat()
