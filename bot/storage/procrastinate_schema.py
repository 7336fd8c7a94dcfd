"""PostgreSQL only: Procrastinate's tables for the queue, and the counter of settings changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from procrastinate.schema import SchemaManager
from sqlalchemy import Column, MetaData, String, Table, select

if TYPE_CHECKING:
    from sqlalchemy import Connection

# The scripts that were applied to the database: Procrastinate itself does not record them.
_applied = Table("queue_migrations", MetaData(), Column("name", String(120), primary_key=True))

# After a crash send times are worthless, so they need no log on disk, and messages do not wait for one.
_UNLOG_SEND_TIMES = "ALTER TABLE send_times SET UNLOGGED"
# Workers cache the settings of chats and people. With each update they read this number of changes, and clear
# their caches when it has grown. The count is the last step of a transaction, so no transaction waits for
# another lock while it holds this one. All rows of a transaction count as one change: a move from SQLite
# inserts all rows at once, and each further count would have to skip the row versions of those before.
_COUNT_SETTINGS_CHANGES = """
CREATE TABLE settings_changes (version bigint NOT NULL);
INSERT INTO settings_changes VALUES (0);

CREATE FUNCTION bot_count_settings_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE settings_changes SET version = version + 1 WHERE xmin::text <> (txid_current() % 4294967296)::text;
    RETURN NULL;
END;
$$;

CREATE CONSTRAINT TRIGGER bot_chats_changed AFTER INSERT OR UPDATE OR DELETE ON bot_chats
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bot_count_settings_change();
CREATE CONSTRAINT TRIGGER bot_users_changed AFTER INSERT OR UPDATE OR DELETE ON bot_users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bot_count_settings_change();
"""
_OWN_SCRIPTS = {
    "bot_01_unlog_send_times": _UNLOG_SEND_TIMES,
    "bot_02_count_settings_changes": _COUNT_SETTINGS_CHANGES,
}


def upgrade_queue(connection: Connection) -> None:
    """Create the queue's tables, or migrate them to the installed version of Procrastinate."""
    files = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    _applied.create(connection, checkfirst=True)
    applied = set(connection.execute(select(_applied.c.name)).scalars())
    if not applied:
        _run_script(connection, SchemaManager.get_schema())  # what all migrations lead to
    scripts = {file.name: file.read_text(encoding="utf-8") if applied else "" for file in files}
    for name, script in (scripts | _OWN_SCRIPTS).items():
        if name not in applied:
            if script:
                _run_script(connection, script)
            connection.execute(_applied.insert().values(name=name))


def _run_script(connection: Connection, script: str) -> None:
    connection.exec_driver_sql(script.replace("%", "%%"))
