"""Turns: updates of one chat in order, one at a time; chats beside each other, each in its turn."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from telegram import Update


@dataclass
class Entry:
    """An update that waits or is being handled.

    Attributes:
        update_id: Telegram's number for it.
        lane: What it must be in order with.
        user_id: Who sent it, None where nobody did.
        arrived: When, by the monotonic clock.
        update: None when it is to be read from the database in its turn.
        album: Which album it is a part of.
    """

    update_id: int
    lane: str
    user_id: int | None
    arrived: float
    update: Update | None
    album: str | None = None


def build_entry(update: Update) -> Entry:
    """Note of an update what decides when it is handled."""
    user_id = update.effective_user.id if update.effective_user else None
    return Entry(
        update.update_id, find_lane(update), user_id, time.monotonic(), update, album=find_album(update)
    )


def find_album(update: Update) -> str | None:
    """Name the album that an update brings a part of."""
    message = update.effective_message
    if message is None or message.media_group_id is None:
        return None
    return f"{message.chat_id} {message.media_group_id}"


def find_lane(update: Update) -> str:
    """Name what an update must be in order with: its chat, but for buttons whoever pressed.

    A button is to react at once, not behind the photos of its chat.
    """
    if update.effective_chat is not None and update.callback_query is None:
        return f"chat {update.effective_chat.id}"
    if update.effective_user is not None:
        return f"user {update.effective_user.id}"
    return "nobody"


class Lanes:
    """Entries by lane. A lane gives one entry, and the next only after `release`; lanes take turns."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Entry]] = {}
        self._busy: set[str] = set()
        self._turns: deque[str] = deque()  # lanes that wait and are not busy, each once
        self._by_user: Counter[int] = Counter()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def waiting_lanes(self) -> int:
        """How many lanes have entries that wait."""
        return len(self._waiting)

    def append(self, entry: Entry) -> None:
        """Add an entry behind the others of its lane."""
        self._add(entry, in_front=False)

    def put_back(self, entry: Entry) -> None:
        """Add an entry in front of the others of its lane."""
        self._add(entry, in_front=True)

    def take(self) -> Entry | None:
        """Take the first entry of the lane whose turn it is; the lane is busy then."""
        if not self._turns:
            return None
        lane = self._turns.popleft()
        entries = self._waiting[lane]
        entry = entries.popleft()
        if not entries:
            del self._waiting[lane]
        self._busy.add(lane)
        self._count_by(-1, entry.user_id)
        return entry

    def release(self, lane: str) -> None:
        """Let the lane's next entry have its turn, behind the other lanes."""
        self._busy.discard(lane)
        if lane in self._waiting and lane not in self._turns:
            self._turns.append(lane)

    def remove(self, is_meant: Callable[[Entry], bool]) -> list[Entry]:
        """Take out, for good, the waiting entries that are meant."""
        removed = [entry for entries in self._waiting.values() for entry in entries if is_meant(entry)]
        for entry in removed:
            entries = self._waiting[entry.lane]
            entries.remove(entry)
            if not entries:
                del self._waiting[entry.lane]
                if entry.lane in self._turns:
                    self._turns.remove(entry.lane)
            self._count_by(-1, entry.user_id)
        return removed

    def count_from(self, user_id: int | None) -> int:
        """Count the entries of one person that wait."""
        return 0 if user_id is None else self._by_user[user_id]

    def clear(self) -> None:
        """Forget what waits; what is busy stays so."""
        self._waiting.clear()
        self._turns.clear()
        self._by_user.clear()
        self._count = 0

    def _add(self, entry: Entry, *, in_front: bool) -> None:
        entries = self._waiting.setdefault(entry.lane, deque())
        if in_front:
            entries.appendleft(entry)
        else:
            entries.append(entry)
        if len(entries) == 1 and entry.lane not in self._busy:
            self._turns.append(entry.lane)
        self._count_by(1, entry.user_id)

    def _count_by(self, change: int, user_id: int | None) -> None:
        self._count += change
        if user_id is not None:
            self._by_user[user_id] += change
            if not self._by_user[user_id]:
                del self._by_user[user_id]
