"""How jobs are taken: several at once, as many as there are places, and none is overlooked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from unittest.mock import AsyncMock

import pytest
from procrastinate import PsycopgConnector
from procrastinate.jobs import Job as QueueJob
from procrastinate.jobs import Status
from sqlalchemy.engine import make_url

from bot.inbox.postgres.job_table import TASK, Job, SharedTable
from bot.inbox.postgres.worker import JobManager
from bot.inbox.table import Arrival, Marks
from bot.storage.chat_store import Storage
from bot.storage.engine import name_driver
from bot.storage.models import ChatSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from postgres_steps import Hosts

BOT_ID = 4_242
WORKER = 1
PLACES = 3


@dataclass
class Queue:
    """Jobs that wait, as the database would have them."""

    waiting: list[int] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    on_take: Callable[[], Awaitable[None]] | None = None

    async def take(self, _worker: int, places: int) -> list[Job]:
        """Take some."""
        self.asked.append(places)
        taken, self.waiting = self.waiting[:places], self.waiting[places:]
        if self.on_take:
            await self.on_take()
        return [Job(job_id, "bot 1", f"1 chat {job_id}", 0, 0, []) for job_id in taken]

    async def do(self, _job: Job) -> bool:
        """Do nothing."""
        return False

    def is_ending(self, _job_id: int) -> bool:
        """None is."""
        return False


def build_manager(queue: Queue, connector: PsycopgConnector | None = None) -> JobManager:
    return JobManager(connector or AsyncMock(spec=PsycopgConnector), queue, PLACES)


async def fetch(manager: JobManager) -> int | None:
    job = await manager.fetch_job(["bot 1"], WORKER)
    return job.id if job else None


async def test_the_database_is_asked_once_for_several_jobs():
    """A queue that gave less than it was asked for is empty: that is not asked again at once."""
    queue = Queue([1, 2])
    manager = build_manager(queue)
    assert [await fetch(manager) for _ in range(3)] == [1, 2, None]
    assert queue.asked == [PLACES]
    queue.waiting = [3]
    assert await fetch(manager) == 3
    assert queue.asked == [PLACES, 1]


async def test_no_more_are_taken_than_there_are_places():
    queue = Queue([1, 2, 3, 4])
    manager = build_manager(queue)
    assert [await fetch(manager) for _ in range(PLACES)] == [1, 2, 3]
    fourth = asyncio.create_task(fetch(manager))
    await asyncio.sleep(0)
    assert not fourth.done()
    assert queue.asked == [PLACES]
    manager.free_place(2)
    assert await fourth == 4
    assert queue.asked == [PLACES, 1]


async def test_a_job_that_is_told_of_while_others_are_taken_is_not_overlooked():
    """Procrastinate itself would find it at its next look only."""
    queue = Queue([1])
    connector = AsyncMock(spec=PsycopgConnector)
    manager = build_manager(queue, connector)
    await manager.listen_for_jobs(on_notification=AsyncMock(), queues=["bot 1"])
    tell = connector.listen_notify.await_args.kwargs["on_notification"]

    async def bring_another() -> None:
        if len(queue.asked) == 1:
            queue.waiting = [2]
            await tell(channel="any", payload='{"type": "job_inserted", "job_id": 2}')

    queue.on_take = bring_another
    assert [await fetch(manager) for _ in range(3)] == [1, 2, None]
    assert len(queue.asked) == 2


async def test_whoever_waits_for_a_place_is_let_go_at_the_end():
    queue = Queue([1, 2, 3, 4])
    manager = build_manager(queue)
    for _ in range(PLACES):
        await fetch(manager)
    waiting = asyncio.create_task(fetch(manager))
    await asyncio.sleep(0)
    manager.close()
    assert await waiting is None


async def test_a_job_that_ended_with_its_updates_is_not_ended_twice():
    connector = AsyncMock(spec=PsycopgConnector)
    manager = build_manager(Queue([1]), connector)
    job = QueueJob(id=1, queue="bot 1", lock=None, queueing_lock=None, task_name=TASK)
    manager.ended[1] += 1
    await manager.finish_job(job, Status.SUCCEEDED, delete_job=True)
    connector.execute_query_async.assert_not_awaited()
    await manager.finish_job(job, Status.SUCCEEDED, delete_job=True)
    connector.execute_query_async.assert_awaited_once()


@pytest.fixture
async def storage(postgres_url: str) -> AsyncIterator[Storage]:
    opened = await Storage.open(name_driver(postgres_url))
    yield opened
    await opened.close()


@pytest.fixture
def table(storage: Storage, postgres_url: str) -> SharedTable:
    opened = SharedTable(make_url(name_driver(postgres_url)), BOT_ID)
    opened.write(
        [Arrival(n, f"chat {n}", n, None, 1_000.0, f'{{"update_id": {n}}}') for n in (1, 2)], Marks()
    )
    return opened


async def register(hosts: Hosts) -> int:
    number: int = await hosts.ask("SELECT procrastinate_register_worker_v1()")
    return number


async def test_a_job_ends_along_with_its_updates(table: SharedTable, hosts: Hosts):
    jobs = table.take(await register(hosts), places=5)
    assert [(work.update_id, work.starts) for job in jobs for work in job.works] == [(1, 0), (2, 0)]
    table.write([], Marks(done={1: 2_000.0}, ended_jobs={jobs[0].id}))
    assert await hosts.ask("SELECT array_agg(id) FROM procrastinate_jobs") == [jobs[1].id]
    assert await hosts.ask("SELECT array_agg(update_id) FROM inbox WHERE payload IS NULL") == [1]


async def test_a_job_that_another_worker_took_over_is_left_to_it(table: SharedTable, hosts: Hosts):
    """Were it ended, the chat's next message would be begun while the other still has this one in hand."""
    job = table.take(await register(hosts), places=1)[0]
    await hosts.run_statement(
        "UPDATE procrastinate_jobs SET worker_id = other.id "
        "FROM procrastinate_register_worker_v1() AS other (id) WHERE status = 'doing'"
    )
    table.write([], Marks(done={1: 2_000.0}, ended_jobs={job.id}))
    assert await hosts.ask("SELECT array_agg(id) FROM procrastinate_jobs WHERE status = 'doing'") == [job.id]


async def test_how_often_an_update_was_begun_is_counted_when_it_is_taken(table: SharedTable, hosts: Hosts):
    """So an update that ends each process that takes it up is known at last."""
    for starts in range(3):
        job = table.take(await register(hosts), places=1)[0]
        assert job.works[0].starts == starts
        await hosts.run_statement("UPDATE procrastinate_jobs SET status = 'todo'")


async def test_settings_are_kept_until_somebody_changes_any(
    storage: Storage, table: SharedTable, hosts: Hosts, postgres_url: str
):
    """The number of changes comes along with each job, so that what is read for it is as new as the job."""
    worker = await register(hosts)
    storage.preferences.invalidate_caches(table.take(worker, places=1)[0].version)
    assert await storage.preferences.get_chat_settings(-5) == ChatSettings()
    await hosts.run_statement("ALTER TABLE bot_chats RENAME TO hidden")
    assert await storage.preferences.get_chat_settings(-5) == ChatSettings(), "without the database"
    await hosts.run_statement("ALTER TABLE hidden RENAME TO bot_chats")

    other = await Storage.open(name_driver(postgres_url))
    await other.preferences.save_chat_settings(-5, ChatSettings(when="every"))
    await other.close()
    storage.preferences.invalidate_caches(table.take(worker, places=1)[0].version)
    assert (await storage.preferences.get_chat_settings(-5)).when == "every"


async def test_settings_that_change_together_are_one_change(storage: Storage, hosts: Hosts):
    """Counted row by row, each count would walk past all before it: many users could not be moved here."""
    await hosts.run_statement("INSERT INTO users SELECT number, 'de' FROM generate_series(101, 200) number")
    assert await hosts.ask("SELECT version FROM settings_changes") == 1
    await hosts.run_statement("UPDATE users SET language = 'fr' WHERE user_id < 150")
    assert await hosts.ask("SELECT version FROM settings_changes") == 2
    await storage.preferences.set_user_language(7, "de")
    assert await hosts.ask("SELECT version FROM settings_changes") == 3
