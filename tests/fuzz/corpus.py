"""The corpus: few small files that together reach all code that any file was seen to reach."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FrameType

FOLDER = Path(__file__).parent / "corpus"
_WATCHED = "classifier"
Steps = set[tuple[str, int, int]]


def read_corpus() -> dict[str, bytes]:
    """Read all files, by name."""
    return {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir())}


def extend_corpus(contents: Iterable[bytes], check: Callable[[bytes], None]) -> int:
    """Add what reaches code that the corpus does not reach yet, and return how many files those are."""
    reached: Steps = set()
    for content in read_corpus().values():
        reached |= trace_steps(lambda content=content: check(content))
    added = 0
    for content in sorted(contents, key=lambda content: (len(content), content)):
        steps = trace_steps(lambda content=content: check(content))
        if steps - reached:
            reached |= steps
            added += 1
            (FOLDER / hashlib.sha256(content).hexdigest()[:16]).write_bytes(content)
    return added


def trace_steps(action: Callable[[], object]) -> Steps:
    """Find the steps from line to line that an action takes in the classifier's files."""
    steps: Steps = set()

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "call":
            return _trace_lines(frame, steps) if _WATCHED in frame.f_code.co_filename else None
        return None

    sys.settrace(trace)
    try:
        action()
    finally:
        sys.settrace(None)
    return steps


def _trace_lines(frame: FrameType, steps: Steps) -> Any:
    """Follow one call, whose file and name stand for all calls of that function."""
    place = f"{Path(frame.f_code.co_filename).name}:{frame.f_code.co_qualname}"
    before = frame.f_lineno

    def trace_line(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal before
        line = frame.f_lineno if event == "line" else 0
        steps.add((place, before, line))
        before = line
        return trace_line

    return trace_line
