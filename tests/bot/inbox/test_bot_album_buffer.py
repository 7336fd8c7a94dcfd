"""Putting the parts of an album together."""

from __future__ import annotations

import asyncio
import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import Chat, Message, Update

from bot.inbox.album_buffer import AlbumBuffer


def build_part(message_id: int) -> Update:
    chat = Chat(1, Chat.PRIVATE)
    return Update(message_id, message=Message(message_id, dt.datetime.now(dt.UTC), chat, media_group_id="a"))


@given(order=st.permutations(range(1, 8)), repeated=st.sampled_from(range(1, 8)))
@settings(max_examples=30, deadline=None)
def test_parts_are_put_in_order_whatever_order_they_come_in(order: list[int], repeated: int):
    """The order in the chat counts, not that of arrival, and a part that comes twice is one part."""

    async def collect() -> list[int]:
        buffer = AlbumBuffer(asyncio.Event(), quiet_seconds=0.005)
        firsts = [buffer.add((1, "a"), build_part(message_id)) for message_id in [*order, repeated]]
        assert firsts == [True] + [False] * len(order)
        return [update.update_id for update in await buffer.collect((1, "a"))]

    assert asyncio.run(collect()) == sorted(order)


@given(
    arrivals=st.lists(
        st.tuples(st.integers(1, 3), st.sampled_from("ab"), st.integers(1, 10), st.floats(0, 0.004)),
        min_size=1,
        max_size=25,
    )
)
@settings(max_examples=30, deadline=None)
def test_albums_that_arrive_mixed_are_kept_apart_and_whole(arrivals: list[tuple[int, str, int, float]]):
    """However the parts of several albums, in several chats, come between each other, and how fast."""

    async def collect_all() -> dict[tuple[int, str], list[int]]:
        stopping, collecting = asyncio.Event(), {}
        buffer = AlbumBuffer(stopping, quiet_seconds=60)
        for chat_id, album, message_id, pause in arrivals:
            key = (chat_id, album)
            if buffer.add(key, build_part(message_id)):
                assert key not in collecting
                collecting[key] = asyncio.create_task(buffer.collect(key))
            await asyncio.sleep(pause)
        stopping.set()  # in place of the quiet time
        return {key: [part.update_id for part in await task] for key, task in collecting.items()}

    wanted: dict[tuple[int, str], set[int]] = {}
    for chat_id, album, message_id, _ in arrivals:
        wanted.setdefault((chat_id, album), set()).add(message_id)
    assert asyncio.run(collect_all()) == {key: sorted(parts) for key, parts in wanted.items()}


async def test_a_part_that_comes_while_waiting_restarts_the_wait():
    """The quiet time counts from the last part, so that a slow album is not split."""
    buffer = AlbumBuffer(asyncio.Event(), quiet_seconds=0.3)
    buffer.add((1, "a"), build_part(1))
    collecting = asyncio.create_task(buffer.collect((1, "a")))
    for message_id in (2, 3, 4):
        await asyncio.sleep(0.15)
        assert not buffer.add((1, "a"), build_part(message_id))

    assert len(await collecting) == 4
