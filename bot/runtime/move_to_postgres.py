"""Move an installation from its SQLite file to PostgreSQL: all of it, or nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import make_url

from bot.feedback.correction_store import FILE_SUFFIX
from bot.feedback.corrections import FOLDER_NAME
from bot.inbox.postgres.workers import defer_blocking
from bot.storage.database import Storage
from bot.storage.engine import DATABASE_NAME, StorageError, build_blocking_engine, name_driver, transaction
from bot.storage.tables import corrections, inbox, metadata, send_times

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

# Send times lie seconds ahead: they are past when the bot starts again, so they are not copied.
_TABLES = tuple(table for table in metadata.sorted_tables if table is not send_times)


async def move_to_postgres(data_dir: Path, database_url: str) -> dict[str, int]:
    """Copy every row, and create a job for each update that is not answered yet.

    The faces that people gave are copied, still encrypted.

    Args:
        data_dir: The installation. Its tables are migrated, and nothing else is changed. A bot that starts on
            it with PostgreSQL deletes the files of faces.
        database_url: An empty database, `postgresql://`.

    Returns:
        How many rows each table has.

    Raises:
        StorageError: A bot runs on the directory, there is no database in it, or the target holds something.
    """
    if not (data_dir / DATABASE_NAME).exists():
        raise StorageError(f"{data_dir} holds no {DATABASE_NAME}. Set DATA_DIR to the installation's folder.")
    source = await Storage.open(data_dir)  # its lock keeps a bot from starting meanwhile
    try:
        target = await Storage.open(name_driver(database_url))
        await target.close()
        return await asyncio.to_thread(_copy, data_dir, database_url)
    finally:
        await source.close()


def _copy(data_dir: Path, database_url: str) -> dict[str, int]:
    old = build_blocking_engine(make_url(f"sqlite:///{data_dir / DATABASE_NAME}"))
    new = build_blocking_engine(make_url(name_driver(database_url)))
    try:
        with transaction(old) as source, transaction(new) as target:
            counts = _copy_rows(source, target)
            _copy_faces(target, data_dir / FOLDER_NAME)
            _defer_unfinished(target)
    finally:
        old.dispose()
        new.dispose()
    return counts


def _copy_rows(source: Connection, target: Connection) -> dict[str, int]:
    counts = {}
    for table in _TABLES:
        if target.scalar(select(func.count()).select_from(table)):
            raise StorageError(
                f"The database of DATABASE_URL is not empty: its table {table.name} holds rows. "
                "Name a new database."
            )
        rows: list[dict[str, Any]] = [dict(row) for row in source.execute(select(table)).mappings()]
        if table is inbox:
            # The target numbers arrivals itself. Only their order must stay the same.
            rows = [
                {name: value for name, value in row.items() if name != "arrival"}
                for row in sorted(rows, key=lambda row: row["arrival"])
            ]
        if rows:
            target.execute(insert(table), rows)
        counts[table.name] = target.scalar(select(func.count()).select_from(table)) or 0
        if counts[table.name] != len(rows):
            raise StorageError(
                f"Of {len(rows)} rows of {table.name} {counts[table.name]} arrived. Try again."
            )
    return counts


def _copy_faces(target: Connection, folder: Path) -> None:
    """Copy each encrypted face from its file into its row."""
    for number in target.execute(select(corrections.c.id)).scalars().all():
        file = folder / f"{number}{FILE_SUFFIX}"
        if file.exists():
            filling = update(corrections).where(corrections.c.id == number)
            target.execute(filling.values(sealed=file.read_bytes()))


def _defer_unfinished(target: Connection) -> None:
    columns = (inbox.c.bot_id, inbox.c.update_id, inbox.c.ordering_key, inbox.c.turn)
    unfinished = select(*columns).where(inbox.c.payload.is_not(None)).order_by(inbox.c.arrival)
    defer_blocking(target.connection.driver_connection, target.execute(unfinished).all())
