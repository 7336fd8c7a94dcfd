"""Guest mode, end to end: a mention in a chat that the bot is no member of is answered there, by one text."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from bot_fakes import PICTURE, ScriptedJudge, build_face, run_bot_in, until
from group_steps import set_chat
from telegram import Update
from telegram_doubles import build_update

from bot.inbox.entry import build_stored
from bot.limits.access_list import AccessList
from bot.observability.logs import configure_logging
from bot.storage.models import ChatSettings
from classifier.types import BusyError, WorkerUnavailableError
from playground import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from bot.runtime.serving import RunningBot
    from playground import Chat, Message, Playground

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


async def settle(playground: Playground) -> None:
    """Wait until the bot has dealt with all that Ana sent before."""
    last = await playground.send_text(playground.private, playground.ana, "/help")
    await playground.wait_for_reply(last)


def find_sent(playground: Playground) -> set[str]:
    """Name the methods by which the bot did something in a chat."""
    quiet = {"getMe", "getUpdates", "getFile", "deleteWebhook", "getWebhookInfo"}
    return {call.method for call in playground.call_log if not call.method.startswith("setMy")} - quiet


async def test_a_mention_in_reply_to_a_photo_is_answered_where_the_bot_is_no_member(
    bot: RunningBot, playground: Playground, elsewhere: Chat
):
    """The answer is a message in that chat, with the notice that an automatic system judges."""
    asked = await ask(playground, elsewhere)

    answer = await playground.wait_for_reply(asked)

    assert answer.text == f"Looks happy — 97% sure\n\n{NOTICE}"
    assert answer.buttons == []
    assert find_sent(playground) == {"answerGuestQuery"}


async def test_two_faces_are_told_in_order_with_the_reason_of_doubt(
    bot: RunningBot, playground: Playground, judge: ScriptedJudge, elsewhere: Chat
):
    """As everywhere: a line a face, left to right, and what would help."""
    judge.faces = (build_face(), build_face(0.6, sure=False, doubt="covered", x=100))

    answer = await playground.wait_for_reply(await ask(playground, elsewhere))

    assert answer.text.splitlines() == [
        "1 · Looks happy — 97% sure",
        "2 · Hard to tell — the mouth is covered",
        "Try a photo where the mouth can be seen.",
        "",
        NOTICE,
    ]


async def test_a_photo_of_the_guest_messages_own_is_answered(
    bot: RunningBot, playground: Playground, judge: ScriptedJudge, elsewhere: Chat
):
    """Photos and image files, with the mention in their caption; another's photo quoted beside goes second."""
    other = await playground.send_photo(elsewhere, playground.ben, PICTURE)
    photo = await playground.send_photo(
        elsewhere, playground.ana, PICTURE + b"own", caption=MENTION, reply_to=other, size=(2, 2)
    )
    file = await playground.send_document(elsewhere, playground.ana, PICTURE + b"file", caption=MENTION)

    for asked in (photo, file):
        assert (await playground.wait_for_reply(asked)).text.startswith("Looks happy")
    assert judge.asked == [PICTURE + b"own", PICTURE + b"file"]


async def test_a_mention_without_a_photo_says_what_to_do(
    bot: RunningBot, playground: Playground, elsewhere: Chat
):
    """In the language of whoever asks."""
    playground.ana.language_code = "de"
    asked = await ask(playground, elsewhere, reply_to=None)

    assert (await playground.wait_for_reply(asked)).text.startswith("Erwähne mich in einer Antwort")


async def test_a_reply_to_an_answer_and_another_bot_are_left_alone(
    bot: RunningBot, playground: Playground, judge: ScriptedJudge, elsewhere: Chat
):
    """Telegram delivers these, too. Two bots that answer each other would never end."""
    answer = await playground.wait_for_reply(await ask(playground, elsewhere))
    thanks = await playground.send_text(elsewhere, playground.ana, "thanks!", reply_to=answer)
    robot = playground.create_user("Robot")
    robot.is_bot = True
    await playground.add_member(elsewhere, robot)
    by_bot = await playground.send_photo(elsewhere, robot, PICTURE, caption=MENTION)
    await until(lambda: playground.pending_updates == 0)
    await settle(playground)

    assert playground.replies(thanks) == playground.replies(by_bot) == []
    assert len(judge.asked) == 1


async def test_too_many_questions_of_one_person_are_put_off(
    bot: RunningBot, playground: Playground, judge: ScriptedJudge, elsewhere: Chat
):
    """Ten a minute, over all chats; others are not held up."""
    photo = await playground.send_photo(elsewhere, playground.ben, PICTURE)
    asked = [await ask(playground, elsewhere, reply_to=photo) for _ in range(11)]
    last = await playground.wait_for_reply(asked[-1])
    by_other = await playground.send_text(elsewhere, playground.ben, MENTION, reply_to=photo)

    assert last.text == "You have asked a lot in one minute. Please ask me again in a minute."
    assert (await playground.wait_for_reply(by_other)).text.startswith("Looks happy")
    assert len(judge.asked) == 11


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
    judge: ScriptedJudge,
    elsewhere: Chat,
    error: Exception | None,
    fault: Fault | None,
    options: dict[str, Any],
    sentence: str,
):
    """The sentences are those of all photos, and come as a guest's answer, not as a message."""
    judge.errors = [error] if error else []
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
    await settle(playground)
    calls = [call for call in playground.call_log if call.method == "answerGuestQuery"]
    await until(lambda: bot.services.inbox.in_flight == 0)

    assert len(playground.replies(asked)) == 1
    assert len(calls) >= 1
    assert "sendMessage" not in {call.method for call in playground.call_log if call.error}


async def test_what_was_not_finished_is_answered_after_a_restart(
    playground: Playground, elsewhere: Chat, tmp_path: Path
):
    """A guest message is in the inbox like any other."""
    judge = ScriptedJudge(errors=[WorkerUnavailableError("none can be started")])
    async with run_bot_in(playground, tmp_path, judge, patience_seconds=3_600):
        asked = await ask(playground, elsewhere)
        await until(lambda: judge.asked)
        await settle(playground)
    assert playground.replies(asked) == []

    async with run_bot_in(playground, tmp_path, judge):
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
    judge = ScriptedJudge()
    async with run_bot_in(playground, tmp_path, judge, **settings):
        answer = await playground.wait_for_reply(await ask(playground, elsewhere))

    assert answer.text.startswith("Sorry, I am not available in this chat.")
    assert judge.asked == []


def test_a_chat_lets_no_guest_in():
    """Its number may be that of another chat."""
    access_list = AccessList(frozenset({5}), frozenset({-9}), None)

    assert access_list.admits_guest(5, -1)
    assert not access_list.admits_guest(6, 5)
    assert not access_list.admits_guest(5, -9)


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
    bot: RunningBot, playground: Playground, judge: ScriptedJudge, elsewhere: Chat
):
    """They are kept a week for its return. Nobody's mood is counted, and the language is the asker's."""
    kept = ChatSettings(language="fr", when="off", how="reaction", mood_enabled=True)
    await set_chat(bot, elsewhere, language="fr", when="off", how="reaction", mood_enabled=True)

    answer = await playground.wait_for_reply(await ask(playground, elsewhere))

    assert answer.text.startswith("Looks happy")
    storage = bot.services.storage
    assert await storage.preferences.get_chat_settings(elsewhere.id) == kept
    assert not await bot.services.idempotency_keys.has(elsewhere.id, "")


def test_a_guest_message_shares_neither_line_nor_album_with_a_chat_of_the_same_number():
    """Telegram: the chat "may not coincide with other existing bot chats sharing the same identifier"."""
    own = build_update(1, 5, album="7")
    guest = build_guest(2, chat_id=5, user_id=9, album="7")

    own_row, guest_row = build_stored(own, 0.0), build_stored(guest, 0.0)

    assert (own_row.lane, own_row.album) == ("chat 5", "5 7")
    assert (guest_row.lane, guest_row.album, guest_row.user_id) == ("guest 9", None, 9)


def build_guest(update_id: int, **options: Any) -> Update:
    """Build a guest message out of a photo."""
    update = build_update(update_id, **options).to_dict()
    return Update.de_json(
        {"update_id": update_id, "guest_message": update["message"] | {"guest_query_id": "1"}}, None
    )


async def test_nothing_personal_of_a_guest_message_reaches_the_log(
    playground: Playground, elsewhere: Chat, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    """The line says "guest", not where; metrics count it under the same word."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, structlog.get_config(), logging.getLogRecordFactory()
    configure_logging(level="DEBUG", as_json=True)
    try:
        async with run_bot_in(playground, tmp_path, ScriptedJudge()) as bot:
            asked = await ask(playground, elsewhere, f"{MENTION} how is grandmother?")
            await playground.wait_for_reply(asked)
            await until(lambda: bot.services.inbox.in_flight == 0)
            labels = {"chat": "guest", "outcome": "answered"}
            counted = bot.services.metrics.registry.get_sample_value("bot_updates_total", labels)
    finally:
        root.handlers[:], level, config, factory = before
        root.setLevel(level)
        structlog.configure(**config)
        logging.setLogRecordFactory(factory)
        logging.captureWarnings(capture=False)

    written = capfd.readouterr().err
    assert '"chat_kind": "guest"' in written
    assert counted == 1
    private = ("grandmother", "Ana", "Ben", "Elsewhere", str(elsewhere.id), str(playground.ana.id))
    assert [word for word in private if word in written] == []
