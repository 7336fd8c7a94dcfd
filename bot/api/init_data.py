"""Who opened a Mini App: `initData`, which Telegram signs and the page sends along.

https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_KEY_OF_KEYS = b"WebAppData"
_OLDEST_SECONDS = 3_600.0
_CLOCKS_DIFFER_SECONDS = 60.0
_MOST_FIELDS = 32


class InitDataError(Exception):
    """The data is not Telegram's. `str()` is a sentence for whoever opened the page."""


class OldInitDataError(InitDataError):
    """The data is Telegram's, but old."""


class InitDataCheck:
    """Tells who opened a Mini App of one of these bots.

    Args:
        tokens: Of the bots.
        clock: Seconds since 1970.
    """

    def __init__(self, tokens: Iterable[str], clock: Callable[[], float] = time.time) -> None:
        self._keys = [hmac.digest(_KEY_OF_KEYS, token.encode(), hashlib.sha256) for token in tokens]
        self._clock = clock

    def read_user_id(self, init_data: str) -> int:
        """Return the Telegram id of whoever opened the page.

        Args:
            init_data: A query string, as the page was given it.

        Raises:
            InitDataError: It is not signed for one of the bots, is incomplete, or is an hour old.
        """
        fields = _read_fields(init_data)
        signature = fields.pop("hash", "").encode()
        text = "\n".join(f"{name}={fields[name]}" for name in sorted(fields)).encode()
        known = [hmac.new(key, text, hashlib.sha256).hexdigest().encode() for key in self._keys]
        if not any(hmac.compare_digest(signature, right) for right in known):
            raise InitDataError("This page was not opened from the bot's chat. Open it from there.")
        self._check_age(fields.get("auth_date", ""))
        return _read_user(fields.get("user", ""))

    def _check_age(self, auth_date: str) -> None:
        age = self._clock() - int(auth_date) if auth_date.isascii() and auth_date.isdigit() else None
        if age is None or not -_CLOCKS_DIFFER_SECONDS <= age <= _OLDEST_SECONDS:
            raise OldInitDataError(
                "This page was opened too long ago. Close it and open it from the chat again."
            )


def _read_fields(init_data: str) -> dict[str, str]:
    """Read a query string. A name that occurs twice would leave open which of its values is signed."""
    try:
        pairs = parse_qsl(init_data, keep_blank_values=True, strict_parsing=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        pairs = []
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else {}


def _read_user(text: str) -> int:
    try:
        user = json.loads(text)
    except ValueError:
        user = None
    user_id = user.get("id") if isinstance(user, dict) else None
    if type(user_id) is not int:
        raise InitDataError("Telegram did not say who opened this page. Open it from the bot's chat.")
    return user_id
