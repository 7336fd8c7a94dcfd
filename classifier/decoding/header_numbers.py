"""How a number is read from a file's header, and the error if it is not there. A leaf."""

from __future__ import annotations

from typing import Literal


class HeaderError(Exception):
    """The header is cut off or contradicts itself."""


def read_number(data: bytes, at: int, size: int, order: Literal["big", "little"] = "big") -> int:
    """Read an unsigned integer of `size` bytes.

    Raises:
        HeaderError: The data ends before it.
    """
    field = data[at : at + size]
    if len(field) < size:
        raise HeaderError("the header is cut off")
    return int.from_bytes(field, order)
