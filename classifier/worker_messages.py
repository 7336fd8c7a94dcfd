"""Messages between a pool and its workers: a JSON object, and blobs by name. A leaf: standard library only.

    4 bytes   length of the JSON, big-endian
    JSON      {"fields": {...}, "blobs": {"picture": 48213}}
    blobs     one after the other, in the order and of the lengths that the JSON gives

A worker has decoded strangers' files, so it may be anybody's by now. What it sends is data and is measured
before it is read: no length is believed beyond its limit, and nothing is ever unpickled.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    import socket
    from asyncio import AbstractEventLoop
    from collections.abc import Mapping

LENGTH = struct.Struct(">I")
MAXIMUM_JSON_BYTES = 1 << 18
"""A hundred faces take a quarter of it."""


class FrameError(Exception):
    """What came is not a message. `str()` says why, without repeating it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message.

    Attributes:
        fields: Any JSON object; whoever reads it checks it.
        blobs: By name.
    """

    fields: dict[str, Any]
    blobs: dict[str, bytes]


def pack_frame(fields: Mapping[str, Any], blobs: Mapping[str, bytes] | None = None) -> bytes:
    """Write a message as bytes."""
    blobs = blobs or {}
    lengths = {name: len(blob) for name, blob in blobs.items()}
    encoded = json.dumps({"fields": fields, "blobs": lengths}, allow_nan=False).encode("ascii")
    return b"".join((LENGTH.pack(len(encoded)), encoded, *blobs.values()))


def read_frame(connection: socket.socket, limits: Mapping[str, int]) -> Frame:
    """Wait for a message on a blocking socket.

    Args:
        connection: Where from.
        limits: The blobs that may come: the most bytes of each.

    Raises:
        FrameError: What came is no such message.
        EOFError: The other side is gone.
    """
    encoded = read_exactly(connection, _check_length(read_exactly(connection, LENGTH.size)))
    fields, lengths = _parse(encoded, limits)
    return Frame(fields, {name: read_exactly(connection, length) for name, length in lengths.items()})


async def receive_frame(
    loop: AbstractEventLoop, connection: socket.socket, limits: Mapping[str, int]
) -> Frame:
    """Wait for a message on a socket that does not block; as `read_frame`."""
    encoded = await receive(loop, connection, _check_length(await receive(loop, connection, LENGTH.size)))
    fields, lengths = _parse(encoded, limits)
    blobs = {name: await receive(loop, connection, length) for name, length in lengths.items()}
    return Frame(fields, blobs)


async def receive(loop: AbstractEventLoop, connection: socket.socket, length: int) -> bytes:
    """Wait for a number of bytes.

    Raises:
        EOFError: The other side is gone.
    """
    buffer = bytearray(length)
    view, done = memoryview(buffer), 0
    while done < length:
        count = await loop.sock_recv_into(connection, view[done:])
        if not count:
            raise EOFError
        done += count
    return bytes(buffer)


def read_exactly(connection: socket.socket, length: int) -> bytes:
    """Wait for a number of bytes on a blocking socket.

    Raises:
        EOFError: The other side is gone.
    """
    buffer = bytearray(length)
    view, done = memoryview(buffer), 0
    while done < length:
        count = connection.recv_into(view[done:])
        if not count:
            raise EOFError
        done += count
    return bytes(buffer)


def _check_length(encoded: bytes) -> int:
    (length,) = LENGTH.unpack(encoded)
    if length > MAXIMUM_JSON_BYTES:
        raise FrameError(f"the JSON is {length} bytes long; expected at most {MAXIMUM_JSON_BYTES}")
    return int(length)


def _parse(encoded: bytes, limits: Mapping[str, int]) -> tuple[dict[str, Any], dict[str, int]]:
    """Read the JSON: the fields, and the length of each blob."""
    try:
        content = json.loads(encoded, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise FrameError(f"the JSON is none ({type(error).__name__})") from None
    if not isinstance(content, dict) or content.keys() != {"fields", "blobs"}:
        raise FrameError("expected an object with fields and blobs")
    fields, lengths = content["fields"], content["blobs"]
    if not isinstance(fields, dict) or not isinstance(lengths, dict):
        raise FrameError("fields and blobs are not objects")
    for name, length in lengths.items():
        if name not in limits or type(length) is not int or not 0 < length <= limits[name]:
            raise FrameError("a blob that is not expected, or is too long")
    return fields, lengths


def _refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and the infinities, which JSON does not have and Python would read."""
    raise ValueError(name)
