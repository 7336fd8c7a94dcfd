"""Chats that the host does not admit: told so once, over restarts too, and otherwise left alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE, ScriptedClassifier, run_bot_in, until

from bot.limits.access_notices import ARE_KEPT_SECONDS, AccessNotices
from bot.storage.database import Storage
from playground import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from playground import Chat, Message, Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")


def find_refusals(playground: Playground, chat: Chat) -> list[Message]:
    messages = playground.messages(chat, from_bot=True)
    assert all(message.text.startswith("Sorry, I am not available in this chat.") for message in messages)
    return messages


async def wait_until_quiet(playground: Playground) -> None:
    """Wait until the bot has dealt with all that came before: another person is answered."""
    asked = await playground.send_text(playground.private_chat(playground.ben), playground.ben, "/help")
    await playground.wait_for_reply(asked)


async def test_a_group_that_is_not_admitted_gets_one_sentence(playground: Playground, tmp_path: Path):
    """Added to a group it may not answer in, the bot says so instead of introducing itself, once."""
    group = playground.create_group("Blocked", [playground.ana], with_bot=False)
    async with run_bot_in(playground, tmp_path, ScriptedClassifier(), blocked_chats=frozenset({group.id})):
        await playground.add_bot_to_group(group)
        await playground.wait_for_message(group)
        await playground.send_photo(group, playground.ana, PICTURE, caption="/emotion")
        await wait_until_quiet(playground)

    (refusal,) = playground.messages(group, from_bot=True)
    assert refusal.text.startswith("Sorry, I am not available in this chat.")


async def test_a_button_from_before_a_chat_was_blocked_says_so(playground: Playground, tmp_path: Path):
    """No button spins for ever, also where the bot no longer answers."""
    async with run_bot_in(playground, tmp_path, ScriptedClassifier()):
        photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
        answer = await playground.wait_for_reply(photo)
    blocked = frozenset({playground.ana.id})
    async with run_bot_in(playground, tmp_path, ScriptedClassifier(), blocked_chats=blocked):
        pressed = await playground.press_button(answer, "Why?")

        assert (await pressed.answer())["text"].startswith("Sorry, I am not available in this chat.")


async def test_a_chat_that_cannot_be_told_is_not_answered_either(playground: Playground, tmp_path: Path):
    """The refusal fails, as when the person has blocked the bot; the photo goes no further all the same."""
    classifier = ScriptedClassifier()
    playground.fail(Fault("forbidden", "sendMessage", count=-1, chat_id=playground.private.id))
    async with run_bot_in(playground, tmp_path, classifier, blocked_chats=frozenset({playground.ana.id})):
        await playground.send_photo(playground.private, playground.ana, PICTURE)
        await wait_until_quiet(playground)

    assert classifier.asked == []
    assert playground.messages(playground.private, from_bot=True) == []


@pytest.mark.parametrize("setting", ["allowed_chats", "blocked_chats"])
async def test_chats_that_are_not_admitted_get_one_sentence(
    playground: Playground, tmp_path: Path, setting: str
):
    """Who is not on the list, or on the other one, is told once, and no photo of theirs is fetched."""
    classifier = ScriptedClassifier()
    listed = {playground.ben.id} if setting == "allowed_chats" else {playground.ana.id}
    async with run_bot_in(playground, tmp_path, classifier, **{setting: frozenset(listed)}):
        for _ in range(3):
            await playground.send_photo(playground.private, playground.ana, PICTURE)
        admitted = await playground.send_photo(
            playground.private_chat(playground.ben), playground.ben, PICTURE
        )
        await playground.wait_for_reply(admitted)
        await until(lambda: playground.messages(playground.private, from_bot=True))

    (refusal,) = playground.messages(playground.private, from_bot=True)
    assert refusal.text.startswith("Sorry, I am not available in this chat.")
    assert len(classifier.asked) == 1


async def test_a_restart_does_not_repeat_the_refusal(playground: Playground, tmp_path: Path):
    """Only the chat's number and the time are kept for that, and nothing of what was written."""
    for _ in range(2):
        async with run_bot_in(
            playground, tmp_path, ScriptedClassifier(), blocked_chats=frozenset({playground.ana.id})
        ):
            await playground.send_photo(playground.private, playground.ana, PICTURE)
            await until(lambda: find_refusals(playground, playground.private))
            await wait_until_quiet(playground)

    assert len(find_refusals(playground, playground.private)) == 1


async def test_a_group_that_adds_the_bot_again_is_told_again(playground: Playground, tmp_path: Path):
    """Thrown out, the bot forgets that it spoke there; whoever adds it anew shall know why it is silent."""
    group = playground.create_group("Blocked", [playground.ana], with_bot=False)
    async with run_bot_in(
        playground, tmp_path, ScriptedClassifier(), blocked_chats=frozenset({group.id})
    ) as bot:
        for told in (1, 2):
            await playground.add_bot_to_group(group)
            await until(lambda told=told: len(find_refusals(playground, group)) == told)
            await playground.remove_bot(group)
            await wait_until_quiet(playground)
        async with asyncio.timeout(60):
            while await bot.services.access_notices.is_told(group.id):  # the bot changes it
                await asyncio.sleep(0.02)


async def test_where_the_refusal_may_not_be_said_it_is_not_tried_for_ever(
    playground: Playground, tmp_path: Path
):
    """A chat that lets the bot say nothing costs one attempt."""
    refusal = "not enough rights to send text messages to the chat"
    playground.fail(
        Fault("bad_request", "sendMessage", description=refusal, chat_id=playground.ana.id, count=-1)
    )
    async with run_bot_in(
        playground, tmp_path, ScriptedClassifier(), blocked_chats=frozenset({playground.ana.id})
    ):
        for _ in range(3):
            await playground.send_photo(playground.private, playground.ana, PICTURE)
        await until(lambda: any(call.error for call in playground.call_log.calls("sendMessage")))
        await until(lambda: not playground.pending_updates)
        await wait_until_quiet(playground)

    assert (
        sum("chat_id" in call.parameters for call in playground.call_log.calls("sendMessage") if call.error)
        == 1
    )


@pytest.mark.parametrize("jump", [ARE_KEPT_SECONDS + 1, -ARE_KEPT_SECONDS - 1])
async def test_refusals_are_forgotten_after_a_while(tmp_path: Path, jump: float):
    """A month later, or however far the clock jumps, nothing is left of a chat that was told once."""
    now = [1_700_000_000.0]
    storage = await Storage.open(tmp_path)
    refusals = AccessNotices(storage.engine, 4_242, lambda: now[0])
    await refusals.note(5)
    assert await refusals.is_told(5)
    assert not await refusals.is_told(6)
    now[0] += jump
    await refusals.delete_expired()
    assert not await refusals.is_told(5)
    await storage.close()
