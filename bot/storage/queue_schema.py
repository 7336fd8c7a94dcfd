"""The queue's own tables on PostgreSQL, as Procrastinate defines them, and what is added to them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from sqlalchemy import Column, MetaData, String, Table, inspect, select

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
# A worker takes as many jobs at once as it has places, with what they are about: one way to the database and
# back instead of one for each step of each job. A queue is empty most of the time, so the planner knows of no
# rows and would read and sort all that wait for each job taken; in the order of the index the first is found
# at once. Compiling what looks costly takes a second. That a job was taken need not wait for the disk: what a
# crash of the database takes back comes again, and is about nothing if its update was done. Which parts of an
# album were taken is noted: a part that comes late has a job of its own, which must not take those along that
# somebody else is answering. With the album's name as queueing lock, this one could not go back to the queue
# while that one waits there.
_TAKE_SEVERAL = """
CREATE FUNCTION bot_take_jobs_v1(queues varchar[], worker bigint, places integer)
    RETURNS TABLE (
        job_id bigint, queue_name varchar, lock text, attempts integer, settings_version bigint,
        update_id bigint, payload text, user_id bigint, starts integer, worker_deaths integer,
        arrived_at double precision, behind bigint
    )
    LANGUAGE plpgsql SET enable_sort = off SET enable_bitmapscan = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    job procrastinate_jobs;
    bot bigint;
    numbers bigint[];
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    FOR place IN 1..places LOOP
        job := procrastinate_fetch_job_v2(queues, worker);
        EXIT WHEN job.id IS NULL;
        bot := split_part(job.queue_name, ' ', 2);
        IF job.args ? 'album' THEN
            numbers := ARRAY(
                SELECT parts.update_id FROM inbox AS parts
                WHERE parts.bot_id = bot AND parts.album = job.args ->> 'album'
                EXCEPT
                SELECT jsonb_array_elements(other.args -> 'taken')::bigint FROM procrastinate_jobs AS other
                WHERE other.queue_name = job.queue_name AND other.status = 'doing' AND other.id <> job.id
                    AND other.args ->> 'album' = job.args ->> 'album'
            );
            UPDATE procrastinate_jobs AS own
                SET args = own.args || jsonb_build_object('taken', numbers), queueing_lock = NULL
                WHERE own.id = job.id;
        ELSE
            numbers := ARRAY[(job.args ->> 'update_id')::bigint];
        END IF;
        RETURN QUERY
            WITH begun AS (
                UPDATE inbox SET starts = inbox.starts + 1
                WHERE inbox.bot_id = bot AND inbox.payload IS NOT NULL AND inbox.update_id = ANY (numbers)
                RETURNING inbox.*
            )
            SELECT job.id, job.queue_name, job.lock, job.attempts,
                (SELECT max(version) FROM settings_changes), begun.update_id, begun.payload,
                begun.user_id, begun.starts - 1, begun.worker_deaths, begun.arrived_at,
                (
                    SELECT count(*) FROM inbox AS later
                    WHERE later.bot_id = bot AND later.user_id = begun.user_id
                        AND later.arrival > begun.arrival AND later.payload IS NOT NULL
                )
            FROM (SELECT 1) AS once LEFT JOIN begun ON true;
    END LOOP;
END;
$$;
"""
# Workers keep the settings of chats and people in memory as long as nobody changes any: the number of changes
# comes along with each job. It is counted at the very end of a change, when no other lock is waited for.
# The rows of a transaction are one change: each count would walk past those before it, and whoever moves here
# brings all rows at once.
_COUNT_SETTINGS_CHANGES = """
CREATE TABLE settings_changes (version bigint NOT NULL);
INSERT INTO settings_changes VALUES (0);

CREATE FUNCTION bot_count_settings_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE settings_changes SET version = version + 1 WHERE xmin::text <> (txid_current() % 4294967296)::text;
    RETURN NULL;
END;
$$;

CREATE CONSTRAINT TRIGGER bot_chats_changed AFTER INSERT OR UPDATE OR DELETE ON chats
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bot_count_settings_change();
CREATE CONSTRAINT TRIGGER bot_users_changed AFTER INSERT OR UPDATE OR DELETE ON users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bot_count_settings_change();
"""
# Hosts of the version before change the tables above, whose triggers count for them.
_COUNT_CHANGES_OF_EACH_BOT = """
CREATE CONSTRAINT TRIGGER bot_chats_changed AFTER INSERT OR UPDATE OR DELETE ON bot_chats
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bot_count_settings_change();
CREATE CONSTRAINT TRIGGER bot_users_changed AFTER INSERT OR UPDATE OR DELETE ON bot_users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bot_count_settings_change();
"""
# Procrastinate notes when each job was made and begun, for its administration pages and for a search for lost
# jobs by their age. Neither is used here, and the notes would be deleted along with the job anyway.
_NOTE_NO_EVENTS = """
ALTER TABLE procrastinate_jobs DISABLE TRIGGER procrastinate_trigger_status_events_insert_v1;
ALTER TABLE procrastinate_jobs DISABLE TRIGGER procrastinate_trigger_status_events_update_v1;
ALTER TABLE procrastinate_jobs DISABLE TRIGGER procrastinate_trigger_scheduled_events_v1;
"""
_OWN_SCRIPTS = {
    "bot_01_wake_for_free_chat": _WAKE_FOR_FREE_CHAT,
    "bot_02_index_inbox": _INDEX_INBOX,
    "bot_03_hasten_send_times": _HASTEN_SEND_TIMES,
    "bot_04_count_settings_changes": _COUNT_SETTINGS_CHANGES,
    "bot_05_take_several": _TAKE_SEVERAL,
    "bot_06_note_no_events": _NOTE_NO_EVENTS,
    "bot_07_count_changes_of_each_bot": _COUNT_CHANGES_OF_EACH_BOT,
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


def load_queue_scripts(revision: str) -> QueueScripts:
    """Load what the installed Procrastinate brings, beside this newest revision of ours."""
    folder = resources.files("procrastinate.sql")
    files = sorted((folder / "migrations").iterdir(), key=lambda file: file.name)
    migrations = {file.name: file.read_text(encoding="utf-8") for file in files if file.name.endswith(".sql")}
    schema = (folder / "schema.sql").read_text(encoding="utf-8")
    return QueueScripts(schema, migrations, QUEUE_VERSIONS, revision)


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
