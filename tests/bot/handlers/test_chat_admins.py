"""Who may change a chat's settings, what the bot sees there, and which errors are tried again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from telegram import Chat, User
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram_doubles import build_guest_update, build_press, build_update

from bot.answers.failures import is_owed_a_word, may_pass
from bot.handlers.chat_admins import is_admin, sees_all_messages
from bot.handlers.error_handler import _is_too_old
from bot.storage.engine import DatabaseAwayError, StorageError
from classifier.types import BusyError, WorkerUnavailableError

if TYPE_CHECKING:
    from telegram import Update

ANA = User(7, "Ana", is_bot=False)
OUR_BOT = User(1, "Bot", is_bot=True, username="some_bot")


class Telegram:
    """A Telegram that says who somebody is in a chat, or refuses to."""

    def __init__(
        self, status: str = "member", refusal: Exception | None = None, *, sees_all: bool = False
    ) -> None:
        self.status, self.refusal, self.sees_all, self.asked = status, refusal, sees_all, []

    async def get_chat_member(self, chat_id: int, user_id: int) -> Any:
        """Say who somebody is."""
        self.asked.append((chat_id, user_id))
        if self.refusal is not None:
            raise self.refusal
        return SimpleNamespace(status=self.status)

    async def get_me(self) -> Any:
        """Say who the bot is."""
        return SimpleNamespace(id=1, can_read_all_group_messages=self.sees_all)


@pytest.mark.parametrize(
    ("status", "runs_it"),
    [
        ("creator", True),
        ("administrator", True),
        ("member", False),
        ("restricted", False),
        ("left", False),
        ("kicked", False),
    ],
)
@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
async def test_a_group_is_run_by_its_owner_and_its_admins(kind: str, status: str, *, runs_it: bool) -> None:
    """Telegram is asked about the one who pressed, in the chat where it was."""
    telegram: Any = Telegram(status)
    assert await is_admin(telegram, Chat(-5, kind), ANA) is runs_it
    assert telegram.asked == [(-5, 7)]


async def test_in_private_everybody_decides_for_themselves() -> None:
    """Telegram need not be asked."""
    telegram: Any = Telegram(refusal=BadRequest("not asked"))
    assert await is_admin(telegram, Chat(7, "private"), ANA)


@pytest.mark.parametrize(("sender_chat_id", "runs_it"), [(-5, True), (-6, False)])
async def test_who_writes_as_the_group_runs_it_and_as_another_chat_does_not(
    sender_chat_id: int, *, runs_it: bool
) -> None:
    """A channel's mask makes no admin, whoever is behind it."""
    telegram: Any = Telegram("creator")
    assert await is_admin(telegram, Chat(-5, "group"), ANA, Chat(sender_chat_id, "channel")) is runs_it


@pytest.mark.parametrize("refusal", [BadRequest("no member list"), Forbidden("out")])
async def test_whom_telegram_does_not_know_runs_nothing(refusal: Exception) -> None:
    """Nor does nobody. An error that may pass is not taken for a no."""
    telegram: Any = Telegram(refusal=refusal)
    assert not await is_admin(telegram, Chat(-5, "group"), ANA)
    assert not await is_admin(telegram, Chat(-5, "group"), None)
    away: Any = Telegram(refusal=TimedOut())
    with pytest.raises(TimedOut):
        await is_admin(away, Chat(-5, "group"), ANA)


@pytest.mark.parametrize(
    ("status", "sees_all", "expected"),
    [("member", False, False), ("member", True, True), ("administrator", False, True)],
)
async def test_the_bot_sees_all_messages_as_an_admin_or_by_botfather(
    status: str, *, sees_all: bool, expected: bool
) -> None:
    """Otherwise a setting that needs them is warned about."""
    telegram: Any = Telegram(status, sees_all=sees_all)
    assert await sees_all_messages(telegram, -5) is expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (NetworkError("away"), True),
        (RetryAfter(3), True),
        (TelegramError("no JSON"), True),
        (InvalidToken(), True),
        (DatabaseAwayError("away"), True),
        (WorkerUnavailableError(), True),
        (BadRequest("wrong"), False),
        (Forbidden("out"), False),
        (Conflict("two"), False),
        (StorageError("full"), False),
        (BusyError(), False),
        (ValueError("ours"), False),
    ],
)
def test_what_may_pass_is_tried_again_and_a_fault_of_ours_is_not(error: Exception, *, expected: bool) -> None:
    """A refused token will be replaced by the host; a fault would be tried for a day in vain."""
    assert may_pass(error) is expected


@pytest.mark.parametrize(
    ("update", "waited", "expected"),
    [
        (build_update(1), 100.0, False),
        (build_update(1), 100.1, True),
        (build_press(1, -5, 7), 0.0, True),
        (build_guest_update(1, -5, user_id=7), 100.0, False),
    ],
)
def test_an_answer_is_given_up_when_its_time_is_over(
    update: Update, waited: float, *, expected: bool
) -> None:
    """Up to the limit it is tried again; nobody waits for a pressed button."""
    services = SimpleNamespace(
        inbox=SimpleNamespace(waited=lambda _: waited), settings=SimpleNamespace(dead_letter_seconds=100)
    )
    context: Any = SimpleNamespace(services=services)
    assert _is_too_old(update, context) is expected


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        (build_update(1), True),
        (build_update(1, -5, user_id=7), False),
        (build_update(1, -5, user_id=7, caption="/emotion"), False),
        (build_guest_update(1, -5, user_id=7), True),
    ],
    ids=["private", "group photo", "not an entity", "guest"],
)
def test_who_asked_nothing_is_told_of_no_error(update: Update, *, expected: bool) -> None:
    """In a group a photo that nobody asked about fails in silence."""
    assert is_owed_a_word(update, OUR_BOT) is expected
