"""What tests of the limits share, on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot_fakes import build_face

from bot.inbox.entry import Stored
from bot.inbox.queries import InboxTable, Marks
from bot.messages.outcome import Outcome
from bot.messages.problems import Problem
from bot.storage.engine import build_engine
from classifier.types import Prediction

if TYPE_CHECKING:
    from sqlalchemy import URL

BOT_ID = 4_242
SEEN = Outcome(prediction=Prediction(100, 100, (build_face(), build_face(0.6, sure=False))), is_cover=True)
REFUSED = Outcome(problem=Problem("file_gone", "problem-file-gone", {"limit": 20.0}))


class Mailbox:
    """Messages of one person that wait."""

    def __init__(self, url: URL, user_id: int) -> None:
        self._table = InboxTable(build_engine(url.render_as_string(hide_password=False)), BOT_ID)
        self._user_id = user_id

    async def receive(self, numbers: range, at: float) -> None:
        """Take messages in."""
        ordering_key = f"chat {self._user_id}"
        arrivals = [Stored(number, ordering_key, self._user_id, None, at, "{}") for number in numbers]
        await self._table.write(arrivals, Marks())

    async def close(self) -> None:
        """Close the database."""
        await self._table.engine.dispose()
