"""Updates that python-telegram-bot cannot read: taken out, for one of them would hold up all others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import structlog
from telegram import Update

if TYPE_CHECKING:
    from telegram import Bot

_log = structlog.get_logger(__name__)


def empty_unreadable(body: bytes) -> bytes:
    """Leave nothing but its number of each update in an answer to getUpdates that cannot be read.

    With the number it passes through the inbox like any other, so that Telegram does not send it again.

    Args:
        body: Telegram's answer.

    Returns:
        The same bytes when all can be read, and when they are no list of updates at all.
    """
    try:
        answer = json.loads(body)
        updates = answer["result"]
    except (ValueError, KeyError, TypeError):
        return body  # whoever reads it next says what is wrong
    unreadable = [i for i, update in enumerate(updates) if _has_number(update) and not _is_readable(update)]
    if not unreadable:
        return body
    for i in unreadable:
        _log.error("an update cannot be read and is passed over", update_id=updates[i]["update_id"])
        updates[i] = {"update_id": updates[i]["update_id"]}
    return json.dumps(answer).encode()


def read_update(body: bytes, bot: Bot) -> Update | None:
    """Read what a webhook delivers: nothing but its number when it cannot be read, None when it has none."""
    try:
        update = json.loads(body)
    except ValueError:
        return None
    if not _has_number(update):
        return None
    if not _is_readable(update):
        _log.error("an update cannot be read and is passed over", update_id=update["update_id"])
        update = {"update_id": update["update_id"]}
    return Update.de_json(update, bot)


def _has_number(update: Any) -> bool:
    return isinstance(update, dict) and isinstance(update.get("update_id"), int)


def _is_readable(update: dict[str, Any]) -> bool:
    try:
        Update.de_json(dict(update), bot=None)
    except Exception:  # noqa: BLE001 - whatever it is, polling would end with it
        return False
    return True
