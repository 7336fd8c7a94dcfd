"""What the inbox keeps of an update, and what it hands out: an update, or all parts of an album."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from telegram import Update

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Bot

ASIDE = "aside"
# An album is complete when none of its parts has come for so long: Telegram never says which is the last.
QUIET_SECONDS = 1.0
# The first death may have had another reason, such as memory that others used.
WORKER_DEATHS_ALLOWED = 1
# More than for workers: whoever kills the bot from outside hits innocent updates, too.
STARTS_ALLOWED = 10


class Stored(NamedTuple):
    """An update as it is stored.

    Attributes:
        update_id: Telegram's number for it.
        ordering_key: Updates with the same key are handled in order, one at a time.
        user_id: Who sent it; None where nobody did.
        album: Which album it is a part of.
        arrived_at: When, in seconds since 1970.
        payload: All of it, as JSON.
        turn: The lowest goes first. See `InboxTable`.
        starts: How often it was begun before.
        worker_deaths: How often it killed its worker.
    """

    update_id: int
    ordering_key: str
    user_id: int | None
    album: str | None
    arrived_at: float
    payload: str = ""
    turn: int = 0
    starts: int = 0
    worker_deaths: int = 0


@dataclass(frozen=True)
class Again:
    """An entry is not finished and is to be claimed again.

    Attributes:
        seconds: Not before so much time has passed.
        ordering_key: The key that it waits under meanwhile, if not that of its chat.
        is_hurried: Whether it is claimed at once when the bot stops.
    """

    seconds: float
    ordering_key: str | None = None
    is_hurried: bool = False


@dataclass(eq=False)
class Entry:
    """What is claimed at once: an update, or all parts of an album that have come.

    Attributes:
        number: The update under which it waits: of an album the part that came first.
        updates: In the order in which they stand in the chat.
        update_ids: Their numbers, and those of parts that were delivered twice.
        arrived_at: When the first of them came, in seconds since 1970.
        is_aside: Whether it was set aside before.
        is_poison: Whether workers, or the bot, died of it again and again.
        settings_version: How often settings had been changed by anybody; 0 where one process has them all.
        again: Set by whoever handles it, if it is not finished.
        lease: Under which lease it was claimed, where several processes claim.
        is_lost: Set when something was to be sent for it after another process had taken it over.
    """

    number: int
    updates: tuple[Update, ...]
    update_ids: tuple[int, ...]
    arrived_at: float
    is_aside: bool
    is_poison: bool
    settings_version: int
    again: Again | None = None
    lease: int = 0
    is_lost: bool = False

    def retry_later(self, seconds: float, *, aside: bool) -> None:
        """Ask that it be claimed again after so long; its chat waits, unless it is set aside."""
        self.again = Again(seconds, name_aside(self.number) if aside else None, is_hurried=aside)


def build_stored(update: Update, now: float) -> Stored:
    """Add to an update what decides when it is handled."""
    user_id = update.effective_user.id if update.effective_user else None
    return Stored(
        update.update_id, find_ordering_key(update), user_id, find_album(update), now, update.to_json()
    )


def build_entry(number: int, rows: Sequence[Stored], settings_version: int, bot: Bot | None) -> Entry:
    """Rebuild what waits under a number."""
    updates = sorted((Update.de_json(json.loads(row.payload), bot) for row in rows), key=_find_place)
    # By message, so that a part that was delivered twice is still one part.
    by_message = {_find_place(update)[0]: update for update in updates}
    return Entry(
        number=number,
        updates=tuple(by_message.values()),
        update_ids=tuple(update.update_id for update in updates),
        arrived_at=min(row.arrived_at for row in rows),
        is_aside=rows[0].ordering_key == name_aside(number),
        is_poison=any(is_poison(row.worker_deaths, row.starts) for row in rows),
        settings_version=settings_version,
    )


def is_poison(worker_deaths: int, starts: int) -> bool:
    """Whether an update that killed so many workers, or was begun so often, is not tried again."""
    return worker_deaths > WORKER_DEATHS_ALLOWED or starts >= STARTS_ALLOWED


def find_album(update: Update) -> str | None:
    """Name the album that an update brings a part of; a button below a part, or a guest message, is none."""
    message = update.effective_message
    if message is None or message.media_group_id is None or update.callback_query or update.guest_message:
        return None
    return f"{message.chat_id} {message.media_group_id}"


def name_aside(number: int) -> str:
    """Name the ordering key of an update that was set aside."""
    return f"{ASIDE} {number}"


def find_ordering_key(update: Update) -> str:
    """Name what an update must be in order with: its chat, but for buttons whoever pressed.

    A button is to react at once, not behind the photos of its chat. A guest message counts for its sender:
    the number of its chat may be that of another chat, too.
    """
    if update.guest_message is not None and update.effective_sender is not None:
        return f"guest {update.effective_sender.id}"
    if update.effective_chat is not None and update.callback_query is None:
        return f"chat {update.effective_chat.id}"
    if update.effective_user is not None:
        return f"user {update.effective_user.id}"
    return "nobody"


def _find_place(update: Update) -> tuple[int, int]:
    """Give what updates are sorted by: messages of an album stand in the order of their numbers."""
    message = update.effective_message
    return (message.message_id if message else 0, update.update_id)
