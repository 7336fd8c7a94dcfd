"""Right and wrong: what is counted, once, and whose buttons work where."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE, ScriptedClassifier, run_bot_in, until
from correction_steps import (
    HAPPY,
    KEY_TEXT,
    SAD,
    UNSURE,
    correct,
    counts,
    kept_faces,
    labels,
    press,
    run_learning_bot,
    send_photo,
)
from test_bot_command_line import read_until_ready, start_program

from bot.feedback.verdict_counts import list_counts
from playground import Fault, Playground

if TYPE_CHECKING:
    from pathlib import Path

    from bot.runtime.serving import RunningBot

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_verdicts_are_counted_by_answer_and_confidence(
    learning_bot: RunningBot,
    playground: Playground,
    classifier: ScriptedClassifier,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    """Right for each face; wrong alone while nothing more is said, then as what it is. Of nobody."""
    classifier.faces = (HAPPY, SAD)
    _, answer = await send_photo(playground)
    assert (await press(playground, answer, "Right"))["text"] == "Thank you, noted."
    classifier.faces = (UNSURE,)
    photo, answer = await send_photo(playground)
    await press(playground, answer, "Wrong")
    question = await playground.wait_for_reply(photo, number=2)
    model = {"model": "scripted 1.2.3"}
    right = [
        {**model, "answer": "happy", "confidence": 0.95, "verdict": "right", "count": 1},
        {**model, "answer": "sad", "confidence": 0.9, "verdict": "right", "count": 1},
    ]
    unsure = {**model, "answer": "unsure", "confidence": 0.5, "count": 1}
    assert counts(tmp_path, capsys, monkeypatch) == [*right, {**unsure, "verdict": "wrong"}]

    await press(playground, question, "happy")
    await playground.wait_for_reply(photo, number=3)

    assert counts(tmp_path, capsys, monkeypatch) == [*right, {**unsure, "verdict": "happy"}]


async def test_a_button_counts_once(
    learning_bot: RunningBot,
    playground: Playground,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    """PressContext twice, or right and wrong at once, before the first press took the buttons away."""
    photo, answer = await send_photo(playground)
    presses = [await playground.press_button(answer, button) for button in ("Right", "Right", "Wrong")]
    texts = [str((await pressed.answer()).get("text")) for pressed in presses]
    assert [text.startswith("This button no longer works") for text in texts] == [False, True, True]
    assert [line["count"] for line in counts(tmp_path, capsys, monkeypatch)] == [1]

    await until(lambda: "Help me learn" in labels(answer))
    await press(playground, answer, "Help me learn")
    consent = await playground.wait_for_reply(photo, number=2)
    presses = [await playground.press_button(consent, button) for button in ("Yes", "Yes", "No")]
    for pressed in presses:
        await pressed.answer()
    await until(lambda: "kept until" in consent.text)

    assert len(kept_faces(tmp_path)) == 1


async def test_a_press_that_a_kill_interrupts_counts_once(tmp_path: Path, astronaut_jpeg: bytes):
    """Counted, but killed before it had asked its question, the bot handles the press again."""
    playground = Playground()
    await playground.start()
    settings = {
        "BOT_TOKEN": playground.token,
        "TELEGRAM_API_URL": playground.api_url,
        "KEEP_CORRECTIONS": "on",
        "CORRECTIONS_KEY": KEY_TEXT,
    }
    program = await start_program(tmp_path, **settings)
    try:
        await read_until_ready(program)
        photo = await playground.send_photo(playground.private, playground.ana, astronaut_jpeg)
        answer = await playground.wait_for_reply(photo)
        playground.fail(Fault("hang", method="sendMessage"))
        await press(playground, answer, "Wrong")
        async with asyncio.timeout(60):
            while not await list_counts(tmp_path / "data"):  # the program's to write
                await asyncio.sleep(0.02)
        program.kill()
        await program.wait()
        program = await start_program(tmp_path, **settings)
        await playground.wait_for_reply(photo, number=2)
    finally:
        program.kill()
        await program.wait()
        await playground.stop()

    assert [json.loads(line)["count"] for line in await list_counts(tmp_path / "data")] == [1]


async def test_forged_buttons_do_nothing(
    learning_bot: RunningBot,
    playground: Playground,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    """What an altered app sends belongs to no button of the message, whatever it says."""
    _, answer = await send_photo(playground)
    for data in (
        "right:AAAAAAA:scripted 1.2.3",
        "yes:sad:1.1",
        "undo",
        "label:sad:w1.1:A:x",
        "face:w9.1:A:x",
        "yes",
        "label:angry:",
        "give:",
    ):
        forged = await playground.press_button(answer, data, forged=True)
        assert str((await forged.answer())["text"]).startswith("This button no longer works"), data

    assert not kept_faces(tmp_path)
    assert counts(tmp_path, capsys, monkeypatch) == []


async def test_buttons_are_for_the_person_in_the_chat(
    learning_bot: RunningBot, playground: Playground, tmp_path: Path
):
    """Somebody else, however they came by the message, is refused."""
    consent = await correct(playground, *await send_photo(playground))

    refused = await playground.press_button(consent, "Yes", user=playground.ben)

    assert str((await refused.answer())["text"]).startswith("This button no longer works")
    assert not kept_faces(tmp_path)


async def test_groups_are_never_asked(learning_bot: RunningBot, playground: Playground, tmp_path: Path):
    """An answer in a group has no such buttons, and forged ones are refused there."""
    photo = await playground.send_photo(playground.group, playground.ana, PICTURE, caption="/emotion")
    answer = await playground.wait_for_reply(photo)
    assert labels(answer) == ["Why?", "Details"]

    forged = await playground.press_button(answer, "yes:sad:1.1", user=playground.ana, forged=True)

    assert str((await forged.answer())["text"]).startswith("This button no longer works")
    assert not kept_faces(tmp_path)


async def test_by_default_nothing_is_asked_or_counted(
    playground: Playground,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    """Without KEEP_CORRECTIONS there are no buttons, and those from before do nothing."""
    async with run_learning_bot(playground, tmp_path, ScriptedClassifier()):
        _, old = await send_photo(playground)
    async with run_bot_in(playground, tmp_path, ScriptedClassifier()):
        _, answer = await send_photo(playground)
        refused = await press(playground, old, "Right")

    assert labels(answer) == ["Why?", "Details"]
    assert str(refused["text"]).startswith("This button no longer works")
    assert counts(tmp_path, capsys, monkeypatch) == []


async def test_a_sticker_is_counted_but_never_asked_for(
    learning_bot: RunningBot,
    playground: Playground,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    """A sticker's face is nobody's to give."""
    sticker = await playground.send_sticker(playground.private, playground.ana, PICTURE)
    answer = await playground.wait_for_reply(sticker)
    await press(playground, answer, "Right")
    await until(lambda: counts(tmp_path, capsys, monkeypatch))
    await until(lambda: labels(answer) == ["Why?", "Details"])
