"""Roles (the part of the work that a process does), and the errors that stop a bot."""

from __future__ import annotations

import asyncio
from typing import Literal

Role = Literal["all", "ingress", "worker"]
"""What a process does: "ingress" receives messages, "worker" answers them, "all" is both."""


class StartError(Exception):
    """The bot cannot start. `str()` is a sentence for the host."""


class RefusedError(Exception):
    """Telegram no longer accepts the bot's token. `str()` is a sentence for the host."""


async def end_task(task: asyncio.Task[None]) -> None:
    """Cancel a task, and wait until it has ended."""
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()  # marks the error as seen; its cause was logged before
