"""What takes its turn within Telegram's limits, how long it waits, and what is tried again."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.transport import retrying_rate_limiter
from bot.transport.flood_limits import LocalRateLimiter
from bot.transport.retrying_rate_limiter import RetryingRateLimiter, is_worth_repeating


class Turns:
    """Hands out every turn at once, and remembers for whom."""

    def __init__(self) -> None:
        self.taken: list[object] = []

    async def wait(self, chat_id: object) -> None:
        """Give the next turn."""
        self.taken.append(chat_id)


@pytest.mark.parametrize(
    ("endpoint", "data", "taken"),
    [
        ("sendMessage", {"chat_id": 5}, [5]),
        ("sendMediaGroup", {"chat_id": 5}, [5]),
        ("answerGuestQuery", {"guest_query_id": "q"}, ["q"]),
        ("getFile", {"file_id": "f"}, []),
        ("sendChatAction", {"chat_id": 5}, []),
        ("answerCallbackQuery", {"callback_query_id": "c"}, []),
    ],
)
async def test_what_appears_in_a_chat_takes_its_turn(
    endpoint: str, data: dict[str, Any], taken: list[object]
) -> None:
    """Messages and the answers to guests do; questions, and what is shown for a moment, wait for nobody."""
    turns = Turns()

    async def call() -> bool:
        return True

    assert await RetryingRateLimiter(turns, 1.0).process_request(call, (), {}, endpoint, data, None)
    assert turns.taken == taken


class ScriptedCall:
    """Raises what it was told to, one error a call, then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.made = list(errors), 0

    async def __call__(self) -> bool:
        """Make one attempt."""
        self.made += 1
        if self.errors:
            raise self.errors.pop(0)
        return True


async def limit(call: ScriptedCall, endpoint: str, data: dict[str, Any], seconds: float = 0.0) -> bool:
    done = await RetryingRateLimiter(Turns(), seconds).process_request(call, (), {}, endpoint, data, None)
    return bool(done)


@pytest.mark.parametrize(
    ("error", "is_repeated"),
    [
        (NetworkError("away"), True),
        (TimedOut(), True),
        (TelegramError("no JSON"), True),
        (RetryAfter(1), True),
        (BadRequest("wrong"), False),
        (Forbidden("out"), False),
        (InvalidToken(), False),
        (Conflict("two"), False),
        (OSError("disk"), False),
    ],
)
def test_only_what_may_pass_is_repeated(error: Exception, *, is_repeated: bool) -> None:
    """A refusal stays one; a bad request is a network error only by its class."""
    assert is_worth_repeating(error) is is_repeated


@pytest.mark.parametrize("endpoint", ["sendChatAction", "answerCallbackQuery"])
async def test_what_is_fleeting_is_tried_once(endpoint: str) -> None:
    """A second later it would mean nothing any more."""
    call = ScriptedCall(NetworkError("away"))
    with pytest.raises(NetworkError):
        await limit(call, endpoint, {"chat_id": 5}, 30.0)
    assert call.made == 1


async def test_a_message_to_a_group_that_moved_goes_to_where_it_is() -> None:
    """Once: Telegram names the new number in its refusal."""
    data, call = {"chat_id": -5}, ScriptedCall(ChatMigrated(-100))
    assert await limit(call, "sendMessage", data)
    assert (data, call.made) == ({"chat_id": -100}, 2)


async def test_a_chat_that_is_refused_waits_alone_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A little longer than Telegram asks, and twenty times at most."""
    monkeypatch.setattr("bot.transport.retrying_rate_limiter._FLOOD_MARGIN_SECONDS", 0.001)
    call = ScriptedCall(*(RetryAfter(dt.timedelta(0)) for _ in range(30)))
    with pytest.raises(RetryAfter):
        await limit(call, "sendMessage", {"chat_id": 5})
    assert call.made == 21
    assert retrying_rate_limiter._MAX_FLOOD_WAITS == 20


async def test_a_longer_refusal_is_not_shortened_by_a_later_one() -> None:
    """Two messages to one chat were refused; other chats are not held up, and a past one is forgotten."""
    limiter = RetryingRateLimiter(Turns(), 0.0)
    clock = asyncio.get_running_loop().time
    limiter._refused_until = {5: clock() + 100, 6: clock() - 1}
    noting = asyncio.create_task(limiter._note_refusal(5, RetryAfter(3)))
    await asyncio.sleep(0)
    assert limiter._refused_until == {5: pytest.approx(clock() + 100, abs=5)}
    await asyncio.wait_for(limiter._wait_while_refused(7), 1)
    noting.cancel()
    other = asyncio.create_task(limiter._note_refusal(8, RetryAfter(3)))
    await asyncio.sleep(0)
    assert limiter._refused_until[8] > clock() + 3, "with a margin"
    other.cancel()


@pytest.mark.parametrize(
    ("chat_id", "messages", "seconds"),
    [(5, 20, 0), (5, 21, 1), (5, 23, 3), (-5, 20, 0), (-5, 21, 3), (-5, 23, 9), ("q", 100, 0)],
)
async def test_after_a_burst_of_twenty_a_chat_waits(
    monkeypatch: pytest.MonkeyPatch, chat_id: object, messages: int, seconds: float
) -> None:
    """Then a person is sent one a second, a group one in three; who is no chat has no limit of its own."""
    waits = await note_waits(monkeypatch, LocalRateLimiter(1_000), [chat_id] * messages)
    assert waits[-1] == pytest.approx(seconds, abs=0.5)


async def test_over_all_chats_a_second_holds_so_many_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty may go at once, then one each thirtieth of a second."""
    waits = await note_waits(monkeypatch, LocalRateLimiter(30), list(range(1, 61)))
    assert waits[29] == pytest.approx(0, abs=0.02)
    assert waits[59] == pytest.approx(1.0, abs=0.3)


async def test_a_chat_that_was_silent_saves_up_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """After an hour without messages twenty go at once, and no more; past times are dropped from memory."""
    monkeypatch.setattr("bot.transport.flood_limits._REMEMBERED", 3)
    limiter = LocalRateLimiter(1_000)
    now = asyncio.get_running_loop().time()
    limiter._due = {5: now - 3_600, 6: now - 1, 7: now + 3_600}
    waits = await note_waits(monkeypatch, limiter, [5] * 21)
    assert waits[-1] == pytest.approx(1.0, abs=0.5)
    assert set(limiter._due) == {0, 5, 7}


async def note_waits(
    monkeypatch: pytest.MonkeyPatch, limiter: LocalRateLimiter, chats: list[Any]
) -> list[float]:
    """Have messages wait their turns without spending the time; give how long each was to wait."""
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    with monkeypatch.context() as patched:
        patched.setattr(asyncio, "sleep", note)
        for chat in chats:
            await limiter.wait(chat)
    return waits
