"""A call is repeated while that may help, and no longer than its policy allows."""

from __future__ import annotations

import pytest

from bot.transport.retry_policy import RetryPolicy


class FailingCall:
    """Fails so many times, then gives 7."""

    def __init__(self, failures: int) -> None:
        self.failures, self.made = failures, 0

    async def __call__(self) -> int:
        """Make one attempt."""
        self.made += 1
        if self.made <= self.failures:
            raise OSError(self.made)
        return 7


def may_pass(error: Exception) -> bool:
    return isinstance(error, OSError)


async def test_pauses_double_up_to_the_longest() -> None:
    """And each is reported with the error before it."""
    call, reports = FailingCall(4), []

    answer = await RetryPolicy(0.001, 0.004).call(
        call, may_pass, lambda error, pause: reports.append((str(error), pause))
    )

    assert answer == 7
    assert reports == [("1", 0.001), ("2", 0.002), ("3", 0.004), ("4", 0.004)]


@pytest.mark.parametrize(
    ("policy", "made"),
    [
        (RetryPolicy(0.001, 0.001, attempts=3), 3),
        (RetryPolicy(1.0, 30.0, seconds=0.5), 1),
        (RetryPolicy(0.0, 0.0, seconds=0.0, attempts=1), 1),
    ],
    ids=["attempts", "no attempt after its time", "one only"],
)
async def test_the_last_error_is_raised_when_the_policy_gives_up(policy: RetryPolicy, made: int) -> None:
    """Not an error of the policy's own."""
    call = FailingCall(10)
    with pytest.raises(OSError, match=str(made)):
        await policy.call(call, may_pass)
    assert call.made == made


async def test_what_cannot_pass_is_not_repeated() -> None:
    """Neither is it reported as something that is tried again."""
    call, reports = FailingCall(10), []
    with pytest.raises(OSError, match="1"):
        await RetryPolicy(0.0, 0.0).call(call, lambda _: False, lambda *report: reports.append(report))
    assert (call.made, reports) == (1, [])


async def test_after_its_time_no_attempt_begins() -> None:
    """Up to it attempts go on: the pause before an attempt counts as part of the time."""
    call = FailingCall(10)
    with pytest.raises(OSError, match="2"):
        await RetryPolicy(0.01, 5.0, seconds=0.02).call(call, may_pass)
    assert call.made == 2
