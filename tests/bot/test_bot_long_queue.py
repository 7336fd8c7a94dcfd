"""A long queue of other people's photos: who comes last is told at once, and once, that it takes a while."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from bot_fakes import PICTURE, ScriptedJudge, run_bot_in, until

from playground import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.serving import RunningBot
    from playground import Message, Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHATS = 3  # that may wait before others are told
NOTICE = "Very many photos are waiting right now."


@pytest.fixture(autouse=True)
def _fresh_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have PostgreSQL counted each time: the tests are faster than two seconds."""
    monkeypatch.setattr("bot.shared_inbox._COUNT_SECONDS", 0.0)


@pytest_asyncio.fixture(loop_scope="session")
async def busy_bot(playground: Playground, judge: ScriptedJudge, tmp_path: Path) -> AsyncIterator[RunningBot]:
    """A bot that judges nothing until it may."""
    judge.may_answer.clear()
    blocked = playground.create_user("Kept", "Out")
    async with run_bot_in(
        playground, tmp_path, judge, max_waiting_chats=CHATS, blocked_chats=frozenset({blocked.id})
    ) as bot:
        yield bot
        judge.may_answer.set()


async def fill_queue(bot: RunningBot, playground: Playground) -> list[Message]:
    """Send photos from so many people that all places are taken and as many chats wait as may."""
    inbox = bot.services.inbox
    photos = []
    for place in range(inbox.max_in_flight):  # one by one, or for a moment many wait
        photos.append(await send(playground, f"Person {place}"))
        await until(lambda: inbox.in_flight == len(photos))
    photos += [await send(playground, f"Next {n}") for n in range(CHATS)]
    async with asyncio.timeout(10):
        while await inbox.count_waiting_chats() < CHATS:  # noqa: ASYNC110 - another process's to change
            await asyncio.sleep(0.02)
    return photos


async def send(playground: Playground, name: str) -> Message:
    """Send a photo from somebody new."""
    person = playground.create_user(name)
    return await playground.send_photo(playground.private_chat(person), person, PICTURE)


def list_texts(playground: Playground, photo: Message) -> list[str]:
    """List what was replied, up to the first full stop."""
    return [reply.text.partition(" ")[0] for reply in playground.replies(photo)]


async def test_who_comes_behind_many_others_is_told_once(
    busy_bot: RunningBot, playground: Playground, judge: ScriptedJudge
):
    photos = await fill_queue(busy_bot, playground)
    late = await send(playground, "Late")
    assert (await playground.wait_for_reply(late)).text.startswith(NOTICE)

    again = await playground.send_photo(late.chat, playground.world.users[late.sender_id], PICTURE)
    later = await send(playground, "Later")
    await playground.wait_for_reply(later)
    judge.may_answer.set()
    everything = [*photos, late, again, later]
    await until(lambda: all("1" in list_texts(playground, photo) for photo in everything), 30)

    assert [list_texts(playground, photo) for photo in (late, again, later)] == [
        ["Very", "1"],
        ["1"],
        ["Very", "1"],
    ]
    # Of those before, whoever waited when the queue became long may have been told, too.
    assert all(list_texts(playground, photo) == ["1"] for photo in photos[:-CHATS])
    assert all(list_texts(playground, photo)[-1] == "1" for photo in photos)


async def test_one_busy_sender_is_no_long_queue(
    bot: RunningBot, playground: Playground, judge: ScriptedJudge
):
    """Chats take turns, so that another's photo comes next, however many one person has sent."""
    judge.may_answer.clear()
    for _ in range(4 * CHATS):
        await playground.send_photo(playground.private, playground.ana, PICTURE)
    other = await send(playground, "Other")
    await until(lambda: len(judge.asked) > 1)
    judge.may_answer.set()
    await until(lambda: not bot.services.inbox.in_flight and not playground.pending_updates)
    assert list_texts(playground, other) == ["1"]


async def test_groups_and_chats_that_are_kept_out_hear_nothing_of_it(
    busy_bot: RunningBot, playground: Playground, judge: ScriptedJudge
):
    await fill_queue(busy_bot, playground)
    ask = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")
    (kept_out,) = [user for user in playground.users if user.last_name == "Out"]
    refused = await playground.send_photo(playground.private_chat(kept_out), kept_out, PICTURE)
    await playground.wait_for_reply(await send(playground, "Last"))  # and so those before have been seen to
    judge.may_answer.set()
    await playground.wait_for_reply(ask, within=30)
    await until(lambda: not busy_bot.services.inbox.in_flight, 30)
    assert list_texts(playground, ask) == ["1"]
    heard = [message.text for message in playground.messages(refused.chat, from_bot=True)]
    assert len(heard) == 1
    assert not heard[0].startswith(NOTICE)


async def test_who_cannot_be_told_is_answered_all_the_same(
    busy_bot: RunningBot, playground: Playground, judge: ScriptedJudge
):
    """And so are the others, who are told."""
    await fill_queue(busy_bot, playground)
    fault = playground.fail(Fault("bad_request", method="sendMessage"))
    first = await send(playground, "First")
    await until(lambda: not fault.count)
    second = await send(playground, "Second")
    await playground.wait_for_reply(second)
    judge.may_answer.set()
    await until(lambda: "1" in list_texts(playground, first) and "1" in list_texts(playground, second), 30)
    assert list_texts(playground, second) == ["Very", "1"]
