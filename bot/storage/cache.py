"""A cache of values from the database, so that a busy chat does not read them for every message."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Cache(Generic[T]):
    """Values by identifier, up to a capacity. Only valid while no other process writes to the database.

    Args:
        capacity: How many values are kept; 0 keeps none.

    Attributes:
        capacity: How many values are kept; may be changed.
        generation: Counts how often all was forgotten.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._values: dict[int, T] = {}
        self.generation = 0

    def get(self, number: int) -> T | None:
        """Return a cached value, None when there is none."""
        return self._values.get(number)

    def keep(self, number: int, value: T, generation: int) -> T:
        """Return a value, and cache it unless it was read before the last write (an older `generation`)."""
        if generation == self.generation and self.capacity:
            if len(self._values) >= self.capacity:
                del self._values[next(iter(self._values))]
            self._values[number] = value
        return value

    def forget(self) -> None:
        """Clear the cache after a write, and begin a new generation."""
        self.generation += 1
        self._values.clear()
