"""Steps and values that tests of corrections share."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from bot_fakes import BACKEND, PICTURE, build_face, run_bot_in, until

from bot.cli import main
from bot.config.parsers import Secret
from classifier.face_encryption import create_key, load_key, open_face

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    import pytest

    from bot.runtime.serving import RunningBot
    from classifier.face_encryption import KeptFace
    from classifier.workers.worker_pool import ClassifierPool
    from playground import Message, Playground

KEY_TEXT = create_key()
KEY = load_key(KEY_TEXT)
HAPPY, SAD, UNSURE = build_face(0.97), build_face(0.08, x=100), build_face(0.55, sure=False, x=200)


def run_learning_bot(
    playground: Playground, data_dir: Path, classifier: ClassifierPool
) -> AbstractAsyncContextManager[RunningBot]:
    """Run the bot with KEEP_CORRECTIONS on."""
    return run_bot_in(
        playground,
        data_dir,
        classifier,
        keep_corrections="on",
        corrections_key=Secret(KEY_TEXT),
        corrections_days=30,
    )


def today() -> dt.date:
    """Read the bot's day: a run of the tests may begin before midnight and end after it."""
    return dt.datetime.now(dt.UTC).date()


def labels(message: Message) -> list[str]:
    return [button.text for row in message.buttons for button in row]


async def send_photo(playground: Playground) -> tuple[Message, Message]:
    """A photo from Ana in her private chat, and its answer."""
    photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
    return photo, await playground.wait_for_reply(photo)


async def press(playground: Playground, message: Message, button: str) -> dict[str, object]:
    pressed = await playground.press_button(message, button)
    answer: dict[str, object] = await pressed.answer()
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
    ((name, sealed),) = kept_faces(data_dir).items()
    return open_face(sealed, KEY, Path(name).stem)


def replace_kept(data_dir: Path, sealed: bytes) -> None:
    """Put another sealed face in the place of the only one."""
    if BACKEND.server is None:
        (path,) = (data_dir / "corrections").glob("*")
        path.write_bytes(sealed)
        return
    with psycopg.connect(BACKEND.name_database(data_dir)) as connection:
        connection.execute("UPDATE corrections SET sealed = %s", [sealed])


def counts(data_dir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """What `python -m bot feedback` prints, without the day."""
    monkeypatch.setenv("DATA_DIR", str(data_dir))
    monkeypatch.setenv("DATABASE_URL", BACKEND.name_database(data_dir))
    capsys.readouterr()
    with ThreadPoolExecutor() as thread:  # this one's event loop is running
        assert thread.submit(main, ["feedback"]).result() == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(line.pop("day") == today().isoformat() for line in lines)
    return lines
