"""The files of a source: a folder or a zip archive, as whoever packed it left it.

Archives are strangers' work: nothing is unpacked to disk, no file is read beyond a limit, and no name leads
out of the source.
"""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from classifier.types import ImageLimits
from training.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PICTURE_BYTES = ImageLimits().maximum_bytes
"""Of a picture: no larger one is decoded."""
TABLE_BYTES = 10_000_000
"""Of a table of labels: FER+'s has 1.5 million, and lists of 100,000 photos fit."""

_ENCRYPTED, _UTF_8 = 0x1, 0x800  # of a zip entry's flags
_BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Of other methods Python's readers decompress a whole block at a time, however large it grows."""
_OF_THE_SYSTEM = ("__macosx", "thumbs.db", "desktop.ini")
_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, ValueError)


class UnreadableFileError(TrainingError):
    """A file of a source cannot be read.

    Attributes:
        kind: A stable word for the manifest, such as "encrypted".
    """

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class FolderFile:
    """A file in a folder."""

    path: Path

    def read_bytes(self, limit: int = PICTURE_BYTES) -> bytes:
        """Read all of it.

        Raises:
            UnreadableFileError: It is larger than the limit, or cannot be read.
        """
        try:
            with self.path.open("rb") as file:
                content = file.read(limit + 1)
        except OSError as error:
            raise UnreadableFileError(f"{error.strerror or error}", "not_readable") from error
        return _check_size(content, limit)


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """A file in a zip archive."""

    archive: zipfile.ZipFile
    entry: zipfile.ZipInfo

    def read_bytes(self, limit: int = PICTURE_BYTES) -> bytes:
        """Read all of it; as `FolderFile.read_bytes`."""
        if self.entry.flag_bits & _ENCRYPTED:
            raise UnreadableFileError("it is encrypted", "encrypted")
        if self.entry.compress_type not in _BOUNDED:
            raise UnreadableFileError("it is packed in a way that is not read here", "packed_otherwise")
        if self.entry.file_size > limit:
            raise _build_size_error(limit)
        try:
            with self.archive.open(self.entry) as file:
                content = file.read(limit + 1)  # what the archive says of the size may be false
        except (*_DAMAGED, OSError) as error:
            raise UnreadableFileError("it is damaged in the archive", "damaged") from error
        return _check_size(content, limit)


SourceFile = FolderFile | ArchiveFile


@dataclass(frozen=True)
class SourceFiles:
    """What a folder or archive holds. Hidden files, and those that systems leave behind, are not looked at.

    Attributes:
        path: The folder or archive.
        files: By their path inside, with "/" between the parts, sorted.
        aside: Names of what is not among them: links that are not followed, and names used twice.
    """

    path: Path
    files: Mapping[str, SourceFile]
    aside: tuple[str, ...] = ()

    def find(self, folder: str, name: str) -> tuple[str, SourceFile | None]:
        """Look a name up that a table gives, as seen from a folder of the source.

        Returns:
            The path inside the source, and the file, None if it is not there.

        Raises:
            ValueError: The name leads out of the source.
        """
        parts: list[str] = []
        for part in f"{folder}/{name}".replace("\\", "/").split("/"):
            if part == ".." and not parts:
                raise ValueError(name)
            if part == "..":
                parts.pop()
            elif part not in ("", "."):
                parts.append(part)
        path = "/".join(parts)
        return path, self.files.get(path)


def list_files(path: Path) -> SourceFiles:
    """List what a folder or zip archive holds.

    Raises:
        TrainingError: The archive is damaged or encrypted, or the path is neither.
    """
    if path.is_dir():
        return _list_folder(path)
    if not zipfile.is_zipfile(path):
        raise TrainingError(
            f"{path} is neither a folder nor a zip file. Unpack it, and name the folder that it makes."
        )
    return _list_archive(path)


def make_printable(text: str, longest: int = 200) -> str:
    """Make a stranger's text fit for a terminal, a sentence and UTF-8."""
    shown = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in encode_name(text))
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def encode_name(name: str) -> str:
    """Write what is not UTF-8 in a name by its numbers, so that it can be written into a manifest."""
    return name.encode("utf-8", "backslashreplace").decode()


def _list_folder(root: Path) -> SourceFiles:
    """List a folder. Links to folders are not followed, and no link to a file outside is."""
    files: dict[str, SourceFile] = {}
    aside = []
    inside = root.resolve()
    for path in _walk(root):
        name = "/".join(path.relative_to(root).parts).replace("\\", "/")
        # What is no regular file, such as a pipe, would keep its reader waiting.
        is_regular = path.exists() and stat.S_ISREG(path.stat().st_mode)
        leads_out = is_regular and path.is_symlink() and not path.resolve().is_relative_to(inside)
        if not is_regular or leads_out or name in files:
            aside.append(name)
        else:
            files[name] = FolderFile(path)
    return SourceFiles(root, dict(sorted(files.items())), tuple(aside))


def _walk(root: Path) -> Iterator[Path]:
    """Yield all files and links to folders below a folder, in a fixed order."""

    def refuse(error: OSError) -> None:
        raise error

    for place, folders, names in os.walk(root, onerror=refuse):
        folders[:] = sorted(name for name in folders if not _is_of_the_system(name))
        links = [name for name in folders if Path(place, name).is_symlink()]
        for name in (*links, *sorted(names)):
            if not _is_of_the_system(name):
                yield Path(place, name)


def _list_archive(path: Path) -> SourceFiles:
    """List a zip archive; what its entries say of their size is not believed here."""
    try:
        archive = zipfile.ZipFile(path)
    except UnicodeDecodeError as error:
        raise TrainingError(
            f"{path} names a file in what is not UTF-8, although it says so. Unpack it, and name the folder."
        ) from error
    except _DAMAGED as error:
        raise TrainingError(f"{path} is damaged ({error}). Download it again.") from error
    files: dict[str, SourceFile] = {}
    aside = []
    for entry in archive.infolist():
        name = _read_name(entry)
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if name.endswith("/") or any(_is_of_the_system(part) for part in parts if part != ".."):
            continue
        inside = "/".join(parts)
        if ".." in parts or not parts or inside in files:
            aside.append(name)
        else:
            files[inside] = ArchiveFile(archive, entry)
    entries = [file.entry for file in files.values() if isinstance(file, ArchiveFile)]
    if entries and all(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise TrainingError(f"{path} is encrypted. Unpack it with its password, and name the folder.")
    return SourceFiles(path, dict(sorted(files.items())), tuple(aside))


def _read_name(entry: zipfile.ZipInfo) -> str:
    """Read the name of an entry: many programs write UTF-8 without saying so, some a backslash."""
    name = entry.filename
    if not entry.flag_bits & _UTF_8 and not name.isascii():
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = entry.filename
    return name.replace("\\", "/")


def _is_of_the_system(name: str) -> bool:
    return name.startswith(".") or name.lower() in _OF_THE_SYSTEM


def _check_size(content: bytes, limit: int) -> bytes:
    if len(content) > limit:
        raise _build_size_error(limit)
    return content


def _build_size_error(limit: int) -> UnreadableFileError:
    return UnreadableFileError(f"it is larger than {limit / 1e6:.3g} MB", "too_many_bytes")
