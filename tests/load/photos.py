"""What is sent: variants of one public-domain portrait, and hostile files."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass

import numpy as np
import skimage.data
from PIL import Image

_SIDES = (320, 640, 1_280)
_MOST_BYTES = 20_000_000  # that Telegram serves


@dataclass(frozen=True)
class Photo:
    """Bytes to send.

    Attributes:
        content: The file.
        size: Width and height as its header claims.
    """

    content: bytes
    size: tuple[int, int]


def build_photos() -> list[Photo]:
    """Build JPEGs of the astronaut: several sizes, mirrored, darker and brighter."""
    portrait = Image.fromarray(skimage.data.astronaut())
    photos = []
    for side in _SIDES:
        resized = portrait.resize((side, side))
        for brightness in (0.6, 1.0, 1.3):
            pixels = np.clip(np.asarray(resized) * brightness, 0, 255).astype(np.uint8)
            photos += [_encode(pixels), _encode(pixels[:, ::-1])]
    return photos


def build_bombs() -> list[Photo]:
    """Build what its header, its passes or its content refuse, and what costs most within the limits."""
    return [
        _build_pixels(20_000),
        _build_pixels(6_000),
        _build_scans(500),
        Photo(bytes(_MOST_BYTES), (640, 640)),
    ]


def _build_pixels(side: int) -> Photo:
    """Build a black PNG that unpacks to a hundred times its bytes or more."""
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((side // 8 + 1) * side), 9)
    parts = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )
    return Photo(content, (side, side))


def _build_scans(count: int) -> Photo:
    """Build a JPEG whose last pass is repeated, each time as costly as a decoding of its own."""
    buffer = io.BytesIO()
    Image.fromarray(skimage.data.astronaut()).save(buffer, "JPEG", progressive=True)
    jpeg = buffer.getvalue()
    last = jpeg.rindex(b"\xff\xda")
    return Photo(jpeg[:last] + jpeg[last:-2] * count + jpeg[-2:], (512, 512))


def _encode(pixels: np.ndarray) -> Photo:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=88)
    return Photo(buffer.getvalue(), (pixels.shape[1], pixels.shape[0]))
