"""A failing network and a refusing Telegram: what becomes of the answer, and what the person is told."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE, ScriptedClassifier, run_bot_in, until
from group_steps import see_everything, set_chat, wait_until_quiet

from classifier.types import BusyError, DeadlineExceededError, WorkerLostError
from playground import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from bot.runtime.serving import RunningBot
    from playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    "fault",
    [
        Fault("too_many_requests", method="sendPhoto", retry_after=1),
        Fault("server_error", method="sendPhoto", count=2),
        Fault("bad_gateway", method="getFile"),
        Fault("reset", method="sendPhoto"),
        Fault("malformed", method="sendPhoto"),
        Fault("truncated", method="download"),
        Fault("expired_link", method="download"),
        Fault("server_error", method="download"),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.method}",
)
async def test_a_passing_failure_is_outlasted(bot: RunningBot, playground: Playground, fault: Fault):
    """What fails once or twice is tried again; the person sees one answer and no word of it."""
    playground.fail(dataclasses.replace(fault))
    photo = await playground.send_photo(playground.private, playground.ana, PICTURE)

    answer = await playground.wait_for_reply(photo)

    assert answer.text == "Looks happy — 97% sure"
    assert len(playground.replies(photo)) == 1


async def test_a_file_that_cannot_be_fetched_is_told(bot: RunningBot, playground: Playground):
    """When the file server goes on failing, the person is asked to send the photo again."""
    playground.fail(Fault("server_error", method="download", count=-1))
    photo = await playground.send_photo(playground.private, playground.ana, PICTURE)

    assert (await playground.wait_for_reply(photo)).text.startswith("I couldn't fetch the photo")


@pytest.mark.parametrize(
    ("errors", "sentence"),
    [
        ([DeadlineExceededError("slow")], "This picture took me too long"),
        ([BusyError("busy")], "I have too many photos"),
        ([WorkerLostError("lost"), WorkerLostError("lost")], "I failed on this picture twice"),
        ([WorkerLostError("lost")], "Looks happy"),
        ([RuntimeError("a fault of ours")], "Something went wrong on my side."),
    ],
    ids=["slow", "busy", "lost-twice", "lost-once", "bug"],
)
async def test_what_goes_wrong_while_classifying_is_told(
    bot: RunningBot,
    playground: Playground,
    classifier: ScriptedClassifier,
    errors: list[Exception],
    sentence: str,
):
    """Each way to fail has its sentence; a worker lost once is not the photo's fault yet."""
    classifier.errors = list(errors)
    photo = await playground.send_photo(playground.private, playground.ana, PICTURE)

    assert (await playground.wait_for_reply(photo)).text.startswith(sentence)


async def test_a_fault_is_not_told_to_a_group_that_did_not_ask(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier
):
    """Where every photo is looked at, a fault of ours is nobody's business; who asked by command is told."""
    await see_everything(playground, playground.group)
    await set_chat(bot, playground.group, when="every")
    classifier.errors = [RuntimeError("a fault of ours")]
    await playground.send_photo(playground.group, playground.ben, PICTURE)
    assert await wait_until_quiet(playground, playground.group) == []

    classifier.errors = [RuntimeError("a fault of ours")]
    asked = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")

    assert (await playground.wait_for_reply(asked)).text.startswith("Something went wrong on my side.")


async def test_a_damaged_file_that_could_be_classified_says_so(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier
):
    """A half-read photo is answered with a warning."""
    classifier.damaged = True
    photo = await playground.send_photo(playground.private, playground.ana, PICTURE)

    assert (await playground.wait_for_reply(photo)).text.splitlines()[-1].startswith("The file is damaged:")


async def test_being_blocked_stops_nobody_else(bot: RunningBot, playground: Playground):
    """Who blocked the bot gets nothing; the next person is answered."""
    playground.fail(Fault("forbidden", method="sendPhoto", chat_id=playground.private.id))
    await playground.send_photo(playground.private, playground.ana, PICTURE)
    photo = await playground.send_photo(playground.private_chat(playground.ben), playground.ben, PICTURE)

    assert (await playground.wait_for_reply(photo)).text.startswith("Looks ")


async def test_a_chat_that_is_gone_stops_nobody_else(bot: RunningBot, playground: Playground):
    """Nothing more can be said there, which is tried once and given up; the next person is answered."""
    playground.fail(
        Fault("bad_request", chat_id=playground.private.id, description="chat not found", count=-1)
    )
    gone = await playground.send_photo(playground.private, playground.ana, PICTURE)
    photo = await playground.send_photo(playground.private_chat(playground.ben), playground.ben, PICTURE)

    assert (await playground.wait_for_reply(photo)).text.startswith("Looks ")
    await until(lambda: not bot.services.inbox.in_flight and not bot.services.inbox.waiting)
    assert playground.replies(gone) == []


async def test_a_download_that_hangs_ends_at_its_deadline(playground: Playground, tmp_path: Path):
    """The person is told, and the next photo is not held up."""
    async with run_bot_in(playground, tmp_path, ScriptedClassifier(), download_seconds=1):
        playground.fail(Fault("hang", method="download"))
        photo = await playground.send_photo(playground.private, playground.ana, PICTURE)

        assert (await playground.wait_for_reply(photo)).text.startswith("I couldn't fetch")


async def test_a_file_larger_than_telegram_said_is_cut_off(playground: Playground, tmp_path: Path):
    """What is counted is what arrives: the size in the message may lie."""
    classifier = ScriptedClassifier()
    async with run_bot_in(playground, tmp_path, classifier, max_photo_bytes=1_000_000):
        photo = await playground.send_document(
            playground.private,
            playground.ana,
            bytes(8_000_000),
            file_name="small.png",
            mime_type="image/png",
            declared_size=900,
        )

        assert "up to 1\u00a0MB" in (await playground.wait_for_reply(photo)).text
    assert classifier.asked == []


async def test_a_group_without_rights_for_pictures_gets_text(bot: RunningBot, playground: Playground):
    """Where pictures are not allowed the words still are."""
    playground.fail(
        Fault("bad_request", method="sendPhoto", description="not enough rights to send photos to the chat")
    )
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")

    assert (await playground.wait_for_reply(photo)).text == "Looks happy — 97% sure"


async def test_a_deleted_question_is_answered_without_a_quote(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier
):
    """The answer is sent although there is nothing left to quote."""
    playground.fail(Fault("server_error", method="getFile"))
    photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
    await playground.delete_message(photo)

    answer = await playground.wait_for_message(
        playground.private, lambda message: message.text.startswith("Looks ")
    )

    assert answer.reply_to is None


async def test_a_group_that_moves_while_it_is_answered_is_answered_in_its_new_place(
    bot: RunningBot, playground: Playground
):
    """Telegram names the new chat when it refuses the old one; the answer goes there."""
    playground.fail(Fault("server_error", method="getFile", count=3))
    await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")
    await until(lambda: playground.call_log.counts["getFile"] >= 1)
    supergroup = await playground.migrate(playground.group)

    await playground.wait_for_message(supergroup, lambda message: message.text.startswith("Looks "))


async def test_what_telegram_cannot_take_now_is_answered_later(playground: Playground, tmp_path: Path):
    """When the retry window ends, the update goes back to the inbox and is answered when Telegram is back."""
    async with run_bot_in(playground, tmp_path, ScriptedClassifier(), retry_seconds=1):
        playground.fail(Fault("server_error", method="sendPhoto", count=3))
        photo = await playground.send_photo(playground.private, playground.ana, PICTURE)

        assert (await playground.wait_for_reply(photo)).text.startswith("Looks ")


async def test_photos_of_one_chat_are_answered_in_order(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier
):
    """Answers come in the order of the photos, however many come at once."""
    classifier.may_answer.clear()
    photos = [await playground.send_photo(playground.private, playground.ana, PICTURE) for _ in range(12)]
    await until(lambda: not playground.pending_updates)
    classifier.may_answer.set()
    for photo in photos:
        await playground.wait_for_reply(photo)

    answers = playground.messages(playground.private, from_bot=True)
    classified = [message.reply_to for message in answers if message.text.startswith("Looks ")]
    assert classified == sorted(classified, key=lambda message: message.id)


async def test_messages_sent_while_the_bot_was_away_are_answered(playground: Playground, tmp_path: Path):
    """What came while the bot was stopped is answered at the next start, once."""
    photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
    for _ in range(2):
        async with run_bot_in(playground, tmp_path, ScriptedClassifier()):
            await playground.wait_for_reply(photo)
            await asyncio.sleep(0)

    assert len(playground.replies(photo)) == 1
