"""Callback data: buttons carry what was said of each face, so that the bot need not remember it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self, get_args

from bot.messages.formatting import MAX_LISTED_FACES
from classifier.types import CONFIDENCE_BANDS, KeptAnswer, KeptLabel, find_answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.messages.outcome import Outcome
    from classifier.types import Face

Verdict = Literal["right", "happy", "sad", "neither", "wrong"]
Flow = Literal["right", "wrong"]
"""What was pressed first."""

_ANSWERS: tuple[KeptAnswer, ...] = get_args(KeptAnswer)
LABELS: tuple[KeptLabel, ...] = get_args(KeptLabel)
_FIRST_LETTER = "A"
_MODEL_BYTES = 36  # Telegram takes 64 bytes a button
_TICKET = re.compile(r"(?P<letters>[A-U]{1,20}):(?P<model>.*)", re.DOTALL)
_CHOICE = re.compile(
    r"(?P<flow>[rw])(?P<number>\d{1,2})\.(?P<total>\d{1,2}):(?P<letter>[A-U]):(?P<model>.*)", re.DOTALL
)
_FLOWS: dict[str, Flow] = {"r": "right", "w": "wrong"}


@dataclass(frozen=True, slots=True)
class FaceAnswer:
    """What was said of one face.

    Attributes:
        answer: Of the three.
        band: The lower edge of the band that its confidence falls into, in percent.
    """

    answer: KeptAnswer
    band: int

    @property
    def letter(self) -> str:
        """Write it as one letter."""
        number = _ANSWERS.index(self.answer) * len(CONFIDENCE_BANDS) + CONFIDENCE_BANDS.index(self.band)
        return chr(ord(_FIRST_LETTER) + number)

    @classmethod
    def from_letter(cls, letter: str) -> Self:
        """Read what `letter` wrote."""
        answer, band = divmod(ord(letter) - ord(_FIRST_LETTER), len(CONFIDENCE_BANDS))
        return cls(_ANSWERS[answer], CONFIDENCE_BANDS[band])


@dataclass(frozen=True, slots=True)
class Ticket:
    """An answer to a photo, in few letters.

    Attributes:
        faces: What was said of them, in reading order.
        model: Name and version of who said it, cut if very long.
    """

    faces: tuple[FaceAnswer, ...]
    model: str

    def write(self) -> str:
        """Write it for a button."""
        return f"{''.join(face.letter for face in self.faces)}:{self.model}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read what `write` wrote; None when it is something else."""
        found = _TICKET.fullmatch(text)
        if found is None:
            return None
        return cls(tuple(FaceAnswer.from_letter(letter) for letter in found["letters"]), found["model"])


@dataclass(frozen=True, slots=True)
class FaceChoice:
    """One face of an answer, chosen to say more about.

    Attributes:
        flow: Whether the answer was called right or wrong.
        number: Of the face, from 1.
        total: How many faces there were.
        said: What was said of it.
        model: As in the ticket.
    """

    flow: Flow
    number: int
    total: int
    said: FaceAnswer
    model: str

    def write(self) -> str:
        """Write it for a button."""
        return f"{self.flow[0]}{self.number}.{self.total}:{self.said.letter}:{self.model}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read what `write` wrote; None when it is something else."""
        found = _CHOICE.fullmatch(text)
        if found is None:
            return None
        said = FaceAnswer.from_letter(found["letter"])
        number, total = int(found["number"]), int(found["total"])
        return cls(_FLOWS[found["flow"]], number, total, said, found["model"])


def choose_face(ticket: Ticket, flow: Flow, number: int) -> FaceChoice:
    """Choose a face of an answer by its number."""
    return FaceChoice(flow, number, len(ticket.faces), ticket.faces[number - 1], ticket.model)


def build_ticket(outcome: Outcome) -> Ticket | None:
    """Build the ticket of an answer; None if there is no single face to comment on."""
    faces: Sequence[Face] = outcome.prediction.faces if outcome.prediction else ()
    if not 1 <= len(faces) <= MAX_LISTED_FACES:
        return None
    model = f"{outcome.model_name} {outcome.model_version}".encode()[:_MODEL_BYTES].decode(errors="ignore")
    return Ticket(tuple(FaceAnswer(find_answer(face), find_band(face.confidence)) for face in faces), model)


def find_band(confidence: float) -> int:
    """Give the lower edge of the band that a confidence falls into, in percent."""
    return max(band for band in CONFIDENCE_BANDS if band == CONFIDENCE_BANDS[0] or confidence * 100 >= band)
