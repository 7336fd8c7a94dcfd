"""Roles: which part of a bot's work a process does; and the errors that stop a bot from starting."""

from __future__ import annotations

import asyncio
from typing import Literal

Role = Literal["all", "ingress", "worker"]
"""What a process does: "ingress" receives messages, "worker" answers them, "all" is both."""


class StartError(Exception):
    """The bot cannot start. `str()` is a sentence for whoever hosts it."""


class RefusedError(Exception):
    """Telegram no longer takes the bot's token. `str()` is a sentence for whoever hosts it."""


async def end_task(task: asyncio.Task[None]) -> None:
    """Cancel a task, and wait until it has ended."""
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()  # whoever stopped it has told why
