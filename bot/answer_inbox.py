"""The seam between handlers and inbox: what they need of it, wherever it keeps the updates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from telegram import Update


class AnswerInbox(Protocol):
    """What handlers need of an inbox."""

    async def done(self, *update_ids: int) -> None:
        """Mark updates as handled for good."""

    def hold(self, update_id: int) -> None:
        """Keep an update unfinished after its handler returns; `done` is called later."""

    def postpone(self, update_id: int, seconds: float) -> None:
        """Hand an update out again, so many seconds after its handler returns."""

    async def count_worker_death(self, update_id: int) -> int:
        """Count that an update killed its worker, and return how often it did."""

    async def drop_waiting(self, user_id: int, before: int) -> int:
        """Drop what waits of what somebody sent before an update in flight, and return how many it was."""

    def waiting_behind(self, update: Update) -> int:
        """Count the updates of the same sender that wait."""
