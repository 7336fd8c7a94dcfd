"""Retry policy: how often and after which pauses a failed call is repeated. All retries use it."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Repeats a call until it succeeds or the policy gives up. Each pause is twice as long as the one before.

    Attributes:
        first_pause: Seconds between the first and the second attempt.
        longest_pause: Seconds; no pause is longer.
        seconds: After this time since the first attempt, no further attempt begins.
        attempts: Largest number of attempts.
    """

    first_pause: float
    longest_pause: float
    seconds: float = math.inf
    attempts: float = math.inf

    async def call(
        self,
        call: Callable[[], Awaitable[T]],
        may_pass: Callable[[Exception], bool],
        report: Callable[[Exception, float], None] = lambda _error, _pause: None,
    ) -> T:
        """Make the call, and give its result.

        Args:
            call: Makes one attempt.
            may_pass: Tells whether another attempt may succeed after this error.
            report: Is given each error that is followed by another attempt, and the seconds until then.

        Raises:
            Exception: The error of the last attempt.
        """
        clock = asyncio.get_running_loop().time
        give_up_at = clock() + self.seconds
        pause, attempt = self.first_pause, 1
        while True:
            try:
                return await call()
            except Exception as error:
                if attempt >= self.attempts or clock() + pause > give_up_at or not may_pass(error):
                    raise
                report(error, pause)
            await asyncio.sleep(pause)
            pause, attempt = min(self.longest_pause, 2 * pause), attempt + 1
