"""The size that an AV1 stream says of itself. Nothing is decoded here.

Source: AV1 Bitstream & Decoding Process Specification, sections 5.3 (OBU syntax) and 5.5 (sequence header).
"""

from __future__ import annotations

from classifier.decoding.header_numbers import HeaderError

_SEQUENCE_HEADER = 1
_MAXIMUM_OBUS = 10_000  # a still picture has some five; one of many tile groups has hundreds
_SEQUENCE_HEADER_BYTES = 512  # with 32 operating points, all described, it is shorter


def read_coded_size(stream: bytes) -> tuple[int, int]:
    """Find the largest width and height that the sequence headers of a stream allow its pictures.

    Raises:
        HeaderError: There is no sequence header, or it is cut off.
    """
    sizes = []
    position = 0
    for _ in range(_MAXIMUM_OBUS):
        if position >= len(stream):
            break
        head = stream[position]
        position += 2 if head & 0x04 else 1  # with an extension byte or without
        if head & 0x02:
            length, position = _read_leb128(stream, position)
        else:
            length = len(stream) - position
        if head >> 3 & 0x0F == _SEQUENCE_HEADER:
            sizes.append(
                _read_sequence_size(stream[position : position + min(length, _SEQUENCE_HEADER_BYTES)])
            )
        position += length
    if not sizes or position < len(stream):
        raise HeaderError("no size in the picture data")
    return max(width for width, _ in sizes), max(height for _, height in sizes)


def _read_leb128(stream: bytes, position: int) -> tuple[int, int]:
    """Read a number in groups of seven bits, lowest first; return it and where it ends."""
    number = 0
    for group in range(8):
        byte = stream[position + group : position + group + 1]
        if not byte:
            break
        number |= (byte[0] & 0x7F) << 7 * group
        if not byte[0] & 0x80:
            return number, position + group + 1
    raise HeaderError("the picture data is cut off")


class _Bits:
    """Reads a header bit by bit."""

    def __init__(self, content: bytes) -> None:
        self._content = int.from_bytes(content, "big")
        self._left = 8 * len(content)

    def take(self, count: int) -> int:
        """Read an unsigned integer of `count` bits."""
        self._left -= count
        if self._left < 0:
            raise HeaderError("the picture data is cut off")
        return self._content >> self._left & ((1 << count) - 1)


def _read_sequence_size(content: bytes) -> tuple[int, int]:
    """Read width and height from a sequence header; nearly all that stands before them is skipped."""
    bits = _Bits(content)
    bits.take(4)  # profile, still picture
    if bits.take(1):  # the reduced header of still pictures
        bits.take(5)
    else:
        _skip_operating_points(bits)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    return bits.take(width_bits) + 1, bits.take(height_bits) + 1


def _skip_operating_points(bits: _Bits) -> None:
    """Skip timing and operating points, whose length depends on what they say."""
    delay_bits = 0
    if bits.take(1):  # timing info
        bits.take(64)
        if bits.take(1):  # equal picture interval: an exponential Golomb code
            _skip_golomb(bits)
        if bits.take(1):  # decoder model info
            delay_bits = bits.take(5) + 1
            bits.take(42)
    has_initial_delay = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:  # noqa: PLR2004  from level 4.0 on there are two tiers
            bits.take(1)
        if delay_bits and bits.take(1):
            bits.take(2 * delay_bits + 1)
        if has_initial_delay and bits.take(1):
            bits.take(4)


def _skip_golomb(bits: _Bits) -> None:
    """Skip as many bits as there are zeros before the first one."""
    zeros = 0
    while not bits.take(1):
        zeros += 1
    bits.take(min(zeros, 32))
