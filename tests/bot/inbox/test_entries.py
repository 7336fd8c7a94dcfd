"""What decides about an entry, at its limits: its order, its album, its end, its owner, its return."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from bot_fakes import until
from sqlalchemy import event
from telegram import Update
from telegram_doubles import build_guest_update, build_press, build_update

from bot.inbox.entry import (
    QUIET_SECONDS,
    Again,
    build_entry,
    build_stored,
    find_album,
    find_ordering_key,
    is_poison,
    name_aside,
)
from bot.inbox.postgres.lease import Lease
from bot.inbox.postgres.workers import NotFinishedError, _BeginAgain, name_lock
from bot.storage.engine import build_engine

if TYPE_CHECKING:
    from pathlib import Path

    from bot.storage.database import Storage

JOB: Any = SimpleNamespace(queue="bot 4242", attempts=0)


@pytest.mark.parametrize(
    ("worker_deaths", "starts", "is_given_up"),
    [(0, 0, False), (1, 9, False), (2, 0, True), (0, 9, False), (0, 10, True)],
)
def test_two_dead_workers_or_ten_starts_make_a_dead_letter(
    worker_deaths: int, starts: int, *, is_given_up: bool
) -> None:
    """One death, and nine, may have had another reason."""
    assert is_poison(worker_deaths, starts) is is_given_up


def test_an_album_waits_a_second_for_its_next_part() -> None:
    """Telegram sends the parts within some hundred milliseconds; people wait for the answer."""
    assert QUIET_SECONDS == 1.0


@pytest.mark.parametrize(
    ("update", "ordering_key"),
    [
        (build_update(1, -5, user_id=7), "chat -5"),
        (build_press(1, -5, 7), "user 7"),
        (build_guest_update(1, -5, user_id=7), "guest 7"),
        (Update(1), "nobody"),
    ],
    ids=["message", "button", "guest", "nothing known"],
)
def test_what_is_in_order_with_what(update: Update, ordering_key: str) -> None:
    """Messages with their chat; presses with whoever pressed; guests with whoever asked."""
    assert find_ordering_key(update) == ordering_key
    assert build_stored(update, 1.0).ordering_key == ordering_key


def test_an_album_is_of_one_chat() -> None:
    """What is no part of an album, and a button below a part, belongs to none."""
    here, there = (build_update(1, chat_id, album="a") for chat_id in (5, 6))
    assert find_album(here) != find_album(there)
    assert find_album(build_update(1)) is None
    press = here.to_dict()
    query = {**build_press(2, 5, 5).to_dict()["callback_query"], "message": press["message"]}
    assert find_album(Update.de_json({"update_id": 2, "callback_query": query}, None)) is None
    assert find_album(build_guest_update(1, 5, user_id=7, album="a")) is None


def test_an_album_is_built_of_all_that_came_of_it() -> None:
    """In the order of the chat; a part that came twice is one, but both numbers are done with it."""
    first, second = build_update(4, album="a"), build_update(3, album="a")
    twice = Update.de_json({**second.to_dict(), "update_id": 9}, None)
    rows = [build_stored(update, at) for update, at in ((first, 20.0), (second, 10.0), (twice, 30.0))]
    rows[0] = rows[0]._replace(worker_deaths=2)

    entry = build_entry(4, rows, settings_version=6, bot=None)

    assert [update.effective_message.message_id for update in entry.updates if update.effective_message] == [
        3,
        4,
    ]
    assert sorted(entry.update_ids) == [3, 4, 9]
    assert (entry.arrived_at, entry.settings_version, entry.is_aside) == (10.0, 6, False)
    assert entry.is_poison, "one part that kills is enough"
    aside = build_entry(4, [rows[1]._replace(ordering_key=name_aside(4))], 0, None)
    assert (aside.is_aside, aside.is_poison) == (True, False)


@pytest.mark.parametrize("aside", [True, False])
def test_who_asks_for_a_retry_holds_up_the_chat_unless_set_aside(*, aside: bool) -> None:
    """What is set aside waits under a name of its own, and is given at once when the bot stops."""
    entry = build_entry(4, [build_stored(build_update(4), 1.0)], 0, None)
    entry.retry_later(5.0, aside=aside)
    assert entry.again == Again(5.0, "aside 4" if aside else None, is_hurried=aside)


@pytest.mark.parametrize(
    ("error", "seconds", "lock"),
    [
        (NotFinishedError(Again(7.5)), 7.5, None),
        (NotFinishedError(Again(7.5, "aside 4")), 7.5, "bot 4242 aside 4"),
        (asyncio.CancelledError(), 0.0, None),
        (OSError(), 1.0, None),
    ],
)
def test_whatever_ends_a_job_it_goes_back_to_the_queue(
    error: BaseException, seconds: float, lock: str | None
) -> None:
    """At its time, behind the lock of its chat or one of its own; at once when the process stops."""
    decision = _BeginAgain().get_retry_decision(exception=error, job=JOB)

    assert decision.lock == lock
    assert decision.retry_at is not None
    assert (decision.retry_at - datetime.now(UTC)).total_seconds() == pytest.approx(seconds, abs=0.4)
    assert name_lock("bot 1", "chat 5") != name_lock("bot 2", "chat 5"), "another bot's chat of that number"


def test_a_lease_is_over_before_others_take_over(storage: Storage) -> None:
    """After two thirds of the time, to the moment; what comes then is claimed under a new one."""
    now = [0.0]
    lease = Lease(storage.engine, 6.0, clock=lambda: now[0])
    number = lease.begin_or_current()
    now[0] = 4.0
    assert lease.holds(number)
    assert lease.begin_or_current() == number
    now[0] = 4.01
    assert not lease.holds(number)
    assert lease.begin_or_current() != number
    assert not lease.holds(number), "what was claimed before stays lost"


async def test_a_lease_counts_from_when_the_database_was_asked(storage: Storage) -> None:
    """It may have answered long before the answer was read: the process may have been stopped meanwhile."""
    now = [0.0]
    lease = Lease(storage.engine, 6.0, clock=lambda: now[0])
    number = lease.begin_or_current()
    now[0] = 2.0

    def take_long(*_: object) -> None:
        now[0] = 3.0

    event.listen(storage.engine.sync_engine, "before_cursor_execute", take_long)
    keeping = asyncio.create_task(lease.keep())
    await until(lambda: lease._renewed_at == 2.0)
    keeping.cancel()
    now[0] = 6.0
    assert lease.holds(number)
    now[0] = 6.01
    assert not lease.holds(number)


async def test_without_its_database_a_lease_ends(tmp_path: Path) -> None:
    """Asking in vain renews nothing, and asking goes on."""
    now = [0.0]
    lease = Lease(build_engine(f"sqlite+aiosqlite:///{tmp_path}/none/x"), 6.0, clock=lambda: now[0])
    number = lease.begin_or_current()
    now[0] = 3.0
    keeping = asyncio.create_task(lease.keep())
    await asyncio.sleep(0.05)
    assert not keeping.done()
    now[0] = 5.0
    assert not lease.holds(number)
    keeping.cancel()
