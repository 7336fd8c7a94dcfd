"""The buttons below an answer, and the menus."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE, ScriptedClassifier, run_bot_in, until

from playground import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from bot_fakes import SharedClassifier

    from bot.runtime.serving import RunningBot
    from playground import Message, Playground, User

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def answered(playground: Playground) -> Message:
    """An answer in the group to Ana's question about Ben's photo."""
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE)
    await playground.send_text(playground.group, playground.ana, "/emotion", reply_to=photo)
    return await playground.wait_for_reply(photo)


async def press(
    playground: Playground, message: Message, button: str, user: User | None = None
) -> dict[str, object]:
    pressed = await playground.press_button(message, button, user=user)
    answer: dict[str, object] = await pressed.answer()
    return answer


async def test_why_shows_where_the_model_looked(
    real_classifier: SharedClassifier, playground: Playground, tmp_path: Path, astronaut_jpeg: bytes
):
    """The button "Why?" sends the heat map in reply to the answer, or says that the model cannot show it."""
    async with run_bot_in(playground, tmp_path, real_classifier):
        photo = await playground.send_photo(playground.private, playground.ana, astronaut_jpeg)
        answer = await playground.wait_for_reply(photo)
        await press(playground, answer, "Why?")

        explanation = await playground.wait_for_reply(answer)

    assert explanation.text.startswith(("Warm colours show", "This model can't show"))


async def test_why_outlives_a_restart(playground: Playground, tmp_path: Path):
    """Nothing is remembered for a button: a new process answers it as well, and fetches the photo again."""
    async with run_bot_in(playground, tmp_path, ScriptedClassifier()):
        photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
        answer = await playground.wait_for_reply(photo)
    async with run_bot_in(playground, tmp_path, ScriptedClassifier()):
        await press(playground, answer, "Why?")

        assert (await playground.wait_for_reply(answer)).text.startswith("Warm colours show")
    assert playground.call_log.counts["getFile"] == 2


async def test_details_lists_probabilities(bot: RunningBot, playground: Playground):
    """The button "Details" gives both probabilities of each face, once: the button goes."""
    answer = await answered(playground)
    await press(playground, answer, "Details", playground.ana)

    details = await playground.wait_for_reply(answer)

    assert "Happy 97%, sad 3%" in details.text
    await until(lambda: [button.text for row in answer.buttons for button in row] == ["Why?"])


async def test_whoever_sees_an_answer_may_ask_about_it(bot: RunningBot, playground: Playground):
    """Also who neither asked nor sent the photo; what is explained once is there for all."""
    stranger = playground.create_user("Carl")
    await playground.add_member(playground.group, stranger)
    answer = await answered(playground)

    await press(playground, answer, "Why?", stranger)

    assert (await playground.wait_for_reply(answer)).text.startswith("Warm colours")
    await until(lambda: [button.text for row in answer.buttons for button in row] == ["Details"])
    again = await playground.press_button(answer, "why", user=playground.ben, forged=True)
    assert str((await again.answer())["text"]).startswith("This button no longer works")


async def test_one_person_pauses_between_presses_in_a_group(
    bot: RunningBot, playground: Playground, monkeypatch: pytest.MonkeyPatch
):
    """A second press at once is refused by a notice that passes; another person's is not, nor a later one."""
    monkeypatch.setattr("bot.handlers.answer_buttons._PAUSE_SECONDS", 3_600.0)  # however slow the machine is
    answer = await answered(playground)
    await press(playground, answer, "Why?", playground.ana)

    refusal = await press(playground, answer, "Details", playground.ana)
    assert str(refusal["text"]).startswith("One moment")
    assert not refusal.get("show_alert")
    other = await answered(playground)
    assert not (await press(playground, other, "Details", playground.ben)).get("text")
    later = time.time() + 3_601.0
    monkeypatch.setattr(bot.services.idempotency_keys, "_clock", lambda: later)
    assert not (await press(playground, answer, "Details", playground.ana)).get("text")


async def test_a_stranger_with_an_altered_app_gets_nothing(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier
):
    """Callback data that no button of the answer holds explains nothing."""
    stranger = playground.create_user("Carl")
    await playground.add_member(playground.group, stranger)
    answer = await answered(playground)

    forged = await playground.press_button(answer, f"why:{stranger.id}", user=stranger, forged=True)

    assert str((await forged.answer())["text"]).startswith("This button no longer works")
    assert len(classifier.asked) == 1


async def test_a_photo_quoted_from_another_chat_is_answered_and_explained(
    bot: RunningBot, playground: Playground
):
    """/emotion may quote a photo of another chat; the buttons find it there as well."""
    file = playground.world.files.add(PICTURE, "photo", mime_type="image/jpeg")
    elsewhere = {"type": "hidden_user", "date": 1, "sender_user_name": "Dora"}
    command = await playground.send_other(
        playground.group,
        playground.ana,
        {
            "text": "/emotion",
            "entities": [{"type": "bot_command", "offset": 0, "length": 8}],
            "external_reply": {"origin": elsewhere, "photo": [file.to_photo_size()]},
        },
    )
    answer = await playground.wait_for_reply(command)
    assert answer.text == "Looks happy — 97% sure"

    await press(playground, answer, "Why?", playground.ana)

    assert (await playground.wait_for_reply(answer)).text.startswith("Warm colours")


async def test_a_press_that_waited_too_long_is_answered_all_the_same(bot: RunningBot, playground: Playground):
    """When Telegram no longer takes the short answer to a press, the explanation still comes."""
    answer = await answered(playground)
    playground.fail(
        Fault(
            "bad_request",
            method="answerCallbackQuery",
            description="query is too old and response timeout expired",
        )
    )
    await playground.press_button(answer, "Details", user=playground.ana)

    assert "Happy 97%" in (await playground.wait_for_reply(answer)).text


async def test_a_button_of_an_answer_that_is_gone_expires_politely(bot: RunningBot, playground: Playground):
    """Telegram no longer shows the bot very old or deleted messages: the press gets a sentence."""
    photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
    answer = await playground.wait_for_reply(photo)
    await playground.delete_message(answer)

    reply = await press(playground, answer, "Why?", playground.ana)

    assert str(reply["text"]).startswith("This button no longer works")


async def test_a_button_whose_photo_is_gone_says_so(bot: RunningBot, playground: Playground):
    """Photos are not kept, so a deleted one cannot be explained."""
    photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
    answer = await playground.wait_for_reply(photo)
    await playground.delete_message(photo)

    reply = await press(playground, answer, "Why?")

    assert str(reply["text"]).startswith("I don't keep photos")


@pytest.mark.parametrize("method", ["getFile", "sendPhoto"])
async def test_an_explanation_that_fails_can_be_asked_for_again(
    playground: Playground, tmp_path: Path, method: str
):
    """Who pressed is told that it failed, and the button stays."""
    async with run_bot_in(playground, tmp_path, ScriptedClassifier(), retry_seconds=1):
        photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
        answer = await playground.wait_for_reply(photo)
        playground.fail(Fault("server_error", method=method, count=-1))
        await press(playground, answer, "Why?")
        await playground.wait_for_reply(answer)
        assert "Why?" in [button.text for row in answer.buttons for button in row]

        playground.faults.clear()
        await press(playground, answer, "Why?")
        explanation = await playground.wait_for_reply(answer, number=2)
        await until(lambda: "Why?" not in [button.text for row in answer.buttons for button in row])
    assert explanation.text.startswith("Warm colours show")


async def test_a_button_of_another_version_expires_politely(bot: RunningBot, playground: Playground):
    """Callback data that nobody knows, or that is forged, gets a sentence."""
    answer = await answered(playground)
    for data in ("unknown", "settings:when=always", "settings:quiet=1-2-3", "language:xx"):
        forged = await playground.press_button(answer, data, user=playground.ana, forged=True)

        assert (await forged.answer())["text"].startswith("This button no longer works")


async def test_settings_are_changed_by_admins_only(bot: RunningBot, playground: Playground):
    """The menu opens for admins, refuses others, and each press is kept at once."""
    refused = await playground.send_text(playground.group, playground.ben, "/settings")
    assert (await playground.wait_for_reply(refused)).text.startswith("Only the admins")
    opened = await playground.send_text(playground.group, playground.ana, "/settings")
    menu = await playground.wait_for_reply(opened)
    assert str((await press(playground, menu, "settings:how", playground.ben))["text"]).startswith(
        "Only the admins"
    )

    for button, shown in (
        ("settings:how", "How shall I answer?"),
        ("settings:how=text", "How I behave"),
        ("settings:throttle", "How many answers"),
        ("settings:throttle=3", "How I behave"),
        ("settings:quiet", "In quiet hours"),
        ("settings:clock=+60", "In quiet hours"),
        ("settings:clock=+30", "In quiet hours"),
        ("settings:quiet=22-7", "In quiet hours"),
        ("settings", "How I behave"),
        ("settings:mood", "Shall I count"),
        ("settings:mood=on", "How I behave"),
    ):
        await press(playground, menu, button, playground.ana)
        await until(lambda shown=shown: menu.text.startswith(shown))

    kept = await bot.services.storage.preferences.get_chat_settings(playground.group.id)
    assert (kept.how, kept.answers_per_minute, kept.mood_enabled) == ("text", 3, True)
    assert (kept.quiet_from, kept.quiet_until, kept.utc_offset) == (22, 7, 90)


async def test_a_person_can_choose_text_only(bot: RunningBot, playground: Playground):
    """/settings in private lets everybody choose how they are answered."""
    opened = await playground.send_text(playground.private, playground.ana, "/settings")
    menu = await playground.wait_for_reply(opened)
    await press(playground, menu, "settings:how")
    await until(lambda: menu.text == "How shall I answer?")
    await press(playground, menu, "settings:how=text")
    await until(lambda: menu.text == "How I answer you:")

    photo = await playground.send_photo(playground.private, playground.ana, PICTURE)

    assert (await playground.wait_for_reply(photo)).text.startswith("Looks ")
    assert playground.call_log.counts["sendPhoto"] == 0


async def test_choosing_what_telegram_hides_is_explained(bot: RunningBot, playground: Playground):
    """Mention and every photo need sight of all messages: the menu says what to change for that."""
    opened = await playground.send_text(playground.group, playground.ana, "/settings")
    menu = await playground.wait_for_reply(opened)
    await press(playground, menu, "settings:when", playground.ana)
    await until(lambda: menu.text == "When shall I answer?")
    await press(playground, menu, "settings:when=every", playground.ana)
    await until(lambda: "Telegram hides" in menu.text)
    assert "/setprivacy" in menu.text

    await playground.promote(playground.group)
    again = await playground.send_text(playground.group, playground.ana, "/settings")

    assert "Telegram hides" not in (await playground.wait_for_reply(again)).text
