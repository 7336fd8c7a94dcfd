"""python -m bot as a program of its own: starting, stopping, refusing, and keeping the token to itself."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import httpx
import pytest
from program_steps import ROOT, read_until_ready, start_program

from bot.cli import main
from bot.config.reference import format_env_example, format_markdown_table
from bot.config.settings import Settings, load_settings
from playground import Fault, Playground
from tests.free_ports import find_free_port

if TYPE_CHECKING:
    from pathlib import Path


async def test_without_a_token_it_starts_the_playground_and_ctrl_c_stops_it(tmp_path: Path):
    """The address is printed and opens; Ctrl-C ends with status 0 and without a traceback."""
    program = await start_program(tmp_path, PLAYGROUND_PORT="0")
    output, ready = await read_until_ready(program)
    async with httpx.AsyncClient(timeout=60) as client:
        page = await client.get(ready[1].decode())
    program.send_signal(signal.SIGINT)
    rest, _ = await asyncio.wait_for(program.communicate(), 60)

    assert page.status_code == 200
    assert program.returncode == 0
    assert b"Traceback" not in output + rest
    assert list(tmp_path.glob("*")) == [tmp_path / "data"]  # noqa: ASYNC240 - nothing else runs here
    # Whatever umask the shell has, nobody else on this machine reads what people wrote.
    written = [tmp_path / "data", *(tmp_path / "data").rglob("*")]
    assert len(written) > 2
    for path in written:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


async def test_a_playground_leaves_nothing_to_the_next_one(tmp_path: Path):
    """Its people and chats end with it; so does what the bot kept of them, however often it is started."""
    for _ in range(2):
        began = time.time()
        program = await start_program(tmp_path, PLAYGROUND_PORT="0")
        await read_until_ready(program)
        oldest = await until_something_was_answered(tmp_path / "data")
        program.kill()
        await program.communicate()

        assert oldest >= began


async def until_something_was_answered(data_dir: Path) -> float:
    """Wait until the bot has done something; give when the oldest that it remembers came."""
    async with asyncio.timeout(60):
        while True:
            with closing(sqlite3.connect(data_dir / "bot.sqlite3")) as database:
                done, oldest = database.execute(
                    "SELECT count(done_at), min(arrived_at) FROM inbox"
                ).fetchone()
            if done:
                return float(oldest)
            await asyncio.sleep(0.1)


async def test_with_a_token_it_says_whom_to_write_to(tmp_path: Path):
    """The bot's own name, as whoever made it at BotFather knows it."""
    playground = Playground(bot_username="smiles_of_ours_bot")
    await playground.start()
    try:
        program = await start_program(
            tmp_path, BOT_TOKEN=playground.token, TELEGRAM_API_URL=playground.api_url
        )
        output, _ = await read_until_ready(program)
        program.send_signal(signal.SIGINT)
        await asyncio.wait_for(program.communicate(), 60)
    finally:
        await playground.stop()

    assert b"@smiles_of_ours_bot is answering on Telegram" in output


async def test_the_token_is_never_logged(tmp_path: Path, astronaut_jpeg: bytes):
    """With DEBUG on, through an answer, a failing call and SIGTERM, no line holds the token."""
    playground = Playground(port=find_free_port())
    await playground.start()
    program = await start_program(
        tmp_path, BOT_TOKEN=playground.token, TELEGRAM_API_URL=playground.api_url, LOG_LEVEL="DEBUG"
    )
    try:
        output, _ = await read_until_ready(program)
        photo = await playground.send_photo(playground.private, playground.ana, astronaut_jpeg)
        await playground.wait_for_reply(photo)
        await playground.stop()
        async with asyncio.timeout(60):
            while b"Telegram cannot be reached" not in output:
                output += await program.stdout.read(4096)
        await playground.start()
        program.send_signal(signal.SIGTERM)
        rest, _ = await asyncio.wait_for(program.communicate(), 60)
    finally:
        await playground.stop()
        if program.returncode is None:
            program.kill()
    output += rest

    assert program.returncode == 0
    assert len(output.splitlines()) > 20, "DEBUG was on"
    assert playground.token.encode() not in output
    assert playground.token.partition(":")[2].encode() not in output


@pytest.mark.parametrize(
    ("name", "value"), [("WORKERS", "many"), ("BOT_TOKEN", "123:x"), ("MODEL_DIR", "no-such-model")]
)
async def test_a_wrong_setting_stops_the_start_with_a_sentence(tmp_path: Path, name: str, value: str):
    """Status 1 and one sentence that names what is wrong, instead of a traceback."""
    program = await start_program(tmp_path, PLAYGROUND_PORT="0", **{name: value})
    output, _ = await asyncio.wait_for(program.communicate(), 60)

    assert program.returncode == 1
    assert b"The bot cannot start. " in output
    assert (b"no-such-model" if name == "MODEL_DIR" else name.encode()) in output
    assert b"Traceback" not in output


def test_too_little_address_space_stops_the_start_with_a_sentence(tmp_path: Path):
    """As with a low `ulimit -v`: a worker would die of it, with a traceback."""
    environment = {"PYTHONPATH": str(ROOT), "HEALTH_PORT": "0"}
    command = ["sh", "-c", f"ulimit -v 1000000; exec {sys.executable} -m bot"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 1
    assert "1,000,000 KiB of address space here (ulimit -v)" in done.stderr
    assert "Traceback" not in done.stderr


async def test_a_damaged_database_stops_the_start_with_a_sentence(tmp_path: Path):
    """The file is named, and what can be done about it."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "bot.sqlite3").write_bytes(b"not a database " * 1_000)
    program = await start_program(tmp_path, PLAYGROUND_PORT="0")
    output, _ = await asyncio.wait_for(program.communicate(), 60)

    assert program.returncode == 1
    assert b"bot.sqlite3 is damaged. Put back a copy of it, or move it away" in output
    assert b"Traceback" not in output


async def test_a_folder_that_cannot_be_written_stops_the_start_with_a_sentence(tmp_path: Path):
    """As on a read-only disk: the folder is named, and the setting that names another."""
    program = await start_program(tmp_path, PLAYGROUND_PORT="0", DATA_DIR="/proc/data")
    output, _ = await asyncio.wait_for(program.communicate(), 60)

    assert program.returncode == 1
    assert b"The bot cannot start. The data directory /proc/data cannot be written" in output
    assert b"or set DATA_DIR to another directory" in output
    assert b"Traceback" not in output


async def test_damaged_weights_stop_the_start_with_a_sentence(tmp_path: Path):
    """A model that does not match its description is not served."""
    model = shutil.copytree(ROOT / load_settings().model_dir, tmp_path / "model")
    (model / "model.tflite").write_bytes(b"not a model")
    program = await start_program(tmp_path, PLAYGROUND_PORT="0", MODEL_DIR=str(model))
    output, _ = await asyncio.wait_for(program.communicate(), 60)

    assert program.returncode == 1
    assert b"The bot cannot start. " in output
    assert b"model" in output.partition(b"cannot start. ")[2]
    assert b"Traceback" not in output


async def test_a_token_that_is_revoked_ends_the_program_with_a_sentence(tmp_path: Path):
    """Status 1, what has happened and what becomes of the messages; never the token itself."""
    playground = Playground()
    await playground.start()
    program = await start_program(
        tmp_path, BOT_TOKEN=playground.token, TELEGRAM_API_URL=playground.api_url, LOG_LEVEL="DEBUG"
    )
    try:
        output, _ = await read_until_ready(program)
        playground.fail(Fault("unauthorized", count=-1))
        await playground.send_text(playground.private, playground.ana, "hello")  # ends the poll that waits
        rest, _ = await asyncio.wait_for(program.communicate(), 60)
    finally:
        await playground.stop()
        if program.returncode is None:
            program.kill()

    assert program.returncode == 1
    assert b"The bot has stopped. BOT_TOKEN is no longer taken by Telegram; it may have been revoked." in rest
    assert playground.token.partition(":")[2].encode() not in output + rest


def test_the_settings_can_be_listed(capsys: pytest.CaptureFixture[str]):
    """`python -m bot settings` prints the table of docs/settings.md and the text of .env.example."""
    assert main(["settings"]) == 0
    assert capsys.readouterr().out == format_markdown_table()
    assert main(["settings", "--env"]) == 0
    assert capsys.readouterr().out == format_env_example()
    assert "BOT_TOKEN" in format_markdown_table()
    assert Settings().bot_token == ""


async def test_ctrl_c_stops_a_start_that_cannot_reach_telegram(tmp_path: Path, unused_tcp_port: int):
    """While Telegram is out of reach the bot waits for it, but not against its host's will."""
    program = await start_program(
        tmp_path, BOT_TOKEN="123456789:" + "a" * 35, TELEGRAM_API_URL=f"http://127.0.0.1:{unused_tcp_port}"
    )
    output = b""
    async with asyncio.timeout(60):
        while b"failed" not in output:
            piece = await program.stdout.read(4096)
            assert piece, output.decode()
            output += piece
    program.send_signal(signal.SIGINT)
    rest, _ = await asyncio.wait_for(program.communicate(), 60)

    assert program.returncode == 0
    assert b"Traceback" not in output + rest
