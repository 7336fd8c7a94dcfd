"""Pictures for the classifier's tests, good and hostile, made byte by byte where an encoder would refuse."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


def encode(pixels: NDArray[Any], image_format: str = "JPEG", **options: Any) -> bytes:
    """Encode with Pillow, whose encoders share nothing with what is tested."""
    return save(Image.fromarray(pixels), image_format, **options)


def save(picture: Image.Image, image_format: str, **options: Any) -> bytes:
    """Give the file that Pillow would write."""
    file = io.BytesIO()
    picture.save(file, image_format, **options)
    return file.getvalue()


def build_noise(height: int, width: int, channels: int = 3) -> NDArray[np.uint8]:
    """Build (height, width, channels) of soft noise: every place differs, and JPEG keeps it nearly."""
    coarse = np.random.default_rng(5).integers(
        0, 256, (height // 8 + 2, width // 8 + 2, channels), dtype=np.uint8
    )
    large = [
        Image.fromarray(coarse[..., n]).resize((width, height), Image.Resampling.BILINEAR)
        for n in range(channels)
    ]
    return np.stack([np.asarray(layer) for layer in large], axis=2)


def build_exif(orientation: int, order: str = "<") -> bytes:
    """Build a TIFF block with one tag."""
    header = {"<": b"II*\x00", ">": b"MM\x00*"}[order] + struct.pack(order + "I", 8)
    return header + struct.pack(order + "HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)


def orient_jpeg(jpeg: bytes, orientation: int, order: str = "<") -> bytes:
    """Put an orientation into a JPEG."""
    payload = b"Exif\x00\x00" + build_exif(orientation, order)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + jpeg[2:]


def orient_png(png: bytes, orientation: int) -> bytes:
    """Put an orientation into a PNG, after its header chunk."""
    return png[:33] + build_chunk(b"eXIf", build_exif(orientation)) + png[33:]


def turn_as_stored(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Turn an upright picture the way a camera with that EXIF orientation stores it."""
    turned = {
        1: pixels,
        2: pixels[:, ::-1],
        3: pixels[::-1, ::-1],
        4: pixels[::-1],
        5: pixels.swapaxes(0, 1),
        6: np.rot90(pixels, 1),
        7: pixels[::-1, ::-1].swapaxes(0, 1),
        8: np.rot90(pixels, -1),
    }
    return np.ascontiguousarray(turned[orientation])


def build_chunk(kind: bytes, body: bytes) -> bytes:
    """Build a PNG chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def build_png_header(width: int, height: int, body: bytes = b"") -> bytes:
    """Build a PNG that claims a size; a few kilobytes of zeros unpack to as many pixels as it likes."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return PNG_MAGIC + build_chunk(b"IHDR", header) + build_chunk(b"IDAT", body) + build_chunk(b"IEND", b"")


def build_pixel_bomb(side: int) -> bytes:
    """Build a true PNG of black, a thousandth of its pixels in size."""
    packer = zlib.compressobj(9)
    row = b"\x00" * (side * 3 + 1)
    packed = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    return build_png_header(side, side, packed)


def build_jpeg_header(width: int, height: int) -> bytes:
    """Change the size that a tiny JPEG claims."""
    jpeg = encode(np.zeros((8, 8, 3), dtype=np.uint8))
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


def build_many_scans(pixels: NDArray[np.uint8], scans: int) -> bytes:
    """Repeat the last pass of a progressive JPEG."""
    jpeg = encode(pixels, progressive=True)
    last = jpeg.rindex(b"\xff\xda")
    return jpeg[:last] + jpeg[last:-2] * scans + jpeg[-2:]


def build_long_gif(frames: int) -> bytes:
    """Repeat the frame of a GIF."""
    gif = encode(np.full((8, 8), 7, dtype=np.uint8), "GIF")
    start = gif.index(b"\x2c\x00\x00\x00\x00\x08\x00\x08\x00")
    return gif[:start] + gif[start:-1] * frames + gif[-1:]
