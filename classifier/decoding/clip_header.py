"""What a clip is and what its container claims, read from the bytes alone, before a decoder sees any of them.

Three containers are read, and of each only what cameras, browsers and Telegram write:

    MP4    boxes of size, kind and content (ISO 14496-12); what lies in other files or is packed is refused
    WebM   elements of id, size and content (RFC 8794, RFC 9559)
    GIF    the logical screen

Every walk is bounded by a number of steps, so that no file can keep it busy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from classifier.decoding.header_numbers import HeaderError, read_number

if TYPE_CHECKING:
    from collections.abc import Iterator

Container = Literal["MP4", "WebM", "GIF"]

_CONTAINERS: tuple[tuple[re.Pattern[bytes], Container], ...] = (
    (re.compile(rb"....ftyp(?:isom|iso[2-9]|mp4[12]|avc1|M4V |MSNV|3gp[4-7]|qt  |dash)", re.DOTALL), "MP4"),
    (re.compile(rb"\x1aE\xdf\xa3.{1,64}\x42\x82.{1,8}?webm", re.DOTALL), "WebM"),
    (re.compile(rb"GIF8[79]a"), "GIF"),
)
_MAXIMUM_STEPS = 20_000
_MAXIMUM_TRACKS = 32

_PARENTS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl"})
_REFUSED_BOXES = frozenset({b"cmov", b"rmra", b"moof"})
"""A movie that is packed, one that is a list of other movies, and one that comes in pieces."""
_VIDEO_ENTRIES = frozenset({b"avc1", b"avc3", b"hvc1", b"hev1", b"mp4v"})
_DEPTH = 6
_IN_THIS_FILE = 1  # the flag of a data reference

_SEGMENT, _TRACKS, _CLUSTER, _TRACK, _VIDEO = 0x18538067, 0x1654AE6B, 0x1F43B675, 0xAE, 0xE0
_CODEC, _WIDTH, _HEIGHT, _PACKING, _ATTACHMENTS = 0x86, 0xB0, 0xBA, 0x6D80, 0x1941A469
_VIDEO_CODECS = frozenset({b"V_VP8", b"V_VP9"})


@dataclass(frozen=True, slots=True)
class ClipHeader:
    """What a clip says of itself.

    Attributes:
        container: By content, never by name.
        width: Of its frames as stored, in pixels: the largest of any video in it.
        height: Of its frames as stored, in pixels: the largest of any video in it.
    """

    container: Container
    width: int
    height: int


def recognize_clip(clip_bytes: bytes) -> Container | None:
    """Name the container that the content begins like; a GIF may be a still picture all the same."""
    for pattern, name in _CONTAINERS:
        if pattern.match(clip_bytes):
            return name
    return None


def read_clip_header(clip_bytes: bytes, container: Container) -> ClipHeader:
    """Read the size of a clip's frames, and refuse what no decoder should see.

    Raises:
        HeaderError: The container is cut off, contradicts itself, holds no video that is read here, or refers
            to something outside of the file.
    """
    readers = {"MP4": _read_mp4_sizes, "WebM": _read_webm_sizes, "GIF": _read_gif_sizes}
    sizes = list(readers[container](clip_bytes))
    if not 0 < len(sizes) <= _MAXIMUM_TRACKS:
        raise HeaderError("it holds no video that can be read here")
    width, height = (max(size[side] for size in sizes) for side in (0, 1))
    if not width or not height:
        raise HeaderError("its frames have no size")
    return ClipHeader(container, width, height)


def _read_gif_sizes(data: bytes) -> Iterator[tuple[int, int]]:
    yield read_number(data, 6, 2, "little"), read_number(data, 8, 2, "little")


def _read_mp4_sizes(data: bytes) -> Iterator[tuple[int, int]]:
    """Walk the boxes: yield the size of each video, and hold each data reference to this file."""
    for kind, start, end in _walk_boxes(data):
        if kind in _REFUSED_BOXES:
            raise HeaderError("it is packed, in pieces, or a list of other files")
        if kind == b"dref":
            _check_references(data, start, end)
        elif kind == b"stsd":
            yield from _read_sample_entries(data, start, end)


def _walk_boxes(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and end of each box and of those in it, in the order in which they lie."""
    waiting = [(0, len(data), 0)]
    for _ in range(_MAXIMUM_STEPS):
        if not waiting:
            return
        start, end, depth = waiting.pop()
        if end - start < 8:  # noqa: PLR2004  no room for another box: padding
            continue
        kind, content, box_end = _read_box(data, start, end)
        yield kind, content, box_end
        waiting.append((box_end, end, depth))
        if kind in _PARENTS:
            if depth == _DEPTH:
                raise HeaderError("its boxes lie too deep in each other")
            waiting.append((content, box_end, depth + 1))
    raise HeaderError("far too many boxes")


def _read_box(data: bytes, start: int, end: int) -> tuple[bytes, int, int]:
    """Read kind, and start and end of the content, of the box at `start` of what ends at `end`."""
    size, kind, content = read_number(data, start, 4), data[start + 4 : start + 8], start + 8
    if size == 1:
        size, content = read_number(data, content, 8), content + 8
    box_end = end if size == 0 else start + size
    if not content <= box_end <= end:
        raise HeaderError("a box is longer than what it lies in")
    return kind, content, box_end


def _check_references(data: bytes, start: int, end: int) -> None:
    """Refuse a movie whose data lies in another file or at an address."""
    position = start + 8  # version, flags, count
    for _ in range(min(read_number(data, start + 4, 4), _MAXIMUM_TRACKS)):
        kind, content, position = _read_box(data, position, end)
        if kind != b"url " or read_number(data, content, 4) != _IN_THIS_FILE:
            raise HeaderError("its data lies outside of the file")


def _read_sample_entries(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the sizes of the videos among the kinds of samples of a track."""
    position = start + 8
    for _ in range(min(read_number(data, start + 4, 4), _MAXIMUM_TRACKS)):
        kind, content, position = _read_box(data, position, end)
        if kind in _VIDEO_ENTRIES:
            yield read_number(data, content + 24, 2), read_number(data, content + 26, 2)


def _read_webm_sizes(data: bytes) -> Iterator[tuple[int, int]]:
    """Walk the elements up to the first pictures: yield the size of each video."""
    for element, start, end in _walk_elements(data, 0, len(data)):
        if element == _SEGMENT:
            yield from _read_segment(data, start, end)
            return


def _read_segment(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    for element, content, content_end in _walk_elements(data, start, end):
        if element == _ATTACHMENTS:
            raise HeaderError("it holds other files")
        if element == _CLUSTER:
            return
        if element == _TRACKS:
            for inner, track, track_end in _walk_elements(data, content, content_end):
                if inner == _TRACK:
                    yield from _read_track(data, track, track_end)


def _read_track(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the size of a track that is a video."""
    fields = {element: (at, to) for element, at, to in _walk_elements(data, start, end)}
    if _PACKING in fields:
        raise HeaderError("it is packed")
    if _VIDEO not in fields:
        return
    at, to = fields.get(_CODEC, (0, 0))
    if data[at:to] not in _VIDEO_CODECS:
        raise HeaderError("its codec is not read here")
    sides = {element: (at, to) for element, at, to in _walk_elements(data, *fields[_VIDEO])}
    width, height = (int.from_bytes(data[slice(*sides.get(side, (0, 0)))]) for side in (_WIDTH, _HEIGHT))
    yield width, height


def _walk_elements(data: bytes, position: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield id, and start and end of the content, of the elements that lie side by side."""
    for _ in range(_MAXIMUM_STEPS):
        if position >= end:
            return
        element, position = _read_varying_number(data, position, keep_mark=True)
        size, position = _read_varying_number(data, position, keep_mark=False)
        # A stream that was written live has no size: it ends where its parent does.
        element_end = end if size < 0 else position + size
        if element_end > len(data):
            if element not in {_SEGMENT, _CLUSTER}:
                raise HeaderError("an element is longer than the file")
            element_end = len(data)  # the end is cut off; what is there can be watched
        yield element, position, element_end
        position = element_end
    raise HeaderError("far too many elements")


def _read_varying_number(data: bytes, at: int, *, keep_mark: bool) -> tuple[int, int]:
    """Read a number of one to eight bytes, whose first bits tell how many; -1 if all its bits are set."""
    first = read_number(data, at, 1)
    length = 9 - first.bit_length()
    if length > (4 if keep_mark else 8):
        raise HeaderError("an element has no length")
    value = read_number(data, at, length)
    if not keep_mark:
        value -= 1 << 7 * length
        value = -1 if value == (1 << 7 * length) - 1 else value
    return value, at + length
