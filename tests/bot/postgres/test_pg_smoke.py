"""PostgreSQL in a minute: a photo outlives its worker, and what the shared database alone holds."""

from __future__ import annotations

import asyncio
import math
import os
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import pytest_asyncio
from bot_fakes import PICTURE, until
from limits_steps import BOT_ID, SEEN
from telegram_doubles import build_update

from bot.feedback.correction_store import Correction
from bot.feedback.postgres_correction_store import SharedCorrectionStore
from bot.inbox.base import LeaseLostError, check_lease
from bot.inbox.postgres.inbox import SharedInbox
from bot.inbox.postgres.queue_depth import QueueDepth
from bot.inbox.postgres.workers import _TAKEOVER_LOCK
from bot.limits.chat_throttle import ChatThread, ChatThrottle
from bot.limits.idempotency import IdempotencyKeys
from bot.observability.metrics import Metrics
from bot.storage.database import Storage
from bot.storage.engine import DatabaseAwayError, StorageError, connect, name_driver
from bot.storage.migrate import newest_revision
from bot.transport.flood_limits import SharedRateLimiter, _list_keys, delete_past_send_times
from bot.transport.leader_lock import LeaderLock
from playground import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from postgres_steps import Hosts

    from bot.inbox.entry import Entry
    from playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")
BOT: Any = SimpleNamespace(id=BOT_ID, defaults=None)
OWED = "SELECT count(*) FROM inbox WHERE payload IS NOT NULL"
FACE = Correction("a" * 32, 7, 1, "sad", "2026-11-25", "2999-01-01")
# Each job is in the hand of a worker of its own.
BEGIN_IN_TURN = """
    INSERT INTO procrastinate_workers (last_heartbeat) SELECT now() FROM procrastinate_jobs;
    UPDATE procrastinate_jobs SET status = 'doing', worker_id =
        (SELECT min(id) FROM procrastinate_workers) + id - (SELECT min(id) FROM procrastinate_jobs)
"""
JOBS = "SELECT string_agg(status::text, ',' ORDER BY id) FROM procrastinate_jobs"


def list_names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


async def test_what_a_killed_worker_had_in_hand_another_answers_once(playground: Playground, hosts: Hosts):
    """SIGKILL finds one photo being fetched; it and those behind it are answered by the worker left."""
    async with hosts.run("ingress"):
        lost = await hosts.start_process("worker", "lost")
        playground.fail(Fault("hang", method="getFile"))
        photos = [await playground.send_photo(playground.private, playground.ana, PICTURE) for _ in range(3)]
        await until(lambda: not playground.faults.active)  # the first photo is in hand, and stays there
        assert await hosts.ask(OWED) == 3
        lost.kill()
        await lost.wait()
        async with hosts.run("worker"):
            await hosts.until(f"SELECT ({OWED}) = 0")
    assert [len(playground.replies(photo)) for photo in photos] == [1, 1, 1]


@pytest_asyncio.fixture(loop_scope="session")
async def storage(postgres_url: str) -> AsyncIterator[Storage]:
    opened = await Storage.open(name_driver(postgres_url), BOT_ID)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def receiver(storage: Storage) -> AsyncIterator[SharedInbox]:
    """An inbox that only receives: nobody works on its jobs."""
    inbox = SharedInbox(storage.engine, works=False, lost_seconds=3)
    await inbox.start(BOT)
    yield inbox
    await inbox.close()


async def test_a_job_has_its_bots_queue_its_chats_lock_and_its_turn(receiver: SharedInbox, hosts: Hosts):
    """The lock keeps a chat in order over all hosts; the lowest turn is the highest priority."""
    await receiver.add(build_update(1, 5), build_update(2, 5), build_update(3, 6))
    rows = "SELECT json_agg(json_build_array(args->>'update_id', queue_name, lock, priority) ORDER BY id) "
    queue = f"bot {BOT_ID}"
    assert await hosts.ask(rows + "FROM procrastinate_jobs") == [
        ["1", queue, f"{queue} chat 5", 0],
        ["2", queue, f"{queue} chat 5", -1],
        ["3", queue, f"{queue} chat 6", 0],
    ]


async def test_forgetting_leaves_what_another_host_has_begun(receiver: SharedInbox, hosts: Hosts):
    """It is being answered there; what nobody has begun is dropped, and of nobody else anything."""
    await receiver.add(*(build_update(number, -number, user_id=7) for number in (1, 2, 3)))
    await receiver.add(build_update(4, -4, user_id=8), build_update(5, 7, user_id=7))
    await hosts.run_statement("UPDATE inbox SET starts = 1 WHERE update_id = 2")
    assert await receiver.drop_waiting(7, before=5) == 2
    left = "SELECT string_agg(update_id::text, ',' ORDER BY update_id) FROM inbox WHERE payload IS NOT NULL"
    assert await hosts.ask(left) == "2,4,5"


async def test_lost_jobs_come_back_by_one_process_at_a_time(
    receiver: SharedInbox, hosts: Hosts, postgres_url: str
):
    """A second one that saw the same job lost would give it back after somebody had begun it anew."""
    await receiver.add(build_update(1, 5))
    await hosts.run_statement("UPDATE procrastinate_jobs SET status = 'doing'")  # of a worker that is gone
    async with await psycopg.AsyncConnection.connect(postgres_url) as other:
        await other.execute("SELECT pg_advisory_xact_lock(%s)", [_TAKEOVER_LOCK])
        await receiver._workers._take_over()
        assert await hosts.ask(JOBS) == "doing"
    await receiver._workers._take_over()
    assert await hosts.ask(JOBS) == "todo"


@pytest.mark.parametrize(("silent_seconds", "status"), [(2, "doing"), (4, "todo")])
async def test_a_worker_is_lost_after_its_time_and_not_before(
    receiver: SharedInbox, hosts: Hosts, silent_seconds: int, status: str
):
    """What one that was heard of lately has in hand stays with it. Here the limit is three seconds."""
    await receiver.add(build_update(1, 5))
    await hosts.run_statement(BEGIN_IN_TURN)
    silence = "UPDATE procrastinate_workers SET last_heartbeat = now() - interval "
    await hosts.run_statement(f"{silence}'{silent_seconds} s'")
    await receiver._workers._take_over()
    assert await hosts.ask(JOBS) == status


async def test_only_what_is_stuck_twice_and_ones_own_is_given_back(receiver: SharedInbox, hosts: Hosts):
    """Between its handler's end and its own a job is nobody's for a moment; what is in hand never is."""
    await receiver.add(*(build_update(number, number) for number in (1, 2, 3)))
    await hosts.run_statement(BEGIN_IN_TURN)
    own, _, of_another = await hosts.ask("SELECT array_agg(id ORDER BY id) FROM procrastinate_workers")
    numbers = await hosts.ask("SELECT array_agg(id ORDER BY id) FROM procrastinate_jobs")
    workers = receiver._workers
    workers._numbers = {own, own + 1}
    workers._in_hand[numbers[1]] = None
    assert of_another not in workers._numbers

    await workers._give_back_stuck()
    assert await hosts.ask(JOBS) == "doing,doing,doing"
    await workers._give_back_stuck()

    assert await hosts.ask(JOBS) == "todo,doing,doing"


async def test_a_start_begins_at_once_what_was_put_off(receiver: SharedInbox, hosts: Hosts):
    """That a worker starts may be the cure. The job keeps its lock, its priority and its update."""
    await receiver.add(build_update(1, 5), build_update(2, 5))
    rows = "SELECT json_agg(json_build_array(lock, priority, args) ORDER BY priority DESC) "
    kept = f"{rows} FROM procrastinate_jobs"
    before = await hosts.ask(kept)
    await hosts.run_statement("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour'")
    await receiver._workers._clear_backoff()
    assert await hosts.ask("SELECT count(*) FROM procrastinate_jobs WHERE scheduled_at > now()") == 0
    assert await hosts.ask(kept) == before


@pytest.mark.parametrize("sends", [True, False])
async def test_who_lost_the_lease_sends_nothing_and_ends_no_job(
    storage: Storage, hosts: Hosts, *, sends: bool
):
    """Another process has taken the update over. Where nothing was left to send, it is done all the same."""
    inbox = SharedInbox(storage.engine, works=False, lost_seconds=3)
    await inbox.start(BOT)
    await inbox.add(build_update(1, 5))

    async def lose_and_send(_entry: Entry) -> None:
        check_lease()  # still its own
        inbox._lease._renewed_at -= 100
        if sends:
            with pytest.raises(LeaseLostError):
                check_lease()

    inbox.handle = lose_and_send
    with pytest.raises(LeaseLostError):
        await inbox._work_on(1)
    await inbox.close()
    assert await hosts.ask(OWED) == sends


async def test_the_queues_numbers_are_of_all_and_unknown_without_it(storage: Storage, hosts: Hosts):
    """Waiting is what nobody has begun; old numbers are no numbers, and a problem passes."""
    inbox = SharedInbox(storage.engine, works=False, lost_seconds=3)
    await inbox.start(BOT)
    await inbox.add(*(build_update(number, number) for number in range(1, 6)))
    await inbox.close()
    await hosts.run_statement("UPDATE inbox SET starts = 2 WHERE update_id = 1")
    await hosts.run_statement("UPDATE inbox SET payload = NULL, arrived_at = 0 WHERE update_id = 2")
    await hosts.run_statement(
        "UPDATE inbox SET arrived_at = extract(epoch FROM now()) - 100 WHERE update_id = 3"
    )
    depth = QueueDepth(storage.engine, Metrics())

    await depth.look()
    assert depth._seen == (3, 1, pytest.approx(100, abs=30))
    await hosts.run_statement("ALTER TABLE inbox RENAME TO elsewhere")
    await depth.look()
    assert all(math.isnan(number) for number in depth._seen)
    assert depth.problem is not None
    await hosts.run_statement("ALTER TABLE elsewhere RENAME TO inbox")
    await hosts.run_statement("UPDATE inbox SET arrived_at = extract(epoch FROM now()) + 100")
    await depth.look()
    assert depth._seen == (3, 1, 0.0), "from a host whose clock is ahead"
    assert depth.problem is None


@pytest.mark.parametrize(("chat_id", "pause"), [(-5, 3.0), (5, 1.0)], ids=["group", "person"])
async def test_after_a_burst_of_twenty_a_chat_waits(storage: Storage, chat_id: int, pause: float):
    """Twenty at once, then twenty a minute to a group and one a second to a person, whoever sends."""
    here, there = (SharedRateLimiter(storage.engine, BOT_ID, 1_000.0) for _ in range(2))
    keys = _list_keys(chat_id, 1_000.0)
    assert max(await here._take([keys] * 20)) == 0
    waits = await there._take([keys] * 2)
    assert waits == [pytest.approx(pause, abs=0.9), pytest.approx(2 * pause, abs=0.9)]
    assert await SharedRateLimiter(storage.engine, 9, 1_000.0)._take([keys]) == [0.0], "another bot's own"


async def test_a_chat_that_was_silent_saves_up_nothing(storage: Storage, hosts: Hosts):
    """After an hour without messages twenty go at once, and no more."""
    limiter = SharedRateLimiter(storage.engine, BOT_ID, 1_000.0)
    await limiter._take([_list_keys(-5, 1_000.0)])
    await hosts.run_statement("UPDATE send_times SET due = due - 3600")
    waits = await limiter._take([_list_keys(-5, 1_000.0)] * 21)
    assert waits[19:] == [0.0, pytest.approx(3.0, abs=0.01)]


async def test_over_all_chats_a_second_holds_so_many_messages(storage: Storage):
    """Thirty may go at once, the next has to wait: Telegram counts all processes together."""
    limiter = SharedRateLimiter(storage.engine, BOT_ID, 30.0)
    waits = await limiter._take([_list_keys(number, 30.0) for number in range(1, 46)])
    assert waits[:30] == [0.0] * 30
    assert waits[44] == pytest.approx(0.5, abs=0.01)


async def test_send_times_that_limit_nothing_any_more_are_deleted(storage: Storage, hosts: Hosts):
    """After a minute a row would only tell that the bot wrote to a chat."""
    await hosts.run_statement(
        "INSERT INTO send_times SELECT 1, ago, extract(epoch FROM now()) - ago FROM unnest(ARRAY[90, 30]) ago"
    )
    await delete_past_send_times(storage.engine)
    assert await hosts.ask("SELECT array_agg(chat_id) FROM send_times") == [30]


async def test_a_face_is_kept_once_and_only_while_its_giving_holds(storage: Storage, tmp_path: Path):
    """/forget on any host, for whichever bot, ends what another is about to keep; a yes counts once."""
    one, other = (SharedCorrectionStore(storage.engine, tmp_path, bot_id=BOT_ID) for _ in range(2))
    assert not await one.keep(FACE, b"sealed", 0), "nobody began"
    begun = await one.begin(7, 1)
    await other.begin(8, 1)
    assert await one.keep(FACE, b"sealed", begun)
    assert not await one.keep(FACE, b"sealed", begun)
    assert await other.read(FACE) == b"sealed"
    begun = await one.begin(7, 2)
    assert await other.forget(7) == 1
    assert not await one.keep(Correction("b" * 32, 7, 2, "sad", FACE.created, FACE.expires), b"x", begun)
    assert await one.keep(Correction("c" * 32, 8, 1, "sad", FACE.created, FACE.expires), b"x", 0), "not 8's"


async def test_files_from_before_go_into_their_rows_and_halves_away(
    storage: Storage, tmp_path: Path, hosts: Hosts
):
    """A file without a row may be half of what is being written: it goes after an hour."""
    store = SharedCorrectionStore(storage.engine, tmp_path, bot_id=BOT_ID)
    await store.keep(FACE, b"sealed", await store.begin(7, 1))
    await hosts.run_statement("UPDATE corrections SET sealed = NULL")
    for name, age in ((FACE.file_name, 0), ("young.face", 3_000), ("old.face", 4_000)):
        (tmp_path / name).write_bytes(b"from a file")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    await store.repair()
    assert list_names(tmp_path) == ["young.face"]
    assert await store.read(FACE) == b"from a file"


async def test_answers_that_come_at_once_share_one_limit_and_one_head(storage: Storage, hosts: Hosts):
    """Each locks the chat before it counts: five a minute are five, and one of the rest is the head."""
    throttle = ChatThrottle(storage.engine, BOT_ID)
    group = ChatThread(-5)
    for number in (9, 7, 8):
        await throttle.gather(ChatThread(-6), [replace(SEEN, is_cover=number == 7)], number, user_id=7)
    said = await throttle.collect(ChatThread(-6), 9)
    assert [outcome.is_cover for outcome in said] == [True, False, False], "in the order of the photos"
    await throttle.finish(9)
    given = await asyncio.gather(*(throttle.acquire(group, 5, number) for number in range(1, 13)))
    assert sum(given) == 5
    waits = await asyncio.gather(*(throttle.gather(group, [SEEN], n, user_id=7) for n in range(20, 26)))
    assert [wait is not None for wait in waits].count(True) == 1
    assert await hosts.ask("SELECT count(DISTINCT head) FROM gathered") == 1


async def test_of_presses_at_once_one_counts(storage: Storage):
    """Whichever processes handle them."""
    keys = [IdempotencyKeys(storage.engine, BOT_ID) for _ in range(2)]
    assert sum(await asyncio.gather(*(keys[n % 2].acquire(7, "press 1 yes", n) for n in range(10)))) == 1


async def test_one_process_polls_and_the_next_begins_after_it_stopped(
    storage: Storage, postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    """Two that poll at once take each other's updates; another bot is not concerned."""
    assert storage
    monkeypatch.setattr("bot.transport.leader_lock._TRY_SECONDS", 0.02)
    told: list[str] = []

    def build_lock(name: str, bot_id: int) -> LeaderLock:
        async def tell(what: str) -> None:
            told.append(f"{name} {what}")

        return LeaderLock(postgres_url, bot_id, lambda: tell("starts"), lambda: tell("stops"))

    first = asyncio.create_task(build_lock("first", BOT_ID).run())
    await until(lambda: told == ["first starts"])
    second = asyncio.create_task(build_lock("second", BOT_ID).run())
    third = asyncio.create_task(build_lock("another bot", BOT_ID + 1).run())
    await until(lambda: "another bot starts" in told)
    await asyncio.sleep(0.2)
    assert "second starts" not in told
    first.cancel()
    await until(lambda: "second starts" in told)
    assert told.index("first stops") < told.index("second starts")
    for task in (second, third):
        task.cancel()
    await asyncio.gather(first, second, third, return_exceptions=True)


@pytest.mark.parametrize(("ahead", "fits"), [(1, True), (2, False)])
async def test_a_database_one_revision_ahead_is_used_and_no_further(
    storage: Storage, hosts: Hosts, postgres_url: str, ahead: int, *, fits: bool
):
    """Hosts are upgraded one after the other: the old version must still start, but not on any later one."""
    assert storage
    change = "UPDATE alembic_version SET version_num = "
    await hosts.run_statement(f"{change}'{int(newest_revision()) + ahead:04}'")
    if fits:
        await (await Storage.open(name_driver(postgres_url))).close()
    else:
        with pytest.raises(StorageError, match="newer version"):
            await Storage.open(name_driver(postgres_url))


async def test_a_failed_statement_is_not_taken_for_a_database_that_is_away(storage: Storage, hosts: Hosts):
    """What is away is tried again; a statement that is wrong would be tried for ever."""
    with pytest.raises(StorageError) as wrong:
        async with connect(storage.engine) as connection:
            await connection.exec_driver_sql("SELECT 1 FROM nowhere")
    assert not isinstance(wrong.value, DatabaseAwayError)
    with pytest.raises(DatabaseAwayError):
        await _be_cut_off(storage, hosts)


async def _be_cut_off(storage: Storage, hosts: Hosts) -> None:
    async with connect(storage.engine) as connection:
        own = (await connection.exec_driver_sql("SELECT pg_backend_pid()")).scalar_one()
        await hosts.run_statement(f"SELECT pg_terminate_backend({own})")
        await connection.exec_driver_sql("SELECT 1")
