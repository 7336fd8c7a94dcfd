"""`.env` and files that hold a secret, however an editor or a shell has written them."""

from __future__ import annotations

import codecs
import difflib
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dotenv import dotenv_values
from dotenv.parser import parse_stream

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# PowerShell's `>` writes UTF-16, Notepad a byte order mark.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NAMES_OF_OTHERS = ("COMPOSE_", "DOCKER_")


class EnvFileError(Exception):
    """A file cannot be read as text. `str()` names the file, the line and what to do."""


@dataclass(frozen=True, slots=True)
class EnvFile:
    """What `.env` holds.

    Attributes:
        values: The text of each name.
        lines: The number of the line where each name stands, from 1.
    """

    values: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def describe_unknown_names(self, known: Iterable[str]) -> list[str]:
        """Write a sentence about each name that is no setting, with the nearest one that is.

        Args:
            known: The names of all settings.
        """
        names = list(known)
        unknown = [name for name in self.lines if name.upper() not in names]
        return [
            f"line {self.lines[name]} of .env sets {name}, which is no setting{_suggest(name, names)}"
            for name in unknown
            if not name.startswith(_NAMES_OF_OTHERS)  # docker compose reads the same file
        ]


def _suggest(name: str, known: list[str]) -> str:
    nearest = difflib.get_close_matches(name.upper(), known, n=1)
    return f"; did you mean {nearest[0]}?" if nearest else ""


def read_env_file(path: Path) -> EnvFile:
    """Read `.env`; empty where there is none.

    Raises:
        EnvFileError: It cannot be read, or a line of it cannot be understood.
    """
    try:
        text = read_text(path)
    except FileNotFoundError:
        return EnvFile()
    lines: dict[str, int] = {}
    for binding in parse_stream(io.StringIO(text)):
        if binding.error:
            # The line itself is not shown: it may hold the token.
            line = _find_line(binding.original.string, binding.original.line)
            raise EnvFileError(f"{path}, line {line}, cannot be understood. Expected NAME=value.")
        if binding.key is not None:
            lines[binding.key] = _find_line(binding.original.string, binding.original.line)
    values = dotenv_values(stream=io.StringIO(text))
    return EnvFile({name: value or "" for name, value in values.items()}, lines)


def _find_line(statement: str, line: int) -> int:
    """Find a statement's own line: the empty lines before it are counted as part of it."""
    return line + statement[: len(statement) - len(statement.lstrip())].count("\n")


def read_named_file(variable: str, path: Path) -> str:
    """Read the file that a setting names.

    Raises:
        EnvFileError: It is missing, or cannot be read as text.
    """
    try:
        return read_text(path)
    except FileNotFoundError:
        raise EnvFileError(f"{variable} names a file that does not exist: {path}.") from None
    except EnvFileError as error:
        raise EnvFileError(f"{variable} names a file that cannot be used. {error}") from error


def read_text(path: Path) -> str:
    """Read a text file in UTF-8, UTF-16 or Latin-1, with or without a byte order mark.

    Raises:
        FileNotFoundError: There is none.
        EnvFileError: This user may not read it, or it holds no text.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise
    except PermissionError as error:
        raise EnvFileError(
            f"{path} may not be read by this user. Give it to the bot's user: chown."
        ) from error
    except OSError as error:
        raise EnvFileError(f"{path} cannot be read ({error.strerror}).") from error
    text = _decode(content)
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise EnvFileError(f"{path}, line {line}, holds something that is no text. Save the file as UTF-8.")
    return text


def _decode(content: bytes) -> str:
    """Decode bytes by their byte order mark or, without one, by what they look like."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.removeprefix(mark).decode(encoding, errors="replace")
    # Settings are mostly ASCII: in UTF-16 every second byte of it is zero.
    if content[1:2] == b"\0":
        return content.decode("utf-16-le", errors="replace")
    if content[:1] == b"\0":
        return content.decode("utf-16-be", errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")
