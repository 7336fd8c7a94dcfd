from __future__ import annotations

from collections import Counter, defaultdict
from itertools import chain
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from telegram_doubles import build_guest_update, build_press, build_update

from bot.inbox.entry import Stored, build_stored, find_ordering_key
from bot.inbox.fair_queue import FairQueue


def build_entry(number: int, ordering_key: str, turn: int = 0) -> Stored:
    return Stored(number, ordering_key, user_id=None, album=None, arrived_at=0.0, turn=turn)


@given(st.lists(st.sampled_from("abcd"), max_size=40), st.integers(0, 2**32))
def test_each_ordering_key_gives_its_entries_in_order_and_one_at_a_time(
    ordering_keys: list[str], seed: int
) -> None:
    """However adding, taking and releasing are mixed, no key has two out, and none is lost or disordered."""
    chance, turns, out = Random(seed), FairQueue(), {}
    to_add = [build_entry(*pair) for pair in enumerate(ordering_keys)]
    given_out: dict[str, list[int]] = defaultdict(list)
    added: Counter[str] = Counter()
    while to_add or len(turns) or out:
        step = chance.choice(["add"] * bool(to_add) + ["take"] + ["release"] * bool(out))
        if step == "add":
            added[to_add[0].ordering_key] += 1
            turns.append(to_add.pop(0))
        elif step == "release":
            turns.release(out.pop(chance.choice(sorted(out))).ordering_key)
        elif entry := turns.take():
            assert entry.ordering_key not in out
            out[entry.ordering_key] = entry
            given_out[entry.ordering_key].append(entry.update_id)
        else:
            waiting = {
                ordering_key for ordering_key, count in added.items() if count > len(given_out[ordering_key])
            }
            assert waiting <= {entry.ordering_key for entry in out.values()}
    assert sorted(chain.from_iterable(given_out.values())) == list(range(len(ordering_keys)))
    assert all(numbers == sorted(numbers) for numbers in given_out.values())


def test_a_busy_ordering_key_does_not_hold_up_another() -> None:
    """Somebody with a hundred photos waits for his turn like somebody with one."""
    turns = FairQueue()
    for number in range(100):
        turns.append(build_entry(number, "busy", turn=number))
    turns.append(build_entry(100, "calm"))

    taken = []
    while len(taken) < 3 and (arrival := turns.take()):
        taken.append(arrival.ordering_key)
        turns.release(arrival.ordering_key)

    assert taken == ["busy", "calm", "busy"]


def test_what_is_put_back_comes_first_of_its_ordering_key() -> None:
    """An update that is tried again keeps its place before later ones of its chat."""
    turns = FairQueue()
    for number in range(3):
        turns.append(build_entry(number, "a"))
    first = turns.take()
    assert first is not None
    assert turns.take() is None
    turns.put_back(first)
    assert turns.take() == first


def test_of_each_ordering_key_no_more_than_so_many_count() -> None:
    """So that one chat alone does not fill the inbox."""
    turns = FairQueue()
    for number in range(10):
        turns.append(build_entry(number, "busy"))
    turns.append(build_entry(10, "calm"))
    assert turns.count_bounded(3) == 4


def test_a_pressed_button_does_not_wait_behind_photos() -> None:
    """Photos share their chat's ordering key; a button has the key of whoever pressed it."""
    photo = find_ordering_key(build_update(1, chat_id=-5, user_id=7))
    assert photo == find_ordering_key(build_update(2, chat_id=-5, user_id=8))
    assert find_ordering_key(build_press(3, chat_id=-5, user_id=7)) != photo


def test_a_guest_message_shares_neither_order_nor_album_with_a_chat_of_its_number() -> None:
    """Telegram: such a chat "may not coincide with other existing bot chats sharing the same identifier"."""
    own = build_update(1, chat_id=5, user_id=9, album="7")
    guest = build_stored(build_guest_update(2, chat_id=5, user_id=9, album="7"), 0.0)
    assert guest.ordering_key != find_ordering_key(own)
    assert guest.ordering_key == find_ordering_key(build_guest_update(3, chat_id=6, user_id=9))
    assert (guest.album, guest.user_id) == (None, 9)
