"""From a wrong answer to a sealed face: every step by its button, over HTTP, against the playground."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from bot_fakes import CROP, ScriptedClassifier, until
from correction_steps import (
    HAPPY,
    KEY,
    SAD,
    UNSURE,
    correct,
    counts,
    kept_faces,
    labels,
    open_kept,
    press,
    press_until,
    run_learning_bot,
    send_photo,
    today,
)

from bot.feedback.corrections import CONSENT_VERSION
from classifier.face_encryption import contributor_of, open_face
from classifier.types import Box, Point
from playground import Fault

if TYPE_CHECKING:
    from bot_fakes import SharedClassifier

    from bot.runtime.serving import RunningBot
    from playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_wrong_answer_becomes_a_sealed_face(
    learning_bot: RunningBot, playground: Playground, tmp_path: Path
):
    """Wrong, what it is, and yes: the crop, the label, the answer, its model and the consent are sealed."""
    photo, answer = await send_photo(playground)
    assert labels(answer) == ["Why?", "Details", "Right", "Wrong"]
    consent = await correct(playground, photo, answer)
    assert consent.text.startswith("May I keep this face to improve the model? Press “Yes” only if")
    assert "30 days" in consent.text
    assert "/forget" in consent.text
    assert not kept_faces(tmp_path), "before the yes nothing is kept"

    expires = today() + dt.timedelta(days=30)
    await press_until(playground, consent, "Yes", f"kept until {expires.day} {expires:%B %Y}")

    face = open_kept(tmp_path)
    ((name, sealed),) = kept_faces(tmp_path).items()
    assert face.file_name == name
    assert face.crop_png == CROP
    assert (face.label, face.answer, face.probability_happy, face.evidence) == ("sad", "happy", 0.97, 1.0)
    assert (face.model_name, face.model_version) == ("scripted", "1.2.3")
    assert (face.consent_version, face.created) == (CONSENT_VERSION, today().isoformat())
    assert face.contributor == contributor_of(playground.ana.id, KEY)
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "corrections").glob("*"))
    assert CROP not in sealed
    assert labels(answer) == ["Why?", "Details"]


async def test_the_face_is_the_one_that_the_classifier_cut(
    real_classifier: SharedClassifier, playground: Playground, tmp_path: Path, astronaut_jpeg: bytes
):
    """With the real classifier: a crop of 256 x 256 pixels with a face in it, fetched from Telegram anew."""
    async with run_learning_bot(playground, tmp_path, real_classifier):
        photo = await playground.send_photo(playground.private, playground.ana, astronaut_jpeg)
        answer = await playground.wait_for_reply(photo)
        consent = await correct(playground, photo, answer, "neither")
        await press_until(playground, consent, "Yes", "kept until")

    face = open_kept(tmp_path)
    crop = cv2.imdecode(np.frombuffer(face.crop_png, np.uint8), cv2.IMREAD_UNCHANGED)
    assert crop.shape == (256, 256, 3)
    assert crop.std() > 20
    assert face.model_name == real_classifier.info.name
    assert playground.call_log.counts["getFile"] == 2


async def test_no_keeps_nothing(learning_bot: RunningBot, playground: Playground, tmp_path: Path):
    """Without the yes only a count is kept."""
    consent = await correct(playground, *await send_photo(playground))

    await press_until(playground, consent, "No", "nothing is kept")

    assert not consent.buttons
    assert not kept_faces(tmp_path)
    assert playground.call_log.counts["getFile"] == 1


async def test_of_several_faces_one_is_chosen(
    playground: Playground, tmp_path: Path, classifier: ScriptedClassifier, learning_bot: RunningBot
):
    """Only when there are several it is asked which; the label goes to that one."""
    classifier.faces = (HAPPY, SAD, UNSURE)
    photo, answer = await send_photo(playground)
    await press(playground, answer, "Wrong")
    question = await playground.wait_for_reply(photo, number=2)
    assert labels(question) == ["1", "2", "3"]

    await press(playground, question, "2")
    looks = await playground.wait_for_reply(photo, number=3)
    assert "face 2" in looks.text
    assert labels(looks) == ["happy", "sad", "neither"]
    await press(playground, looks, "neither")
    consent = await playground.wait_for_reply(photo, number=4)
    assert "face 2" in consent.text
    assert "“neither”" in consent.text
    await press_until(playground, consent, "Yes", "kept until")

    face = open_kept(tmp_path)
    assert (face.label, face.answer, face.probability_happy) == ("neither", "sad", 0.08)


async def test_of_several_faces_more_than_one_can_be_corrected(
    learning_bot: RunningBot,
    playground: Playground,
    classifier: ScriptedClassifier,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    """Each face once: its button goes, the others stay; each label, count, question and yes is its own."""
    classifier.faces = (HAPPY, SAD, UNSURE)
    photo, answer = await send_photo(playground)
    await press(playground, answer, "Wrong")
    question = await playground.wait_for_reply(photo, number=2)
    for number, (face, label) in enumerate({"3": "happy", "1": "sad"}.items()):
        await press_until(playground, question, face, "Another face as well?")
        looks = await playground.wait_for_reply(photo, number=3 + 2 * number)
        await press(playground, looks, label)
        consent = await playground.wait_for_reply(photo, number=4 + 2 * number)
        await press_until(playground, consent, "Yes", "kept until")
    assert labels(question) == ["2"]

    kept = [open_face(sealed, KEY, Path(name).stem) for name, sealed in kept_faces(tmp_path).items()]
    assert sorted((face.answer, face.label) for face in kept) == [("happy", "sad"), ("unsure", "happy")]
    verdicts = [
        (line["answer"], line["verdict"], line["count"]) for line in counts(tmp_path, capsys, monkeypatch)
    ]
    assert verdicts == [("happy", "sad", 1), ("unsure", "happy", 1)]
    await press_until(playground, question, "2", "Thank you, noted.")
    assert not question.buttons


async def test_a_face_is_chosen_once(
    learning_bot: RunningBot,
    playground: Playground,
    classifier: ScriptedClassifier,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    """PressContext twice, or two of them before the first press took its button away: neither comes back."""
    classifier.faces = (HAPPY, SAD, UNSURE)
    photo, answer = await send_photo(playground)
    await press(playground, answer, "Wrong")
    question = await playground.wait_for_reply(photo, number=2)

    presses = [await playground.press_button(question, button) for button in ("1", "1", "2")]
    texts = [str((await pressed.answer()).get("text")) for pressed in presses]

    assert [text.startswith("This button no longer works") for text in texts] == [False, True, False]
    await playground.wait_for_reply(photo, number=4)
    assert labels(question) == ["3"]
    assert [(line["answer"], line["count"]) for line in counts(tmp_path, capsys, monkeypatch)] == [
        ("happy", 1),
        ("sad", 1),
    ]


async def test_it_is_kept_how_large_and_how_tilted_the_face_was(
    learning_bot: RunningBot, playground: Playground, classifier: ScriptedClassifier, tmp_path: Path
):
    """The crop is upright and of one size, so it could not be told from that."""
    eyes = HAPPY.keypoints._replace(left_eye=Point(10, 10), right_eye=Point(40, 40))
    classifier.faces = (dataclasses.replace(HAPPY, box=Box(0, 0, 50, 60), keypoints=eyes),)
    consent = await correct(playground, *await send_photo(playground))
    assert "how large and how tilted" in consent.text
    await press_until(playground, consent, "Yes", "kept until")

    face = open_kept(tmp_path)

    assert (face.tilt, face.face_pixels) == (45.0, 50)


async def test_a_right_answer_may_be_given_by_choice(
    learning_bot: RunningBot, playground: Playground, tmp_path: Path
):
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
    learning_bot: RunningBot, playground: Playground, classifier: ScriptedClassifier, tmp_path: Path
):
    """Hard to tell is no label: whoever gives such a face says what it is, also among several."""
    classifier.faces = (HAPPY, UNSURE)
    photo, answer = await send_photo(playground)
    await press(playground, answer, "Right")
    await until(lambda: "Help me learn" in labels(answer))
    await press(playground, answer, "Help me learn")
    question = await playground.wait_for_reply(photo, number=2)
    await press(playground, question, "2")
    looks = await playground.wait_for_reply(photo, number=3)
    await press(playground, looks, "neither")
    consent = await playground.wait_for_reply(photo, number=4)
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
    async with run_learning_bot(playground, tmp_path, ScriptedClassifier()):
        photo, answer = await send_photo(playground)
    async with run_learning_bot(playground, tmp_path, ScriptedClassifier()):
        await press(playground, answer, "Wrong")
        question = await playground.wait_for_reply(photo, number=2)
    async with run_learning_bot(playground, tmp_path, ScriptedClassifier()):
        await press(playground, question, "sad")
        consent = await playground.wait_for_reply(photo, number=3)
    async with run_learning_bot(playground, tmp_path, ScriptedClassifier()):
        await press_until(playground, consent, "Yes", "kept until")
        assert len(kept_faces(tmp_path)) == 1
    async with run_learning_bot(playground, tmp_path, ScriptedClassifier()):
        assert len(kept_faces(tmp_path)) == 1
        await press_until(playground, consent, "Take it back", "is deleted")
    assert not kept_faces(tmp_path)
    assert [line["verdict"] for line in counts(tmp_path, capsys, monkeypatch)] == ["sad"]


async def test_a_photo_that_is_gone_is_not_given(
    learning_bot: RunningBot, playground: Playground, classifier: ScriptedClassifier, tmp_path: Path
):
    """No photo was kept: where Telegram has it no more, the press says so and may be tried again."""
    consent = await correct(playground, *await send_photo(playground))
    playground.fail(Fault("bad_request", method="getFile", description="invalid file_id"))
    await press(playground, consent, "Yes")
    problem = await playground.wait_for_reply(consent)
    assert problem.text.startswith("Telegram no longer has this file")
    classifier.faces = (HAPPY, SAD)

    await press_until(playground, consent, "Yes", "could not find that face again")

    assert not kept_faces(tmp_path)


async def test_a_question_from_before_opens_no_way_past_the_limit(
    learning_bot: RunningBot, playground: Playground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Who has been asked for many faces may say yes to as many as fit."""
    consents = [await correct(playground, *await send_photo(playground)) for _ in range(2)]
    monkeypatch.setattr("bot.feedback.corrections.MAXIMUM_PER_PERSON", 1)
    await press_until(playground, consents[0], "Yes", "kept until")
    await press_until(playground, consents[1], "Yes", "no more than that from one person")
    assert not consents[1].buttons
    assert len(kept_faces(tmp_path)) == 1
