"""Write a file or a folder whole: after a crash the old one is there or the new one, never a part of it."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARTIAL = "partial-"
"""How the name of a file begins that is not finished, beside the file that it will replace."""


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Put a new file, or a new folder, in the place of an old one when the block ends.

    Two processes must not write the same path at the same time.

    Yields:
        The path for the block to write to. It lies in the same folder, since only there a rename is one step.

    Raises:
        OSError: It cannot be written; the old one is untouched.
    """
    partial = path.with_name(f"{PARTIAL}{path.name}")
    _remove(partial)  # what a crash left
    try:
        yield partial
        _flush(partial)
        if path.is_dir():
            shutil.rmtree(path)  # a rename replaces a file, but no folder that holds something
        partial.replace(path)
    except BaseException:
        _remove(partial)
        raise
    _flush_names(path.parent)


def _flush(path: Path) -> None:
    """Bring the content to the disk before the name: the system may write the two in any order."""
    if path.is_dir():
        for inside in path.iterdir():
            _flush(inside)
        _flush_names(path)
        return
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _flush_names(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
