"""What takes its turn within Telegram's limits."""

from __future__ import annotations

from typing import Any

import pytest

from bot.transport.rate_limiter import RetryingRateLimiter


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
