"""What the inbox's table gives back: turns, albums, what waits, what is in hand, what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from bot.inbox.entry import Stored, name_aside
from bot.inbox.queries import InboxTable, InboxWriter, Marks
from bot.storage.tables import inbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.storage.database import Storage

BOT_ID = 4_242


def store(number: int, chat_id: int = 5, user_id: int | None = 7, album: str | None = None) -> Stored:
    return Stored(number, f"chat {chat_id}", user_id, album, 1_000.0, "{}")


@pytest.fixture
def table(storage: Storage) -> InboxTable:
    return InboxTable(storage.engine, BOT_ID)


async def receive(table: InboxTable, *arrivals: Stored) -> dict[int, int]:
    """Write what came at once, and give the turn of each by number."""
    return {stored.update_id: stored.turn for stored in await table.write(arrivals, Marks())}


async def list_numbers(table: InboxTable, number: int) -> list[int]:
    rows, _ = await table.read_waiting(number)
    return [row.update_id for row in rows]


async def test_people_and_chats_take_turns_and_a_chat_keeps_its_order(table: InboxTable) -> None:
    """Whoever has many waiting, in however many chats, is behind whoever has none."""
    assert await receive(table, store(1, 5, 7), store(2, 5, 7), store(3, 6, 7)) == {1: 0, 2: 1, 3: 2}
    assert await receive(table, store(4, 8, 8)) == {4: 0}, "another person's first"
    assert await receive(table, store(5, 5, 8)) == {5: 2}, "their second, behind those of the chat"
    assert await receive(table, store(6, -9, None), store(7, -9, None)) == {6: 0, 7: 1}, "of nobody"


async def test_a_new_turn_begins_with_the_lowest_that_waits(table: InboxTable) -> None:
    """What is done, or set aside, does not let newcomers in before those who wait."""
    await receive(table, *(store(number) for number in (1, 2, 3, 4)))
    await table.write([], Marks(done={1: 1_001.0}, ordering_keys={2: name_aside(2)}))
    assert await receive(table, store(5, 8, 8)) == {5: 2}


async def test_what_came_twice_is_new_once(table: InboxTable) -> None:
    """Within one answer of Telegram's, and when it is done long since."""
    assert list(await receive(table, store(1), store(1))) == [1]
    await table.write([], Marks(done={1: 1_001.0}))
    assert list(await receive(table, store(2), store(1))) == [2]


async def test_an_album_is_read_with_its_parts_that_wait(table: InboxTable) -> None:
    """Not those that are done, nor another album's; what is set aside is read apart, both ways."""
    parts = [store(number, album="5 a") for number in (1, 2, 3, 4)]
    await receive(table, *parts, store(5, album="5 b"), store(6))
    await table.write([], Marks(done={1: 1_001.0}))
    assert await list_numbers(table, 3) == [2, 3, 4]
    assert await list_numbers(table, 6) == [6]
    assert await list_numbers(table, 1) == []
    await table.write([], Marks(ordering_keys=dict.fromkeys((2, 3), name_aside(2))))
    assert await list_numbers(table, 2) == [2, 3]
    assert await list_numbers(table, 4) == [4]


async def test_another_bots_updates_are_another_bots(storage: Storage, table: InboxTable) -> None:
    """The numbers of different bots overlap, and their people may be the same."""
    other = InboxTable(storage.engine, BOT_ID + 1)
    await receive(table, store(1, album="5 a"))
    assert await receive(other, store(1, album="5 a"), store(2, album="5 a")) == {1: 0, 2: 1}
    await other.write([], Marks(started={1: 3}, ordering_keys={1: "x"}, done={2: 1_001.0}))
    await other.count_worker_death(1)
    ((row,), _) = await table.read_waiting(1)
    assert (row.starts, row.ordering_key, row.worker_deaths) == (0, "chat 5", 0)
    assert [stored.update_id for stored in await table.list_unfinished()] == [1]
    assert await other.drop_waiting(7, 2, [], 1_002.0) == [1]
    assert await list_numbers(table, 1) == [1]


async def test_chats_wait_whose_updates_nobody_has_begun(table: InboxTable) -> None:
    """Each once, however much of it waits; what was put off before it began waits again."""
    await receive(table, store(1, 5), store(2, 5), store(3, 6), store(4, 7))
    assert await table.count_waiting_chats() == 3
    await table.write([], Marks(started={1: 1, 3: 1}, done={4: 1_001.0}))
    assert await table.count_waiting_chats() == 1
    await table.write([], Marks(started={3: -1}))
    assert await table.count_waiting_chats() == 2


async def test_what_is_unfinished_is_listed_as_it_came(table: InboxTable) -> None:
    """Not by number, which begins anew after a quiet week; and without what somebody wrote."""
    await receive(table, store(900))
    await receive(table, store(5))
    unfinished = await table.list_unfinished()
    assert [stored.update_id for stored in unfinished] == [900, 5]
    assert {stored.payload for stored in unfinished} == {""}


async def test_only_what_the_person_sent_before_is_dropped(table: InboxTable) -> None:
    """Not the request itself, nor what came after it, nor what is in hand, nor what others sent."""
    await receive(table, *(store(number, number) for number in (1, 2)), store(3, 5, user_id=8))
    await receive(table, store(4, 7))
    await receive(table, store(5, 5))
    assert await table.drop_waiting(7, 4, [2], 1_001.0) == [1]
    assert [stored.update_id for stored in await table.list_unfinished()] == [2, 3, 4, 5]


async def test_of_what_is_done_or_dropped_only_the_number_stays(storage: Storage, table: InboxTable) -> None:
    """Nothing tells any more who sent it, to which chat, in which album, or what it said."""
    await receive(table, store(1, album="5 a"), store(2), store(3))
    await table.write([], Marks(done={1: 1_001.0}))
    await table.drop_waiting(7, 3, [], 1_002.0)
    columns = ("payload", "ordering_key", "user_id", "album", "done_at")
    rows = select(*(inbox.c[name] for name in columns)).where(inbox.c.update_id < 3).order_by("done_at")
    async with storage.engine.connect() as connection:
        assert (await connection.execute(rows)).all() == [(*[None] * 4, 1_001.0), (*[None] * 4, 1_002.0)]


async def test_a_worker_death_counts_one_by_one(table: InboxTable) -> None:
    """What is not there has killed nobody."""
    await receive(table, store(1))
    assert [await table.count_worker_death(number) for number in (1, 1, 9)] == [1, 2, 0]


async def test_what_is_marked_done_was_never_begun_for_nothing(storage: Storage, table: InboxTable) -> None:
    """Its start needs no writing any more; it is known as done before the disk has it, and after."""
    writer = InboxWriter(table, lambda: 1_001.0)
    await writer.add([store(1), store(2)])
    writer.note_start([1, 2])
    await writer.mark_done([1])
    assert not writer._marks
    await writer.close()
    async with storage.engine.connect() as connection:
        starts = (await connection.execute(select(inbox.c.starts).order_by(inbox.c.update_id))).scalars()
        assert list(starts) == [0, 1]


async def test_a_write_that_failed_is_said_until_one_succeeds(storage: Storage, table: InboxTable) -> None:
    """Its marks are kept, with those that came meanwhile, and written by the next."""
    writer = InboxWriter(table, lambda: 1_001.0)
    await writer.add([store(1), store(2)])
    async with storage.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE inbox RENAME TO elsewhere")
    await writer.mark_done([1])
    assert writer.write_error is not None
    assert writer.is_marked_done(1)
    assert writer._timer is not None, "it is tried again without being asked"
    writer.note_start([2])
    async with storage.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO inbox")
    await writer.flush()
    assert writer.write_error is None
    assert not writer.is_marked_done(1)
    ((row,), _) = await table.read_waiting(2)
    assert row.starts == 1
    assert await list_numbers(table, 1) == []
    await writer.close()


async def test_what_is_being_written_as_done_is_done(table: InboxTable) -> None:
    """Claimed at that moment, it would be answered a second time."""
    writer, known = InboxWriter(table, lambda: 1_001.0), []
    await writer.add([store(1)])
    write = table.write

    async def note(arrivals: Sequence[Stored], marks: Marks) -> list[Stored]:
        known.append(writer.is_marked_done(1))
        return await write(arrivals, marks)

    table.write = note
    await writer.mark_done([1])
    assert known == [True]
    await writer.close()


async def test_the_same_update_in_two_calls_is_given_to_one(table: InboxTable) -> None:
    """Two webhook calls at once: one of them has it to handle, the other drops it."""
    writer = InboxWriter(table, lambda: 1_001.0)
    given = [await writer.add([store(1), store(2)]), await writer.add([store(1), store(3)])]
    assert [[stored.update_id for stored in each] for each in given] == [[1, 2], [3]]
    await writer.close()


@pytest.mark.parametrize(
    ("hours", "newer", "is_known"), [(35.99, 1_000, True), (36.01, 1_000, False), (9_999, 999, True)]
)
async def test_what_is_done_stays_known_for_a_day_and_a_half(
    storage: Storage, table: InboxTable, hours: float, newer: int, *, is_known: bool
) -> None:
    """Telegram offers an update again for 24 hours. The latest thousand are known for ever."""
    await receive(table, *(store(number) for number in range(1, 3)))
    await table.write([], Marks(done={1: 1_000.0}))
    async with storage.engine.begin() as connection:
        await connection.execute(update(inbox).where(inbox.c.update_id == 2).values(arrival=1 + newer))
    table._purged_at = float("-inf")
    await table.write([], Marks(done={2: 1_000.0 + hours * 3_600}))
    assert (1 not in await receive(table, store(1))) is is_known
