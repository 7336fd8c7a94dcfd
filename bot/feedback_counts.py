"""How often answers were called right or wrong: counts by day, of nobody in particular."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, inspect, select
from sqlalchemy.engine import make_url

from bot.database import DATABASE_NAME, build_blocking_engine, connect, insert_into, name_driver, transaction
from bot.tables import feedback

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncEngine

    from bot.feedback import Judged, Verdict


class FeedbackCounts:
    """Counts what people say of answers. Every method may raise `StorageError`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, model: str, judged: Judged, verdict: Verdict, change: int = 1) -> None:
        """Count a verdict on one face; a change of -1 takes one back."""
        statement = insert_into(self._engine, feedback).values(
            day=dt.datetime.now(dt.UTC).date().isoformat(),
            model=model,
            answer=judged.answer,
            confidence=judged.band,
            verdict=verdict,
            count=max(0, change),
        )
        # Taken back on the next day, there is nothing of that day to take from.
        counted = feedback.c.count + change
        changed = case((counted > 0, counted), else_=0)
        async with connect(self._engine) as connection:
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=list(feedback.primary_key), set_={"count": changed}
                )
            )


def list_counts(data_dir: Path, database_url: str = "") -> list[str]:
    """List all counts as JSON, one line each, also while a bot runs.

    Args:
        data_dir: Where the bot keeps its database.
        database_url: The PostgreSQL that it keeps it in instead.

    Raises:
        FileNotFoundError: No bot has run on the data directory yet.
        StorageError: The database cannot be read.
    """
    if database_url:
        url = name_driver(database_url)
    else:
        database = data_dir / DATABASE_NAME
        if not database.exists():
            raise FileNotFoundError(f"There is no {database} yet. Start the bot first, or set DATA_DIR.")
        url = f"sqlite:///{database}"
    engine = build_blocking_engine(make_url(url))
    try:
        with transaction(engine) as connection:
            if not inspect(connection).has_table(feedback.name):
                return []
            rows = connection.execute(
                select(feedback).where(feedback.c.count > 0).order_by(*feedback.primary_key)
            ).all()
    finally:
        engine.dispose()
    return [_format(row) for row in rows]


def _format(row: Row[Any]) -> str:
    columns = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it begins with an underscore
    columns["confidence"] /= 100
    return json.dumps(columns)
