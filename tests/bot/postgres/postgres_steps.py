"""Bots that share a PostgreSQL."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from bot_fakes import ScriptedClassifier, end_as_a_process_ends, run_bot

from bot.config.parsers import Secret
from bot.config.settings import Settings
from bot.runtime.lifecycle import build_pool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.runtime.roles import Role
    from bot.runtime.serving import RunningBot
    from playground import Playground

_CHILD = Path(__file__).with_name("host_process.py")
ROOT = _CHILD.parents[3]


@dataclasses.dataclass
class Hosts:
    """Starts processes of one bot, each as if on a host of its own."""

    playground: Playground
    url: str
    folder: Path
    count: int = 0

    @asynccontextmanager
    async def run(
        self, role: Role, classifier: ScriptedClassifier | None = None, **changes: Any
    ) -> AsyncIterator[RunningBot]:
        """Run one."""
        self.count += 1
        settings = Settings(
            bot_token=Secret(self.playground.token),
            telegram_api_url=self.playground.api_url,
            data_dir=self.folder / f"host {self.count}",
            database_url=Secret(self.url),
            health_port=0,
            lost_worker_seconds=3,
        )
        settings = dataclasses.replace(settings, **changes)
        scripted = classifier or ScriptedClassifier()
        # The pool of a process that only receives is never started, and refuses every photo.
        build = build_pool if role == "ingress" else lambda _: scripted
        async with run_bot(settings, build, role=role) as running:
            yield running
        await end_as_a_process_ends(running.application)

    async def start_process(self, role: Role, name: str, **changes: Any) -> asyncio.subprocess.Process:
        """Start one in a process of its own, to be killed.

        Args:
            role: Its part of the bot's work.
            name: Tells its log and its folder from those of the others.
            changes: Settings that differ from the other processes', as plain JSON.
        """
        settings = {
            "telegram_api_url": self.playground.api_url,
            "bot_token": self.playground.token,
            "database_url": self.url,
            "data_dir": str(self.folder / f"host {name}"),
        }
        with self.name_log(name).open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                str(_CHILD),
                role,
                json.dumps(settings | changes),
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": f"{_CHILD.parents[1]}:{ROOT}"},
            )

    def name_log(self, name: str) -> Path:
        """Name the file that a process logs to."""
        return self.folder / f"log {name}"

    async def ask(self, statement: str) -> Any:
        """Ask the database one thing."""
        async with await psycopg.AsyncConnection.connect(self.url) as connection:
            row = await (await connection.execute(statement.encode())).fetchone()
        return row[0] if row else None

    async def until(self, statement: str, seconds: float = 60) -> None:
        """Wait until a query's answer is true."""
        async with asyncio.timeout(seconds):
            while not await self.ask(statement):  # the database cannot wake us
                await asyncio.sleep(0.1)

    async def run_statement(self, statement: str) -> None:
        """Change the database."""
        async with await psycopg.AsyncConnection.connect(self.url, autocommit=True) as connection:
            await connection.execute(statement.encode())
