"""Move an installation from its SQLite file to PostgreSQL: all of it, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from bot.feedback.correction_store import FILE_SUFFIX
from bot.feedback.corrections import FOLDER_NAME
from bot.feedback.face_files import FaceFiles
from bot.inbox.postgres.workers import defer_stored
from bot.storage.database import Storage
from bot.storage.engine import DATABASE_NAME, StorageError, connect, name_driver
from bot.storage.tables import corrections, inbox, metadata, send_times

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncConnection

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
        StorageError: Nothing was moved: a bot runs on the directory, there is no database in it, or the
            target holds something.
    """
    try:
        return await _move(data_dir, database_url)
    except StorageError as error:
        raise StorageError(f"Nothing was moved. {error}") from error


async def _move(data_dir: Path, database_url: str) -> dict[str, int]:
    if not (data_dir / DATABASE_NAME).exists():
        raise StorageError(f"{data_dir} holds no {DATABASE_NAME}. Set DATA_DIR to the installation's folder.")
    old = await Storage.open(data_dir)  # its lock keeps a bot from starting meanwhile
    try:
        new = await Storage.open(name_driver(database_url))
        try:
            async with connect(old.engine) as source, connect(new.engine) as target:
                counts = await _copy_rows(source, target)
                await _copy_faces(target, FaceFiles(data_dir / FOLDER_NAME))
                await _defer_unfinished(target)
        finally:
            await new.close()
    finally:
        await old.close()
    return counts


async def _copy_rows(source: AsyncConnection, target: AsyncConnection) -> dict[str, int]:
    counts = {}
    for table in _TABLES:
        if await target.scalar(select(func.count()).select_from(table)):
            raise StorageError(
                f"The database of DATABASE_URL is not empty: its table {table.name} holds rows. "
                "Name a new database."
            )
        rows: list[dict[str, Any]] = [dict(row) for row in (await source.execute(select(table))).mappings()]
        if table is inbox:
            # The target numbers arrivals itself. Only their order must stay the same.
            rows = [
                {name: value for name, value in row.items() if name != "arrival"}
                for row in sorted(rows, key=lambda row: row["arrival"])
            ]
        if rows:
            await target.execute(insert(table), rows)
        counts[table.name] = await target.scalar(select(func.count()).select_from(table)) or 0
        if counts[table.name] != len(rows):
            raise StorageError(
                f"Of {len(rows)} rows of {table.name} {counts[table.name]} arrived. Try again."
            )
    return counts


async def _copy_faces(target: AsyncConnection, files: FaceFiles) -> None:
    """Copy each encrypted face from its file into its row."""
    for number in (await target.execute(select(corrections.c.id))).scalars().all():
        sealed = await files.read(f"{number}{FILE_SUFFIX}")
        if sealed is not None:
            filling = update(corrections).where(corrections.c.id == number)
            await target.execute(filling.values(sealed=sealed))


async def _defer_unfinished(target: AsyncConnection) -> None:
    columns = (inbox.c.bot_id, inbox.c.update_id, inbox.c.ordering_key, inbox.c.turn)
    unfinished = select(*columns).where(inbox.c.payload.is_not(None)).order_by(inbox.c.arrival)
    rows = (await target.execute(unfinished)).all()
    await defer_stored(target, [tuple(row) for row in rows])
