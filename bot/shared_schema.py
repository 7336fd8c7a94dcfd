"""The queue's own tables on PostgreSQL, as Procrastinate defines them, and what is added to them."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from sqlalchemy import Column, MetaData, String, Table, inspect, select

if TYPE_CHECKING:
    from sqlalchemy import Connection

# Which scripts the database has had: Procrastinate itself does not remember.
_applied = Table("queue_migrations", MetaData(), Column("name", String(120), primary_key=True))

# Procrastinate wakes its workers for a new job, but not when the chat of a waiting job becomes free: that job
# would be found at the next look only, and a chat's messages be answered seconds apart. The index is for
# that, and for finding a job whose chat is free, which otherwise slows down with the number that wait.
_WAKE_FOR_FREE_CHAT = """
CREATE INDEX bot_open_jobs_by_lock ON procrastinate_jobs (lock, id) WHERE status IN ('todo', 'doing');

CREATE FUNCTION bot_notify_free_lock() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    next_id bigint;
BEGIN
    SELECT id INTO next_id FROM procrastinate_jobs WHERE lock = OLD.lock AND status = 'todo' LIMIT 1;
    IF FOUND THEN
        PERFORM pg_notify(
            'procrastinate_queue_v1#' || OLD.queue_name,
            json_build_object('type', 'job_inserted', 'job_id', next_id)::text
        );
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER bot_notify_free_lock AFTER DELETE OR UPDATE OF status, lock ON procrastinate_jobs
    FOR EACH ROW WHEN (OLD.status = 'doing') EXECUTE FUNCTION bot_notify_free_lock();
"""
# What somebody still has waiting, and an album's parts, are looked up for each job.
_INDEX_INBOX = """
CREATE INDEX bot_inbox_waiting ON inbox (bot_id, user_id) WHERE payload IS NOT NULL;
CREATE INDEX bot_inbox_albums ON inbox (bot_id, album) WHERE album IS NOT NULL;
"""
# Nobody misses these after a crash, and no message has to wait for the disk.
_HASTEN_SEND_TIMES = "ALTER TABLE send_times SET UNLOGGED"
_OWN_SCRIPTS = {
    "bot_01_wake_for_free_chat": _WAKE_FOR_FREE_CHAT,
    "bot_02_index_inbox": _INDEX_INBOX,
    "bot_03_hasten_send_times": _HASTEN_SEND_TIMES,
}


def upgrade_queue(connection: Connection) -> None:
    """Create the queue's tables, or bring them to what the installed Procrastinate needs."""
    folder = resources.files("procrastinate.sql")
    files = sorted((folder / "migrations").iterdir(), key=lambda file: file.name)
    migrations = [file for file in files if file.name.endswith(".sql")]
    is_new = not inspect(connection).has_table("procrastinate_jobs")
    _applied.create(connection, checkfirst=True)
    applied = set(connection.execute(select(_applied.c.name)).scalars())
    scripts = {file.name: file.read_text(encoding="utf-8") for file in migrations if file.name not in applied}
    if is_new:
        scripts = dict.fromkeys(scripts, "")  # its schema is what all migrations lead to
        _run_script(connection, (folder / "schema.sql").read_text(encoding="utf-8"))
    scripts |= {name: script for name, script in _OWN_SCRIPTS.items() if name not in applied}
    for name, script in scripts.items():
        if script:
            _run_script(connection, script)
        connection.execute(_applied.insert().values(name=name))


def _run_script(connection: Connection, script: str) -> None:
    connection.exec_driver_sql(script.replace("%", "%%"))
