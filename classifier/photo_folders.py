"""The photos in a folder and in all folders below it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from classifier.decoding.file_formats import recognize_format, recognize_unsupported_format

_HEAD_BYTES = 2048  # of a file: enough to know its format


@dataclass(frozen=True, slots=True)
class FolderListing:
    """What was found below a folder.

    Attributes:
        photos: Pictures and videos by their content, whatever their names, in the order of their names.
            Files that cannot be read are among them, so that somebody is told.
        left_out: How many other files there were.
        unreadable: Folders that could not be listed.
    """

    photos: tuple[Path, ...]
    left_out: int
    unreadable: tuple[Path, ...]


def list_photos(folder: Path, without: Path | None = None) -> FolderListing:
    """Find the photos below a folder. Links to folders are not followed, hidden files are not looked at.

    Args:
        folder: Where to begin.
        without: A folder below it that is left out, such as the one that numbered pictures are written to.
    """
    photos: list[Path] = []
    unreadable: list[Path] = []
    left_out = 0
    for name, folders, files in os.walk(
        folder, onerror=lambda error: unreadable.append(Path(error.filename))
    ):
        place = Path(name)
        folders[:] = sorted(
            below for below in folders if not _is_hidden(below) and not _is_same(place / below, without)
        )
        for file in sorted(files):
            if _is_hidden(file):
                continue
            if _may_be_photo(place / file):
                photos.append(place / file)
            else:
                left_out += 1
    return FolderListing(tuple(photos), left_out, tuple(unreadable))


def _is_hidden(name: str) -> bool:
    return name.startswith(".")


def _is_same(folder: Path, other: Path | None) -> bool:
    return other is not None and folder.resolve() == other.resolve()


def _may_be_photo(path: Path) -> bool:
    """Tell by the beginning of a regular file whether somebody would call it a picture or a video."""
    if not path.is_file():  # reading from a pipe would wait for its writer
        return False
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return True
    return recognize_format(head) is not None or recognize_unsupported_format(head) is not None
