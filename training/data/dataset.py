"""Read a prepared set back: crops, votes and where each face belongs."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from training.data.samples import EMOTIONS, HAPPINESS, SADNESS
from training.errors import TrainingError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


STORED_SIZE = 96
"""Side in pixels at which crops are stored: FER+ has faces of 48 pixels, muxspace of about 96."""


class NotPreparedError(TrainingError):
    """The folder holds no prepared set."""


class Voted:
    """What the votes of raters say of N faces: one base for `Faces` and for a model's `Predictions`."""

    votes: NDArray[np.float32]

    @property
    def plurality(self) -> NDArray[np.int64]:
        """(N,) index in EMOTIONS of the emotion with most votes."""
        return np.asarray(np.argmax(self.votes, axis=1))

    @property
    def is_happy_or_sad(self) -> NDArray[np.bool_]:
        """(N,) whether most raters said happiness or sadness."""
        return np.isin(self.plurality, (HAPPINESS, SADNESS))


@dataclass(frozen=True)
class Faces(Voted):
    """Labelled faces, all of one size. Row n of every array is the same face.

    Attributes:
        crops: (N, S, S, 3) uint8 RGB; memory-mapped until indexed.
        votes: (N, 9) float32, each row the share of raters for each of EMOTIONS.
        sources: (N,) name of the source of each.
        splits: (N,) "train", "validation" or "test".
        outlines: (N, 22, 2) float32, landmarks of the part of each crop that a mask would cover, as fractions
            of the side; NaN where they are not known.
    """

    crops: NDArray[np.uint8]
    votes: NDArray[np.float32]
    sources: NDArray[np.str_]
    splits: NDArray[np.str_]
    outlines: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 22, 2), dtype=np.float32))

    def __len__(self) -> int:
        return len(self.crops)

    def select(self, chosen: NDArray[np.bool_]) -> Faces:
        """Return the chosen faces, in memory."""
        return Faces(
            self.crops[chosen],
            self.votes[chosen],
            self.sources[chosen],
            self.splits[chosen],
            self.outlines[chosen] if len(self.outlines) else self.outlines,
        )

    def select_split(self, split: str) -> Faces:
        """Return the faces of one split, in memory."""
        return self.select(self.splits == split)


def load_prepared(prepared_dir: Path) -> Faces:
    """Open what `prepare` wrote.

    Raises:
        NotPreparedError: A file is missing, or the two do not belong together.
    """
    rows = read_manifest(prepared_dir)
    try:
        crops = np.load(prepared_dir / "crops.npy", mmap_mode="r")
        outlines = load_outlines(prepared_dir, len(crops))
    except (OSError, ValueError) as error:
        raise _not_prepared(prepared_dir, error) from error
    if len(rows) != len(crops):
        raise NotPreparedError(
            f"{prepared_dir}: {len(crops)} crops but {len(rows)} rows. Prepare the set again."
        )
    votes = np.array([[float(row[name]) for name in EMOTIONS] for row in rows], dtype=np.float32)
    # The manifest has four digits a vote: without the division the votes would sum to 1 only nearly.
    return Faces(
        crops,
        votes / votes.sum(axis=1, keepdims=True),
        np.array([row["source"] for row in rows]),
        np.array([row["split"] for row in rows]),
        outlines,
    )


def load_outlines(prepared_dir: Path, faces: int) -> NDArray[np.float32]:
    """Return (N, 22, 2) outlines as `Faces` has them; NaN for all where the set was made without."""
    path = prepared_dir / "outlines.npy"
    if not path.exists():
        return np.full((faces, 22, 2), np.nan, dtype=np.float32)
    return np.asarray(np.load(path), dtype=np.float32)


def read_manifest(prepared_dir: Path) -> list[dict[str, str]]:
    """Return the manifest's rows of what was kept, in the order of the crops.

    Raises:
        NotPreparedError: There is no manifest.
    """
    try:
        with (prepared_dir / "manifest.csv").open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if not row["dropped"]]
        return sorted(rows, key=lambda row: int(row["index"]))
    except (OSError, ValueError, KeyError) as error:
        raise _not_prepared(prepared_dir, error) from error


def _not_prepared(prepared_dir: Path, error: Exception) -> NotPreparedError:
    """Say what to do."""
    return NotPreparedError(
        f"{prepared_dir} holds no prepared set ({error}). Run `python -m training prepare` first."
    )


def hash_prepared(prepared_dir: Path) -> str:
    """Return the SHA-256 of the manifest: it names that of every picture, and so stands for all data."""
    return hashlib.sha256((prepared_dir / "manifest.csv").read_bytes()).hexdigest()
