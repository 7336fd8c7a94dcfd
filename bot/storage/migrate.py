"""Bring the tables up to date when the database is opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect

from bot.storage.engine import DAMAGED, StorageError, connect

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

# Any number that no other program locks; this one spells "migrate".
_MIGRATION_LOCK = 0x6D696772617465
_MIGRATIONS = Path(__file__).parent / "migrations"


async def migrate(engine: AsyncEngine) -> None:
    """Migrate all tables or none; on PostgreSQL also those of the queue.

    When several processes start at once on PostgreSQL, one migrates and the others wait.

    Args:
        engine: The database.

    Raises:
        StorageError: The database is damaged, locked, read-only, full, or of a newer bot.
    """
    async with connect(engine) as connection:
        await connection.run_sync(_check)
        is_shared = connection.dialect.name == "postgresql"
        await connection.run_sync(_upgrade_shared if is_shared else _upgrade)


def _check(connection: Connection) -> None:
    """Check the database for damage now, not in the middle of a day."""
    if connection.dialect.name != "sqlite":
        return
    found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if found != "ok":
        raise StorageError(DAMAGED.format(place=connection.engine.url.database))


def _upgrade_shared(connection: Connection) -> None:
    """Migrate all tables and those of the queue, while a lock keeps other processes from doing the same."""
    from bot.storage.procrastinate_schema import upgrade_queue  # not for SQLite

    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
    _upgrade(connection)
    upgrade_queue(connection)


def newest_revision() -> str:
    """Return the revision that the newest migration leads to: v0001_first_tables.py leads to "0001"."""
    return max(file.name for file in (_MIGRATIONS / "versions").glob("v*.py"))[1:5]


def _is_current(connection: Connection) -> bool:
    """Whether the tables are current. Alembic is not imported for this: that takes a third of the start.

    On PostgreSQL, a database that is one revision ahead counts as current. Hosts are upgraded one after the
    other, and a host with the old version must still be able to restart. So a migration only adds columns and
    tables, which the old version may ignore; unused ones are removed one revision later.
    """
    if not inspect(connection).has_table("alembic_version"):
        return False
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all()
    fitting = [newest_revision()]
    if connection.dialect.name == "postgresql":
        fitting.append(f"{int(newest_revision()) + 1:04}")
    return len(found) == 1 and found[0] in fitting


def _upgrade(connection: Connection) -> None:
    if _is_current(connection):
        return
    from alembic import command  # see _is_current
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        is_shared = connection.dialect.name == "postgresql"
        raise StorageError(
            f"The database {connection.engine.url.database} was made by a newer version of the bot "
            f"({error}). Start that version{', or the one before it' if is_shared else ''}, "
            "or put back a copy of the database from before."
        ) from error
