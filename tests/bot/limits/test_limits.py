"""What a chat or a person has had already: the throttle of groups, backlog notices, pressed buttons."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from limits_steps import BOT_ID, REFUSED, SEEN, Mailbox

from bot.limits.access_list import AccessList
from bot.limits.chat_throttle import ChatThread, ChatThrottle
from bot.limits.idempotency import IdempotencyKeys, build_press_key
from classifier.types import Clip

if TYPE_CHECKING:
    from bot.storage.database import Storage


async def test_the_throttle_counts_the_last_minute_only(storage: Storage) -> None:
    """N answers a minute; what is beyond is gathered, collected, and counted as one."""
    now = [1_000.0]
    throttle = ChatThrottle(storage.engine, BOT_ID, lambda: now[0])
    group = ChatThread(-1)

    assert [await throttle.acquire(group, 2, number) for number in range(3)] == [True, True, False]
    assert await throttle.acquire(ChatThread(-2), 2, 3)
    now[0] = 1_010
    assert await throttle.gather(group, [SEEN], 7, user_id=1) == pytest.approx(50)
    assert await throttle.gather(group, [REFUSED], 8, user_id=1) is None
    now[0] = 1_061
    assert not await throttle.acquire(group, 2, 9), "what was gathered goes first"
    assert await throttle.collect(group, 7) == [SEEN, REFUSED]
    await throttle.finish(7)
    assert [await throttle.acquire(group, 2, number) for number in (10, 11)] == [True, False]


async def test_what_was_seen_of_a_clip_is_gathered_as_a_clip(storage: Storage) -> None:
    """It is not taken for a photo of as many faces as it was looked at."""
    throttle, group = ChatThrottle(storage.engine, BOT_ID, lambda: 1_000.0), ChatThread(-1)
    watched = replace(SEEN, is_cover=False, clip=Clip(9.5, 16, (1.25, 7.0)))

    await throttle.gather(group, [watched], 7, user_id=1)

    assert await throttle.collect(group, 7) == [watched]


async def test_topics_share_the_throttle_but_gather_apart(storage: Storage) -> None:
    """A forum is one chat to Telegram's limits, and each topic reads only its own photos' answer."""
    throttle = ChatThrottle(storage.engine, BOT_ID, lambda: 1_000.0)
    pets, work = ChatThread(-1, 10), ChatThread(-1, 20)

    assert await throttle.acquire(pets, 1, 1)
    assert not await throttle.acquire(work, 1, 2)
    assert await throttle.gather(pets, [SEEN], 3, user_id=1) == pytest.approx(60)
    assert await throttle.gather(work, [REFUSED], 4, user_id=1) == pytest.approx(60)
    assert await throttle.collect(pets, 3) == [SEEN]
    assert await throttle.collect(work, 4) == [REFUSED]


async def test_no_limit_means_no_gathering(storage: Storage) -> None:
    """Groups that set none are answered each time."""
    throttle = ChatThrottle(storage.engine, BOT_ID)

    assert all([await throttle.acquire(ChatThread(-1), None, number) for number in range(30)])


async def test_what_is_begun_anew_finds_what_it_gathered(storage: Storage) -> None:
    """Its process died: before it said anything, and while it did."""
    now = [1_000.0]
    throttle = ChatThrottle(storage.engine, BOT_ID, lambda: now[0])
    group = ChatThread(-1)
    await throttle.acquire(group, 1, 1)
    await throttle.gather(group, [SEEN], 2, user_id=1)
    await throttle.gather(group, [REFUSED], 3, user_id=1)
    now[0] = 1_020

    assert not await throttle.acquire(group, 1, 2)
    assert await throttle.gather(group, [SEEN], 2, user_id=1) == pytest.approx(40)
    assert await throttle.gather(group, [REFUSED], 3, user_id=1) is None
    assert len(await throttle.collect(group, 2)) == 2
    now[0] = 1_065
    assert await throttle.gather(group, [SEEN], 4, user_id=1) == pytest.approx(15), "gathered anew"
    assert not await throttle.acquire(group, 9, 2)
    assert await throttle.gather(group, [SEEN], 2, user_id=1) == 0
    assert await throttle.collect(group, 2) == [SEEN, REFUSED]


async def test_what_is_owed_outlasts_a_long_time_away(storage: Storage) -> None:
    """What was gathered goes only when nobody will come for it any more."""
    now = [1_000.0]
    throttle = ChatThrottle(storage.engine, BOT_ID, lambda: now[0])
    mailbox = Mailbox(storage.engine.url, 7)
    await mailbox.receive(range(2, 3), at=1_000)
    await throttle.gather(ChatThread(-1), [SEEN], 2, user_id=7)
    await throttle.gather(ChatThread(-2), [SEEN], 3, user_id=7)
    now[0] += 90_000

    await throttle.gather(ChatThread(-3), [SEEN], 4, user_id=7)

    assert [len(await throttle.collect(ChatThread(-head), head)) for head in (2, 3)] == [1, 0]
    await mailbox.close()


async def test_a_clock_that_was_set_back_silences_no_group(storage: Storage) -> None:
    """Answers that seem to be given in time to come do not count."""
    now = [100_000.0]
    throttle = ChatThrottle(storage.engine, BOT_ID, lambda: now[0])
    assert await throttle.acquire(ChatThread(-1), 1, 1)
    now[0] = 1_000.0
    assert await throttle.acquire(ChatThread(-1), 1, 2)


async def test_forgetting_takes_what_is_gathered_and_noted(storage: Storage) -> None:
    """Of this person; what others sent is said."""
    storage = storage.for_bot(BOT_ID)
    throttle, keys = ChatThrottle(storage.engine, BOT_ID), IdempotencyKeys(storage.engine, BOT_ID)
    await throttle.gather(ChatThread(-1), [SEEN], 2, user_id=7)
    await throttle.gather(ChatThread(-1), [REFUSED], 3, user_id=8)
    await keys.acquire(7, "press 1 yes", 5)
    kept = await storage.personal_data.collect(7)
    assert kept["answers_held_until_a_busy_minute_is_over"] == 1
    assert kept["notes_of_today_on_buttons_and_waiting"] == 1

    await storage.personal_data.forget(7)

    assert await throttle.collect(ChatThread(-1), 2) == [REFUSED]
    assert not await keys.has(7, "press 1 yes")


async def test_a_second_press_is_noticed(storage: Storage) -> None:
    """One that came to nothing may be made again; one that is begun anew after a crash goes on."""
    now = [1_000.0]
    keys = IdempotencyKeys(storage.engine, BOT_ID, lambda: now[0])
    other = IdempotencyKeys(storage.engine, BOT_ID + 1)
    yes = build_press_key(1, "yes")

    assert await keys.acquire(7, yes, 50)
    assert not await keys.acquire(7, yes, 51)
    assert await keys.acquire(7, yes, 50)
    assert await other.acquire(7, yes, 51), "another bot's message may have the same number"
    await keys.release(7, yes)
    assert await keys.acquire(7, yes, 51)
    now[0] += 26 * 3_600
    later = IdempotencyKeys(storage.engine, BOT_ID, lambda: now[0])
    assert await later.acquire(7, yes, 52), "after a day nobody remembers"


async def test_an_action_may_be_repeated_after_its_pause(storage: Storage) -> None:
    """Another update may do the same again when so many seconds are over, counted from the last time."""
    now = [1_000.0]
    keys = IdempotencyKeys(storage.engine, BOT_ID, lambda: now[0])

    assert await keys.acquire(-1, "asked 7", 1, again_after_seconds=3)
    now[0] += 2
    assert not await keys.acquire(-1, "asked 7", 2, again_after_seconds=3)
    assert await keys.acquire(-1, "asked 7", 1, again_after_seconds=3), "begun anew after a crash"
    now[0] += 4
    assert await keys.acquire(-1, "asked 7", 3, again_after_seconds=3)


def test_a_blocked_chat_is_kept_out_though_it_is_allowed_too() -> None:
    """Blocking is what a host does in a hurry: it holds whatever the other list says."""
    both = AccessList(frozenset({1, 2}), frozenset({2, 3}))
    assert [chat for chat in (1, 2, 3, 4) if both.admits(chat)] == [1]
    assert AccessList(frozenset(), frozenset({3})).admits(4), "an empty list admits all others"
