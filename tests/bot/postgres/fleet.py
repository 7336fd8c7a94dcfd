"""Processes of one bot, each as if on a host of its own: killed, started again, and stopped."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postgres_steps import Hosts

    from bot.runtime.roles import Role


@dataclass(frozen=True)
class HostPlan:
    """What one process is to be.

    Attributes:
        role: Its part of the bot's work.
        changes: Settings that differ from the other processes', as plain JSON.
    """

    role: Role
    changes: dict[str, Any] = field(default_factory=dict)


class Fleet:
    """Processes by number, in the order of their plans.

    Attributes:
        kills: The numbers of those killed, in that order.
    """

    def __init__(self, hosts: Hosts, plans: Sequence[HostPlan]) -> None:
        self._hosts = hosts
        self._plans = list(plans)
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        self.kills: list[int] = []

    async def start(self) -> None:
        """Start those that do not run: at first, after a kill, or when they found no database."""
        for number in range(len(self._plans)):
            process = self._processes.get(number)
            if process is None or process.returncode is not None:
                self._processes[number] = await self._start_one(number)

    async def kill(self, number: int) -> None:
        """Kill one."""
        with suppress(ProcessLookupError):
            self._processes[number].send_signal(signal.SIGKILL)
        await self._processes[number].wait()
        self.kills.append(number)

    async def stop(self) -> None:
        """Stop all that run, as whoever hosts them would."""
        ending = [process for process in self._processes.values() if process.returncode is None]
        for process in ending:
            process.send_signal(signal.SIGTERM)
        for process in ending:
            await asyncio.wait_for(process.wait(), 60)

    def end(self) -> None:
        """Leave none behind."""
        for process in self._processes.values():
            if process.returncode is None:
                process.kill()

    async def _start_one(self, number: int) -> asyncio.subprocess.Process:
        plan = self._plans[number]
        return await self._hosts.start_process(plan.role, str(number), **plan.changes)
