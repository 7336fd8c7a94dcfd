"""Two that receive by webhook behind a proxy: wherever an update arrives, it is answered once, in order."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from balancer import Balancer
from bot_fakes import PICTURE, ScriptedClassifier, until
from fleet import Fleet, HostPlan

from bot.config.parsers import Secret
from tests.free_ports import find_free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from postgres_steps import Hosts

    from playground import Chat, Message, Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")
SECRET = "only-telegram-knows-this"
UNFINISHED = "SELECT count(*) FROM inbox WHERE payload IS NOT NULL"
PARTS = 4


@pytest_asyncio.fixture(loop_scope="session")
async def ports() -> list[int]:
    return [find_free_port() for _ in range(2)]


@pytest_asyncio.fixture(loop_scope="session")
async def balancer(ports: list[int]) -> AsyncIterator[Balancer]:
    started = Balancer(ports)
    await started.start()
    yield started
    await started.stop()


@asynccontextmanager
async def receiving(hosts: Hosts, balancer: Balancer, ports: list[int]) -> AsyncIterator[None]:
    """Run those that receive."""
    async with AsyncExitStack() as stack:
        for port in ports:
            await stack.enter_async_context(
                hosts.run(
                    "ingress", webhook_url=balancer.url, webhook_secret=Secret(SECRET), webhook_port=port
                )
            )
        yield


async def send_album(playground: Playground, chat: Chat, name: str) -> list[Message]:
    return [
        await playground.send_photo(chat, chat.person, PICTURE, media_group_id=name) for _ in range(PARTS)
    ]


def order_of_answers(playground: Playground, chat: Chat) -> list[int]:
    """List which messages of a chat were answered, in the order of their first answers."""
    answers = playground.messages(chat, from_bot=True)
    return list(dict.fromkeys(answer.reply_to.id for answer in answers if answer.reply_to))


async def test_what_comes_to_different_receivers_is_answered_once_and_in_order(
    playground: Playground, hosts: Hosts, balancer: Balancer, ports: list[int]
):
    """Also when Telegram is not told that an update has arrived, and gives it to the other one as well."""
    balancer.answers_to_lose = 8
    people = [playground.create_user(f"Person {n}") for n in range(5)]
    chats = [playground.private_chat(person) for person in people]
    async with receiving(hosts, balancer, ports), hosts.run("worker"), hosts.run("worker"):
        photos = [await playground.send_photo(chat, chat.person, PICTURE) for _ in range(4) for chat in chats]
        for photo in photos:
            await playground.wait_for_reply(photo)
        await until(lambda: not playground.pending_updates)
        await hosts.until(f"SELECT ({UNFINISHED}) = 0")
        assert await hosts.ask("SELECT count(*) FROM inbox") == len(photos)

    assert [len(playground.replies(photo)) for photo in photos] == [1] * len(photos)
    for number, chat in enumerate(chats):
        assert order_of_answers(playground, chat) == [photo.id for photo in photos[number :: len(chats)]]
    assert {port for port, _ in balancer.taken} == set(ports)
    assert len(balancer.taken) == len(photos) + 8
    assert playground.call_log.counts["getUpdates"] == 0


async def test_an_album_whose_parts_come_to_different_receivers_has_one_answer(
    playground: Playground, hosts: Hosts, balancer: Balancer, ports: list[int]
):
    classifier = ScriptedClassifier()
    async with receiving(hosts, balancer, ports):
        parts = await send_album(playground, playground.private, "album")
        # All are there before anybody answers: between two that come one by one there may be a second.
        await until(lambda: not playground.pending_updates)
        async with hosts.run("worker", classifier):
            answer = await playground.wait_for_reply(parts[0])
            await hosts.until(f"SELECT ({UNFINISHED}) = 0")

    receivers = {port for port, update in balancer.taken if "media_group_id" in update["message"]}
    assert receivers == set(ports)
    assert len(playground.album(answer)) == len(classifier.asked) == PARTS
    assert [line for line in answer.text.splitlines() if line.startswith("Photo")] == [
        f"Photo {number + 1}" for number in range(PARTS)
    ]
    assert not any(playground.replies(part) for part in parts[1:])


async def send_to_many(playground: Playground, chats: list[Chat], name: str) -> list[list[Message]]:
    """Send a photo to each chat, and an album to one; gives the messages of each."""
    sent = []
    for chat in chats:
        sent.append([await playground.send_photo(chat, chat.person, PICTURE)])
        await asyncio.sleep(0.2)  # a machine that is busy otherwise keeps up with that
    return [*sent, await send_album(playground, chats[0], name)]


async def kill_in_turn(fleet: Fleet, balancer: Balancer, ports: list[int]) -> None:
    """Kill one that receives, start it again, and kill the other once the first takes updates again."""
    for number, port in enumerate(ports):
        await fleet.kill(number)
        await fleet.start()
        taken = len(balancer.taken)
        while port not in {by for by, _ in balancer.taken[taken:]}:  # Telegram's turn
            await asyncio.sleep(0.05)


async def test_receivers_that_are_killed_lose_and_repeat_nothing(
    playground: Playground, hosts: Hosts, balancer: Balancer, ports: list[int]
):
    """One after the other while messages come, then both at once: Telegram keeps what it was not told of.

    A part that comes later than the rest of its album, because its receiver died, may be answered by itself.
    """
    webhook = {"webhook_url": balancer.url, "webhook_secret": SECRET}
    receivers = [HostPlan("ingress", webhook | {"webhook_port": port}) for port in ports]
    fleet = Fleet(hosts, [*receivers, HostPlan("worker"), HostPlan("worker")])
    chats = [playground.private_chat(playground.create_user(f"Person {n}")) for n in range(10)]
    try:
        await fleet.start()
        await until(lambda: playground.world.webhook.url)
        killing = asyncio.create_task(kill_in_turn(fleet, balancer, ports))
        sent = []
        while not killing.done():
            sent += await send_to_many(playground, chats, f"album {len(sent)}")
        await killing
        for number in range(len(ports)):
            await fleet.kill(number)
        while_away = await send_to_many(playground, chats, "album while away")
        assert playground.pending_updates >= len(chats) + PARTS
        await fleet.start()
        sent += while_away
        for messages in sent:
            await playground.wait_for_reply(messages[0], within=120)
        await hosts.until(f"SELECT ({UNFINISHED}) = 0")
        await fleet.stop()
    finally:
        fleet.end()

    for messages in sent:
        replies = [reply for message in messages for reply in playground.replies(message)]
        assert len(replies) == len(messages), "a picture for each"
        assert sum(reply.text.count("Looks happy") for reply in replies) == len(messages), (
            "classified once each"
        )
    # An album is waited for, and holds nobody up meanwhile.
    photos = [messages[0] for messages in sent if len(messages) == 1]
    for chat in chats:
        asked = [photo.id for photo in photos if photo.chat is chat]
        assert [number for number in order_of_answers(playground, chat) if number in asked] == asked
    assert playground.call_log.counts["getUpdates"] == 0
