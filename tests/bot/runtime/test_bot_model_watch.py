"""A new model in the old one's folder: taken over when it is whole, refused when it is not, no photo lost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bot_fakes import until
from test_bot_command_line import read_until_ready, start_program

from bot.runtime.model_reload import ModelWatch
from classifier.model_info import ModelInfo, load_model_info
from classifier.types import ModelError, WorkerUnavailableError
from playground import Playground

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parents[3]
OLD, NEW = ROOT / "models" / "happy-sad-net", ROOT / "models" / "seed-cnn"
IGNORED = shutil.ignore_patterns("*.keras", "*.md", "*.png")


class FolderClassifier:
    """Loads a folder's description as a pool would load its model."""

    def __init__(self, model_dir: Path) -> None:
        self.info: ModelInfo = load_model_info(model_dir)
        self.tries = 0
        self.errors: list[Exception] = []

    async def reload(self, model_dir: Path) -> None:
        """Fail as scripted, or change."""
        self.tries += 1
        if self.errors:
            raise self.errors.pop(0)
        self.info = load_model_info(model_dir)


def replace_file(path: Path, content: bytes) -> None:
    """Exchange a file in one step: half of it could be read meanwhile, and be another model."""
    fresh = path.with_name("fresh")
    fresh.write_bytes(content)
    fresh.replace(path)


def replace_model(model_dir: Path, new: Path) -> None:
    """As promotion does: the new folder beside it, then two renames."""
    fresh = shutil.copytree(new, model_dir.with_name("fresh"), ignore=IGNORED)
    old = model_dir.with_name("previous")
    shutil.rmtree(old, ignore_errors=True)
    model_dir.rename(old)
    fresh.rename(model_dir)


@contextlib.asynccontextmanager
async def watching(model_dir: Path, classifier: FolderClassifier) -> AsyncIterator[ModelWatch]:
    watch = ModelWatch(model_dir, classifier, seconds=0.01)
    task = asyncio.create_task(watch.run())
    yield watch
    task.cancel()
    await asyncio.wait([task])


@pytest.fixture
def model_dir(tmp_path: Path) -> Path:
    return shutil.copytree(OLD, tmp_path / "models" / "model", ignore=IGNORED)


async def test_a_replaced_folder_is_noticed(model_dir: Path):
    """Also when it is missing for a while."""
    classifier = FolderClassifier(model_dir)
    async with watching(model_dir, classifier):
        shutil.move(model_dir, model_dir.with_name("away"))
        await asyncio.sleep(0.1)
        assert classifier.info.name == "happy-sad-net"
        shutil.copytree(NEW, model_dir, ignore=IGNORED)
        await until(lambda: classifier.info.name == "seed-cnn")


async def test_the_same_model_is_not_loaded_again(model_dir: Path):
    """Touched files, or the same files copied anew, are no new model."""
    classifier = FolderClassifier(model_dir)
    async with watching(model_dir, classifier) as watch:
        replace_model(model_dir, OLD)
        (model_dir / "model.json").touch()
        watch.look_now()
        await asyncio.sleep(0.2)
    assert classifier.tries == 0


async def test_a_refused_model_is_refused_once_and_tried_again_when_it_changes(model_dir: Path):
    """model.json may come before the weights that belong to it: when they come, it is looked at again."""
    classifier = FolderClassifier(model_dir)
    classifier.errors = [ModelError("The weights are not those that model.json describes.")]
    async with watching(model_dir, classifier):
        replace_file(model_dir / "model.json", (NEW / "model.json").read_bytes())
        await until(lambda: classifier.tries == 1)
        await asyncio.sleep(0.1)
        assert classifier.tries == 1
        assert classifier.info.name == "happy-sad-net"
        shutil.copy(NEW / "model.tflite", model_dir)
        await until(lambda: classifier.info.name == "seed-cnn")


async def test_a_failure_of_the_moment_is_tried_again(model_dir: Path):
    """A worker that does not start for lack of memory says nothing of the model."""
    classifier = FolderClassifier(model_dir)
    classifier.errors = [WorkerUnavailableError("A worker did not survive its start.")]
    async with watching(model_dir, classifier):
        replace_model(model_dir, NEW)
        await until(lambda: classifier.info.name == "seed-cnn")


async def test_the_watch_outlives_any_error(model_dir: Path):
    """Nobody would notice that nobody looks any more."""
    classifier = FolderClassifier(model_dir)
    classifier.errors = [OSError("no such device")]
    async with watching(model_dir, classifier):
        replace_model(model_dir, NEW)
        await until(lambda: classifier.tries == 1)
        (model_dir / "model.json").touch()
        await until(lambda: classifier.info.name == "seed-cnn")


async def test_a_running_bot_takes_a_new_model_over_without_losing_a_photo(
    tmp_path: Path, model_dir: Path, astronaut_jpeg: bytes
):
    """Photos before, during and after the change are answered; a broken model changes nothing but the log.

    SIGHUP asks for a look at once, and /about tells the change.
    """
    playground = Playground()
    await playground.start()
    program = await start_program(
        tmp_path,
        BOT_TOKEN=playground.token,
        TELEGRAM_API_URL=playground.api_url,
        MODEL_DIR=str(model_dir),
        LOG_FORMAT="json",
        MAX_WAITING_PHOTOS="100",  # six wait long enough on a busy machine for a word that they do
    )
    chat, ana = playground.private, playground.ana
    try:
        await read_until_ready(program)
        log: list[bytes] = []
        reading = asyncio.create_task(collect_lines(program.stdout, log))
        photos = [await playground.send_photo(chat, ana, astronaut_jpeg) for _ in range(3)]
        replace_model(model_dir, NEW)
        program.send_signal(signal.SIGHUP)
        photos += [await playground.send_photo(chat, ana, astronaut_jpeg) for _ in range(3)]
        for photo in photos:
            assert "Looks " in (await playground.wait_for_reply(photo)).text
        assert "“seed-cnn”" in await ask_about(playground, "seed-cnn")

        info = json.loads((model_dir / "model.json").read_text())
        wrong = json.dumps({**info, "version": "9.9.9", "weights_sha256": "0" * 64})
        replace_file(model_dir / "model.json", wrong.encode())
        program.send_signal(signal.SIGHUP)
        photo = await playground.send_photo(chat, ana, astronaut_jpeg)
        await playground.wait_for_reply(photo)
        await until(lambda: any(b"refused" in line for line in log))
        assert "9.9.9" not in await ask_about(playground, "seed-cnn")
        program.send_signal(signal.SIGTERM)
        await asyncio.wait_for(reading, 60)
        lines = [json.loads(line) for line in log if line[:1] == b"{"]
    finally:
        await playground.stop()
        if program.returncode is None:
            program.kill()
        await program.wait()
    events = [(line["event"], line.get("model")) for line in lines if "model" in line.get("event", "")]
    # The bot may look by its own clock first: then the signal finds nothing new, or it is said again.
    told = [event for event in events if event[0] != "the model has not changed"]
    assert told[0] == ("took over a new model", "seed-cnn")
    assert set(told[1:]) == {("the new model is refused; the old one goes on", "seed-cnn")}
    assert program.returncode == 0


async def collect_lines(stream: asyncio.StreamReader, lines: list[bytes]) -> None:
    """Read what a program prints for as long as it prints."""
    while line := await stream.readline():
        lines.append(line)


async def ask_about(playground: Playground, name: str) -> str:
    """Ask /about until it names a model; the change takes as long as its workers take to start."""
    async with asyncio.timeout(60):
        while True:
            command = await playground.send_text(playground.private, playground.ana, "/about")
            text = (await playground.wait_for_reply(command)).text
            if name in text:
                return text
            await asyncio.sleep(0.2)
