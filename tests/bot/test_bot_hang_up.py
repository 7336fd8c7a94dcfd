"""What must not come out, and what ends the program: logs with corrections on, and a closed terminal."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import signal
import sys
import termios
from typing import TYPE_CHECKING

import pytest
from bot_fakes import until
from test_bot_command_line import ROOT, read_until_ready, start_program

from classifier.face_encryption import create_key
from playground import Playground

if TYPE_CHECKING:
    from pathlib import Path


async def test_neither_key_nor_label_nor_person_is_logged(tmp_path: Path, astronaut_jpeg: bytes):
    """With DEBUG on, from the photo to the face that is kept and forgotten."""
    key, playground = create_key(), Playground()
    await playground.start()
    chat, ana = playground.private, playground.ana
    program = await start_program(
        tmp_path,
        BOT_TOKEN=playground.token,
        TELEGRAM_API_URL=playground.api_url,
        LOG_LEVEL="DEBUG",
        KEEP_CORRECTIONS="on",
        CORRECTIONS_KEY=key,
    )
    try:
        output, _ = await read_until_ready(program)
        photo = await playground.send_photo(chat, ana, astronaut_jpeg)
        await playground.press_button(await playground.wait_for_reply(photo), "Wrong")
        await playground.press_button(await playground.wait_for_reply(photo, number=2), "neither")
        consent = await playground.wait_for_reply(photo, number=3)
        await playground.press_button(consent, "Yes")
        await until(lambda: "kept until" in consent.text)
        command = await playground.send_text(chat, ana, "/forget")
        assert "leaves them out" in (await playground.wait_for_reply(command)).text
        program.terminate()
        rest, _ = await asyncio.wait_for(program.communicate(), 60)
    finally:
        await playground.stop()
        if program.returncode is None:
            program.kill()
    output += rest
    assert output.count(b"outcome=") >= 5, "it was logged at all"
    for secret in (key, "neither", str(ana.id), ana.name, "PNG"):
        assert secret.encode() not in output, secret


def _own_terminal(terminal: int) -> None:
    """Give a new process the terminal, and the signal that it was closed, whatever `nohup` left of that."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a terminal of its own")
async def test_a_closed_terminal_stops_the_bot(tmp_path: Path):
    """SIGHUP asks for a new model only as long as there is somebody to press Ctrl-C."""
    master, slave = pty.openpty()
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        cwd=tmp_path,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "MODEL_DIR": str(ROOT / "models" / "seed-cnn"),
            "HEALTH_PORT": "0",
            "PLAYGROUND_PORT": "0",
            "WORKERS": "1",
        },
        stdin=slave,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=lambda: _own_terminal(slave),
    )
    try:
        await read_until_ready(program)
        os.close(slave)
        os.close(master)
        await asyncio.wait_for(program.communicate(), 60)
    finally:
        if program.returncode is None:
            program.kill()
    assert program.returncode == 0
