from __future__ import annotations

from collections import Counter, defaultdict
from itertools import chain
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from telegram_doubles import build_press, build_update

from bot.inbox.fair_queue import Entry, Lanes, find_lane


def build_entry(number: int, lane: str, user_id: int | None = None) -> Entry:
    return Entry(number, lane, user_id, 0.0, None)


@given(st.lists(st.sampled_from("abcd"), max_size=40), st.integers(0, 2**32))
def test_each_lane_gives_its_entries_in_order_and_one_at_a_time(lanes: list[str], seed: int) -> None:
    """However adding, taking and releasing are mixed, no lane has two out, and none is lost or disordered."""
    chance, turns, out = Random(seed), Lanes(), {}
    to_add = [build_entry(*pair) for pair in enumerate(lanes)]
    given_out: dict[str, list[int]] = defaultdict(list)
    added: Counter[str] = Counter()
    while to_add or len(turns) or out:
        step = chance.choice(["add"] * bool(to_add) + ["take"] + ["release"] * bool(out))
        if step == "add":
            added[to_add[0].lane] += 1
            turns.append(to_add.pop(0))
        elif step == "release":
            turns.release(out.pop(chance.choice(sorted(out))).lane)
        elif entry := turns.take():
            assert entry.lane not in out
            out[entry.lane] = entry
            given_out[entry.lane].append(entry.update_id)
        else:
            waiting = {lane for lane, count in added.items() if count > len(given_out[lane])}
            assert waiting <= {entry.lane for entry in out.values()}
    assert sorted(chain.from_iterable(given_out.values())) == list(range(len(lanes)))
    assert all(numbers == sorted(numbers) for numbers in given_out.values())


def test_a_busy_lane_does_not_hold_up_another() -> None:
    """Somebody with a hundred photos waits for his turn like somebody with one."""
    turns = Lanes()
    for number in range(100):
        turns.append(build_entry(number, "busy"))
    turns.append(build_entry(100, "calm"))

    first, second = turns.take(), turns.take()

    assert first is not None
    assert second is not None
    assert (first.lane, second.lane) == ("busy", "calm")


def test_what_is_put_back_comes_first_in_its_lane() -> None:
    """An update that is tried again keeps its place before later ones of its chat."""
    turns = Lanes()
    for number in range(3):
        turns.append(build_entry(number, "a"))
    first = turns.take()
    assert first is not None
    turns.put_back(first)
    assert turns.take() is None
    turns.release("a")
    assert turns.take() == first


def test_waiting_entries_are_counted_by_person() -> None:
    """The count follows adding and taking, and ends at nothing."""
    turns = Lanes()
    for number in range(3):
        turns.append(build_entry(number, f"chat {number}", user_id=7))
    assert turns.count_from(7) == 3
    turns.take()
    assert turns.count_from(7) == 2
    turns.clear()
    assert turns.count_from(7) == 0
    assert turns.count_from(None) == 0


def test_a_pressed_button_does_not_wait_behind_photos() -> None:
    """Photos share their chat's lane; a button has the lane of whoever pressed it."""
    photo = find_lane(build_update(1, chat_id=-5, user_id=7))
    assert photo == find_lane(build_update(2, chat_id=-5, user_id=8))
    assert find_lane(build_press(3, chat_id=-5, user_id=7)) != photo


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 3)), max_size=20), st.integers(0, 3))
def test_what_is_removed_never_comes_and_the_rest_still_does(
    pairs: list[tuple[str, int]], taken_before: int
) -> None:
    """Whichever lanes are busy at the time, the others' entries keep their order and their turns."""
    turns = Lanes()
    for number, (lane, user_id) in enumerate(pairs):
        turns.append(build_entry(number, lane, user_id))
    out = [entry for entry in (turns.take() for _ in range(taken_before)) if entry]

    removed = turns.remove(lambda entry: entry.user_id == 1)

    assert turns.count_from(1) == 0
    given_out = list(out)
    while len(turns):
        for entry in out:
            turns.release(entry.lane)
        out = [entry for entry in iter(turns.take, None) if entry]
        given_out += out
    numbers = sorted(entry.update_id for entry in [*given_out, *removed])
    assert numbers == list(range(len(pairs)))
    for lane in "abc":
        of_lane = [entry.update_id for entry in given_out if entry.lane == lane]
        assert of_lane == sorted(of_lane)
