"""The simulation agrees with what is known of queues."""

from __future__ import annotations

import dataclasses

import pytest

from tests.load.scale import Site, simulate

SITE = Site(
    bots=10,
    photos_per_bot=1.0,
    hosts=1,
    cores=2,
    core_seconds=0.1,
    database_seconds=0.001,
    photo_bits=1e6,
    link_bits=1e8,
)


def test_nothing_waits_where_there_is_room():
    """The time is that of the parts: 1 ms in the database, 10 ms on the link, about 100 ms on a core."""
    idle = dataclasses.replace(SITE, bots=1, photos_per_bot=0.1, cores=8)
    assert simulate(idle) == pytest.approx(0.001 + 0.01 + 0.1, rel=0.35)


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("cores", {"core_seconds": 0.3}),
        ("PostgreSQL", {"database_seconds": 0.2}),
        ("download", {"link_bits": 5e6}),
        ("Telegram", {"bots": 1, "photos_per_bot": 10.0, "telegram_per_second": 5.0}),
    ],
)
def test_what_cannot_keep_up_lets_answers_wait_longer_and_longer(part: str, changes: dict[str, float]):
    site = dataclasses.replace(SITE, **changes)
    loads = site.find_loads()
    assert max(loads, key=loads.__getitem__) == part
    assert loads[part] > 1
    assert simulate(site) > 10
    assert simulate(SITE) < 1
