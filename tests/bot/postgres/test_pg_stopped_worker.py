"""A worker that is stopped for longer than its lease lasts, as by a laptop's lid, and goes on."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE, until

from playground import Fault

if TYPE_CHECKING:
    from postgres_steps import Hosts

    from playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")
BEGUN = "SELECT count(*) = 1 FROM inbox WHERE starts = 1"
NONE_LEFT = "SELECT count(*) = 0 FROM inbox WHERE payload IS NOT NULL"


async def test_who_wakes_up_sends_nothing_that_others_have_taken_over(playground: Playground, hosts: Hosts):
    """The photo is answered once, nobody is told that it took too long, and the next one is answered."""
    playground.fail(Fault("hang", method="getFile"))
    async with hosts.run("ingress"):
        stopped = await hosts.start_process("worker", "stopped", dead_letter_seconds=4)
        photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
        await hosts.until(BEGUN)
        stopped.send_signal(signal.SIGSTOP)
        async with hosts.run("worker"):
            await playground.wait_for_reply(photo)
        stopped.send_signal(signal.SIGCONT)
        log = hosts.name_log("stopped")
        await until(lambda: "another process has taken this over" in log.read_text(encoding="utf-8"))
        after = await playground.send_photo(playground.private, playground.ana, PICTURE)
        await playground.wait_for_reply(after)
        await hosts.until(NONE_LEFT)
        stopped.terminate()
        async with asyncio.timeout(60):
            await stopped.wait()
    assert [len(playground.replies(message)) for message in (photo, after)] == [1, 1]
