"""How often answers were called right or wrong: counts by day, of nobody in particular."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, delete, inspect, select

from bot.storage.engine import (
    DATABASE_NAME,
    StorageError,
    build_engine,
    connect,
    insert_into,
    name_driver,
)
from bot.storage.tables import counted_presses, feedback

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from bot.messages.callback_data import FaceAnswer, Verdict

_REMEMBERED_DAYS = 30
"""More than a press can wait to be handled again: Telegram keeps it for a day, a bot that is down longer."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one count by one button press.

    Attributes:
        said: What was said of a face.
        verdict: Of the person who pressed.
        by: 1; -1 takes one back.
    """

    said: FaceAnswer
    verdict: Verdict
    by: int = 1


class FeedbackCounts:
    """Counts what people say of answers. Every method may raise `StorageError`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, press_id: str, model: str, changes: Iterable[Change]) -> None:
        """Count one press: all its changes or none, and only once, even if the press is handled again."""
        today = dt.datetime.now(dt.UTC).date()
        async with connect(self._engine) as connection:
            oldest = (today - dt.timedelta(days=_REMEMBERED_DAYS)).isoformat()
            await connection.execute(delete(counted_presses).where(counted_presses.c.day < oldest))
            noted = insert_into(self._engine, counted_presses).values(
                press_id=press_id, day=today.isoformat()
            )
            if (await connection.execute(noted.on_conflict_do_nothing())).rowcount:
                # In one order everywhere: two hosts that count the same rows must not wait for each other.
                for change in sorted(changes, key=_name_row):
                    await self._count(connection, today.isoformat(), model, change)

    async def _count(self, connection: AsyncConnection, day: str, model: str, change: Change) -> None:
        statement = insert_into(self._engine, feedback).values(
            day=day,
            model=model,
            answer=change.said.answer,
            confidence=change.said.band,
            verdict=change.verdict,
            count=max(0, change.by),
        )
        # Taken back on the next day, there is nothing of that day to take from.
        counted = feedback.c.count + change.by
        changed = case((counted > 0, counted), else_=0)
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=list(feedback.primary_key), set_={"count": changed}
            )
        )


async def list_counts(data_dir: Path, database_url: str = "") -> list[str]:
    """List all counts as JSON, one line each, also while a bot runs.

    Args:
        data_dir: Where the bot keeps its database.
        database_url: The PostgreSQL that it keeps it in instead.

    Raises:
        StorageError: No bot has run on the data directory yet, or the database cannot be read.
    """
    if database_url:
        url = name_driver(database_url)
    else:
        database = data_dir / DATABASE_NAME
        if not database.exists():
            raise StorageError(f"There is no {database} yet. Start the bot first, or set DATA_DIR.")
        url = f"sqlite+aiosqlite:///{database}"
    engine = build_engine(url)
    try:
        async with connect(engine) as connection:
            if not await connection.run_sync(lambda sync: inspect(sync).has_table(feedback.name)):
                return []
            counts = select(feedback).where(feedback.c.count > 0).order_by(*feedback.primary_key)
            rows = (await connection.execute(counts)).all()
    finally:
        await engine.dispose()
    return [_format(row) for row in rows]


def _name_row(change: Change) -> tuple[str, int, str]:
    return change.said.answer, change.said.band, change.verdict


def _format(row: Row[Any]) -> str:
    columns = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it begins with an underscore
    columns["confidence"] /= 100
    return json.dumps(columns)
