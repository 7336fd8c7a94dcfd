"""Photos that wait, behind those of others or of the same person: the sender is told, once, until it ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from bot_fakes import PICTURE, ScriptedClassifier, run_bot_in, until

from bot.answers.backlog_notices import BacklogNotices
from playground import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.runtime.serving import RunningBot
    from playground import Message, Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHATS = 3  # that wait before others when the queue is long
ANSWER, NOTICE = "Looks happy", "A great many photos are waiting right now"
OWN_NOTICE = "8 more photos of yours are waiting"


@pytest.fixture(autouse=True)
def _short_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.answers.backlog_notices._ROUND_SECONDS", 0.05)


@pytest_asyncio.fixture(loop_scope="session")
async def busy_bot(
    playground: Playground, classifier: ScriptedClassifier, tmp_path: Path
) -> AsyncIterator[RunningBot]:
    """A bot that classifies nothing until it may."""
    classifier.may_answer.clear()
    blocked = playground.create_user("Kept", "Out")
    async with run_bot_in(
        playground, tmp_path, classifier, max_waiting_chats=CHATS, blocked_chats=frozenset({blocked.id})
    ) as bot:
        yield bot
        classifier.may_answer.set()


async def fill_queue(bot: RunningBot, playground: Playground) -> list[Message]:
    """Send photos from so many people that all tasks are busy and as many chats wait as may."""
    inbox = bot.services.inbox
    photos = []
    for place in range(inbox.concurrency):  # one by one, or for a moment many wait
        photos.append(await send(playground, f"Person {place}"))
        await until(lambda: inbox.in_flight == len(photos))
    photos += [await send(playground, f"Next {n}") for n in range(CHATS)]
    async with asyncio.timeout(60):
        while await inbox.count_waiting_chats() < CHATS:  # another process's to change
            await asyncio.sleep(0.02)
    return photos


async def send(playground: Playground, name: str) -> Message:
    """Send a photo from somebody new."""
    person = playground.create_user(name)
    return await playground.send_photo(playground.private_chat(person), person, PICTURE)


def list_texts(playground: Playground, photo: Message) -> list[str]:
    """List what was replied, each by what it begins with."""
    texts = [reply.text for reply in playground.replies(photo)]
    return [next(start for start in (ANSWER, NOTICE, text) if text.startswith(start)) for text in texts]


def count_notices(playground: Playground, message: Message) -> int:
    """Count the notices that were sent to a chat, also those that are deleted since."""
    return sum(
        str(call.parameters.get("text", "")).startswith((NOTICE, OWN_NOTICE))
        and str(call.parameters["chat_id"]) == str(message.chat.id)
        for call in playground.call_log.calls("sendMessage")
    )


def are_answered(playground: Playground, *photos: Message) -> bool:
    return all(ANSWER in list_texts(playground, photo) for photo in photos)


async def test_who_comes_behind_many_others_is_told_once(
    busy_bot: RunningBot, playground: Playground, classifier: ScriptedClassifier
):
    photos = await fill_queue(busy_bot, playground)
    await asyncio.sleep(0.3)  # in which the last of them would be told, had it enough before it
    assert not any(count_notices(playground, photo) for photo in photos)
    late = await send(playground, "Late")
    assert (await playground.wait_for_reply(late)).text.startswith(NOTICE)

    again = await playground.send_photo(late.chat, playground.world.users[late.sender_id], PICTURE)
    later = await send(playground, "Later")
    await playground.wait_for_reply(later)
    classifier.may_answer.set()
    await until(lambda: are_answered(playground, *photos, late, again, later))

    assert [count_notices(playground, photo) for photo in (late, later)] == [1, 1]
    # Answered, nobody waits any more: the notices are deleted, one after the other, also those of the people
    # who had waited before and were told when the queue grew long.
    everyone = (*photos, late, again, later)
    await until(lambda: all(list_texts(playground, photo) == [ANSWER] for photo in everyone))


async def test_one_busy_sender_is_no_long_queue(
    busy_bot: RunningBot, playground: Playground, classifier: ScriptedClassifier
):
    """Chats take turns, so that another's photo comes next, however many one person has sent."""
    photos = [
        await playground.send_photo(playground.private, playground.ana, PICTURE) for _ in range(4 * CHATS)
    ]
    other = await send(playground, "Other")
    await until(lambda: len(classifier.asked) > 1)
    await asyncio.sleep(0.2)  # in which somebody would have been told
    classifier.may_answer.set()
    await until(lambda: are_answered(playground, *photos, other))
    assert all(list_texts(playground, photo)[0] != NOTICE for photo in (*photos, other))


async def test_groups_and_chats_that_are_kept_out_hear_nothing_of_it(
    busy_bot: RunningBot, playground: Playground, classifier: ScriptedClassifier
):
    await fill_queue(busy_bot, playground)
    ask = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")
    (kept_out,) = [user for user in playground.users if user.last_name == "Out"]
    refused = await playground.send_photo(playground.private_chat(kept_out), kept_out, PICTURE)
    await playground.wait_for_reply(await send(playground, "Last"))
    # Whoever came last is told first: let the turn of those before come, too.
    await asyncio.sleep(0.5)
    classifier.may_answer.set()
    await playground.wait_for_reply(ask)
    await until(lambda: playground.messages(refused.chat, from_bot=True))
    assert list_texts(playground, ask) == [ANSWER]
    (refusal,) = playground.messages(refused.chat, from_bot=True)
    assert not refusal.text.startswith(NOTICE)


async def test_a_pressed_button_is_no_photo_that_waits(
    busy_bot: RunningBot, playground: Playground, classifier: ScriptedClassifier
):
    """The button hangs below a picture, but that one is the bot's own."""
    classifier.may_answer.set()
    photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
    answer = await playground.wait_for_reply(photo)
    classifier.may_answer.clear()
    await fill_queue(busy_bot, playground)
    press = await playground.press_button(answer, "Why?")
    await playground.wait_for_reply(await send(playground, "Last"))
    await asyncio.sleep(0.5)
    classifier.may_answer.set()
    await press.answer()
    await until(lambda: not busy_bot.services.inbox.in_flight)
    assert not any(
        message.text.startswith(NOTICE) for message in playground.messages(playground.private, from_bot=True)
    )


async def test_who_cannot_be_told_is_answered_all_the_same(
    busy_bot: RunningBot, playground: Playground, classifier: ScriptedClassifier
):
    """And those before them are told, although nobody comes after."""
    await fill_queue(busy_bot, playground)
    stranger = playground.create_user("Stranger")
    chat = playground.private_chat(stranger)
    playground.fail(Fault("bad_request", method="sendMessage", chat_id=chat.id))
    told = await send(playground, "Told")
    untold = await playground.send_photo(chat, stranger, PICTURE)
    await playground.wait_for_reply(told)
    await until(lambda: not playground.faults.active)
    classifier.may_answer.set()
    await until(lambda: are_answered(playground, told, untold))
    assert count_notices(playground, told) == 1
    await until(lambda: list_texts(playground, told) == list_texts(playground, untold) == [ANSWER])


async def test_who_waits_for_many_of_their_own_is_told_while_it_lasts(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier, monkeypatch: pytest.MonkeyPatch
):
    """Photos are counted, not texts; the chat goes on showing the bot at work; then the notice goes."""
    classifier.may_answer.clear()
    photos = [await playground.send_photo(playground.private, playground.ana, PICTURE) for _ in range(8)]
    await playground.send_text(playground.private, playground.ana, "and one more")
    photos.append(await playground.send_photo(playground.private, playground.ana, PICTURE))
    await until(lambda: not playground.pending_updates)
    # Only now: had the wait begun to be felt before all were there, fewer of them would be told of.
    monkeypatch.setattr("bot.answers.backlog_notices._FELT_SECONDS", 0.0)

    await playground.wait_for_message(playground.private, lambda message: message.text.startswith(OWN_NOTICE))
    told_at = playground.call_log.calls("sendMessage")[-1].at
    await until(lambda: any(call.at >= told_at for call in playground.call_log.calls("sendChatAction")))
    classifier.may_answer.set()
    await until(lambda: are_answered(playground, *photos))

    assert count_notices(playground, photos[0]) == 1
    await until(
        lambda: (
            not any(
                message.text.startswith(OWN_NOTICE)
                for message in playground.messages(playground.private, from_bot=True)
            )
        )
    )


async def test_a_short_wait_and_an_album_are_not_worth_a_notice(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier, monkeypatch: pytest.MonkeyPatch
):
    """An album is answered as one, however many photos it holds; a few photos are answered soon."""
    monkeypatch.setattr("bot.answers.backlog_notices._FELT_SECONDS", 0.0)
    classifier.may_answer.clear()
    album = [
        await playground.send_photo(playground.private, playground.ana, PICTURE, media_group_id="one")
        for _ in range(9)
    ]
    await until(lambda: len(classifier.asked) > 0)
    await asyncio.sleep(0.3)  # in which somebody would have been told
    classifier.may_answer.set()
    await playground.wait_for_reply(album[0])

    assert count_notices(playground, album[0]) == 0


async def test_the_number_from_which_one_is_told_is_that_of_the_setting(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier, monkeypatch: pytest.MonkeyPatch
):
    """MAX_WAITING_PHOTOS behind the one in hand are enough; one fewer is not worth a notice."""
    enough = bot.services.settings.max_waiting_photos
    monkeypatch.setattr("bot.answers.backlog_notices._FELT_SECONDS", 0.0)
    classifier.may_answer.clear()

    for _ in range(enough):
        photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
    await until(lambda: not playground.pending_updates)
    await asyncio.sleep(0.3)  # in which the sender would have been told
    too_few = count_notices_of_own(playground)
    await playground.send_photo(playground.private, playground.ana, PICTURE)
    await playground.wait_for_message(
        playground.private, lambda message: f"{enough} more photos of yours are waiting" in message.text
    )
    classifier.may_answer.set()
    await playground.wait_for_reply(photo)

    assert too_few == 0


async def test_a_photo_that_comes_while_the_database_is_read_counts(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier, monkeypatch: pytest.MonkeyPatch
):
    """It was not among what was read; that it was answered is not said thereby."""
    read_starts = BacklogNotices._read_starts

    async def read_slowly(self: BacklogNotices, update_ids: list[int]) -> dict[int, int]:
        starts = await read_starts(self, update_ids)
        await asyncio.sleep(0.2)
        return starts

    monkeypatch.setattr(BacklogNotices, "_read_starts", read_slowly)
    monkeypatch.setattr("bot.answers.backlog_notices._FELT_SECONDS", 0.0)
    enough = bot.services.settings.max_waiting_photos
    classifier.may_answer.clear()

    for _ in range(enough + 1):
        photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
        await asyncio.sleep(0.1)
    await playground.wait_for_message(
        playground.private, lambda message: f"{enough} more photos of yours are waiting" in message.text
    )
    classifier.may_answer.set()
    await playground.wait_for_reply(photo)


async def test_who_waits_anew_after_all_was_answered_is_told_anew(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier, monkeypatch: pytest.MonkeyPatch
):
    """The notice is sent once for as long as somebody waits, not once for all time."""
    monkeypatch.setattr("bot.answers.backlog_notices._FELT_SECONDS", 0.0)
    for told in (1, 2):
        classifier.may_answer.clear()
        photos = [await playground.send_photo(playground.private, playground.ana, PICTURE) for _ in range(9)]
        await until(lambda told=told: count_notices_of_own(playground) == told)
        classifier.may_answer.set()
        await until(lambda photos=photos: are_answered(playground, *photos))
        await until(lambda: not any(is_notice(text) for text in list_private_texts(playground)))


def is_notice(text: str) -> bool:
    return "of yours are waiting" in text


def list_private_texts(playground: Playground) -> list[str]:
    """List what the bot's messages in the first person's private chat say now."""
    return [message.text for message in playground.messages(playground.private, from_bot=True)]


def count_notices_of_own(playground: Playground) -> int:
    """Count the notices about one's own photos that were sent, also those that are deleted since."""
    return sum(
        is_notice(str(call.parameters.get("text", ""))) for call in playground.call_log.calls("sendMessage")
    )
