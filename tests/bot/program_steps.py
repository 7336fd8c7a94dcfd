"""python -m bot as a program of its own."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from bot.config.settings import load_settings

ROOT = Path(__file__).parents[2]
READY = re.compile(rb"try the bot at (http://127\.0\.0\.1:\d+/)|answering on Telegram")


async def start_program(folder: Path, **settings: str) -> asyncio.subprocess.Process:
    """Start the bot in an empty folder, with nothing in its environment but what it is told."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "MODEL_DIR": str((ROOT / load_settings().model_dir).absolute()),
        "HEALTH_PORT": "0",
        "WORKERS": "1",
        **settings,
    }
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def read_until_ready(program: asyncio.subprocess.Process) -> tuple[bytes, re.Match[bytes]]:
    """Read what it prints until it says that it is ready; give all of it, and the match of READY."""
    output = b""
    async with asyncio.timeout(60):
        while not (ready := READY.search(output)):
            piece = await program.stdout.read(4096)
            assert piece, output.decode()
            output += piece
    return output, ready
