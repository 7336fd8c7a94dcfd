from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from telegram import Update
from telegram_doubles import BOT_ID, build_press, build_update

from bot.inbox.local import Inbox
from bot.inbox.table import STARTS_ALLOWED
from bot.storage.engine import cut_log

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

    from telegram import Bot

    from bot.storage.chat_store import Storage

    OpenInbox = Callable[..., Awaitable[Inbox]]


def query(directory: Path, statement: str) -> list[tuple[object, ...]]:
    """Look into the database from outside, as after a crash."""
    with sqlite3.connect(directory / "bot.sqlite3") as connection:
        return connection.execute(statement).fetchall()


def is_in_files(directory: Path, content: bytes) -> bool:
    return any(content in file.read_bytes() for file in directory.iterdir())


async def take(inbox: Inbox, count: int) -> list[Update]:
    """Get so many updates and leave them in flight."""
    taken = [await asyncio.wait_for(inbox.get(), 10) for _ in range(count)]
    assert all(isinstance(update, Update) for update in taken)
    return [update for update in taken if isinstance(update, Update)]


async def handle_all(inbox: Inbox, count: int) -> list[int]:
    """Handle so many updates, one after the other, and give their numbers."""
    handled = []
    for _ in range(count):
        [update] = await take(inbox, 1)
        handled.append(update.update_id)
        await inbox.settle(update.update_id)
        inbox.task_done()
    return handled


async def put_all(inbox: Inbox, updates: Iterable[Update]) -> None:
    for update in updates:
        await inbox.put(update)


def is_idle(inbox: Inbox) -> bool:
    return not inbox.waiting and not inbox.in_flight


async def test_an_update_is_on_the_disk_before_put_returns(open_inbox: OpenInbox, tmp_path: Path) -> None:
    """Telegram is told that an update arrived only when it cannot be lost any more."""
    inbox = await open_inbox()
    await inbox.put(build_update(5))
    rows = query(tmp_path, "SELECT bot_id, update_id, payload IS NOT NULL FROM inbox")
    assert rows == [(BOT_ID, 5, 1)]


async def test_an_update_survives_the_database_unchanged(open_inbox: OpenInbox) -> None:
    """What a handler sees after a restart equals what it would have seen before."""
    original = [build_update(1, chat_id=-4, user_id=9, caption="<b>é🙂</b>"), build_press(2, -4, 9)]
    await put_all(await open_inbox(), original)
    rebuilt = await take(await open_inbox(), 2)
    assert [update.to_dict() for update in rebuilt] == [update.to_dict() for update in original]


async def test_what_was_not_finished_is_replayed_in_order(open_inbox: OpenInbox) -> None:
    """Waiting or in flight when the process ends: it is handed out again; what was done is not."""
    first = await open_inbox()
    await put_all(first, map(build_update, range(1, 6)))
    await handle_all(first, 2)
    await take(first, 1)
    assert await handle_all(await open_inbox(), 3) == [3, 4, 5]


async def test_a_known_number_is_dropped(open_inbox: OpenInbox) -> None:
    """Telegram may deliver again what waits, what is in flight, and what is done: each is handled once."""
    inbox = await open_inbox()
    await put_all(inbox, [build_update(1), build_update(1)])
    await take(inbox, 1)
    await inbox.put(build_update(1))
    await inbox.settle(1)
    await inbox.put(build_update(1))
    again = await open_inbox()
    await put_all(again, [build_update(1), build_update(2)])
    assert await handle_all(again, 1) == [2]
    assert is_idle(again)


async def test_the_same_number_of_another_bot_is_another_update(storage: Storage, bot: Bot) -> None:
    """Numbers count by bot: a new token on the same data directory starts afresh."""

    class OtherBot:
        id = BOT_ID + 1

    handled = []
    for owner in (bot, OtherBot()):
        inbox = Inbox(storage.engine)
        await inbox.load_unfinished(owner)  # type: ignore[arg-type]
        await inbox.put(build_update(1))
        handled += await handle_all(inbox, 1)
        await inbox.close()
    assert handled == [1, 1]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    arrivals=st.lists(st.tuples(st.integers(0, 30), st.integers(1, 3)), max_size=25),
    in_memory=st.integers(0, 3),
)
async def test_whatever_the_order_each_update_is_handled_once_and_each_chat_in_order(
    tmp_path_factory: pytest.TempPathFactory, bot: Bot, arrivals: list[tuple[int, int]], in_memory: int
) -> None:
    """Repeats and gaps in the numbers, in any order, change nothing about it, wherever updates wait."""
    from bot.storage.chat_store import Storage  # noqa: PLC0415 - only the type is imported above

    storage = await Storage.open(tmp_path_factory.mktemp("inbox"))
    inbox = Inbox(storage.engine, max_in_memory=in_memory)
    await inbox.load_unfinished(bot)
    chats = dict(reversed(arrivals))  # the first to bear a number is the update
    await put_all(inbox, (build_update(number, chat) for number, chat in arrivals))
    handled = await handle_all(inbox, len(chats))
    assert is_idle(inbox)
    for chat in set(chats.values()):
        expected = [number for number in dict(arrivals) if chats[number] == chat]
        assert [number for number in handled if chats[number] == chat] == expected
    await inbox.close()
    await storage.close()


async def test_a_chat_has_one_update_in_flight_and_chats_go_in_parallel(open_inbox: OpenInbox) -> None:
    """The second photo of a chat waits for the first; another chat's photo does not."""
    inbox = await open_inbox()
    await put_all(inbox, [build_update(1, 7), build_update(2, 7), build_update(3, 8)])
    assert [update.update_id for update in await take(inbox, 2)] == [1, 3]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(inbox.get(), 0.1)
    await inbox.settle(1)
    assert [update.update_id for update in await take(inbox, 1)] == [2]


async def test_no_more_are_in_flight_than_allowed(open_inbox: OpenInbox) -> None:
    """The application makes a task of each update that it gets: the bound is here."""
    inbox = await open_inbox(max_in_flight=2)
    await put_all(inbox, (build_update(number, chat_id=number) for number in range(1, 5)))
    await take(inbox, 2)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(inbox.get(), 0.1)
    inbox.release(1)
    assert [update.update_id for update in await take(inbox, 1)] == [3]


async def test_memory_is_bounded_however_much_waits(open_inbox: OpenInbox) -> None:
    """Beyond the bound updates are read from the database in their turn, and all are."""
    inbox = await open_inbox(max_in_memory=3)
    await put_all(inbox, (build_update(number, chat_id=number) for number in range(1, 13)))
    waiting = [entry for entries in inbox._lanes._waiting.values() for entry in entries]
    assert sum(entry.update is not None for entry in waiting) == 3
    assert await handle_all(inbox, 12) == list(range(1, 13))


async def test_beyond_the_bound_put_waits_for_room(open_inbox: OpenInbox) -> None:
    """Then Telegram keeps what comes, and nothing is refused."""
    inbox = await open_inbox(max_waiting=2)
    await put_all(inbox, [build_update(1), build_update(2)])
    putting = asyncio.create_task(inbox.put(build_update(3)))
    await asyncio.sleep(0.1)
    assert not putting.done()
    await handle_all(inbox, 1)
    await asyncio.wait_for(putting, 10)
    assert await handle_all(inbox, 2) == [2, 3]


async def test_a_cancelled_put_loses_nothing(open_inbox: OpenInbox) -> None:
    """Polling is cancelled when the bot stops: what it was putting is handled once all the same."""
    inbox = await open_inbox()
    putting = asyncio.create_task(inbox.put(build_update(1)))
    await asyncio.sleep(0)
    putting.cancel()
    await inbox.put(build_update(1))
    assert await handle_all(inbox, 1) == [1]
    assert is_idle(inbox)


async def test_of_a_done_update_only_its_number_is_kept(
    open_inbox: OpenInbox, tmp_path: Path, storage: Storage
) -> None:
    """Neither a row nor a free page of any file holds what somebody wrote, once it is answered."""
    inbox = await open_inbox()
    await inbox.put(build_update(1, chat_id=4711, caption="very-private-caption"))
    assert is_in_files(tmp_path, b"very-private-caption")
    await handle_all(inbox, 1)
    await inbox.close()
    await cut_log(storage.engine)  # as every day, and after /forget
    assert not is_in_files(tmp_path, b"very-private-caption")
    await storage.close()
    [row] = query(tmp_path, "SELECT update_id, payload, lane, user_id FROM inbox")
    assert row == (1, None, None, None)
    assert not is_in_files(tmp_path, b"very-private-caption")


async def test_a_held_update_stays_unfinished_until_it_is_done(open_inbox: OpenInbox) -> None:
    """The parts of an album do not hold up their chat, and come again if the album was not answered."""
    inbox = await open_inbox()
    await put_all(inbox, map(build_update, (1, 2, 3)))
    for number in (1, 2):
        await take(inbox, 1)
        inbox.hold(number)
        await inbox.settle(number)
    assert inbox.in_flight == 0
    await inbox.done(1)
    assert await handle_all(await open_inbox(), 2) == [2, 3]


async def test_a_postponed_update_comes_again_before_the_next_of_its_chat(open_inbox: OpenInbox) -> None:
    """Its chat waits with it; others do not, and it takes up no place in flight."""
    inbox = await open_inbox(max_in_flight=1)
    await put_all(inbox, [build_update(1, 7), build_update(2, 7), build_update(3, 8)])
    await take(inbox, 1)
    inbox.postpone(1, 0.2)
    await inbox.settle(1)
    assert inbox.waiting == 3
    assert await handle_all(inbox, 3) == [3, 1, 2]


async def test_what_is_postponed_while_the_bot_stops_holds_nothing_up(open_inbox: OpenInbox) -> None:
    """The application waits for what is worked on; what is put off until the next start is not."""
    inbox = await open_inbox()
    await inbox.put(build_update(1))
    await take(inbox, 1)
    inbox.put_nowait(object())
    await inbox.get()
    inbox.postpone(1, 60.0)
    await inbox.settle(1)
    for _ in range(2):
        inbox.task_done()

    await asyncio.wait_for(inbox.join(), 5)

    assert is_idle(inbox)
    await inbox.close()
    assert await handle_all(await open_inbox(), 1) == [1]


async def test_a_postponed_update_survives_a_crash(open_inbox: OpenInbox) -> None:
    """However often it was postponed, that does not count against it."""
    inbox = await open_inbox()
    await inbox.put(build_update(1))
    for _ in range(STARTS_ALLOWED + 1):
        await take(inbox, 1)
        inbox.postpone(1, 0.0)
        await inbox.settle(1)
    await inbox.close()
    assert await handle_all(await open_inbox(), 1) == [1]


async def test_what_killed_its_worker_twice_is_set_aside(open_inbox: OpenInbox, bot: Bot) -> None:
    """The count outlives the process; its sender can be told, and it is not handed out again."""
    first = await open_inbox()
    await put_all(first, [build_update(1), build_update(2)])
    await take(first, 1)
    assert await first.count_worker_death(1) == 1
    second = await open_inbox()
    await take(second, 1)
    assert await second.count_worker_death(1) == 2
    third = await open_inbox()
    [aside] = await third.load_unfinished(bot)
    assert aside.update_id == 1
    assert await handle_all(third, 1) == [2]
    await third.done(1)
    assert await third.load_unfinished(bot) == []


async def test_what_was_begun_at_each_of_many_deaths_is_set_aside(open_inbox: OpenInbox, bot: Bot) -> None:
    """An update that kills the whole bot cannot do so for ever."""
    await (await open_inbox()).put(build_update(1))
    for _ in range(STARTS_ALLOWED):
        inbox = await open_inbox()
        await take(inbox, 1)
        await inbox.close()
    last = await open_inbox()
    assert [update.update_id for update in await last.load_unfinished(bot)] == [1]
    assert is_idle(last)


async def test_a_signal_passes_by_and_what_waits_stays_for_the_next_start(open_inbox: OpenInbox) -> None:
    """The application stops after what is in flight, not after the whole backlog; nothing is lost."""
    inbox, stop = await open_inbox(), object()
    await put_all(inbox, map(build_update, (1, 2, 3)))
    await take(inbox, 1)
    await inbox.put(stop)
    assert await inbox.get() is stop
    inbox.task_done()
    assert inbox.empty()
    joining = asyncio.create_task(inbox.join())
    await asyncio.sleep(0)
    assert not joining.done()
    await inbox.settle(1)
    inbox.task_done()
    await asyncio.wait_for(joining, 10)
    assert await handle_all(await open_inbox(), 2) == [2, 3]


async def test_the_waiting_of_one_sender_is_counted_over_chats(open_inbox: OpenInbox) -> None:
    """So that somebody who sends too much can be told."""
    inbox = await open_inbox()
    photos = [build_update(number, chat_id=-number, user_id=7) for number in (1, 2, 3)]
    await put_all(inbox, [*photos, build_update(4, chat_id=8)])
    assert inbox.waiting_behind(photos[0]) == 3
    await take(inbox, 1)
    assert inbox.waiting_behind(photos[0]) == 2


async def test_what_somebody_sent_before_can_be_dropped_for_good(
    open_inbox: OpenInbox, tmp_path: Path
) -> None:
    """Waiting, postponed or only in the database: it is gone; later messages and other people's stay."""
    inbox = await open_inbox(max_in_memory=2)
    before = [build_update(1, -1, user_id=7), build_update(2, -2, user_id=7), build_update(3, -2, user_id=7)]
    await put_all(inbox, [*before, build_update(4, -2, user_id=8), build_update(5, 7), build_update(6, 7)])
    await take(inbox, 1)
    inbox.postpone(1, 0.1)
    await inbox.settle(1)
    asking = (await take(inbox, 2))[1]
    assert asking.update_id == 5

    assert await inbox.drop_waiting(7, before=5) == 2

    rows = query(tmp_path, "SELECT update_id FROM inbox WHERE payload IS NULL ORDER BY 1")
    assert rows == [(1,), (3,)]
    for number in (2, 5):
        await inbox.settle(number)
    assert sorted(await handle_all(inbox, 2)) == [4, 6]
    assert is_idle(inbox)


async def test_an_update_cannot_be_put_without_a_commit(open_inbox: OpenInbox) -> None:
    """put_nowait cannot wait for the disk, so it refuses."""
    with pytest.raises(TypeError):
        (await open_inbox()).put_nowait(build_update(1))
