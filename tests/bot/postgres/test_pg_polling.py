"""One of several polls: also when it is cut off from the database that says which."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE, until
from failing_link import FailingLink

from bot.config.parsers import Secret
from bot.runtime.roles import end_task
from bot.transport.leader_lock import LeaderLock

if TYPE_CHECKING:
    from postgres_steps import Hosts

    from playground import Playground
    from tests.postgres_server import PostgresServer

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_who_polls_stops_when_cut_off_and_before_another_begins(
    playground: Playground, hosts: Hosts, postgres_server: PostgresServer
):
    """The server still holds its lock then. When it has let go, one of them polls, and nothing was lost."""
    link = FailingLink(postgres_server.port)
    behind_link = hosts.url.replace(f":{postgres_server.port}/", f":{await link.start()}/")
    async with hosts.run("worker"), hosts.run("ingress", database_url=Secret(behind_link)) as first:
        await until(lambda: first.updater.running)
        async with hosts.run("ingress") as second:
            link.cut()
            await until(lambda: not first.updater.running)
            assert not second.updater.running
            while_nobody_polls = await playground.send_photo(playground.private, playground.ana, PICTURE)
            link.mend()
            await playground.wait_for_reply(while_nobody_polls)
            polling = [bot.updater.running for bot in (first, second)]
            assert sorted(polling) == [False, True]
    await link.stop()
    assert len(playground.replies(while_nobody_polls)) == 1
    assert not [call for call in playground.call_log.calls("getUpdates") if call.error]


async def test_who_polls_stops_before_another_begins_when_the_database_is_started_anew(
    hosts: Hosts, postgres_server: PostgresServer
):
    """All lose the lock at the same moment: whoever had it must notice first, however often that happens."""
    polling: list[str] = []
    begun: list[str] = []
    overlaps: list[list[str]] = []

    async def start(name: str) -> None:
        polling.append(name)
        begun.append(name)
        overlaps.extend([[*polling]] * (len(polling) > 1))

    async def stop(name: str) -> None:
        polling.remove(name)

    locks = [
        LeaderLock(hosts.url, 7, partial(start, name), partial(stop, name)) for name in ("one", "another")
    ]
    running = [asyncio.create_task(lock.run()) for lock in locks]
    for restarts in range(4):
        await until(lambda restarts=restarts: len(begun) > restarts)
        await asyncio.sleep(0.3 * restarts)  # at another moment between two looks each time
        await asyncio.to_thread(postgres_server.restart)
    await until(lambda: len(begun) > 4)
    for task in running:
        await end_task(task)
    assert polling == []
    assert overlaps == []
