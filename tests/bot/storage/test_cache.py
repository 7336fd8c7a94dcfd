"""Values that were read a moment ago."""

from __future__ import annotations

from bot.storage.cache import Cache


def test_what_was_read_before_something_was_written_is_not_kept() -> None:
    """Between reading and keeping, another task may have written: the next one must read again."""
    cache: Cache[str] = Cache(2)
    generation = cache.generation
    assert cache.keep(1, "as it was", generation) == "as it was"
    assert cache.get(1) == "as it was"

    cache.forget()  # written
    assert cache.get(1) is None
    assert cache.keep(1, "as it was", generation) == "as it was"  # for whoever had asked
    assert cache.get(1) is None
    cache.keep(1, "as it is", cache.generation)
    assert cache.get(1) == "as it is"


def test_no_more_is_kept_than_the_capacity() -> None:
    """What was kept first makes room; a cache of nothing keeps nothing."""
    cache, none = Cache[str](2), Cache[str](0)
    for number in (1, 2, 3):
        cache.keep(number, str(number), cache.generation)
        none.keep(number, str(number), none.generation)
    assert [cache.get(number) for number in (1, 2, 3)] == [None, "2", "3"]
    assert none.get(3) is None
