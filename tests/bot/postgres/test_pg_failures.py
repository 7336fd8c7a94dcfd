"""Hosts that die, a database that crashes, a network that is cut: nothing lost, and chats in order."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE
from failing_link import FailingLink
from fleet import Fleet, HostPlan

if TYPE_CHECKING:
    from postgres_steps import Hosts

    from playground import Message, Playground
    from tests.postgres_server import PostgresServer

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROLES = ("ingress", "ingress", "worker", "worker", "worker")
UPDATES = 1_000
CHATS = 125
IN_FLIGHT = 8
KILL_SECONDS = 3.0
PARTITION_SECONDS = 8.0


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


async def kill_now_and_then(fleet: Fleet, chance: random.Random, enough: asyncio.Event) -> None:
    """Kill one after the other; what is killed is started again at once."""
    while not enough.is_set():
        await asyncio.sleep(KILL_SECONDS * (0.5 + chance.random()))
        await fleet.kill(chance.randrange(len(ROLES)))
        await fleet.start()


async def test_a_thousand_updates_while_everything_fails(
    playground: Playground,
    hosts: Hosts,
    postgres_server: PostgresServer,
):
    """Two that receive, three that answer, of which one is killed every few seconds.

    The last is behind a network that fails, too, and the database crashes.
    """
    chance, enough = random.Random(7), asyncio.Event()
    link = FailingLink(postgres_server.port)
    behind_link = hosts.url.replace(f":{postgres_server.port}/", f":{await link.start()}/")
    plans = [HostPlan(role) for role in ROLES]
    plans[-1] = HostPlan(ROLES[-1], {"database_url": behind_link})
    fleet = Fleet(hosts, plans)
    try:
        await fleet.start()
        sending = asyncio.create_task(send_stream(playground, chance))
        killing = asyncio.create_task(kill_now_and_then(fleet, chance, enough))
        await asyncio.sleep(10)
        await asyncio.to_thread(postgres_server.restart)
        await asyncio.sleep(8)
        link.cut()
        await asyncio.sleep(PARTITION_SECONDS)
        link.mend()
        sent = await sending
        enough.set()
        await killing
        await fleet.start()
        messages = [message for of_chat in sent.values() for message in of_chat]
        for message in messages:
            await playground.wait_for_reply(message, within=120)
        await hosts.until("SELECT count(*) = 0 FROM inbox WHERE payload IS NOT NULL")
        await hosts.until("SELECT count(*) = 0 FROM procrastinate_jobs")
        assert await hosts.ask("SELECT count(*) FROM inbox WHERE done_at IS NOT NULL") == UPDATES
        await fleet.stop()
    finally:
        fleet.end()
        await link.stop()

    assert len(fleet.kills) >= 5
    assert len(messages) == UPDATES
    answers = [playground.replies(message) for message in messages]
    for message, given in zip(messages, answers, strict=True):
        words = "Looks happy" if "photo" in message.fields else "Send me a photo"
        assert all(words in answer.text for answer in given), "an answer, not an apology"
    # What a worker had in hand when it was killed, or cut off; the database's crash hits all of them.
    failed_workers = sum(ROLES[number] == "worker" for number in fleet.kills) + 1 + ROLES.count("worker")
    assert sum(len(given) - 1 for given in answers) <= failed_workers * IN_FLIGHT
    for of_chat in sent.values():
        replies = playground.messages(of_chat[0].chat, from_bot=True)
        answered = [reply.reply_to.id for reply in replies if reply.reply_to]
        assert list(dict.fromkeys(answered)) == [message.id for message in of_chat]
    # Of two that poll at once, Telegram ends one with an error.
    assert not [call for call in playground.call_log.calls("getUpdates") if call.error]
