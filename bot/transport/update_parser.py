"""Prepare Telegram's answers to polls: unreadable updates are replaced, and only a few are taken at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import structlog
from telegram import Update

if TYPE_CHECKING:
    from telegram import Bot

# Reading 100 updates, as many as a poll may bring, would hold up the event loop for some 70 ms.
AT_ONCE = 20
_log = structlog.get_logger(__name__)


def trim_updates(body: bytes) -> bytes:
    """Leave the first few updates in an answer to getUpdates, and of one that cannot be read only its number.

    One that cannot be read would hold up all others. With its number it passes through the inbox like any
    other, so that Telegram does not send it again. What is left out is not confirmed, so it comes again.

    Args:
        body: Telegram's answer.

    Returns:
        The same bytes when there is nothing to change, and when they are no list of updates at all.
    """
    try:
        answer = json.loads(body)
        updates = answer["result"][:AT_ONCE]
    except (ValueError, KeyError, TypeError, RecursionError):
        return body  # whoever reads it next says what is wrong
    unreadable = [i for i, update in enumerate(updates) if _has_number(update) and not _is_readable(update)]
    if not unreadable and len(updates) == len(answer["result"]):
        return body
    answer["result"] = updates
    for i in unreadable:
        updates[i] = _pass_over(updates[i])
    return json.dumps(answer).encode()


def read_update(body: bytes, bot: Bot) -> Update | None:
    """Read what a webhook delivers: nothing but its number when it cannot be read, None when it has none."""
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):  # no JSON, or nested too deep
        return None
    if not _has_number(update):
        return None
    try:
        return Update.de_json(update, bot)
    except Exception:  # noqa: BLE001 - whatever it is, Telegram would deliver it again and again
        return Update.de_json(_pass_over(update), bot)


def _has_number(update: Any) -> bool:
    return isinstance(update, dict) and isinstance(update.get("update_id"), int)


def _pass_over(update: dict[str, Any]) -> dict[str, Any]:
    """Replace an update by one that has nothing but its number."""
    _log.error("an update cannot be read and is passed over", update_id=update["update_id"])
    return {"update_id": update["update_id"]}


def _is_readable(update: dict[str, Any]) -> bool:
    try:
        Update.de_json(dict(update), bot=None)
    except Exception:  # noqa: BLE001 - whatever it is, polling would end with it
        return False
    return True
