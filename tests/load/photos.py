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
_BOMB_SIDE = 20_000


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
    portrait = Image.fromarray(skimage.data.astronaut())  # type: ignore[no-untyped-call]
    photos = []
    for side in _SIDES:
        resized = portrait.resize((side, side))
        for brightness in (0.6, 1.0, 1.3):
            pixels = np.clip(np.asarray(resized) * brightness, 0, 255).astype(np.uint8)
            photos += [_encode(pixels), _encode(pixels[:, ::-1])]
    return photos


def build_bomb() -> Photo:
    """Build a PNG of a few kilobytes that unpacks to 400 million pixels."""
    header = struct.pack(">IIBBBBB", _BOMB_SIDE, _BOMB_SIDE, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((_BOMB_SIDE // 8 + 1) * _BOMB_SIDE), 9)
    parts = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )
    return Photo(content, (_BOMB_SIDE, _BOMB_SIDE))


def _encode(pixels: np.ndarray) -> Photo:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=88)
    return Photo(buffer.getvalue(), (pixels.shape[1], pixels.shape[0]))
