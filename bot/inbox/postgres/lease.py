"""Whether what a worker has in hand is still its own: of whoever is silent, others take over."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from sqlalchemy import text

from bot.storage.engine import StorageError, connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

# The workers' own signs of life go out every third of the time after which others take over.
_VALID_SHARE = 2 / 3
_LOOKS = 6


class Lease:
    """Ends when the database was not reached for too long, be it that the process was stopped meanwhile.

    By the monotonic clock, which goes on while a process is stopped and never jumps.

    Args:
        engine: The database.
        lost_seconds: After so long without a sign of life others take over.
        clock: Seconds, monotonic.
    """

    def __init__(
        self, engine: AsyncEngine, lost_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._pause = lost_seconds / _LOOKS
        self._valid_seconds = lost_seconds * _VALID_SHARE
        self._clock = clock
        self._renewed_at = clock()
        self._number = 0

    def begin_or_current(self) -> int:
        """Return the number of the lease, a new one after one that has ended."""
        if self._is_over():
            self._number += 1
            self._renewed_at = self._clock()
        return self._number

    def holds(self, number: int) -> bool:
        """Tell whether what was claimed under a lease is still this process's own."""
        return number == self._number and not self._is_over()

    async def keep(self) -> None:
        """Renew it until cancelled."""
        while True:
            began = self._clock()
            with contextlib.suppress(StorageError):  # it ends by itself
                async with connect(self._engine, autocommit=True) as connection:
                    await connection.execute(text("SELECT 1"))
                self.begin_or_current()
                self._renewed_at = max(self._renewed_at, began)
            await asyncio.sleep(self._pause)

    def _is_over(self) -> bool:
        return self._clock() - self._renewed_at > self._valid_seconds
