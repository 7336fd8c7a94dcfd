"""Who may have pictures classified: programs with a key, people in the Mini App, this machine's own page."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from bot.api.init_data import InitDataCheck, InitDataError, OldInitDataError
from bot.api.refusals import RefusalError
from bot.config.env_file import EnvFileError, read_named_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_KEY_LINE = re.compile(r"([A-Za-z0-9_.-]{1,40}):([A-Za-z0-9_.~+/=-]{16,256})")
_FRAMES_PER_MINUTE = 1_200
_FRAME_BYTES = 1_000_000
_TELEGRAM = "telegram"
_PAGE = "live page"


class KeysFileError(Exception):
    """The file of keys cannot be used. `str()` names the file and what is expected."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        name: For counts: a key's name, or which page.
        limited_as: Whose requests are counted together.
        per_minute: How many requests a minute are answered.
        at_once: How many at a time.
        max_bytes: Of a body.
    """

    name: str
    limited_as: str
    per_minute: int
    at_once: int
    max_bytes: int


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A program's key, of which only the hash is kept.

    Attributes:
        name: As the file says.
        digest: SHA-256 of the key: it is random and long, so that nothing slower is needed.
    """

    name: str
    digest: bytes


def load_keys(path: Path) -> tuple[ApiKey, ...]:
    """Read a file with one `name:key` a line; empty lines and those that begin with # say nothing.

    Raises:
        KeysFileError: It cannot be read, holds none, or a line is wrong; the line itself is not repeated.
    """
    try:
        lines = read_named_file("API_KEYS_FILE", path).splitlines()
    except EnvFileError as error:
        raise KeysFileError(str(error)) from error
    keys: dict[str, ApiKey] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _KEY_LINE.fullmatch(line.strip())
        if found is None or found[1] in keys:
            raise KeysFileError(
                f"{path}, line {number}, is wrong. Expected name:key, each name once, the name of letters, "
                "digits, _, . or -, the key of 16 or more of them (`openssl rand -hex 24` makes one)."
            )
        keys[found[1]] = ApiKey(found[1], hash_key(found[2]))
    if not keys:
        raise KeysFileError(f"API_KEYS_FILE names a file without a key: {path}. Expected name:key lines.")
    return tuple(keys.values())


def hash_key(key: str) -> bytes:
    """Hash a key for comparing."""
    return hashlib.sha256(key.encode()).digest()


class Callers:
    """Tells from the header Authorization who asks.

    Args:
        keys: Of programs.
        page_key: Of this machine's own page; empty for none.
        init_data: Checks who opened the Mini App; None where there is none.
        admits: Whether the host lets a person's chat be answered.
        per_minute: Requests of each program.
        max_bytes: Of a program's body.
    """

    def __init__(
        self,
        keys: tuple[ApiKey, ...],
        *,
        page_key: str = "",
        init_data: InitDataCheck | None = None,
        admits: Callable[[int], bool] = lambda _: True,
        per_minute: int = 600,
        max_bytes: int = 20_000_000,
    ) -> None:
        self._digests = {
            key.digest: Caller(key.name, f"key {key.name}", per_minute, 4, max_bytes) for key in keys
        }
        if page_key:
            self._digests[hash_key(page_key)] = _build_page_caller(_PAGE, _PAGE)
        self._init_data = init_data
        self._admits = admits

    def find(self, authorization: str) -> Caller:
        """Find who asks.

        Args:
            authorization: `Bearer KEY`, or `tma INIT_DATA` from the Mini App.

        Raises:
            RefusalError: Nobody who may.
        """
        scheme, _, given = authorization.partition(" ")
        if scheme.casefold() == "tma" and self._init_data is not None:
            return self._find_person(self._init_data, given.strip())
        if scheme.casefold() == "bearer":
            digest = hash_key(given.strip())
            # All are compared, so that the time tells nothing.
            found = [caller for known, caller in self._digests.items() if hmac.compare_digest(known, digest)]
            if found:
                return found[0]
        raise RefusalError(
            HTTPStatus.UNAUTHORIZED,
            "unauthorized",
            "The key is missing or unknown. Send one of API_KEYS_FILE as the header "
            "`Authorization: Bearer KEY`.",
        )

    def _find_person(self, check: InitDataCheck, init_data: str) -> Caller:
        try:
            user_id = check.read_user_id(init_data)
        except InitDataError as error:
            kind = "expired" if isinstance(error, OldInitDataError) else "unauthorized"
            raise RefusalError(HTTPStatus.UNAUTHORIZED, kind, str(error)) from None
        if not self._admits(user_id):
            raise RefusalError(
                HTTPStatus.FORBIDDEN, "not_admitted", "Whoever runs this bot does not let it answer you."
            )
        return _build_page_caller(_TELEGRAM, f"user {user_id}")


def _build_page_caller(name: str, limited_as: str) -> Caller:
    """Build the caller behind a live page, which has one small picture in flight."""
    return Caller(name, limited_as, _FRAMES_PER_MINUTE, 2, _FRAME_BYTES)
