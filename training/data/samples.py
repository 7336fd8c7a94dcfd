"""Samples: pictures with a label, not yet decoded. A label is the share of raters for each emotion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from training.data.source_files import UnreadableFileError

if TYPE_CHECKING:
    from classifier.types import Box
    from training.data.source_files import SourceFile

EMOTIONS = (
    "happiness", "sadness", "neutral", "surprise", "anger", "disgust", "fear", "contempt", "unreadable",
)  # fmt: skip
"""What raters chose from, in the order of every array of votes. "unreadable": unknown, or no face."""

HAPPINESS, SADNESS, NEUTRAL, UNREADABLE = (
    EMOTIONS.index(name) for name in ("happiness", "sadness", "neutral", "unreadable")
)

NO_VOTES = tuple(float(name == "unreadable") for name in EMOTIONS)
"""The votes of a picture whose label is not understood. Such a picture is not used."""

Split = Literal["train", "validation", "test"]
MISSING = "not in the source"
"""The problem of a picture that is named in a table and not there."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A labelled picture, not yet decoded.

    Attributes:
        source: Which reader found it: "ferplus", "muxspace" or the name of a folder.
        name: Path inside the source; unique there.
        votes: Share of the raters for each of EMOTIONS; sums to 1.
        location: Where the bytes are; None where the source has none.
        framing: "cut" is a face and nothing else; "framed" a face with some margin; "photo" a whole photo.
        identity: Who is shown, where the source says so.
        split: Where the source itself puts it; None lets `prepare` choose.
        main_face: Which face the label is about, in pixels of the photo; None is the largest.
        problem: Why it cannot be used, where its table tells already; empty where nothing is known.
    """

    source: str
    name: str
    votes: tuple[float, ...]
    location: SourceFile | None
    framing: Literal["cut", "framed", "photo"]
    identity: str | None = None
    split: Split | None = None
    main_face: Box | None = None
    problem: str = ""

    @property
    def key(self) -> str:
        """Name the sample over all sources."""
        return f"{self.source}/{self.name}"

    def read_bytes(self) -> bytes:
        """Read the picture's file.

        Raises:
            UnreadableFileError: It is not there, larger than pictures may be, or cannot be read.
        """
        if self.location is None:
            raise UnreadableFileError("The picture is not in the source.", MISSING)
        return self.location.read_bytes()


def weigh_label(emotion: int, trust: float) -> tuple[float, ...]:
    """Turn one label into votes; the share that the label is not trusted with goes to neutral."""
    # A single label is one person's opinion. Taken as 100% it would teach a certainty that ten raters
    # seldom have; when such a label is wrong, the face mostly shows little.
    votes = [0.0] * len(EMOTIONS)
    votes[NEUTRAL] = 1 - trust
    votes[emotion] += trust
    return tuple(votes)
