"""Guest mode, end to end: a mention in a chat that the bot is no member of is answered there, by one text."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from bot_fakes import PICTURE, ScriptedClassifier, build_face, run_bot_in, until
from group_steps import set_chat
from program_steps import read_until_ready, start_program
from sqlalchemy import select

from bot.storage.chat_records import ChatSettings
from bot.storage.engine import connect
from bot.storage.tables import metadata
from classifier.types import BusyError, WorkerUnavailableError
from playground import Fault, Playground

if TYPE_CHECKING:
    from pathlib import Path

    from bot.runtime.serving import RunningBot
    from playground import Chat, Message

pytestmark = pytest.mark.asyncio(loop_scope="session")
MENTION = "@happy_or_sad_bot"
NOTICE = (
    "I am an automatic system: a neural network judges expressions, and it can be wrong. "
    "It sees a picture, not a feeling."
)


@pytest.fixture
def elsewhere(playground: Playground) -> Chat:
    """A group that the bot is no member of, with guest mode on."""
    playground.world.account.guest_mode = True
    return playground.create_group(
        "Elsewhere", [playground.ana, playground.ben], supergroup=True, with_bot=False
    )


async def ask(playground: Playground, chat: Chat, text: str = MENTION, **options: Any) -> Message:
    """Mention the bot in reply to a photo, unless told otherwise."""
    if "reply_to" not in options:
        options["reply_to"] = await playground.send_photo(chat, playground.ben, PICTURE)
    return await playground.send_text(chat, playground.ana, text, **options)


def find_sent(playground: Playground) -> set[str]:
    """Name the methods by which the bot did something in a chat."""
    calls = playground.call_log.counts
    return {name for name in calls if name.startswith(("send", "edit", "answer", "setMessage", "delete"))} - {
        "deleteWebhook"
    }


def count_guests(bot: RunningBot, outcome: str) -> float:
    """Count the guest messages that ended so."""
    labels = {"chat": "guest", "outcome": outcome}
    return bot.services.metrics.registry.get_sample_value("bot_updates_total", labels) or 0


async def test_a_mention_in_reply_to_a_photo_is_answered_where_the_bot_is_no_member(
    bot: RunningBot, playground: Playground, elsewhere: Chat
):
    """The answer is a message in that chat, with the notice that an automatic system judges expressions."""
    asked = await ask(playground, elsewhere)

    answer = await playground.wait_for_reply(asked)

    assert answer.text == f"Looks happy — 97% sure\n\n{NOTICE}"
    assert answer.buttons == []
    assert find_sent(playground) == {"answerGuestQuery"}


async def test_two_faces_are_told_in_order_with_the_reason_of_doubt(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier, elsewhere: Chat
):
    """As everywhere: a line a face, in reading order, and what would help."""
    classifier.faces = (build_face(), build_face(0.6, sure=False, doubt="covered", x=100))

    answer = await playground.wait_for_reply(await ask(playground, elsewhere))

    assert answer.text.splitlines() == [
        "1 · Looks happy — 97% sure",
        "2 · Hard to tell — the mouth is covered",
        "Try a photo where the mouth can be seen.",
        "",
        NOTICE,
    ]


async def test_a_photo_of_the_guest_messages_own_is_answered(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier, elsewhere: Chat
):
    """Photos and image files, with the mention in their caption; a photo that it replies to goes second."""
    other = await playground.send_photo(elsewhere, playground.ben, PICTURE)
    photo = await playground.send_photo(
        elsewhere, playground.ana, PICTURE + b"own", caption=MENTION, reply_to=other, size=(2, 2)
    )
    file = await playground.send_document(elsewhere, playground.ana, PICTURE + b"file", caption=MENTION)

    for asked in (photo, file):
        assert (await playground.wait_for_reply(asked)).text.startswith("Looks happy")
    assert classifier.asked == [PICTURE + b"own", PICTURE + b"file"]


async def test_a_mention_without_a_photo_says_what_to_do(
    bot: RunningBot, playground: Playground, elsewhere: Chat
):
    """In the language of whoever asks."""
    playground.ana.language_code = "de"
    asked = await ask(playground, elsewhere, reply_to=None)

    assert (await playground.wait_for_reply(asked)).text.startswith("Erwähne mich in einer Antwort")


async def test_a_reply_to_an_answer_and_another_bot_are_left_alone(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier, elsewhere: Chat
):
    """Telegram delivers these, too. Two bots that answer each other would never end."""
    answer = await playground.wait_for_reply(await ask(playground, elsewhere))
    thanks = await playground.send_text(elsewhere, playground.ana, "thanks!", reply_to=answer)
    robot = playground.create_user("Robot")
    robot.is_bot = True
    await playground.add_member(elsewhere, robot)
    by_bot = await playground.send_photo(elsewhere, robot, PICTURE, caption=MENTION)
    await until(lambda: count_guests(bot, "handled") == 2)

    assert playground.replies(thanks) == playground.replies(by_bot) == []
    assert len(classifier.asked) == 1


async def test_an_anonymous_admin_and_a_channel_are_answered(
    bot: RunningBot, playground: Playground, elsewhere: Chat
):
    """Telegram has a bot of its own speak for them; behind it are people."""
    channel = playground.create_channel("News", owner=playground.ana)
    for chat in (elsewhere, channel):
        asked = await playground.send_photo(elsewhere, playground.ana, PICTURE, caption=MENTION, as_chat=chat)

        assert (await playground.wait_for_reply(asked)).text.startswith("Looks happy")


async def test_too_many_questions_of_one_person_are_put_off(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier, elsewhere: Chat
):
    """Ten a minute, over all chats; others are not held up."""
    photo = await playground.send_photo(elsewhere, playground.ben, PICTURE)
    asked = [await ask(playground, elsewhere, reply_to=photo) for _ in range(11)]
    last = await playground.wait_for_reply(asked[-1])
    by_other = await playground.send_text(elsewhere, playground.ben, MENTION, reply_to=photo)

    assert last.text == "You have asked a lot in one minute. Please ask me again in a minute."
    assert (await playground.wait_for_reply(by_other)).text.startswith("Looks happy")
    assert len(classifier.asked) == 11


@pytest.mark.parametrize(
    ("error", "fault", "options", "sentence"),
    [
        (BusyError(), None, {}, "I have too many photos to look at right now."),
        (None, Fault("bad_gateway", "download", count=-1), {}, "I couldn't fetch the photo"),
        (None, None, {"declared_size": 30_000_000}, "The file is too large"),
        (RuntimeError("a bug"), None, {}, "Something went wrong on my side."),
    ],
    ids=["busy", "download", "too large", "a fault"],
)
async def test_what_fails_is_told_by_the_one_answer(
    bot: RunningBot,
    playground: Playground,
    classifier: ScriptedClassifier,
    elsewhere: Chat,
    error: Exception | None,
    fault: Fault | None,
    options: dict[str, Any],
    sentence: str,
):
    """The sentences are those of all photos, and come as a guest's answer, not as a message."""
    classifier.errors = [error] if error else []
    if fault:
        playground.fail(fault)
    photo = await playground.send_photo(elsewhere, playground.ben, PICTURE, **options)

    answer = await playground.wait_for_reply(await ask(playground, elsewhere, reply_to=photo))

    assert answer.text.startswith(sentence)
    assert find_sent(playground) == {"answerGuestQuery"}


async def test_an_answer_whose_confirmation_was_lost_is_not_given_twice(
    bot: RunningBot, playground: Playground, elsewhere: Chat
):
    """The call is tried again, Telegram takes no second answer, and nothing else is said."""
    playground.fail(Fault("lost_answer", "answerGuestQuery"))
    asked = await ask(playground, elsewhere)
    await until(lambda: playground.call_log.counts["answerGuestQuery"] == 2)
    await until(lambda: count_guests(bot, "answered") == 1)

    assert len(playground.replies(asked)) == 1
    assert "too old" in playground.call_log.calls("answerGuestQuery")[1].error
    assert find_sent(playground) == {"answerGuestQuery"}


async def test_what_was_not_finished_is_answered_after_a_restart(
    playground: Playground, elsewhere: Chat, tmp_path: Path
):
    """A guest message is in the inbox like any other."""
    classifier = ScriptedClassifier(errors=[WorkerUnavailableError("none can be started")])
    async with run_bot_in(playground, tmp_path, classifier, retry_seconds=3_600) as bot:
        asked = await ask(playground, elsewhere)
        await until(lambda: count_guests(bot, "retry_later") == 1)
    assert playground.replies(asked) == []

    async with run_bot_in(playground, tmp_path, classifier):
        assert (await playground.wait_for_reply(asked)).text.startswith("Looks happy")


@pytest.mark.parametrize("kept_out", ["person", "chat", "stranger"])
async def test_who_is_not_admitted_is_told_so_as_a_guest(
    playground: Playground, elsewhere: Chat, tmp_path: Path, kept_out: str
):
    """The host's lists hold: the person must be let in, and the chat must not be kept out."""
    settings = {
        "person": {"blocked_chats": frozenset({playground.ana.id})},
        "chat": {"blocked_chats": frozenset({elsewhere.id})},
        "stranger": {"allowed_chats": frozenset({playground.ben.id, elsewhere.id})},
    }[kept_out]
    classifier = ScriptedClassifier()
    async with run_bot_in(playground, tmp_path, classifier, **settings):
        answer = await playground.wait_for_reply(await ask(playground, elsewhere))

    assert answer.text.startswith("Sorry, I am not available in this chat.")
    assert classifier.asked == []


@pytest.mark.parametrize("text", ["/start", "/help", "/emotion", "/settings", "/forget", "/mood", "hello"])
@pytest.mark.parametrize("has_photo", [False, True])
async def test_no_other_handler_sees_a_guest_message(
    bot: RunningBot, playground: Playground, elsewhere: Chat, text: str, *, has_photo: bool
):
    """Whatever it holds: where the bot is no member there is one way to speak, and nothing to change."""
    words = f"{text}{MENTION} {MENTION}"
    if has_photo:
        asked = await playground.send_photo(
            elsewhere, playground.ana, PICTURE, caption=words, media_group_id="album"
        )
    else:
        asked = await playground.send_text(elsewhere, playground.ana, words)

    answer = await playground.wait_for_reply(asked)

    assert answer.text.startswith("Looks happy" if has_photo else "Mention me in reply")
    assert find_sent(playground) == {"answerGuestQuery"}


async def test_settings_of_a_group_that_the_bot_has_left_neither_count_nor_change(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier, elsewhere: Chat
):
    """They are kept a week for its return. Nobody's mood is counted, and the language is the asker's."""
    kept = ChatSettings(language="fr", when="off", how="reaction", mood_enabled=True)
    await set_chat(bot, elsewhere, language="fr", when="off", how="reaction", mood_enabled=True)

    answer = await playground.wait_for_reply(await ask(playground, elsewhere))

    assert answer.text.startswith("Looks happy")
    storage = bot.services.storage
    assert await storage.preferences.get_chat_settings(elsewhere.id) == kept
    assert await storage.moods.list_since(elsewhere.id, datetime.min.replace(tzinfo=UTC)) == []


async def test_nothing_of_a_chat_that_was_answered_as_a_guest_is_stored(
    bot: RunningBot, playground: Playground, elsewhere: Chat
):
    """Neither its number nor a word, nor who asked: of the update only its own number stays for a while."""
    await playground.wait_for_reply(await ask(playground, elsewhere))
    await until(lambda: bot.services.inbox.in_flight == 0)

    async with connect(bot.services.storage.engine) as connection:
        rows = [row for table in metadata.sorted_tables for row in await connection.execute(select(table))]

    assert rows
    for private in (str(elsewhere.id), str(playground.ana.id), "Elsewhere", MENTION):
        assert [row for row in rows if private in str(row)] == []


async def test_nothing_personal_of_a_guest_message_reaches_the_log(tmp_path: Path):
    """Also with DEBUG on, and where the answer fails; the line says "guest", not where."""
    playground = Playground(guest_mode=True)
    await playground.start()
    chat = playground.create_group("Elsewhere", [playground.ana, playground.ben], with_bot=False)
    playground.fail(Fault("bad_request", "answerGuestQuery", description="Bad Request: wrong", skip=1))
    program = await start_program(
        tmp_path,
        BOT_TOKEN=playground.token,
        TELEGRAM_API_URL=playground.api_url,
        LOG_LEVEL="DEBUG",
        LOG_FORMAT="json",
    )
    try:
        output, _ = await read_until_ready(program)
        asked = await ask(playground, chat, f"{MENTION} how is grandmother?")
        await playground.wait_for_reply(asked)
        await ask(playground, chat, f"{MENTION} how is grandmother?")
        await until(lambda: playground.call_log.counts["answerGuestQuery"] == 2)
        program.terminate()
        rest, _ = await asyncio.wait_for(program.communicate(), 60)
    finally:
        await playground.stop()
        if program.returncode is None:
            program.kill()
    written = (output + rest).decode()

    assert written.count('"chat_kind": "guest"') >= 2
    assert "a guest query takes no answer" in written
    private = ("grandmother", "Ana", "Ben", "Elsewhere", str(chat.id), str(playground.ana.id))
    assert [word for word in private if word in written] == []
