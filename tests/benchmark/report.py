"""What the benchmarks that count answers have in common: naming an answer, formatting a share, printing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console

from training.evaluation.accuracy_metrics import wilson_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.types import Face

NO_FACE = "no face"
_WIDTH = 140  # of the tables in a file: one line a row


def open_console() -> Console:
    """Print as wide as the terminal is; into a file, so that a row is one line."""
    return Console(width=None if sys.stdout.isatty() else _WIDTH)


def name_answer(faces: Sequence[Face]) -> str:
    """Name what is said of a photo: a sure answer to any face counts."""
    if not faces:
        return NO_FACE
    return next((f"sure {face.emotion}" for face in faces if face.sure), "hard to tell")


def format_share(hits: int, count: int) -> str:
    """Give a share with its interval of 95%; of nothing, it may be anything."""
    low, high = wilson_interval(hits, count) if count else (0.0, 1.0)
    return f"{hits / max(1, count):.1%} [{low:.1%}, {high:.1%}]"
