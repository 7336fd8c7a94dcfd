"""Roles (the part of the work that a process does), and the errors that stop a bot."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Role = Literal["all", "ingress", "worker"]
"""What a process does: "ingress" receives messages, "worker" answers them, "all" is both."""


class StartError(Exception):
    """The bot cannot start. `str()` is a sentence for the host."""


class RefusedError(Exception):
    """Telegram no longer accepts the bot's token. `str()` is a sentence for the host."""


@contextmanager
def opening_port(name: str, port: int, advice: str = "Choose another.") -> Iterator[None]:
    """Tell the host which setting to change when its port cannot be opened.

    Raises:
        StartError: The port is taken or the address is not this machine's.
    """
    try:
        yield
    except OSError as error:
        raise StartError(f"{name} {port} cannot be used ({error.strerror}). {advice}") from error


async def end_task(task: asyncio.Task[None]) -> None:
    """Cancel a task, and wait until it has ended."""
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()  # marks the error as seen; its cause was logged before
