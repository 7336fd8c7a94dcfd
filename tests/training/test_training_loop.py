"""The whole loop: buttons in a chat, a new model, and the running bot that takes it over."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
from typing import TYPE_CHECKING

import pytest

from classifier.face_encryption import create_key
from classifier.model_info import Calibration, load_model_info
from playground import Playground
from tests.load.bot_process import BotProcess
from training.__main__ import main
from training.release.registry import record_current

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Prepared

    from playground import Message

WITHIN = 60


def write_timid_champion(model_dir: Path, folder: Path) -> Path:
    """The tiny model with half its confidence: what comes after it is certainly calibrated better."""
    shutil.copytree(model_dir, folder)
    info = load_model_info(folder)
    timid = Calibration(2 * info.calibration.temperature, info.calibration.bias / 2)
    (folder / "model.json").write_text(dataclasses.replace(info, calibration=timid).to_json())
    record_current(folder.parent, load_model_info(folder))
    return folder


async def press(playground: Playground, message: Message, button: str) -> None:
    pressed = await playground.press_button(message, button)
    await pressed.answer(within=WITHIN)


async def read_until(playground: Playground, command: str, text: str) -> None:
    """Send a command again and again, until its answer says something."""
    async with asyncio.timeout(WITHIN):
        while True:
            asked = await playground.send_text(playground.private, playground.ana, command)
            if text in (await playground.wait_for_reply(asked, within=WITHIN)).text:
                return
            await asyncio.sleep(0.2)


async def give_a_face(playground: Playground, photo_bytes: bytes) -> None:
    """Send a photo, call the answer wrong, say what it is, and let the face be kept."""
    photo = await playground.send_photo(playground.private, playground.ana, photo_bytes)
    await press(playground, await playground.wait_for_reply(photo, within=WITHIN), "Wrong")
    await press(playground, await playground.wait_for_reply(photo, within=WITHIN, number=2), "happy")
    consent = await playground.wait_for_reply(photo, within=WITHIN, number=3)
    await press(playground, consent, "Yes")
    async with asyncio.timeout(WITHIN):
        while "kept until" not in consent.text:  # another process changes it
            await asyncio.sleep(0.05)


async def run_training(*arguments: str | Path) -> int:
    """Run a command of the room, while the playground goes on serving the bot."""
    return await asyncio.to_thread(main, [str(argument) for argument in arguments])


@pytest.mark.usefixtures("equal_speed")
async def test_a_correction_in_a_chat_comes_back_as_a_model(
    model_dir: Path,
    prepared: Prepared,
    astronaut_jpeg: bytes,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    """Wrong, yes, export, improve, promote: the bot answers on, with the new model; rollback, the old one.

    After /forget the next export leaves the face out.
    """
    monkeypatch.setattr("training.evaluation.thresholds.ENOUGH_FACES", 2)  # the tiny set has a dozen
    champion = write_timid_champion(model_dir, tmp_path / "models" / "tiny")
    kept, key_file, out = tmp_path / "data" / "corrections", tmp_path / "key", tmp_path / "runs"
    key_file.write_text(create_key())
    export = ("corrections", "export", "--corrections", kept, "--key-file", key_file, "--unlike",
              "--champion", champion, "--out", out / "prepared")  # fmt: skip
    playground = Playground()
    await playground.start()
    bot = BotProcess(
        tmp_path,
        {
            "BOT_TOKEN": playground.token,
            "TELEGRAM_API_URL": playground.api_url,
            "MODEL_DIR": str(champion),
            "WORKERS": "1",
            "KEEP_CORRECTIONS": "on",
            "CORRECTIONS_KEY_FILE": str(key_file),
        },
    )
    try:
        await bot.start()
        await give_a_face(playground, astronaut_jpeg)
        assert await run_training(*export) == 0
        assert await run_training(
            "improve", "--champion", champion, "--data", prepared.folder, "--corrections", out / "prepared",
            "--out", out / "challenger", "--epochs", "1",
        ) == 0  # fmt: skip
        assert await run_training(
            "promote", out / "challenger" / "tiny", "--champion", champion, "--data", prepared.folder
        ) == 0  # fmt: skip
        await read_until(playground, "/about", "0.2.0")
        photo = await playground.send_photo(playground.private, playground.ana, astronaut_jpeg)
        assert (await playground.wait_for_reply(photo, within=WITHIN)).text

        assert await run_training("rollback", "--champion", champion) == 0
        await read_until(playground, "/about", "0.1.0")

        await read_until(playground, "/forget", "next training leaves them out")
        capsys.readouterr()
        assert await run_training(*export) == 1
        assert "Of 0 corrections none is left" in capsys.readouterr().err
    finally:
        await bot.stop()
        await playground.stop()
