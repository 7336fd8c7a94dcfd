"""What the shared inbox does by itself, without pixels and without Telegram.

python -m tests.load.queue URL NUMBER    is a worker process of the measurement.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import statistics
import sys
import time
from contextlib import asynccontextmanager
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from sqlalchemy import func, select
from telegram import Update

from bot.inbox.postgres.inbox import SharedInbox
from bot.storage.database import Storage
from bot.storage.engine import connect, name_driver
from bot.storage.tables import inbox as table
from bot.transport.update_parser import AT_ONCE
from tests.load.report import find_quantiles

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence

    from telegram import Bot

    from bot.inbox.entry import Entry
    from tests.postgres_server import PostgresServer

_BOT = cast("Bot", SimpleNamespace(id=4_242, defaults=None))
_CHATS = 200
_SENDERS = 32  # webhook calls at once
_LOST_SECONDS = 30.0
_ROUNDS = 3  # medians are told: what else the machine does comes and goes
_RECEIVED = 4_000
_STARTS = 100
_ANSWERS = 200
_WORK_SECONDS = 0.01
_WARM_COUNT = 50
_MEASURED_SECONDS = 10.0
_WAITING = (10, 4_000)
_PROCESSES = (1, 2, 4)


def measure_queue(server: PostgresServer) -> dict[str, object]:
    """Measure each in a database of its own, in turn, and give the medians of the rounds.

    Returns:
        Updates a second that are committed as polling does and by several calls at once as webhooks do; the
        time from commit to start where nothing else waits, and between two updates of a chat, in ms; updates
        a second that so many worker processes do while so many updates wait: each that is done is replaced.
    """
    received = _measure(server, _measure_receiving)
    report: dict[str, object] = {
        "received_per_second": {
            "polled": _find_median(polled for polled, _ in received),
            "by_webhook": _find_median(called for _, called in received),
        },
        "commit_to_start_ms": _find_middle_quantiles(_measure(server, _measure_starts)),
        "gap_in_a_chat_ms": _find_middle_quantiles(_measure(server, _measure_gaps)),
    }
    for waiting in _WAITING:
        report[f"done_at_{waiting}_waiting"] = {
            f"{processes}_processes": _find_median(
                rate for (rate,) in _measure(server, partial(_measure_done, processes, waiting))
            )
            for processes in _PROCESSES
        }
    return report


def _measure(
    server: PostgresServer, work: Callable[[str], Coroutine[None, None, Sequence[float]]]
) -> list[Sequence[float]]:
    """Do the same several times, each in a new database."""
    rounds = []
    for number in range(_ROUNDS):
        server.execute(f"CREATE DATABASE queue_{number}")
        rounds.append(asyncio.run(work(name_driver(server.url(f"queue_{number}")))))
        server.execute(f"DROP DATABASE queue_{number} WITH (FORCE)")
    return rounds


def _find_median(rates: Iterable[float]) -> int:
    return round(statistics.median(rates))


def _find_middle_quantiles(rounds: list[Sequence[float]]) -> dict[str, float]:
    """Give the medians of the rounds' medians and of their slow ones, in ms."""
    quantiles = [find_quantiles([1_000 * seconds for seconds in times]) for times in rounds]
    return {name: statistics.median(some[name] for some in quantiles) for name in ("p50", "p95")}


@asynccontextmanager
async def _open(
    url: str, handle: Callable[[Entry], Awaitable[None]] | None = None
) -> AsyncIterator[SharedInbox]:
    """Open an inbox; without a handler it only receives."""
    storage = await Storage.open(url)
    inbox = SharedInbox(storage.engine, works=handle is not None, lost_seconds=_LOST_SECONDS)
    inbox.handle = handle or inbox.handle
    await inbox.start(_BOT)
    yield inbox
    await inbox.close()
    await storage.close()


async def _measure_receiving(url: str) -> Sequence[float]:
    """Commit updates a hundred at a time, then one at a time in several calls at once."""
    async with _open(url) as inbox:
        polled = await _time(_poll_all(inbox, _RECEIVED))
        shares = [range(_RECEIVED + n, 2 * _RECEIVED, _SENDERS) for n in range(_SENDERS)]
        called = await _time(asyncio.gather(*(_put_all(inbox, share) for share in shares)))
    return _RECEIVED / polled, _RECEIVED / called


async def _measure_starts(url: str) -> Sequence[float]:
    """Time how long one update after the other takes from its commit until it is handled, in seconds."""
    begun: asyncio.Queue[float] = asyncio.Queue()

    async def handle(_entry: Entry) -> None:
        begun.put_nowait(time.monotonic())

    chance, times = random.Random(1), []
    async with _open(url, handle) as inbox:
        for number in range(1, _STARTS + 1):
            await inbox.add(_build_update(number))
            committed = time.monotonic()
            times.append(max(0.0, await begun.get() - committed))
            await asyncio.sleep(chance.uniform(0.05, 0.25))
    return times


async def _measure_gaps(url: str) -> Sequence[float]:
    """Time how long a chat's next update waits for its turn when the one before is answered, in seconds."""
    begun, ended, is_done = [], [], asyncio.Event()

    async def handle(_entry: Entry) -> None:
        begun.append(time.monotonic())
        await asyncio.sleep(_WORK_SECONDS)
        ended.append(time.monotonic())
        if len(ended) == _ANSWERS:
            is_done.set()

    async with _open(url, handle) as inbox:
        await inbox.add(*(_build_update(_CHATS * number) for number in range(1, _ANSWERS + 1)))
        await is_done.wait()
    return [start - end for start, end in zip(begun[1:], ended, strict=False)]


async def _measure_done(processes: int, waiting: int, url: str) -> Sequence[float]:
    """Count the updates that so many processes do in a second."""
    async with _open(url) as inbox:
        await _poll_all(inbox, waiting)
    storage = await Storage.open(url)
    command = [sys.executable, "-m", "tests.load.queue", url]
    workers = [await asyncio.create_subprocess_exec(*command, str(n + 1)) for n in range(processes)]
    try:
        while await _count_done(storage) < _WARM_COUNT * processes:
            await asyncio.sleep(1.0)
        before, started = await _count_done(storage), time.monotonic()
        await asyncio.sleep(_MEASURED_SECONDS)
        rate = (await _count_done(storage) - before) / (time.monotonic() - started)
    finally:
        for worker in workers:
            worker.kill()
            await worker.wait()
        await storage.close()
    return (rate,)


async def _work(url: str, number: int) -> None:
    """Do updates, and put a new one in the place of each, until killed."""
    numbers = itertools.count(1_000_000 * number)

    async def replace(_entry: Entry) -> None:
        await inbox.add(_build_update(next(numbers)))

    async with _open(url, replace) as inbox:
        await asyncio.Event().wait()


async def _count_done(storage: Storage) -> int:
    async with connect(storage.engine) as connection:
        statement = select(func.count()).select_from(table).where(table.c.payload.is_(None))
        return await connection.scalar(statement) or 0


async def _time(work: Awaitable[object]) -> float:
    started = time.monotonic()
    await work
    return time.monotonic() - started


async def _poll_all(inbox: SharedInbox, count: int) -> None:
    """Commit a whole answer to getUpdates at once."""
    for first in range(0, count, AT_ONCE):
        await inbox.add(*(_build_update(n + 1) for n in range(first, min(count, first + AT_ONCE))))


async def _put_all(inbox: SharedInbox, numbers: range) -> None:
    for number in numbers:
        await inbox.add(_build_update(number + 1))


def _build_update(number: int) -> Update:
    chat = number % _CHATS + 1
    person = {"id": chat, "is_bot": False, "first_name": "Person"}
    message = {
        "message_id": number,
        "date": 1_700_000_000,
        "chat": {"id": chat, "type": "private", "first_name": "Person"},
        "from": person,
        "text": "hello",
    }
    return Update.de_json({"update_id": number, "message": message}, _BOT)


if __name__ == "__main__":
    asyncio.run(_work(sys.argv[1], int(sys.argv[2])))
