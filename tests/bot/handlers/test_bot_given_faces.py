"""The rights of who gave a face: to see it, to take it back, to be forgotten."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest
from bot_fakes import CROP, ScriptedClassifier, run_bot_in, until
from correction_steps import (
    KEY,
    KEY_TEXT,
    correct,
    give,
    kept_faces,
    labels,
    open_kept,
    press,
    press_until,
    replace_kept,
    run_learning_bot,
    send_photo,
    today,
)

from bot.config.parsers import Secret
from bot.feedback.corrections import CONSENT_VERSION
from classifier.face_encryption import contributor_of, create_id, seal_face
from playground import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from bot.runtime.serving import RunningBot
    from playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_yes_that_was_kept_but_not_confirmed_is_not_kept_twice(
    playground: Playground, tmp_path: Path
):
    """Killed between keeping and saying so, the bot handles the press again and finds the face there."""
    async with run_learning_bot(playground, tmp_path, ScriptedClassifier()):
        consent = await correct(playground, *await send_photo(playground))
        playground.fail(Fault("bad_request", method="editMessageText", description="message not found"))
        await press(playground, consent, "Yes")
        await until(lambda: kept_faces(tmp_path))
        await asyncio.sleep(0.1)
        assert "Yes" in labels(consent)
    async with run_learning_bot(playground, tmp_path, ScriptedClassifier()):
        await press_until(playground, consent, "Yes", "kept until")

    assert len(kept_faces(tmp_path)) == 1


async def test_my_data_shows_what_was_given_but_not_to_a_group(
    learning_bot: RunningBot, playground: Playground, tmp_path: Path
):
    """The list holds the face itself, and goes to the private chat, wherever it was asked for."""
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
        "created": today().isoformat(),
        "expires": (today() + dt.timedelta(days=30)).isoformat(),
        "label": "sad",
        "answer": "happy",
        "probability_happy": 0.97,
        "tilt_in_degrees": 0.0,
        "face_size_in_pixels": 80,
        "model": "scripted 1.2.3",
        "consent_version": CONSENT_VERSION,
    }
    await playground.wait_for_message(
        playground.group, lambda message: message.text.startswith("I have sent it to you")
    )
    assert not any(message.file_id for message in playground.messages(playground.group, from_bot=True))


async def test_my_data_never_shows_the_face_of_another(
    learning_bot: RunningBot, playground: Playground, tmp_path: Path
):
    """A sealed file that was put in another's place, which takes no key, is told of and not shown."""
    await give(playground)
    theirs = dataclasses.replace(open_kept(tmp_path), id=create_id(), contributor=contributor_of(42, KEY))
    replace_kept(tmp_path, seal_face(theirs, KEY))
    await playground.send_text(playground.private, playground.ana, "/mydata")
    document = await playground.wait_for_message(
        playground.private, lambda message: "kept about" in message.text
    )
    (given,) = json.loads(playground.world.files.find(document.file_id).content)["faces_given_for_training"]

    assert "another's" in given.pop("face")
    assert given.keys() == {"created", "expires", "label"}


async def test_forget_deletes_and_says_what_cannot_be_undone(
    learning_bot: RunningBot, playground: Playground, tmp_path: Path
):
    """Files and rows go; what a model has learned stays, and the next training leaves it out."""
    await give(playground)
    command = await playground.send_text(playground.private, playground.ana, "/forget")

    answer = await playground.wait_for_reply(command)

    assert "cannot be undone" in answer.text
    assert "next training leaves them out" in answer.text
    assert not kept_faces(tmp_path)
    assert await learning_bot.services.corrections.store.list_of(playground.ana.id) == []


async def test_what_is_being_given_while_its_owner_is_forgotten_is_not_kept(
    learning_bot: RunningBot, playground: Playground, classifier: ScriptedClassifier, tmp_path: Path
):
    """/forget overtakes a yes whose photo is still being classified."""
    consent = await correct(playground, *await send_photo(playground))
    classifier.may_answer.clear()
    asked = len(classifier.asked)
    await playground.press_button(consent, "Yes")
    await until(lambda: len(classifier.asked) > asked)
    command = await playground.send_text(playground.private, playground.ana, "/forget")
    await playground.wait_for_reply(command)
    classifier.may_answer.set()

    await until(lambda: "forget you" in consent.text)

    assert not kept_faces(tmp_path)


async def test_switched_off_again_the_faces_can_still_be_seen_and_deleted(
    playground: Playground, tmp_path: Path
):
    """The host takes the key away; the owners keep their rights."""
    async with run_learning_bot(playground, tmp_path, ScriptedClassifier()):
        await give(playground)
        consent = await give(playground)
    async with run_bot_in(playground, tmp_path, ScriptedClassifier()) as running:
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
        playground, tmp_path, ScriptedClassifier(), keep_corrections=setting, corrections_key=key
    ):
        command = await playground.send_text(playground.private, playground.ana, "/privacy")
        privacy = await playground.wait_for_reply(command)
        command = await playground.send_text(playground.private, playground.ana, "/start")
        start = await playground.wait_for_reply(command)

    assert word in privacy.text
    assert ("encrypted" in start.text) == (setting == "on")
