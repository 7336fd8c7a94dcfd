"""One of several polls: also when it is cut off from the database that says which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE, until
from failing_link import FailingLink

from bot.config.settings import Secret

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
