"""Read width, height and media type from a picture's header, without decoding the picture."""

from __future__ import annotations

import re
import struct

Size = tuple[int, int]

_SIGNATURES = (
    ("image/jpeg", re.compile(rb"\xff\xd8\xff")),
    ("image/png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("image/webp", re.compile(rb"RIFF....WEBP", re.DOTALL)),
    ("image/gif", re.compile(rb"GIF8[79]a")),
    ("video/webm", re.compile(rb"\x1a\x45\xdf\xa3")),
    ("video/mp4", re.compile(rb"....ftyp(?:isom|mp4|iso5|avc1|qt|M4V)", re.DOTALL)),
)
_PNG_HEADER, _GIF_HEADER, _WEBP_HEADER = 24, 10, 30  # bytes needed to read width and height
_JPEG_MARK = 0xFF
# Frame headers hold the size. C4, C8 and CC lie in their range but are Huffman tables, an extension and
# arithmetic conditioning (ITU T.81, table B.1).
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers without a length after them.
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})


def read_picture_size(content: bytes) -> Size | None:
    """Return (width, height) of a JPEG, PNG, WebP or GIF, or None for anything else."""
    if content.startswith(b"\xff\xd8\xff"):
        return _read_jpeg_size(content)
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= _PNG_HEADER:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _read_webp_size(content)
    if content[:6] in {b"GIF87a", b"GIF89a"} and len(content) >= _GIF_HEADER:
        width, height = struct.unpack("<HH", content[6:10])
        return width, height
    return None


def guess_media_type(content: bytes) -> str:
    """Return the media type of a picture or video by its first bytes, else ``application/octet-stream``."""
    head = content[:12]
    for media_type, pattern in _SIGNATURES:
        if pattern.match(head):
            return media_type
    return "application/octet-stream"


def _read_jpeg_size(content: bytes) -> Size | None:
    """Skip from segment to segment until the first frame header (ITU T.81, B.2.2)."""
    position = 2  # after the start-of-image marker
    while position + 9 < len(content):
        if content[position] != _JPEG_MARK:
            return None
        marker = content[position + 1]
        if marker == _JPEG_MARK:
            position += 1  # any number of FF bytes may pad a marker (B.1.1.2)
        elif marker in _JPEG_BARE:
            position += 2
        elif marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", content[position + 5 : position + 9])
            return width, height
        else:
            position += 2 + int.from_bytes(content[position + 2 : position + 4], "big")
    return None


def _read_webp_size(content: bytes) -> Size | None:
    """Read the size from an extended, lossless or lossy WebP header (RFC 9649, sections 2.5 to 2.7)."""
    kind = content[12:16]
    if kind == b"VP8X" and len(content) >= _WEBP_HEADER:
        width = 1 + int.from_bytes(content[24:27], "little")
        return width, 1 + int.from_bytes(content[27:30], "little")
    if kind == b"VP8L" and len(content) >= _WEBP_HEADER:
        bits = int.from_bytes(content[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and len(content) >= _WEBP_HEADER:
        width, height = struct.unpack("<HH", content[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None
