"""The bot in a process of its own: started, watched, killed, and read from outside."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from tests.free_ports import find_free_port

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROOT = Path(__file__).parents[2]
_START_SECONDS = 180.0
_STOP_SECONDS = 60.0  # a host may take twenty; beyond this it hangs


class CpuSeconds(NamedTuple):
    """Processor time, in seconds.

    Attributes:
        bot: Of the process that talks to Telegram.
        workers: Of those that classify, and of their predecessors.
    """

    bot: float
    workers: float


class BotProcess:
    """`python -m bot` on a playground.

    Args:
        directory: For its data and its log.
        settings: Its environment besides what this class sets.
        role: "ingress" or "worker" for a part of its work.
    """

    def __init__(self, directory: Path, settings: Mapping[str, str], role: str = "") -> None:
        self._role = [role] if role else []
        self._log = directory / "bot.log"
        self._port = find_free_port()
        self._environment = {
            "PATH": os.environ.get("PATH", ""),
            "DATA_DIR": str(directory / "data"),
            "HEALTH_PORT": str(self._port),
            "LOG_LEVEL": "INFO",
            "LOG_FORMAT": "json",
            # The playground allows what Telegram does not: here the bot is to be measured.
            "MESSAGES_PER_SECOND": "10000",
            **settings,
        }
        self._process: asyncio.subprocess.Process | None = None
        # One for all questions: each new client reads all certificates, on the cores that are measured.
        self._client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self._port}", timeout=5)

    async def start(self) -> None:
        """Start it, and wait until it is ready.

        Raises:
            RuntimeError: It ended or did not become ready in time.
        """
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                *self._role,
                cwd=_ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(_START_SECONDS):
            while not await self._is_ready():
                if self._process.returncode is not None:
                    raise RuntimeError(f"The bot ended at its start:\n{self._log.read_text()[-2_000:]}")
                await asyncio.sleep(0.1)

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> float:
        """End it as a host does, by force when that takes too long, and return the seconds that it took."""
        if self._process is None or self._process.returncode is not None:
            return 0.0
        begun = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), _STOP_SECONDS)
        except TimeoutError:
            await self.kill()
        return time.monotonic() - begun

    async def read_metrics(self) -> dict[str, float]:
        """Read its numbers; nothing while it does not answer."""
        try:
            text = (await self._client.get("/metrics")).text
        except httpx.HTTPError:
            return {}
        return read_samples(text)

    def read_memory(self) -> float:
        """Sum up the memory of the bot and its workers, in MiB: shared pages are counted once (PSS)."""
        if self._process is None or self._process.returncode is not None:
            return 0.0
        return sum(map(_read_memory, [self._process.pid, *_find_descendants(self._process.pid)]))

    def read_cpu(self) -> CpuSeconds | None:
        """Read the processor time that it has taken since its start; None when it does not run."""
        if self._process is None or self._process.returncode is not None:
            return None
        workers = sum(map(_read_cpu, _find_descendants(self._process.pid)))
        return CpuSeconds(_read_cpu(self._process.pid), workers)

    def read_updates(self) -> list[dict[str, Any]]:
        """Read the lines about updates from its log."""
        found = []
        for line in self._log.read_text().splitlines():
            # Of a line that was being written when the bot was killed only a part is there.
            with suppress(json.JSONDecodeError):
                event = json.loads(line)
                if isinstance(event, dict) and event.get("event") == "update":
                    found.append(event)
        return found

    async def _is_ready(self) -> bool:
        try:
            answer = await self._client.get("/healthz")
        except httpx.HTTPError:
            return False
        return answer.status_code == HTTPStatus.OK


def read_samples(text: str) -> dict[str, float]:
    """Read Prometheus' text format."""
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines}


def _find_descendants(pid: int) -> list[int]:
    children = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        children += [int(child) for child in _read(task).split()]
    return [found for child in children for found in (child, *_find_descendants(child))]


def _read_memory(pid: int) -> float:
    for line in _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1_024
    return 0.0


def read_cpu(pid: int) -> float:
    """Read the processor time of a process and all that it started, in seconds."""
    return sum(map(_read_cpu, (pid, *_find_descendants(pid))))


def _read_cpu(pid: int) -> float:
    """Read the time that a process, and those of its children that have ended, ran; see proc(5), stat."""
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    ticks = sum(map(int, fields[11:15])) if fields else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def _read(path: Path) -> str:
    """Read a file of /proc; a process that has just ended has none."""
    try:
        return path.read_text()
    except OSError:
        return ""
