"""The queue's own tables on PostgreSQL, as Procrastinate defines them, and what is added to them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from sqlalchemy import Column, MetaData, String, Table, inspect, select

from bot.database import newest_revision

if TYPE_CHECKING:
    from collections.abc import Mapping

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


# Which version of Procrastinate's tables came with which revision of ours: a Procrastinate that brings
# scripts needs a revision, and one revision goes past no more than one version with scripts for afterwards.
QUEUE_VERSIONS = {"0004": "03.04.00"}


@dataclass(frozen=True)
class QueueScripts:
    """What makes the queue's tables.

    Attributes:
        schema: All of it, for a database that has none.
        migrations: From each version to the next, by name, in order.
        versions: As `QUEUE_VERSIONS`.
        revision: The newest one of ours.
    """

    schema: str
    migrations: Mapping[str, str]
    versions: Mapping[str, str]
    revision: str

    def must_wait(self, name: str) -> bool:
        """Whether a migration takes away what hosts of the version before ours still use.

        Procrastinate says so in the name: "post" is for when all are upgraded. Nobody tells us when that is,
        but hosts differ by one version at most: what came with the version before ours has waited long
        enough.
        """
        earlier = [version for revision, version in self.versions.items() if revision < self.revision]
        return "_post_" in name and bool(earlier) and name.partition("_")[0] > max(earlier)


def load_queue_scripts() -> QueueScripts:
    """Load what the installed Procrastinate brings."""
    folder = resources.files("procrastinate.sql")
    files = sorted((folder / "migrations").iterdir(), key=lambda file: file.name)
    migrations = {file.name: file.read_text(encoding="utf-8") for file in files if file.name.endswith(".sql")}
    schema = (folder / "schema.sql").read_text(encoding="utf-8")
    return QueueScripts(schema, migrations, QUEUE_VERSIONS, newest_revision())


def upgrade_queue(connection: Connection, scripts: QueueScripts) -> None:
    """Create the queue's tables, or bring them to what the installed Procrastinate needs."""
    is_new = not inspect(connection).has_table("procrastinate_jobs")
    _applied.create(connection, checkfirst=True)
    applied = set(connection.execute(select(_applied.c.name)).scalars())
    if is_new:
        _run_script(connection, scripts.schema)
        due = dict.fromkeys(scripts.migrations, "")  # its schema is what all of them lead to
    else:
        due = {name: script for name, script in scripts.migrations.items() if not scripts.must_wait(name)}
    for name, script in (due | _OWN_SCRIPTS).items():
        if name not in applied:
            if script:
                _run_script(connection, script)
            connection.execute(_applied.insert().values(name=name))


def _run_script(connection: Connection, script: str) -> None:
    connection.exec_driver_sql(script.replace("%", "%%"))
