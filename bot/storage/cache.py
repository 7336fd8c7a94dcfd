"""A cache of values from the database, so that a busy chat does not ask for them at each message."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Cache(Generic[T]):
    """Values by number, up to a count, as long as nobody else writes to the database.

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
        """Return what is kept, None where nothing is."""
        return self._values.get(number)

    def keep(self, number: int, value: T, generation: int) -> T:
        """Keep a value, unless something was written after it was read, in an older `generation`."""
        if generation == self.generation and self.capacity:
            if len(self._values) >= self.capacity:
                del self._values[next(iter(self._values))]
            self._values[number] = value
        return value

    def forget(self) -> None:
        """Forget all, after something was written."""
        self.generation += 1
        self._values.clear()
