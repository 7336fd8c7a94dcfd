"""How the text of a setting becomes its value; what is wrong with it is said by a ValueError."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.config.proxies import read_proxy

if TYPE_CHECKING:
    from collections.abc import Callable

_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{20,}")
_BOT_PATH = re.compile(r"/bot(\d+(:[^/]*)?)?/*$")
_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")


class Secret(str):
    """Text that must not be seen: its repr is masked, so that printing the settings shows nothing."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Hide the text."""
        return "'***'" if self else "''"


def parse_path(value: str) -> Path:
    """Read a path; `~` at its beginning is somebody's home, as in a shell."""
    try:
        return Path(value).expanduser()
    except RuntimeError as error:
        raise ValueError("expected a path; whose home its ~ is cannot be found out") from error


def parse_optional_path(value: str) -> Path | None:
    """Read a path; None where there is none."""
    return parse_path(value) if value else None


def parse_ids(value: str) -> frozenset[int]:
    """Read whole numbers separated by commas or spaces."""
    try:
        return frozenset(int(part) for part in value.replace(",", " ").split())
    except ValueError as error:
        raise ValueError("expected whole numbers separated by commas, such as 12345,-1009876") from error


def parse_number(minimum: int, maximum: int) -> Callable[[str], int]:
    """Build what reads a whole number within bounds."""

    def parse(value: str) -> int:
        expected = f"expected a whole number from {minimum} to {maximum}"
        try:
            number = int(value.replace("_", ""))
        except ValueError as error:
            raise ValueError(expected) from error
        if not minimum <= number <= maximum:
            raise ValueError(expected)
        return number

    return parse


parse_port = parse_number(0, 65_535)


def parse_choice(*choices: str) -> Callable[[str], str]:
    """Build what reads one of several words, whatever the case."""

    def parse(value: str) -> str:
        for choice in choices:
            if choice.casefold() == value.casefold():
                return choice
        raise ValueError(f"expected one of {', '.join(choices)}")

    return parse


def parse_address(value: str) -> str:
    """Read an address, without the slash at its end."""
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ValueError("expected an address such as https://example.org")
    return value.rstrip("/")


def parse_api_address(value: str) -> str:
    """Read the address of a Bot API server: what comes before /bot and the token."""
    if _BOT_PATH.search(urlsplit(value).path):
        raise ValueError("expected the address without /bot at its end, such as https://api.telegram.org")
    return parse_address(value)


def parse_proxy(value: str) -> Secret:
    """Read a proxy's address, which may hold a password."""
    return Secret(read_proxy(value) if value else "")


def parse_https_address(value: str) -> str:
    """Read an address that Telegram would call."""
    if value and urlsplit(value).scheme != "https":
        raise ValueError("expected an https:// address, because Telegram accepts no other")
    return parse_address(value)


def parse_token(value: str) -> Secret:
    """Read a bot token."""
    if value and not _TOKEN.fullmatch(value):
        raise ValueError("expected a token as BotFather gives it: digits, a colon, letters and digits")
    return Secret(value)


def parse_tokens(value: str) -> tuple[Secret, ...]:
    """Read the tokens of several bots, separated by commas, spaces or line ends."""
    tokens = tuple(parse_token(part) for part in value.replace(",", " ").split())
    if len({parse_bot_id(token) for token in tokens}) != len(tokens):
        raise ValueError("expected each bot once; two of the tokens are of the same bot")
    return tokens


def parse_bot_id(token: str) -> int:
    """Return the number of the bot that a token is for: it stands before the colon, and is no secret."""
    return int(token.partition(":")[0])


def hide_tokens(text: str) -> str:
    """Replace what looks like a token, for sentences that repeat what was received."""
    return _TOKEN.sub("[token]", text)


def parse_database_url(value: str) -> Secret:
    """Read the address of a PostgreSQL database."""
    try:
        parts = urlsplit(value)
        is_complete = parts.scheme in {"postgresql", "postgres"} and parts.hostname and parts.path.strip("/")
        _ = parts.port
    except ValueError:
        is_complete = False
    if value and not is_complete:
        raise ValueError("expected postgresql://user:password@host/name; escape other signs in the password")
    return Secret(value.replace("postgres://", "postgresql://", 1))


def parse_webhook_secret(value: str) -> Secret:
    """Read the secret that Telegram sends along."""
    if value and not _WEBHOOK_SECRET.fullmatch(value):
        raise ValueError("expected 16 to 256 letters, digits, _ or -")
    return Secret(value)


def parse_face_key(value: str) -> Secret:
    """Read the key that seals faces."""
    if value:
        # Slow to load, and of no use without a key.
        from classifier.face_encryption import FaceKeyError, load_key  # noqa: PLC0415

        try:
            load_key(value)
        except FaceKeyError as error:
            raise ValueError(str(error)) from error
    return Secret(value)
