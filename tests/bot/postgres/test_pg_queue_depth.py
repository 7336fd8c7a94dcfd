"""What /metrics and /readyz say of the queue that several hosts share."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

import httpx
import pytest
from bot_fakes import PICTURE, ScriptedClassifier, until

if TYPE_CHECKING:
    from postgres_steps import Hosts

    from playground import Playground
    from tests.postgres_server import PostgresServer

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def read_queue(client: httpx.AsyncClient) -> dict[str, float]:
    """Read the numbers of the queue as Prometheus does."""
    lines = (await client.get("/metrics")).text.splitlines()
    pairs = (line.split() for line in lines if line.startswith("bot_queue_"))
    return {name.removeprefix("bot_queue_"): float(value) for name, value in pairs}


async def until_ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(60):
        while (await client.get("/readyz")).status_code != httpx.codes.OK:  # another's to say
            await asyncio.sleep(0.2)


async def test_every_process_shows_how_much_waits(playground: Playground, hosts: Hosts, unused_tcp_port: int):
    """Also one that has taken none of it; and how long the oldest has waited."""
    classifier = ScriptedClassifier()
    classifier.may_answer.clear()
    async with (
        hosts.run("ingress", health_port=unused_tcp_port),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{unused_tcp_port}", timeout=60) as client,
    ):
        assert await read_queue(client) == {"waiting_jobs": 0, "jobs_in_hand": 0, "oldest_seconds": 0}
        photos = [await playground.send_photo(playground.private, playground.ana, PICTURE) for _ in range(3)]
        await until(lambda: not playground.pending_updates)
        before, after = await read_queue(client), await read_queue(client)
        assert before["waiting_jobs"] == 3
        assert 0 < before["oldest_seconds"] < after["oldest_seconds"]
        async with hosts.run("worker", classifier):
            await until(lambda: classifier.asked)
            await hosts.until("SELECT count(*) = 1 FROM inbox WHERE starts > 0")
            in_hand = await read_queue(client)
            classifier.may_answer.set()
            for photo in photos:
                await playground.wait_for_reply(photo)
            await hosts.until("SELECT count(*) = 0 FROM procrastinate_jobs")
            await hosts.until("SELECT count(*) = 0 FROM inbox WHERE payload IS NOT NULL")
            at_the_end = await read_queue(client)
    assert (in_hand["waiting_jobs"], in_hand["jobs_in_hand"]) == (2, 1), "one of a chat at a time"
    assert at_the_end == {"waiting_jobs": 0, "jobs_in_hand": 0, "oldest_seconds": 0}


async def test_without_its_database_no_process_is_ready(
    playground: Playground, hosts: Hosts, postgres_server: PostgresServer, unused_tcp_port: int
):
    """It says why, shows no numbers instead of old ones, and is ready again by itself."""
    async with (
        hosts.run("worker", health_port=unused_tcp_port),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{unused_tcp_port}", timeout=60) as client,
    ):
        await until_ready(client)
        await asyncio.to_thread(postgres_server.stop, "immediate")
        try:
            away = await client.get("/readyz")
            numbers = await read_queue(client)
        finally:
            await asyncio.to_thread(postgres_server.start)
        await until_ready(client)
    assert away.status_code == 503
    assert "Check that it is there and can be reached." in away.json()["problems"]["queue"]
    assert "kept-out-of-logs" not in away.text
    assert numbers
    assert all(math.isnan(value) for value in numbers.values())
