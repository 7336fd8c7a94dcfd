"""How much of an answer to getUpdates is taken, and what becomes of an update that cannot be read."""

from __future__ import annotations

import json

import pytest
from telegram_doubles import build_update

from bot.transport.update_parser import read_update, trim_updates

MALFORMED = {"update_id": 7, "message": {"message_id": "?"}}


def write(*updates: object) -> bytes:
    return json.dumps({"ok": True, "result": updates}).encode()


@pytest.mark.parametrize(("count", "taken"), [(0, 0), (1, 1), (20, 20), (21, 20), (100, 20)])
def test_twenty_are_taken_at_once(count: int, taken: int) -> None:
    """The others are not confirmed, so Telegram sends them again."""
    body = write(*(build_update(number).to_dict() for number in range(count)))
    assert [update["update_id"] for update in json.loads(trim_updates(body))["result"]] == list(range(taken))


def test_a_malformed_update_is_reduced_to_its_number() -> None:
    """It would block all others; so it is confirmed like any other. Its neighbours stay whole."""
    before, after = build_update(6).to_dict(), build_update(8).to_dict()
    result = json.loads(trim_updates(write(before, MALFORMED, after)))["result"]
    assert result == [json.loads(json.dumps(before)), {"update_id": 7}, json.loads(json.dumps(after))]


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b'{"ok": true, "result": 7}', b"[" * 100_000])
def test_what_is_no_list_of_updates_is_left_to_the_library(body: bytes) -> None:
    """It reports the error."""
    assert trim_updates(body) == body


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"update_id": "7"}', b"[" * 100_000])
def test_a_delivery_without_a_number_is_no_update(body: bytes) -> None:
    """There is nothing to confirm."""
    assert read_update(body, None) is None


def test_a_malformed_delivery_is_confirmed_by_its_number() -> None:
    """Telegram would deliver it again and again."""
    update = read_update(json.dumps(MALFORMED).encode(), None)
    assert update is not None
    assert (update.update_id, update.message) == (7, None)
