"""Updates and their jobs: committed together, in fair turns, and by Procrastinate's public interface only."""

from __future__ import annotations

import asyncio
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from postgres_steps import ROOT
from telegram_doubles import build_update

from bot.inbox.base import InboxWriteError
from bot.inbox.postgres.inbox import SharedInbox
from bot.inbox.postgres.lease import Lease
from bot.inbox.postgres.workers import _TAKEOVER_LOCK
from bot.storage.chat_records import ChatSettings
from bot.storage.database import Storage
from bot.storage.engine import name_driver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from postgres_steps import Hosts
    from telegram import Update

    from bot.inbox.entry import Entry

BOT: Any = SimpleNamespace(id=4_242, defaults=None)
PRIVATE = re.compile(r"procrastinate_(jobs|fetch|finish|events|workers)|procrastinate\.(manager|worker|sql)")


def test_nothing_reaches_into_procrastinate():
    """Its tables, functions and private modules may change with any release; its documented calls do not."""
    offenders = [
        f"{file.name}: {line.strip()}"
        for file in (ROOT / "bot").rglob("*.py")
        for line in file.read_text(encoding="utf-8").splitlines()
        if PRIVATE.search(line)
    ]
    assert offenders == []


@pytest.fixture
async def storage(postgres_url: str) -> AsyncIterator[Storage]:
    opened = await Storage.open(name_driver(postgres_url))
    yield opened
    await opened.close()


class Handled:
    """An inbox with one place, and what it handed out."""

    def __init__(self, storage: Storage) -> None:
        self.numbers: list[int] = []
        self.parts: list[tuple[int, ...]] = []
        self.again: dict[int, list[float]] = {}
        self.inbox = SharedInbox(
            storage.engine,
            works=True,
            lost_seconds=3,
            concurrency=1,
            invalidate_caches=storage.preferences.invalidate_caches,
        )
        self.inbox.handle = self._handle

    async def _handle(self, entry: Entry) -> None:
        number = entry.update_ids[0]
        self.numbers.append(number)
        self.parts.append(entry.update_ids)
        if self.again.get(number):
            seconds = self.again[number].pop()
            self.inbox.retry_later(number, abs(seconds), aside=seconds < 0)

    async def until(self, count: int) -> None:
        """Wait until so many were handed out."""
        async with asyncio.timeout(60):
            while len(self.numbers) < count:  # the inbox tells nobody
                await asyncio.sleep(0.02)


async def receive(storage: Storage, *updates: Update) -> None:
    inbox = SharedInbox(storage.engine, works=False, lost_seconds=3)
    await inbox.start(BOT)
    await inbox.add(*updates)
    await inbox.close()


async def test_an_answer_with_a_known_number_is_committed_without_it(storage: Storage, hosts: Hosts):
    """Duplicates, also within one answer to getUpdates, are one job each."""
    await receive(storage, build_update(1, 5))
    await receive(storage, build_update(1, 5), build_update(2, 5), build_update(2, 5))
    assert await hosts.ask("SELECT count(*) FROM procrastinate_jobs") == 2
    assert await hosts.ask("SELECT count(*) FROM inbox") == 2


async def test_a_job_that_is_scheduled_for_later_holds_up_its_chat(storage: Storage):
    """The order of a chat rests on it: were Procrastinate to change that, this would tell."""
    handled = Handled(storage)
    handled.again[1] = [0.5]
    await receive(storage, build_update(1, 5), build_update(2, 5), build_update(3, 6))
    await handled.inbox.start(BOT)
    await handled.until(4)
    await handled.inbox.close()
    assert [number for number in handled.numbers if number != 3] == [1, 1, 2]


async def test_parts_of_an_album_from_two_hosts_are_one_entry(storage: Storage, hosts: Hosts):
    """Claimed when no part has come for a second, wherever they arrived; a late part is one of its own."""
    handled = Handled(storage)
    handled.again[1] = [-3_600]
    await receive(storage, build_update(2, 5, album="a"))
    await receive(storage, build_update(1, 5, album="a"), build_update(3, 5, album="b"))
    await handled.inbox.start(BOT)
    await handled.until(2)
    await receive(storage, build_update(4, 5, album="a"))
    await handled.until(3)
    await hosts.run_statement("UPDATE procrastinate_jobs SET scheduled_at = now()")
    await handled.until(4)
    await handled.inbox.close()
    assert handled.parts == [(1, 2), (3,), (4,), (1, 2)], "set aside it is not taken along"


async def test_neither_row_nor_job_without_the_other(storage: Storage, hosts: Hosts):
    """And the error says nothing of what somebody wrote."""
    await hosts.run_statement("ALTER TABLE procrastinate_jobs RENAME TO elsewhere")
    with pytest.raises(InboxWriteError) as refusal:
        await receive(storage, build_update(1, 5, caption="hello"))
    assert await hosts.ask("SELECT count(*) FROM inbox") == 0
    assert "hello" not in str(refusal.value)


async def test_calls_at_once_are_committed_together(storage: Storage, hosts: Hosts):
    """What comes while a transaction is under way goes with the next: one wait for the disk serves all."""
    inbox = SharedInbox(storage.engine, works=False, lost_seconds=3)
    await inbox.start(BOT)
    await asyncio.gather(*(inbox.add(build_update(number, number)) for number in range(1, 41)))
    await inbox.close()
    assert await hosts.ask("SELECT count(*) FROM procrastinate_jobs") == 40
    assert await hosts.ask("SELECT count(DISTINCT xmin::text) FROM inbox") <= 2


async def test_two_that_receive_the_same_updates_do_not_wait_for_each_other(
    storage: Storage, hosts: Hosts, postgres_url: str
):
    """Telegram repeats what it was not told of, to whichever process: both insert in the order of numbers."""
    inbox = SharedInbox(storage.engine, works=False, lost_seconds=3)
    await inbox.start(BOT)
    insertion = "INSERT INTO inbox (bot_id, update_id) VALUES (4242, %s) ON CONFLICT DO NOTHING"
    async with await psycopg.AsyncConnection.connect(postgres_url) as other:
        await other.execute(insertion, [1])
        adding = asyncio.gather(inbox.add(build_update(2, 2)), inbox.add(build_update(1, 1)))
        await hosts.until("SELECT count(*) FROM pg_locks WHERE NOT granted")
        await other.execute(insertion, [2])
    await adding
    await inbox.close()
    assert await hosts.ask("SELECT count(*) FROM inbox") == 2


async def test_forgetting_leaves_what_another_host_is_answering(storage: Storage, hosts: Hosts):
    """It is finished, and not told to be deleted; what was taken but not begun is."""
    await receive(storage, *(build_update(number, -number, user_id=7) for number in range(1, 6)))
    await hosts.run_statement("UPDATE inbox SET starts = 1 WHERE update_id IN (1, 3)")
    inbox = SharedInbox(storage.engine, works=False, lost_seconds=3)
    await inbox.start(BOT)
    assert await inbox.drop_waiting(7, before=5) == 2
    await inbox.close()
    left = "SELECT string_agg(update_id::text, ',' ORDER BY update_id) FROM inbox WHERE payload IS NOT NULL"
    assert await hosts.ask(left) == "1,3,5"


async def test_a_person_with_many_groups_has_one_turn_like_anybody(storage: Storage):
    """Fifty groups of one person do not give fifty turns before another person's first."""
    await receive(
        storage, *(build_update(n, -n, user_id=7) for n in range(1, 11)), build_update(11, -11, user_id=8)
    )
    handled = Handled(storage)
    await handled.inbox.start(BOT)
    await handled.until(11)
    await handled.inbox.close()
    assert handled.numbers.index(11) <= 1


async def test_a_process_that_was_stopped_no_longer_owns_what_it_had_in_hand(storage: Storage):
    """SIGSTOP: others have taken over meanwhile, so nothing may be sent for it here."""
    now = [0.0]
    lease = Lease(storage.engine, 6.0, clock=lambda: now[0])
    number = lease.begin_or_current()
    assert lease.holds(number)
    now[0] += 11.0
    assert not lease.holds(number)
    keeping = asyncio.create_task(lease.keep())
    await asyncio.sleep(0.2)
    keeping.cancel()
    assert not lease.holds(number)
    assert lease.holds(lease.begin_or_current())


async def test_one_process_at_a_time_gives_back_what_lost_workers_had(
    storage: Storage, hosts: Hosts, postgres_url: str
):
    """A second one that saw the same job lost would give it back again, after somebody had begun it anew."""
    await receive(storage, build_update(1, 5))
    await hosts.run_statement("UPDATE procrastinate_jobs SET status = 'doing'")  # of a worker that is gone
    inbox = SharedInbox(storage.engine, works=False, lost_seconds=3)
    await inbox.start(BOT)
    async with await psycopg.AsyncConnection.connect(postgres_url) as other:
        await other.execute("SELECT pg_advisory_xact_lock(%s)", [_TAKEOVER_LOCK])
        await inbox._workers._take_over()
        assert await hosts.ask("SELECT status::text FROM procrastinate_jobs") == "doing"
    await inbox._workers._take_over()
    await inbox.close()
    assert await hosts.ask("SELECT status::text FROM procrastinate_jobs") == "todo"


REFUSE_DONE = """
    CREATE FUNCTION refuse_done() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF NEW.payload IS NULL THEN RAISE 'refused'; END IF; RETURN NEW; END; $$;
    CREATE TRIGGER refuse_done BEFORE UPDATE ON inbox FOR EACH ROW EXECUTE FUNCTION refuse_done()
"""


async def test_a_job_is_not_over_before_its_update_is_taken_down_as_done(storage: Storage, hosts: Hosts):
    """Without a job nobody would find the update again after a crash, and what it says would stay."""
    await receive(storage, build_update(1, 5))
    await hosts.run_statement(REFUSE_DONE)
    stopped, after = Handled(storage), Handled(storage)
    await stopped.inbox.start(BOT)
    async with asyncio.timeout(60):
        while not stopped.inbox.write_error:  # the inbox tells nobody
            await asyncio.sleep(0.02)
    await stopped.inbox.stop(0.3)
    await stopped.inbox.close()
    assert await hosts.ask("SELECT count(*) FROM procrastinate_jobs") == 1

    await hosts.run_statement("DROP TRIGGER refuse_done ON inbox")
    await after.inbox.start(BOT)
    await hosts.until("SELECT count(*) = 0 FROM procrastinate_jobs")
    await after.inbox.close()
    assert await hosts.ask("SELECT count(*) FROM inbox WHERE payload IS NOT NULL") == 0


async def test_settings_are_kept_until_somebody_changes_any(
    storage: Storage, hosts: Hosts, postgres_url: str
):
    """The number of changes comes along with each update, so that what is read for it is as new."""
    handled = Handled(storage)
    await handled.inbox.start(BOT)
    await handled.inbox.add(build_update(1, 5))
    await handled.until(1)
    assert await storage.preferences.get_chat_settings(-5) == ChatSettings()
    await hosts.run_statement("ALTER TABLE bot_chats RENAME TO hidden")
    assert await storage.preferences.get_chat_settings(-5) == ChatSettings(), "without the database"
    await hosts.run_statement("ALTER TABLE hidden RENAME TO bot_chats")

    other = await Storage.open(name_driver(postgres_url))
    await other.preferences.save_chat_settings(-5, ChatSettings(when="every"))
    await other.close()
    await handled.inbox.add(build_update(2, 5))
    await handled.until(2)
    await handled.inbox.close()
    assert (await storage.preferences.get_chat_settings(-5)).when == "every"


async def test_settings_that_change_together_are_one_change(storage: Storage, hosts: Hosts):
    """Counted row by row, each count would walk past all before it: many users could not be moved here."""
    await hosts.run_statement(
        "INSERT INTO bot_users SELECT 0, number, 'de' FROM generate_series(101, 200) number"
    )
    assert await hosts.ask("SELECT version FROM settings_changes") == 1
    await hosts.run_statement("UPDATE bot_users SET language = 'fr' WHERE user_id < 150")
    assert await hosts.ask("SELECT version FROM settings_changes") == 2
    await storage.preferences.set_user_language(7, "de")
    assert await hosts.ask("SELECT version FROM settings_changes") == 3
