from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING

from stepped_inbox import SteppedInbox
from telegram_doubles import BOT_ID, build_press, build_update

from bot.inbox.base import IncomingUpdates
from bot.inbox.entry import QUIET_SECONDS, STARTS_ALLOWED
from bot.inbox.queries import InboxTable
from bot.storage.engine import truncate_wal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

    import pytest
    from telegram import Bot, Update

    from bot.storage.database import Storage

    OpenInbox = Callable[..., Awaitable[SteppedInbox]]


def query(directory: Path, statement: str) -> list[tuple[object, ...]]:
    """Look into the database from outside, as after a crash."""
    with sqlite3.connect(directory / "bot.sqlite3") as connection:
        return connection.execute(statement).fetchall()


def is_in_files(directory: Path, content: bytes) -> bool:
    return any(content in file.read_bytes() for file in directory.iterdir())


async def take(inbox: SteppedInbox, count: int) -> list[Update]:
    """Get so many updates and leave them in flight."""
    return [await asyncio.wait_for(inbox.get(), 60) for _ in range(count)]


async def handle_all(inbox: SteppedInbox, count: int) -> list[int]:
    """Handle so many updates, one after the other, and give their numbers."""
    handled = []
    for _ in range(count):
        [update] = await take(inbox, 1)
        handled.append(update.update_id)
        await inbox.settle(update.update_id)
    return handled


async def put_all(inbox: SteppedInbox, updates: Iterable[Update]) -> None:
    for update in updates:
        await inbox.add(update)


def is_idle(inbox: SteppedInbox) -> bool:
    return not inbox.waiting and not inbox.in_flight


async def test_an_update_is_on_the_disk_before_put_returns(open_inbox: OpenInbox, tmp_path: Path) -> None:
    """Telegram is told that an update arrived only when it cannot be lost any more."""
    inbox = await open_inbox()
    await inbox.add(build_update(5))
    rows = query(tmp_path, "SELECT bot_id, update_id, payload IS NOT NULL FROM inbox")
    assert rows == [(BOT_ID, 5, 1)]


async def test_an_update_survives_the_database_unchanged(open_inbox: OpenInbox) -> None:
    """What a handler sees after a restart equals what it would have seen before."""
    original = [build_update(1, chat_id=-4, user_id=9, caption="<b>é🙂</b>"), build_press(2, -4, 9)]
    await put_all(await open_inbox(), original)
    rebuilt = sorted(await take(await open_inbox(), 2), key=lambda update: update.update_id)
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
    await inbox.add(build_update(1))
    await inbox.settle(1)
    await inbox.add(build_update(1))
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
        inbox = SteppedInbox(storage.engine)
        await inbox.start(owner)
        await inbox.add(build_update(1))
        handled += await handle_all(inbox, 1)
        await inbox.close()
    assert handled == [1, 1]


async def test_beyond_the_bound_nothing_more_is_fetched(open_inbox: OpenInbox) -> None:
    """Then Telegram keeps what comes, and nothing is refused."""
    inbox = await open_inbox(max_waiting=2, concurrency=1)
    incoming = IncomingUpdates(inbox)
    for number in (1, 2, 3):
        await incoming.put(build_update(number, chat_id=number))
    polling = asyncio.create_task(incoming.flush())
    await asyncio.sleep(0.1)
    assert not polling.done()
    await handle_all(inbox, 2)
    await asyncio.wait_for(polling, 60)
    assert await handle_all(inbox, 1) == [3]


async def test_one_chat_alone_does_not_keep_others_at_telegram(open_inbox: OpenInbox) -> None:
    """Of each chat only so many count for the bound."""
    inbox = await open_inbox(max_waiting=150, concurrency=1)
    incoming = IncomingUpdates(inbox)
    for number in range(200):
        await incoming.put(build_update(number, chat_id=7))
    await asyncio.wait_for(incoming.flush(), 60)
    assert inbox.waiting >= 199


async def test_what_one_answer_brought_is_committed_at_once(open_inbox: OpenInbox, tmp_path: Path) -> None:
    """Before the next poll confirms it, all of it is on the disk, in one transaction."""
    inbox = await open_inbox()
    incoming = IncomingUpdates(inbox)
    written = []
    write = inbox._table.write
    inbox._table.write = lambda arrivals, marks: written.append(len(arrivals)) or write(arrivals, marks)
    for number in range(1, 101):
        await incoming.put(build_update(number, chat_id=number))
    await incoming.flush()
    assert query(tmp_path, "SELECT count(*) FROM inbox") == [(100,)]
    assert next(count for count in written if count) == 100


async def test_a_cancelled_put_loses_nothing(open_inbox: OpenInbox) -> None:
    """Polling is cancelled when the bot stops: what it was putting is handled once all the same."""
    inbox = await open_inbox()
    putting = asyncio.create_task(inbox.add(build_update(1)))
    await asyncio.sleep(0)
    putting.cancel()
    await inbox.add(build_update(1))
    assert await handle_all(inbox, 1) == [1]
    assert is_idle(inbox)


async def test_of_a_done_update_only_its_number_is_kept(
    open_inbox: OpenInbox, tmp_path: Path, storage: Storage
) -> None:
    """Neither a row nor a free page of any file holds what somebody wrote, once it is answered."""
    inbox = await open_inbox()
    await inbox.add(build_update(1, chat_id=4711, caption="very-private-caption"))
    assert is_in_files(tmp_path, b"very-private-caption")
    await handle_all(inbox, 1)
    await inbox.close()
    await truncate_wal(storage.engine)  # as every day, and after /forget
    assert not is_in_files(tmp_path, b"very-private-caption")
    await storage.close()
    [row] = query(tmp_path, "SELECT update_id, payload, ordering_key, user_id FROM inbox")
    assert row == (1, None, None, None)
    assert not is_in_files(tmp_path, b"very-private-caption")


async def test_what_is_set_aside_does_not_hold_up_its_chat(open_inbox: OpenInbox) -> None:
    """It comes again at its time, and as what it is, also after a crash."""
    inbox = await open_inbox()
    await put_all(inbox, map(build_update, (1, 2)))
    await take(inbox, 1)
    inbox.retry_later(1, 0.2, aside=True)
    await inbox.settle(1)
    both = await take(inbox, 2)  # at once, whichever comes first
    assert {update.update_id for update in both} == {1, 2}
    assert inbox.is_aside(1)
    await inbox.settle(2)
    again = await open_inbox()
    await take(again, 1)
    assert again.is_aside(1)


async def test_an_album_is_one_entry_in_the_order_of_the_chat(open_inbox: OpenInbox) -> None:
    """It is claimed when its parts have stopped coming; a part that is late is an entry of its own."""
    now = [1_700_000_000.0]
    inbox = await open_inbox(clock=lambda: now[0])
    await put_all(inbox, (build_update(number, album="a") for number in (2, 3, 1)))
    await put_all(inbox, [build_update(4, album="b"), build_update(2, album="a")])
    now[0] += QUIET_SECONDS
    [first] = await take(inbox, 1)
    assert [part.update_id for part in inbox.parts(first)] == [1, 2, 3]
    await inbox.add(build_update(5, album="a"))
    await inbox.settle(1)
    [second] = await take(inbox, 1)
    assert [part.update_id for part in inbox.parts(second)] == [4]


async def test_a_postponed_update_comes_again_before_the_next_of_its_chat(open_inbox: OpenInbox) -> None:
    """Its chat waits with it; others do not, and it takes up no place in flight."""
    inbox = await open_inbox(concurrency=1)
    await put_all(inbox, [build_update(1, 7), build_update(2, 7), build_update(3, 8)])
    await take(inbox, 1)
    inbox.retry_later(1, 0.2)
    await inbox.settle(1)
    assert inbox.waiting >= 2
    assert await handle_all(inbox, 3) == [3, 1, 2]


async def test_what_is_postponed_while_the_bot_stops_holds_nothing_up(open_inbox: OpenInbox) -> None:
    """What is in hand is waited for; what is put off until the next start is not."""
    inbox = await open_inbox()
    await inbox.add(build_update(1))
    await take(inbox, 1)
    stopping = asyncio.create_task(inbox.stop(3_600))
    await asyncio.sleep(0)
    inbox.retry_later(1, 3_600.0)
    await inbox.settle(1)

    await asyncio.wait_for(stopping, 60)

    assert is_idle(inbox)
    await inbox.close()
    assert await handle_all(await open_inbox(), 1) == [1]


async def test_a_postponed_update_survives_a_crash(open_inbox: OpenInbox) -> None:
    """However often it was postponed, that does not count against it."""
    inbox = await open_inbox()
    await inbox.add(build_update(1))
    for _ in range(STARTS_ALLOWED + 1):
        await take(inbox, 1)
        inbox.retry_later(1, 0.0)
        await inbox.settle(1)
    await inbox.close()
    assert await handle_all(await open_inbox(), 1) == [1]


async def test_who_stops_while_it_claims_has_nothing_in_hand(
    open_inbox: OpenInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL what is in hand is not begun again by the same process: it would hold up its chat."""
    inbox = await open_inbox()
    is_reading, may_read = asyncio.Event(), asyncio.Event()
    read_waiting = InboxTable.read_waiting

    async def read_slowly(table: InboxTable, number: int) -> object:
        is_reading.set()
        await may_read.wait()
        return await read_waiting(table, number)

    monkeypatch.setattr(InboxTable, "read_waiting", read_slowly)
    await inbox.add(build_update(1))
    await is_reading.wait()
    stopping = asyncio.create_task(inbox.stop(0))
    await asyncio.sleep(0)
    may_read.set()
    await stopping

    assert inbox.in_flight == 0


async def test_what_killed_its_worker_twice_is_given_up(open_inbox: OpenInbox) -> None:
    """The count outlives the process; its sender is told, and it is not handed out again."""
    first = await open_inbox()
    await put_all(first, [build_update(1), build_update(2)])
    await take(first, 1)
    assert await first.count_worker_death(1) == 1
    second = await open_inbox()
    await take(second, 1)
    assert await second.count_worker_death(1) == 2
    told = []

    async def tell(update: Update) -> None:
        told.append(update.update_id)

    third = await open_inbox(on_dead_letter=tell)
    assert await handle_all(third, 1) == [2]
    assert told == [1]
    assert is_idle(await open_inbox(on_dead_letter=tell))
    assert told == [1]


async def test_what_was_begun_at_each_of_many_deaths_is_given_up(open_inbox: OpenInbox) -> None:
    """An update that kills the whole bot cannot do so for ever."""
    told = asyncio.Event()

    async def tell(_update: Update) -> None:
        told.set()

    inbox = await open_inbox()
    await inbox.add(build_update(1))
    for _ in range(STARTS_ALLOWED):
        await take(inbox, 1)
        await inbox.close()
        inbox = await open_inbox(on_dead_letter=tell)
    await asyncio.wait_for(told.wait(), 60)


async def test_what_waits_when_the_bot_stops_stays_for_the_next_start(open_inbox: OpenInbox) -> None:
    """The bot stops after what is in hand, not after the whole backlog; nothing is lost."""
    inbox = await open_inbox()
    await put_all(inbox, map(build_update, (1, 2, 3)))
    await take(inbox, 1)
    stopping = asyncio.create_task(inbox.stop(60))
    await asyncio.sleep(0.01)
    assert not stopping.done()
    await inbox.settle(1)
    await asyncio.wait_for(stopping, 60)
    await inbox.close()
    assert await handle_all(await open_inbox(), 2) == [2, 3]


async def test_a_person_with_many_groups_has_one_turn_like_anybody(open_inbox: OpenInbox) -> None:
    """Fifty groups of one person do not give fifty turns before another person's first."""
    inbox = await open_inbox(concurrency=1)
    await inbox.add(*(build_update(number, chat_id=-number, user_id=7) for number in range(1, 51)))
    await inbox.add(build_update(51, chat_id=-51, user_id=8))
    assert await handle_all(inbox, 3) == [1, 51, 2]


async def test_who_writes_in_a_full_group_keeps_their_turn_elsewhere(open_inbox: OpenInbox) -> None:
    """Behind others' photos in the group one waits; in the private chat as if one had sent a single one."""
    inbox = await open_inbox(concurrency=1)
    await inbox.add(*(build_update(number, chat_id=-5, user_id=7) for number in range(1, 11)))
    await inbox.add(build_update(11, chat_id=-5, user_id=8), build_update(12, chat_id=8))
    assert await handle_all(inbox, 3) == [1, 12, 2]


async def test_what_somebody_sent_before_can_be_dropped_for_good(
    open_inbox: OpenInbox, tmp_path: Path
) -> None:
    """Waiting, postponed or only in the database: it is gone; later messages and other people's stay."""
    inbox = await open_inbox(concurrency=2)
    await inbox.add(build_update(1, -1, user_id=7))
    await take(inbox, 1)
    await put_all(inbox, [build_update(2, -2, user_id=7), build_update(3, -2, user_id=7)])
    await put_all(inbox, [build_update(4, -2, user_id=8), build_update(5, 7), build_update(6, 7)])
    inbox.retry_later(1, 0.1)
    await inbox.settle(1)
    assert {update.update_id for update in await take(inbox, 2)} == {2, 5}

    assert await inbox.drop_waiting(7, before=5) == 2

    rows = query(tmp_path, "SELECT update_id FROM inbox WHERE payload IS NULL ORDER BY 1")
    assert rows == [(1,), (3,)]
    for number in (2, 5):
        await inbox.settle(number)
    assert sorted(await handle_all(inbox, 2)) == [4, 6]
    assert is_idle(inbox)
