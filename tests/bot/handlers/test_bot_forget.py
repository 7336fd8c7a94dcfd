"""/forget while messages of the person still wait: they are dropped, which is said; nobody else's are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE, ScriptedClassifier, until
from group_steps import set_chat, wait_until_quiet

if TYPE_CHECKING:
    from bot.runtime.serving import RunningBot
    from playground import Message, Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def send_to_group(playground: Playground, sender: object, number: int) -> Message:
    return await playground.send_photo(
        playground.group, sender, PICTURE + bytes([number]), caption="/emotion"
    )


async def read_my_data(playground: Playground) -> dict[str, object]:
    asked = await playground.send_text(playground.private, playground.ana, "/mydata")
    file_id = (await playground.wait_for_reply(asked)).file_id
    stored: dict[str, object] = json.loads(playground.world.files.find(file_id).content)
    return stored


async def test_forget_drops_what_waits_of_this_person_and_says_so(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier
):
    """What is being answered is finished; what waits behind it goes; what comes later is answered."""
    classifier.may_answer.clear()
    begun = await send_to_group(playground, playground.ana, 1)
    await until(lambda: classifier.asked)
    waiting = await send_to_group(playground, playground.ana, 2)
    of_another = await send_to_group(playground, playground.ben, 3)
    await until(lambda: not playground.pending_updates)
    assert (await read_my_data(playground))["messages_waiting_for_an_answer"] == 3  # and the question itself

    forget = await playground.send_text(playground.private, playground.ana, "/forget")
    answer = await playground.wait_for_reply(forget)
    classifier.may_answer.set()
    for photo in (begun, of_another):
        assert (await playground.wait_for_reply(photo)).text.startswith("Looks ")
    later = await send_to_group(playground, playground.ana, 4)

    assert answer.text.splitlines()[1].startswith(
        "Your messages that were still waiting for an answer are deleted, too (1)"
    )
    assert (await playground.wait_for_reply(later)).text.startswith("Looks ")
    assert playground.replies(waiting) == []
    assert PICTURE + bytes([2]) not in classifier.asked
    assert (await read_my_data(playground))["messages_waiting_for_an_answer"] == 1


async def test_forget_without_anything_waiting_says_nothing_of_it(bot: RunningBot, playground: Playground):
    """One line is enough for most people."""
    forget = await playground.send_text(playground.private, playground.ana, "/forget")

    assert "waiting" not in (await playground.wait_for_reply(forget)).text


async def test_forget_by_an_anonymous_admin_drops_nothing_of_other_admins(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier
):
    """Telegram gives all anonymous admins the number of one account."""
    groups = [playground.create_group(name, [playground.ana], supergroup=True) for name in ("A", "B")]
    classifier.may_answer.clear()
    photos = [
        await playground.send_photo(groups[0], playground.ana, PICTURE, caption="/emotion", as_chat=groups[0])
        for _ in range(2)
    ]
    await until(lambda: not playground.pending_updates)

    forget = await playground.send_text(groups[1], playground.ana, "/forget", as_chat=groups[1])
    answer = await playground.wait_for_reply(forget)
    classifier.may_answer.set()

    assert "waiting" not in answer.text
    for photo in photos:
        assert (await playground.wait_for_reply(photo)).text.startswith("Looks ")


async def test_forget_by_an_anonymous_admin_leaves_what_other_groups_gather(
    bot: RunningBot, playground: Playground
):
    """Nobody knows who an anonymous admin is: the bot says so, and the answers of a busy minute come."""
    groups = [playground.create_group(name, [playground.ana], supergroup=True) for name in ("A", "B")]
    await set_chat(bot, groups[0], answers_per_minute=1)
    photos = [
        await playground.send_photo(groups[0], playground.ana, PICTURE, caption="/emotion", as_chat=groups[0])
        for _ in range(2)
    ]
    await wait_until_quiet(playground, groups[0])

    forget = await playground.send_text(groups[1], playground.ana, "/forget", as_chat=groups[1])
    assert (await playground.wait_for_reply(forget)).text.startswith("You write here as the chat")
    await bot.services.inbox.stop(60)

    assert "Looks happy" in (await playground.wait_for_reply(photos[1])).text


async def test_my_data_of_a_group_goes_to_the_private_chat(bot: RunningBot, playground: Playground):
    """And the group is told no more than that."""
    begun = await playground.send_text(playground.private, playground.ana, "/start")
    await playground.wait_for_reply(begun)
    asked = await playground.send_text(playground.group, playground.ana, "/mydata")

    assert (await playground.wait_for_reply(asked)).text == "I have sent it to you in our private chat."
    _, sent = playground.messages(playground.private, from_bot=True)
    stored = json.loads(playground.world.files.find(sent.file_id).content)
    assert stored["user_id"] == playground.ana.id


async def test_my_data_for_who_never_wrote_in_private_is_to_be_asked_for_there(
    bot: RunningBot, playground: Playground
):
    """Telegram lets no bot write first. An anonymous admin cannot be known at all."""
    stranger = playground.create_user("Carl")
    await playground.add_member(playground.group, stranger)
    asked = await playground.send_text(playground.group, stranger, "/mydata")
    assert (await playground.wait_for_reply(asked)).text.startswith("This is for you alone")

    group = playground.create_group("A", [playground.ana], supergroup=True)
    anonymous = await playground.send_text(group, playground.ana, "/mydata", as_chat=group)
    assert (await playground.wait_for_reply(anonymous)).text.startswith("You write here as the chat")
