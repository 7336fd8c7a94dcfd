"""Hosts that die, a database that crashes, a network that is cut: nothing lost, and chats in order."""

from __future__ import annotations

import asyncio
import random
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE
from failing_link import FailingLink

if TYPE_CHECKING:
    from postgres_steps import Hosts

    from playground import Playground
    from playground.chats import Message
    from tests.postgres_server import PostgresServer

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROLES = ("ingress", "ingress", "worker", "worker", "worker")
UPDATES = 1_000
CHATS = 125
IN_FLIGHT = 16
KILL_SECONDS = 3.0
PARTITION_SECONDS = 8.0


class Site:
    """Five processes of one bot; what is killed is started again. The last is behind a link that fails."""

    def __init__(self, hosts: Hosts, link_url: str) -> None:
        self._hosts, self._link_url = hosts, link_url
        self._processes: list[asyncio.subprocess.Process] = []
        self.kills = 0

    async def start(self) -> None:
        """Start all."""
        for number in range(len(ROLES)):
            self._processes.append(await self._start_one(number))

    async def kill(self, number: int) -> None:
        """Kill one."""
        with suppress(ProcessLookupError):
            self._processes[number].send_signal(signal.SIGKILL)
        await self._processes[number].wait()
        self.kills += 1

    async def revive(self) -> None:
        """Start those that ended, by a kill or because the database was away when they started."""
        for number, process in enumerate(self._processes):
            if process.returncode is not None:
                self._processes[number] = await self._start_one(number)

    async def stop(self) -> None:
        """Stop all, as whoever hosts them would."""
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        for process in self._processes:
            await asyncio.wait_for(process.wait(), 30)

    def end(self) -> None:
        """Leave none behind."""
        for process in self._processes:
            if process.returncode is None:
                process.kill()

    async def _start_one(self, number: int) -> asyncio.subprocess.Process:
        url = self._link_url if number == len(ROLES) - 1 else self._hosts.url
        return await self._hosts.start_process(ROLES[number], str(number), url)


async def send_stream(playground: Playground, chance: random.Random) -> dict[int, list[Message]]:
    """Send texts and photos from many chats, for about half a minute."""
    people = [playground.create_user(f"Person {n}") for n in range(CHATS)]
    sent: dict[int, list[Message]] = {playground.private_chat(person).id: [] for person in people}
    for number in range(UPDATES):
        person = people[number % CHATS]
        chat = playground.private_chat(person)
        if chance.random() < 0.4:
            sent[chat.id].append(await playground.send_photo(chat, person, PICTURE))
        else:
            sent[chat.id].append(await playground.send_text(chat, person, "hello"))
        await asyncio.sleep(0.03)
    return sent


async def kill_now_and_then(site: Site, chance: random.Random) -> None:
    while True:
        await asyncio.sleep(KILL_SECONDS * (0.5 + chance.random()))
        await site.kill(chance.randrange(len(ROLES)))
        await site.revive()


@pytest.mark.timeout(600)
async def test_a_thousand_updates_while_everything_fails(
    playground: Playground,
    hosts: Hosts,
    postgres_server: PostgresServer,
):
    """Two that receive, three that answer, of which one is killed every few seconds."""
    chance = random.Random(7)
    link = FailingLink(postgres_server.port)
    port = await link.start()
    site = Site(hosts, hosts.url.replace(f":{postgres_server.port}/", f":{port}/"))
    try:
        await site.start()
        sending = asyncio.create_task(send_stream(playground, chance))
        killing = asyncio.create_task(kill_now_and_then(site, chance))
        await asyncio.sleep(10)
        await asyncio.to_thread(postgres_server.restart)
        await asyncio.sleep(8)
        link.cut()
        await asyncio.sleep(PARTITION_SECONDS)
        link.mend()
        sent = await sending
        killing.cancel()
        await asyncio.wait([killing])
        await site.revive()
        messages = [message for of_chat in sent.values() for message in of_chat]
        for message in messages:
            await playground.wait_for_reply(message, within=120)
        await hosts.until("SELECT count(*) = 0 FROM inbox WHERE payload IS NOT NULL", 60)
        await hosts.until("SELECT count(*) = 0 FROM procrastinate_jobs", 60)
        await site.stop()
    finally:
        site.end()
        await link.stop()

    assert site.kills >= 5
    repeats = sum(len(playground.replies(message)) - 1 for message in messages)
    # What was in hand of a host that was killed or cut off; the database's crash hits all three workers.
    assert repeats <= (site.kills + 1 + 3) * IN_FLIGHT
    for of_chat in sent.values():
        replies = playground.messages(of_chat[0].chat, from_bot=True)
        answered = [reply.reply_to.id for reply in replies if reply.reply_to]
        assert list(dict.fromkeys(answered)) == [message.id for message in of_chat]
    assert not [call for call in playground.ledger.calls("getUpdates") if call.error]
