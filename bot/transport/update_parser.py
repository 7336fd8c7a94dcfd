"""Parse updates so that a malformed one cannot stop the bot, and limit how many one poll takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import structlog
from telegram import Update

if TYPE_CHECKING:
    from telegram import Bot

# Parsing 100 updates, the most that a poll returns, would block the event loop for about 70 ms.
AT_ONCE = 20
_log = structlog.get_logger(__name__)


def trim_updates(body: bytes) -> bytes:
    """Keep the first few updates of an answer to getUpdates; replace a malformed one by its update_id alone.

    A malformed update would block all others. Reduced to its update_id, it passes through the inbox like any
    other and is confirmed, so Telegram does not send it again. Updates after the first few are not confirmed,
    so Telegram sends them again with the next poll.

    Args:
        body: Telegram's answer.

    Returns:
        The same bytes when there is nothing to change, and when they are no list of updates at all.
    """
    try:
        answer = json.loads(body)
        updates = answer["result"][:AT_ONCE]
    except (ValueError, KeyError, TypeError, RecursionError):
        return body  # python-telegram-bot, which parses it next, reports the error
    unreadable = [i for i, update in enumerate(updates) if _has_number(update) and not _is_readable(update)]
    if not unreadable and len(updates) == len(answer["result"]):
        return body
    answer["result"] = updates
    for i in unreadable:
        updates[i] = _pass_over(updates[i])
    return json.dumps(answer).encode()


def read_update(body: bytes, bot: Bot) -> Update | None:
    """Parse a webhook's body. A malformed update becomes its update_id alone; None without an update_id."""
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):  # no JSON, or nested too deep
        return None
    if not _has_number(update):
        return None
    try:
        return Update.de_json(update, bot)
    except Exception:  # noqa: BLE001 - for any error Telegram would deliver it again and again
        return Update.de_json(_pass_over(update), bot)


def _has_number(update: Any) -> bool:
    return isinstance(update, dict) and isinstance(update.get("update_id"), int)


def _pass_over(update: dict[str, Any]) -> dict[str, Any]:
    """Return an update with the same update_id and no content."""
    _log.error("an update cannot be read and is passed over", update_id=update["update_id"])
    return {"update_id": update["update_id"]}


def _is_readable(update: dict[str, Any]) -> bool:
    try:
        Update.de_json(dict(update), bot=None)
    except Exception:  # noqa: BLE001 - any error would end polling
        return False
    return True
