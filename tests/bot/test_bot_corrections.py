"""Right and wrong, consent, and what is kept: every step by its button, over HTTP, against the playground."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
from typing import TYPE_CHECKING

import cv2
import numpy as np
import psycopg
import pytest
import pytest_asyncio
from bot_fakes import BACKEND, CROP, PICTURE, ScriptedJudge, build_face, run_bot_in, until

from bot.command_line import main
from bot.corrections import CONSENT_VERSION
from bot.settings import Secret
from classifier.kept_faces import contributor_of, create_key, load_key, open_face
from playground import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from bot_fakes import SharedJudge

    from bot.context import Judge
    from bot.serving import RunningBot
    from classifier.kept_faces import KeptFace
    from playground import Message, Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")
KEY_TEXT = create_key()
KEY = load_key(KEY_TEXT)
TODAY = dt.datetime.now(dt.UTC).date()
HAPPY, SAD, UNSURE = build_face(0.97), build_face(0.08, x=100), build_face(0.55, sure=False, x=200)


def run_learning_bot(
    playground: Playground, data_dir: Path, judge: Judge
) -> AbstractAsyncContextManager[RunningBot]:
    """Run the bot with KEEP_CORRECTIONS on."""
    return run_bot_in(
        playground,
        data_dir,
        judge,
        keep_corrections="on",
        corrections_key=Secret(KEY_TEXT),
        corrections_days=30,
    )


@pytest_asyncio.fixture(loop_scope="session")
async def bot(playground: Playground, judge: ScriptedJudge, tmp_path: Path) -> AsyncIterator[RunningBot]:
    async with run_learning_bot(playground, tmp_path, judge) as running:
        yield running


def labels(message: Message) -> list[str]:
    return [button.text for row in message.buttons for button in row]


async def send_photo(playground: Playground) -> tuple[Message, Message]:
    """A photo from Ana in her private chat, and its answer."""
    photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
    return photo, await playground.wait_for_reply(photo)


async def press(playground: Playground, message: Message, button: str) -> dict[str, object]:
    pressed = await playground.press_button(message, button)
    answer: dict[str, object] = await pressed.answer(within=10)
    return answer


async def press_until(playground: Playground, message: Message, button: str, text: str) -> None:
    """Press a button, and wait until its message says something."""
    await press(playground, message, button)
    await until(lambda: text in message.text)


async def correct(playground: Playground, photo: Message, answer: Message, label: str = "sad") -> Message:
    """Call an answer with one face wrong, and give the question about keeping the face."""
    await press(playground, answer, "Wrong")
    question = await playground.wait_for_reply(photo, number=2)
    await press(playground, question, label)
    return await playground.wait_for_reply(photo, number=3)


async def give(playground: Playground) -> Message:
    """Go all the way to a face that is kept."""
    consent = await correct(playground, *await send_photo(playground))
    await press_until(playground, consent, "Yes", "kept until")
    return consent


def kept_faces(data_dir: Path) -> dict[str, bytes]:
    """The sealed faces by the names of their files; on PostgreSQL they are rows, and there is no file."""
    files = {path.name: path.read_bytes() for path in (data_dir / "corrections").glob("*")}
    if BACKEND.server is None:
        return files
    assert not files
    with psycopg.connect(BACKEND.name_database(data_dir)) as connection:
        rows = connection.execute("SELECT id, sealed FROM corrections").fetchall()
    return {f"{number}.face": bytes(sealed) for number, sealed in rows}


def open_kept(data_dir: Path) -> KeptFace:
    (sealed,) = kept_faces(data_dir).values()
    return open_face(sealed, KEY)


def counts(data_dir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """What `python -m bot feedback` prints, without the day."""
    monkeypatch.setenv("DATA_DIR", str(data_dir))
    monkeypatch.setenv("DATABASE_URL", BACKEND.name_database(data_dir))
    capsys.readouterr()
    assert main(["feedback"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(line.pop("day") == TODAY.isoformat() for line in lines)
    return lines


async def test_a_wrong_answer_becomes_a_sealed_face(bot: RunningBot, playground: Playground, tmp_path: Path):
    """Wrong, what it is, and yes: the crop, the label, the answer, its model and the consent are sealed."""
    photo, answer = await send_photo(playground)
    assert labels(answer) == ["Why?", "Details", "Right", "Wrong"]
    consent = await correct(playground, photo, answer)
    assert consent.text.startswith("May I keep this face to improve the model? Is it yours")
    assert "30 days" in consent.text
    assert "/forget" in consent.text
    assert not kept_faces(tmp_path), "before the yes nothing is kept"

    await press_until(playground, consent, "Yes", f"kept until {TODAY + dt.timedelta(days=30)}")

    face = open_kept(tmp_path)
    ((name, sealed),) = kept_faces(tmp_path).items()
    assert face.file_name == name
    assert face.crop_png == CROP
    assert (face.label, face.answer, face.probability_happy, face.evidence) == ("sad", "happy", 0.97, 1.0)
    assert (face.model_name, face.model_version) == ("scripted", "1.2.3")
    assert (face.consent_version, face.created) == (CONSENT_VERSION, TODAY.isoformat())
    assert face.contributor == contributor_of(playground.ana.id, KEY)
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "corrections").glob("*"))
    assert CROP not in sealed
    assert labels(answer) == ["Why?", "Details"]


async def test_the_face_is_the_one_that_the_classifier_cut(
    real_judge: SharedJudge, playground: Playground, tmp_path: Path, astronaut_jpeg: bytes
):
    """With the real classifier: a crop of 256 x 256 pixels with a face in it, fetched from Telegram anew."""
    async with run_learning_bot(playground, tmp_path, real_judge):
        photo = await playground.send_photo(playground.private, playground.ana, astronaut_jpeg)
        answer = await playground.wait_for_reply(photo, within=30)
        consent = await correct(playground, photo, answer, "neither")
        await press_until(playground, consent, "Yes", "kept until")

    face = open_kept(tmp_path)
    crop = cv2.imdecode(np.frombuffer(face.crop_png, np.uint8), cv2.IMREAD_UNCHANGED)
    assert crop.shape == (256, 256, 3)
    assert crop.std() > 20
    assert face.model_name == real_judge.info.name
    assert playground.ledger.counts["getFile"] == 2


async def test_no_keeps_nothing(bot: RunningBot, playground: Playground, tmp_path: Path):
    """Without the yes only a count is kept."""
    consent = await correct(playground, *await send_photo(playground))

    await press_until(playground, consent, "No", "nothing is kept")

    assert not consent.buttons
    assert not kept_faces(tmp_path)
    assert playground.ledger.counts["getFile"] == 1


async def test_of_several_faces_one_is_chosen(
    playground: Playground, tmp_path: Path, judge: ScriptedJudge, bot: RunningBot
):
    """Only when there are several it is asked which; the label goes to that one."""
    judge.faces = (HAPPY, SAD, UNSURE)
    photo, answer = await send_photo(playground)
    await press(playground, answer, "Wrong")
    question = await playground.wait_for_reply(photo, number=2)
    assert labels(question) == ["1", "2", "3"]

    await press_until(playground, question, "2", "face 2")
    assert labels(question) == ["happy", "sad", "neither"]
    await press(playground, question, "neither")
    consent = await playground.wait_for_reply(photo, number=3)
    assert "face 2" in consent.text
    assert "“neither”" in consent.text
    await press_until(playground, consent, "Yes", "kept until")

    face = open_kept(tmp_path)
    assert (face.label, face.answer, face.probability_happy) == ("neither", "sad", 0.08)


async def test_verdicts_are_counted_by_answer_and_confidence(
    bot: RunningBot,
    playground: Playground,
    judge: ScriptedJudge,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    """Right for each face; wrong alone while nothing more is said, then as what it is. Of nobody."""
    judge.faces = (HAPPY, SAD)
    _, answer = await send_photo(playground)
    assert (await press(playground, answer, "Right"))["text"] == "Thank you, noted."
    judge.faces = (UNSURE,)
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


async def test_a_right_answer_may_be_given_by_choice(bot: RunningBot, playground: Playground, tmp_path: Path):
    """After "Right" nothing is asked; a button is left for whoever would give the face all the same."""
    photo, answer = await send_photo(playground)
    await press(playground, answer, "Right")
    await until(lambda: labels(answer) == ["Why?", "Details", "Help me learn"])
    assert len(playground.replies(photo)) == 1

    await press(playground, answer, "Help me learn")
    consent = await playground.wait_for_reply(photo, number=2)
    assert consent.text.startswith("May I keep this face")
    await press_until(playground, consent, "Yes", "kept until")

    assert open_kept(tmp_path).label == "happy"


async def test_of_a_right_doubt_it_is_asked_what_it_is(
    bot: RunningBot, playground: Playground, judge: ScriptedJudge, tmp_path: Path
):
    """Hard to tell is no label: whoever gives such a face says what it is, also among several."""
    judge.faces = (HAPPY, UNSURE)
    photo, answer = await send_photo(playground)
    await press(playground, answer, "Right")
    await until(lambda: "Help me learn" in labels(answer))
    await press(playground, answer, "Help me learn")
    question = await playground.wait_for_reply(photo, number=2)
    await press_until(playground, question, "2", "face 2")
    await press(playground, question, "neither")
    consent = await playground.wait_for_reply(photo, number=3)
    await press_until(playground, consent, "Yes", "kept until")

    face = open_kept(tmp_path)
    assert (face.label, face.answer) == ("neither", "unsure")


async def test_every_step_outlives_a_restart(
    playground: Playground,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    """Between any two presses the bot may be another process: the buttons carry all there is to know."""
    async with run_learning_bot(playground, tmp_path, ScriptedJudge()):
        photo, answer = await send_photo(playground)
    async with run_learning_bot(playground, tmp_path, ScriptedJudge()):
        await press(playground, answer, "Wrong")
        question = await playground.wait_for_reply(photo, number=2)
    async with run_learning_bot(playground, tmp_path, ScriptedJudge()):
        await press(playground, question, "sad")
        consent = await playground.wait_for_reply(photo, number=3)
    async with run_learning_bot(playground, tmp_path, ScriptedJudge()):
        await press_until(playground, consent, "Yes", "kept until")
        assert len(kept_faces(tmp_path)) == 1
    async with run_learning_bot(playground, tmp_path, ScriptedJudge()):
        assert len(kept_faces(tmp_path)) == 1
        await press_until(playground, consent, "Take it back", "is deleted")
    assert not kept_faces(tmp_path)
    assert [line["verdict"] for line in counts(tmp_path, capsys, monkeypatch)] == ["sad"]


async def test_a_button_counts_once(
    bot: RunningBot,
    playground: Playground,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    """Pressed twice, or right and wrong at once, before the first press took the buttons away."""
    photo, answer = await send_photo(playground)
    presses = [await playground.press_button(answer, button) for button in ("Right", "Right", "Wrong")]
    texts = [str((await pressed.answer(within=10)).get("text")) for pressed in presses]
    assert [text.startswith("This button no longer works") for text in texts] == [False, True, True]
    assert [line["count"] for line in counts(tmp_path, capsys, monkeypatch)] == [1]

    await until(lambda: "Help me learn" in labels(answer))
    await press(playground, answer, "Help me learn")
    consent = await playground.wait_for_reply(photo, number=2)
    presses = [await playground.press_button(consent, button) for button in ("Yes", "Yes", "No")]
    for pressed in presses:
        await pressed.answer(within=10)
    await until(lambda: "kept until" in consent.text)

    assert len(kept_faces(tmp_path)) == 1


async def test_a_yes_that_was_kept_but_not_confirmed_is_not_kept_twice(
    playground: Playground, tmp_path: Path
):
    """Killed between keeping and saying so, the bot handles the press again and finds the face there."""
    async with run_learning_bot(playground, tmp_path, ScriptedJudge()):
        consent = await correct(playground, *await send_photo(playground))
        playground.fail(Fault("bad_request", method="editMessageText", description="message not found"))
        await press(playground, consent, "Yes")
        await until(lambda: kept_faces(tmp_path))
        await asyncio.sleep(0.1)
        assert "Yes" in labels(consent)
    async with run_learning_bot(playground, tmp_path, ScriptedJudge()):
        await press_until(playground, consent, "Yes", "kept until")

    assert len(kept_faces(tmp_path)) == 1


async def test_forged_buttons_do_nothing(
    bot: RunningBot,
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
        assert str((await forged.answer(within=10))["text"]).startswith("This button no longer works"), data

    assert not kept_faces(tmp_path)
    assert counts(tmp_path, capsys, monkeypatch) == []


async def test_buttons_are_for_the_person_in_the_chat(
    bot: RunningBot, playground: Playground, tmp_path: Path
):
    """Somebody else, however they came by the message, is refused."""
    consent = await correct(playground, *await send_photo(playground))

    refused = await playground.press_button(consent, "Yes", user=playground.ben)

    assert str((await refused.answer(within=10))["text"]).startswith("Only the person")
    assert not kept_faces(tmp_path)


async def test_groups_are_never_asked(bot: RunningBot, playground: Playground, tmp_path: Path):
    """An answer in a group has no such buttons, and forged ones are refused there."""
    photo = await playground.send_photo(playground.group, playground.ana, PICTURE, caption="/emotion")
    answer = await playground.wait_for_reply(photo)
    assert labels(answer) == ["Why?", "Details"]

    forged = await playground.press_button(answer, "yes:sad:1.1", user=playground.ana, forged=True)

    assert str((await forged.answer(within=10))["text"]).startswith("Only the person")
    assert not kept_faces(tmp_path)


async def test_by_default_nothing_is_asked_or_counted(
    playground: Playground,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    """Without KEEP_CORRECTIONS there are no buttons, and those from before do nothing."""
    async with run_learning_bot(playground, tmp_path, ScriptedJudge()):
        _, old = await send_photo(playground)
    async with run_bot_in(playground, tmp_path, ScriptedJudge()):
        _, answer = await send_photo(playground)
        refused = await press(playground, old, "Right")

    assert labels(answer) == ["Why?", "Details"]
    assert str(refused["text"]).startswith("This button no longer works")
    assert counts(tmp_path, capsys, monkeypatch) == []


async def test_a_sticker_is_counted_but_never_asked_for(bot: RunningBot, playground: Playground):
    """A sticker's face is nobody's to give."""
    sticker = await playground.send_sticker(playground.private, playground.ana, PICTURE)
    answer = await playground.wait_for_reply(sticker)
    await press(playground, answer, "Right")
    await until(lambda: labels(answer) == ["Why?", "Details"])


async def test_a_photo_that_is_gone_is_not_given(
    bot: RunningBot, playground: Playground, judge: ScriptedJudge, tmp_path: Path
):
    """No photo was kept: where Telegram has it no more, the press says so and may be tried again."""
    consent = await correct(playground, *await send_photo(playground))
    playground.fail(Fault("bad_request", method="getFile", description="invalid file_id"))
    await press(playground, consent, "Yes")
    problem = await playground.wait_for_reply(consent)
    assert problem.text.startswith("Telegram no longer has this file")
    judge.faces = (HAPPY, SAD)

    await press_until(playground, consent, "Yes", "could not find that face again")

    assert not kept_faces(tmp_path)


async def test_my_data_shows_what_was_given_but_not_to_a_group(
    bot: RunningBot, playground: Playground, tmp_path: Path
):
    """The list holds the face itself; a group, where anybody reads along, is told the number."""
    await give(playground)
    for chat in (playground.private, playground.group):
        await playground.send_text(chat, playground.ana, "/mydata")
    document = await playground.wait_for_message(
        playground.private, lambda message: "kept about" in message.text
    )
    (given,) = json.loads(playground.world.files.find(document.file_id).content)["faces_given_for_training"]
    face = given.pop("face_as_base64_png")
    assert base64.b64decode(face) == CROP
    assert given == {
        "created": TODAY.isoformat(),
        "expires": (TODAY + dt.timedelta(days=30)).isoformat(),
        "label": "sad",
        "answer": "happy",
        "probability_happy": 0.97,
        "model": "scripted 1.2.3",
        "consent_version": CONSENT_VERSION,
    }
    shown = await playground.wait_for_message(playground.group, lambda message: "kept about" in message.text)
    assert json.loads(playground.world.files.find(shown.file_id).content)["faces_given_for_training"] == 1


async def test_forget_deletes_and_says_what_cannot_be_undone(
    bot: RunningBot, playground: Playground, tmp_path: Path
):
    """Files and rows go; what a model has learned stays, and the next training leaves it out."""
    await give(playground)
    command = await playground.send_text(playground.private, playground.ana, "/forget")

    answer = await playground.wait_for_reply(command)

    assert "cannot be undone" in answer.text
    assert "next training leaves them out" in answer.text
    assert not kept_faces(tmp_path)
    assert await bot.services.corrections.store.list_of(playground.ana.id) == []


async def test_what_is_being_given_while_its_owner_is_forgotten_is_not_kept(
    bot: RunningBot, playground: Playground, judge: ScriptedJudge, tmp_path: Path
):
    """/forget overtakes a yes whose photo is still being judged."""
    consent = await correct(playground, *await send_photo(playground))
    judge.may_answer.clear()
    asked = len(judge.asked)
    await playground.press_button(consent, "Yes")
    await until(lambda: len(judge.asked) > asked)
    command = await playground.send_text(playground.private, playground.ana, "/forget")
    await playground.wait_for_reply(command)
    judge.may_answer.set()

    await until(lambda: "forget you" in consent.text)

    assert not kept_faces(tmp_path)


async def test_switched_off_again_the_faces_can_still_be_seen_and_deleted(
    playground: Playground, tmp_path: Path
):
    """The host takes the key away; the owners keep their rights."""
    async with run_learning_bot(playground, tmp_path, ScriptedJudge()):
        await give(playground)
        consent = await give(playground)
    async with run_bot_in(playground, tmp_path, ScriptedJudge()) as running:
        assert [
            given["label"] for given in await running.services.corrections.describe(playground.ana.id)
        ] == [
            "sad",
            "sad",
        ]
        await press_until(playground, consent, "Take it back", "is deleted")
        assert len(kept_faces(tmp_path)) == 1
        command = await playground.send_text(playground.private, playground.ana, "/forget")
        await playground.wait_for_reply(command)
    assert not kept_faces(tmp_path)


@pytest.mark.parametrize(("setting", "word"), [("on", "encrypted"), ("off", "nothing is used for training")])
async def test_privacy_says_what_is_done(playground: Playground, tmp_path: Path, setting: str, word: str):
    """/privacy, /start and the bot's page differ by what the host has switched on."""
    key = Secret(KEY_TEXT)
    async with run_bot_in(
        playground, tmp_path, ScriptedJudge(), keep_corrections=setting, corrections_key=key
    ):
        command = await playground.send_text(playground.private, playground.ana, "/privacy")
        privacy = await playground.wait_for_reply(command)
        command = await playground.send_text(playground.private, playground.ana, "/start")
        start = await playground.wait_for_reply(command)

    assert word in privacy.text
    assert ("encrypted" in start.text) == (setting == "on")
