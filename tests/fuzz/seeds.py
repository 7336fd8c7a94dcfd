"""Small files to begin from, made of arithmetic: no photo, and nobody's picture."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

from classifier.opencv import cv2

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXIF = b"II*\x00" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)
_OTHERS = (
    b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
    b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avifmiaf\x00\x00\x00\x14ispe"
    + bytes(4)
    + bytes([0, 0, 0, 9] * 2),
    b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2",
    b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a -->\n<!DOCTYPE svg >\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    b"RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00\x07\x00\x00\x05\x00\x00",
    b"BM" + bytes(12) + b"\x28\x00\x00\x00",
    b"II*\x00",
    b"MM\x00*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, 8, 0, 0),
    b"%PDF-1.7\n",
    b"\xff\xd8\xff\xe0\x00\x04\xff\xd8\xff\xda",
    b"",
)


def build_seeds() -> Iterator[bytes]:
    """Build one file of each kind that the checks tell apart."""
    picture = _build_picture(12, 9)
    jpeg = _encode(".jpg", picture)
    yield jpeg
    yield _encode(".jpg", picture, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    yield _encode(".jpg", picture, cv2.IMWRITE_JPEG_RST_INTERVAL, 1)
    yield jpeg[: len(jpeg) - 20]
    yield jpeg + jpeg
    exif = b"Exif\x00\x00" + _EXIF
    yield jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]
    png = _encode(".png", picture)
    yield png
    yield png[:33] + _build_chunk(b"eXIf", _EXIF) + png[33:]
    yield png[:33] + _build_chunk(b"tRNS", bytes(6)) + png[33:]
    yield png[: len(png) - 30]
    yield _encode(".png", _add_alpha(picture))
    yield _encode(".png", picture[..., 0])
    yield _encode(".png", picture.astype(np.uint16) * 257)
    yield _encode(".webp", picture, cv2.IMWRITE_WEBP_QUALITY, 50)
    yield _encode(".webp", picture, cv2.IMWRITE_WEBP_QUALITY, 101)
    yield _encode(".webp", _add_alpha(picture))
    yield _encode(".gif", picture)
    yield _encode(".avif", picture)
    yield _encode(".avif", _add_alpha(picture))
    yield _encode(".bmp", picture)
    yield _encode(".tiff", picture)
    yield _encode(".jpg", _build_picture(401, 2))
    yield _encode(".png", _build_picture(120, 120))
    yield from _OTHERS


def _build_picture(width: int, height: int) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows * 23, columns * 17, rows * columns], axis=2).astype(np.uint8)


def _add_alpha(picture: np.ndarray) -> np.ndarray:
    return np.dstack([picture, picture[..., 0]])


def _encode(extension: str, picture: np.ndarray, *options: int) -> bytes:
    done, encoded = cv2.imencode(extension, picture, options)
    if not done:
        raise RuntimeError(f"OpenCV does not write {extension}.")
    return bytes(encoded)


def _build_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
