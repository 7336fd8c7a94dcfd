"""What a process does of a bot's work, and what can stop it from starting."""

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
    """Stop a task that nobody needs any more."""
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()  # whoever stopped it has told why
