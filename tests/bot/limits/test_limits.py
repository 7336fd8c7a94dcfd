"""What a chat or a person has had already: the throttle of groups, backlog notices, pressed buttons."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from limits_steps import BOT_ID, REFUSED, SEEN, Mailbox

from bot.limits.access_list import AccessList
from bot.limits.chat_throttle import ChatThread, ChatThrottle
from bot.limits.idempotency import IdempotencyKeys, build_press_key
from bot.limits.rate_counter import RequestRate
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


@pytest.mark.parametrize(("seconds_later", "is_answered"), [(59.9, False), (60.0, True)])
async def test_a_chats_minute_is_sixty_seconds(
    storage: Storage, seconds_later: float, *, is_answered: bool
) -> None:
    """Not a second sooner does an answer stop counting, and not a second later."""
    now = [1_000.0]
    throttle = ChatThrottle(storage.engine, BOT_ID, lambda: now[0])
    assert await throttle.acquire(ChatThread(-1), 1, 1)
    now[0] += seconds_later
    assert await throttle.acquire(ChatThread(-1), 1, 2) is is_answered


async def test_what_is_gathered_waits_for_the_oldest_answer_of_the_minute(storage: Storage) -> None:
    """It is due when the first of several answers stops counting; at once where there was none."""
    now = [1_000.0]
    throttle = ChatThrottle(storage.engine, BOT_ID, lambda: now[0])
    for number in (1, 2):
        await throttle.acquire(ChatThread(-1), 2, number)
        now[0] += 20
    assert await throttle.gather(ChatThread(-1), [SEEN], 3, user_id=1) == pytest.approx(20)
    assert await throttle.gather(ChatThread(-2), [SEEN], 4, user_id=1) == 0


async def test_the_gathered_answer_counts_as_one_more(storage: Storage) -> None:
    """And is said in the order in which the photos came, whichever was classified first."""
    throttle = ChatThrottle(storage.engine, BOT_ID, lambda: 1_000.0)
    for number, outcome in ((9, REFUSED), (7, SEEN)):
        await throttle.gather(ChatThread(-1), [outcome], number, user_id=1)
    assert await throttle.collect(ChatThread(-1), 9) == [SEEN, REFUSED]
    await throttle.finish(9)
    assert not await throttle.acquire(ChatThread(-1), 1, 10)
    assert await throttle.acquire(ChatThread(-1), 2, 10)


async def test_what_is_in_a_gathered_answer_is_not_answered_by_itself_too(storage: Storage) -> None:
    """Its process died after it was gathered; the answer that says it is being sent."""
    throttle = ChatThrottle(storage.engine, BOT_ID, lambda: 1_000.0)
    await throttle.gather(ChatThread(-1), [SEEN], 7, user_id=1)
    await throttle.gather(ChatThread(-1), [SEEN], 8, user_id=1)
    await throttle.collect(ChatThread(-1), 7)
    assert [await throttle.acquire(ChatThread(-1), 9, number) for number in (8, 9)] == [False, True]


async def test_answers_at_the_same_moment_count_one_after_the_other(storage: Storage) -> None:
    """Each locks the chat before it counts: three a minute are three, however many come at once."""
    throttle = ChatThrottle(storage.engine, BOT_ID)
    given = await asyncio.gather(*(throttle.acquire(ChatThread(-1), 3, number) for number in range(8)))
    assert sum(given) == 3


async def test_what_is_gathered_keeps_all_that_the_answer_says(storage: Storage) -> None:
    """Also that a file was damaged, and that a video's cover was looked at."""
    throttle = ChatThrottle(storage.engine, BOT_ID, lambda: 1_000.0)
    assert SEEN.prediction is not None
    damaged = replace(SEEN, prediction=replace(SEEN.prediction, damaged=True))
    await throttle.gather(ChatThread(-1), [damaged, replace(SEEN, is_cover=False)], 7, user_id=1)
    assert await throttle.collect(ChatThread(-1), 7) == [damaged, replace(SEEN, is_cover=False)]


@pytest.mark.parametrize(("seconds_later", "may_repeat"), [(3.0, False), (3.001, True)])
async def test_a_key_holds_until_its_time_is_over(
    storage: Storage, seconds_later: float, *, may_repeat: bool
) -> None:
    """At its very last moment it still does."""
    now = [1_000.0]
    keys = IdempotencyKeys(storage.engine, BOT_ID, lambda: now[0])
    assert await keys.acquire(7, "x", 1, again_after_seconds=3)
    now[0] += seconds_later
    assert await keys.acquire(7, "x", 2, again_after_seconds=3) is may_repeat


async def test_a_key_that_is_taken_again_lasts_from_then_on(storage: Storage) -> None:
    """Both its time and its update are the new ones, also when the same update takes it again."""
    now = [1_000.0]
    keys = IdempotencyKeys(storage.engine, BOT_ID, lambda: now[0])
    assert await keys.acquire(7, "x", 1, again_after_seconds=3)
    now[0] += 3
    assert await keys.acquire(7, "x", 1, again_after_seconds=3)
    now[0] += 2
    assert not await keys.acquire(7, "x", 2, again_after_seconds=3)
    now[0] += 2
    assert await keys.acquire(7, "x", 2, again_after_seconds=3)
    assert not await keys.acquire(7, "x", 1, again_after_seconds=3)


async def test_a_press_is_known_for_a_day_and_an_hour(storage: Storage) -> None:
    """Telegram offers an update again for 24 hours: an hour more than that a press stays known."""
    now = [1_000.0]
    keys = IdempotencyKeys(storage.engine, BOT_ID, lambda: now[0])
    assert await keys.acquire(7, "x", 1)
    now[0] += 25 * 3_600 - 1
    assert not await keys.acquire(7, "x", 2)
    now[0] += 2
    assert await keys.acquire(7, "x", 2)


@pytest.mark.parametrize(("hours_ahead", "holds"), [(24.9, True), (25.1, False)])
async def test_a_clock_that_was_set_back_keeps_no_key_for_ever(
    storage: Storage, hours_ahead: float, *, holds: bool
) -> None:
    """One that is dated further ahead than any key lasts counts as expired."""
    now = [1_000.0 + hours_ahead * 3_600]
    keys = IdempotencyKeys(storage.engine, BOT_ID, lambda: now[0])
    assert await keys.acquire(7, "x", 1)
    now[0] = 1_000.0
    assert await keys.acquire(7, "x", 2) is not holds


async def test_expired_keys_are_deleted_as_others_are_taken(storage: Storage) -> None:
    """Every ten minutes, so that a busy bot's table stays small; what still holds is kept."""
    now = [1_000.0]
    keys = IdempotencyKeys(storage.engine, BOT_ID, lambda: now[0])
    await keys.acquire(7, "old", 1)
    now[0] += 2 * 3_600
    await keys.acquire(7, "newer", 1)
    now[0] += 24 * 3_600
    await keys.acquire(7, "other", 1)
    assert await keys.has(7, "old"), "not each time"
    keys._purged_at -= 600.0
    await keys.acquire(7, "another", 1)
    assert [await keys.has(7, what) for what in ("old", "newer", "other")] == [False, True, True]


async def test_a_key_is_of_one_bot_one_chat_and_one_action(storage: Storage) -> None:
    """Asked for or released, it leaves the others alone."""
    keys, others = (IdempotencyKeys(storage.engine, bot_id) for bot_id in (BOT_ID, BOT_ID + 1))
    for store, chat_id, what in ((keys, 7, "x"), (keys, 7, "y"), (keys, 8, "x"), (others, 7, "x")):
        assert await store.acquire(chat_id, what, 1)
    await keys.release(7, "x")
    assert not await keys.has(7, "x")
    assert all([await keys.has(7, "y"), await keys.has(8, "x"), await others.has(7, "x")])


def test_a_callers_minute_is_sixty_seconds_and_a_refusal_does_not_count() -> None:
    """Whoever is told to wait so many seconds is answered then, however often they asked meanwhile."""
    now = [0.0]
    rate = RequestRate(lambda: now[0])
    assert rate.acquire("a", 2) == 0
    now[0] = 20.0
    assert rate.acquire("a", 2) == 0
    assert [rate.acquire("a", 2) for _ in range(3)] == [40.0] * 3
    assert rate.acquire("b", 2) == 0
    now[0] = 59.9
    assert rate.acquire("a", 2) > 0
    now[0] = 60.0
    assert rate.acquire("a", 2) == 0
    assert rate.acquire("a", 2) == 20.0


def test_callers_that_ask_no_more_are_forgotten_and_no_others() -> None:
    """Anybody can ask under many names: what is kept of them stays small. Nobody's limit is lost by it."""
    now = [0.0]
    rate = RequestRate(lambda: now[0])
    for number in range(1_001):
        rate.acquire(f"gone {number}", 1)
    rate.acquire("busy", 2)
    assert rate.acquire("gone 0", 1) == 60.0
    now[0] = 59.0
    rate.acquire("busy", 2)
    now[0] = 61.0
    rate.acquire("new", 1)
    assert set(rate._times) == {"busy", "new"}
    assert [rate.acquire("busy", 2), rate.acquire("busy", 2)] == [0, 58.0]


def test_a_guest_is_let_in_by_their_own_number_and_kept_out_by_either() -> None:
    """The number of a chat that the bot is no member of may be that of another chat."""
    guests = AccessList(frozenset({1}), frozenset({2, 3}))
    pairs = ((1, 9), (9, 1), (1, 2), (2, 1), (3, 9))
    assert [guests.admits_guest(*pair) for pair in pairs] == [True, False, False, False, False]
