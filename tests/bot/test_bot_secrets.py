"""The secrets stay in the one process that needs them: none that it starts, and none beside it, sees them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_bot_command_line import ROOT, read_until_ready, start_program

from classifier.face_encryption import create_key
from playground import Playground

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
NOBODY = 65534
NEIGHBOUR = """
import ctypes, os, sys
from classifier.workers.confinement import hide_from_other_processes
if os.getuid() == 0:  # whom nothing is hidden from
    os.setgroups([]), os.setgid({nobody}), os.setuid({nobody})
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # as if it had been started so
print("open", flush=True)
sys.stdin.readline()
print(hide_from_other_processes(), flush=True)
sys.stdin.readline()
"""


def list_descendants(process_id: int) -> set[int]:
    """Find the processes that a process started, and those that they started."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        except OSError:  # it has ended
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    found, previous = {process_id}, set[int]()
    while found != previous:
        previous, found = found, found | {child for child, parent in parents.items() if parent in found}
    return found - {process_id}


async def test_no_process_that_the_bot_starts_has_its_secrets(tmp_path: Path):
    """Neither what forks the workers, nor what tracks their resources, nor the workers."""
    playground = Playground()
    await playground.start()
    secrets = {
        "BOT_TOKEN": playground.token,
        "WEBHOOK_SECRET": "only-telegram-may-know-this",
        "CORRECTIONS_KEY": create_key(),
    }
    program = await start_program(
        tmp_path, TELEGRAM_API_URL=playground.api_url, KEEP_CORRECTIONS="on", **secrets
    )
    try:
        await read_until_ready(program)
        environments = {
            child: Path(f"/proc/{child}/environ").read_bytes()  # noqa: ASYNC240 - a file of the kernel
            for child in list_descendants(program.pid)
        }
    finally:
        program.kill()
        await asyncio.wait_for(program.communicate(), 60)
        await playground.stop()

    assert len(environments) >= 3
    assert all(b"OMP_NUM_THREADS" in environment for environment in environments.values())
    for secret in secrets.values():
        assert not [child for child, environment in environments.items() if secret.encode() in environment]


@pytest.mark.parametrize("name", ["environ", "mem"])
def test_a_process_that_hides_is_not_read_by_another_of_its_user(name: str):
    """Before it hides, it is: /proc shows its environment and opens its memory."""
    with subprocess.Popen(
        [sys.executable, "-c", NEIGHBOUR.format(nobody=NOBODY)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as neighbour:
        assert neighbour.stdin is not None
        assert neighbour.stdout is not None
        assert neighbour.stdout.readline() == "open\n"
        before = read_as_neighbour(f"/proc/{neighbour.pid}/{name}")
        neighbour.stdin.write("\n")
        neighbour.stdin.flush()
        assert neighbour.stdout.readline() == "True\n"
        after = read_as_neighbour(f"/proc/{neighbour.pid}/{name}")
        neighbour.kill()

    assert "Permission denied" not in before
    assert "Permission denied" in after


def read_as_neighbour(path: str) -> str:
    """Open a file as another process of the same user, which is not root; give what that said."""
    user = NOBODY if os.getuid() == 0 else None
    command = ["/usr/bin/head", "--bytes=1", path]
    done = subprocess.run(
        command, user=user, group=user, extra_groups=[] if user else None, capture_output=True, check=False
    )
    return done.stderr.decode()
