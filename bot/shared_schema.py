"""The queue's own tables on PostgreSQL, as Procrastinate defines them."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from sqlalchemy import Column, MetaData, String, Table, inspect, select

if TYPE_CHECKING:
    from sqlalchemy import Connection

# Which of Procrastinate's migrations the database has had: Procrastinate itself does not remember.
_applied = Table("queue_migrations", MetaData(), Column("name", String(120), primary_key=True))


def upgrade_queue(connection: Connection) -> None:
    """Create the queue's tables, or bring them to what the installed Procrastinate needs."""
    scripts = resources.files("procrastinate.sql")
    migrations = sorted(
        file.name for file in (scripts / "migrations").iterdir() if file.name.endswith(".sql")
    )
    is_new = not inspect(connection).has_table("procrastinate_jobs")
    _applied.create(connection, checkfirst=True)
    applied = set(connection.execute(select(_applied.c.name)).scalars())
    missing = [name for name in migrations if name not in applied]
    if is_new:
        _run_script(connection, (scripts / "schema.sql").read_text(encoding="utf-8"))
    else:
        for name in missing:
            _run_script(connection, (scripts / "migrations" / name).read_text(encoding="utf-8"))
    if missing:
        connection.execute(_applied.insert(), [{"name": name} for name in missing])


def _run_script(connection: Connection, script: str) -> None:
    connection.exec_driver_sql(script.replace("%", "%%"))
