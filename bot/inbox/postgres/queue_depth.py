"""How much waits in PostgreSQL's queue: the database's to say, for no process sees all of it."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from sqlalchemy import text

from bot.storage.engine import StorageError, connect

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from bot.observability.metrics import Metrics

_UNKNOWN = (math.nan, math.nan, math.nan)
# Whoever asks for health or metrics waits no longer than a few seconds itself.
_ANSWER_SECONDS = 3.0
# By the database's clock, for hosts' clocks differ; an update that came from a host ahead of it is 0 s old.
_READ = text(
    "SELECT count(*) FILTER (WHERE starts = 0), count(*) FILTER (WHERE starts > 0), "
    "greatest(0, extract(epoch FROM clock_timestamp()) - min(arrived_at)) "
    "FROM inbox WHERE payload IS NOT NULL"
)


class QueueDepth:
    """The queue of all bots that share a database, as it was when it was last looked at.

    Args:
        engine: The database.
        metrics: Shows it. Every process shows the same numbers, so they are not to be added up.

    Attributes:
        problem: Why the queue cannot be seen, and so nothing be received or answered; None when it can.
    """

    def __init__(self, engine: AsyncEngine, metrics: Metrics) -> None:
        self._engine = engine
        self._seen = _UNKNOWN  # no numbers rather than old ones
        self.problem: str | None = None
        metrics.watch("bot_queue_waiting_jobs", lambda: self._seen[0], "Updates that no worker has begun.")
        metrics.watch("bot_queue_jobs_in_hand", lambda: self._seen[1], "Updates that some worker has begun.")
        metrics.watch(
            "bot_queue_oldest_seconds",
            lambda: self._seen[2],
            "How long the message that has waited longest for its answer has waited; 0 when none does.",
        )

    async def look(self) -> None:
        """Read it anew."""
        try:
            async with asyncio.timeout(_ANSWER_SECONDS), connect(self._engine, autocommit=True) as connection:
                waiting, in_hand, oldest = (await connection.execute(_READ)).one()
        except TimeoutError:
            problem = f"The database of DATABASE_URL does not answer within {_ANSWER_SECONDS:g} s."
            self._seen, self.problem = _UNKNOWN, problem
        except StorageError as error:
            self._seen, self.problem = _UNKNOWN, str(error)
        else:
            self._seen, self.problem = (waiting, in_hand, float(oldest or 0.0)), None
