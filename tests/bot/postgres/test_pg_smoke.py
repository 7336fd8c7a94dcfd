"""PostgreSQL in a minute: a photo is received, its worker is killed, and another answers it. Once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE, until

from playground import Fault

if TYPE_CHECKING:
    from postgres_steps import Hosts

    from playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")
OWED = "SELECT count(*) FROM inbox WHERE payload IS NOT NULL"


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
