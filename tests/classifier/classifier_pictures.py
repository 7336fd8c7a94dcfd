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


def build_box(kind: bytes, *contents: bytes) -> bytes:
    """Build a box of AVIF."""
    return struct.pack(">I", 8 + sum(map(len, contents))) + kind + b"".join(contents)


def split_avif(avif: bytes) -> dict[bytes, bytes]:
    """Split an AVIF file into its outermost boxes, by kind."""
    boxes = {}
    while avif:
        length = int.from_bytes(avif[:4], "big")
        boxes[avif[4:8]], avif = avif[:length], avif[length:]
    return boxes


def find_avif_extents(avif: bytes) -> dict[int, int]:
    """Find where `iloc`, as Pillow's encoder writes it, has each item's offset; its length follows."""
    at = avif.index(b"iloc") + 10
    items = int.from_bytes(avif[at : at + 2], "big")
    return {
        int.from_bytes(avif[place : place + 2], "big"): place + 6
        for place in range(at + 2, at + 2 + 14 * items, 14)
    }


def order_avif(avif: bytes, *order: bytes, padding: int = 70_000) -> bytes:
    """Put the outermost boxes of an AVIF file into another order, with a `free` box where it is named."""
    boxes = split_avif(avif) | {b"free": build_box(b"free", bytes(padding))}
    start = sum(len(boxes[kind]) for kind in order[: order.index(b"mdat")])
    shift = start - avif.index(b"mdat") + 4
    boxes[b"meta"] = split_avif(shift_avif_offsets(avif, shift))[b"meta"]
    return b"".join(boxes[kind] for kind in order)


def shift_avif_offsets(avif: bytes, shift: int) -> bytes:
    """Have the table `iloc` say that all items lie so much further on."""
    for place in find_avif_extents(avif).values():
        moved = int.from_bytes(avif[place : place + 4], "big") + shift
        avif = avif[:place] + moved.to_bytes(4, "big") + avif[place + 4 :]
    return avif


def move_avif_item_last(avif: bytes, item: int) -> bytes:
    """Copy the bytes of one item behind all others, into an `mdat` of their own."""
    place = find_avif_extents(avif)[item]
    start, length = struct.unpack_from(">II", avif, place)
    moved = build_box(b"mdat", avif[start : start + length])
    return avif[:place] + struct.pack(">I", len(avif) + 8) + avif[place + 4 :] + moved


def build_avif_grid(tiles: list[bytes], side: int, width: int, height: int, padding: int = 0) -> bytes:
    """Join two by two AVIF pictures of `side` by `side` pixels into one picture in tiles, cut to a size."""
    streams, configuration = [], b""
    for tile in tiles:
        start, length = struct.unpack_from(">II", tile, find_avif_extents(tile)[1])
        streams.append(tile[start : start + length])
        at = tile.index(b"av1C") - 4
        configuration = tile[at : at + 12]
    numbers = range(2, 2 + len(tiles))
    payloads = {1: struct.pack(">BBBBHH", 0, 0, 1, 1, width, height)} | dict(
        zip(numbers, streams, strict=True)
    )
    types = {number: b"grid" if number == 1 else b"av01" for number in payloads}
    properties = {number: b"\1" if number == 1 else b"\2\x83" for number in payloads}
    parts = [
        build_box(b"hdlr", bytes(8), b"pict", bytes(13)),
        build_box(b"pitm", bytes(4), b"\0\1"),
        build_box(
            b"iinf",
            struct.pack(">IH", 0, len(types)),
            *(build_box(b"infe", b"\2\0\0\0", struct.pack(">HH", n, 0), t, b"\0") for n, t in types.items()),
        ),
        build_box(
            b"iref", bytes(4), build_box(b"dimg", struct.pack(f">HH{len(tiles)}H", 1, len(tiles), *numbers))
        ),
        build_box(
            b"iprp",
            build_box(
                b"ipco",
                build_box(b"ispe", struct.pack(">III", 0, width, height)),
                build_box(b"ispe", struct.pack(">III", 0, side, side)),
                configuration,
            ),
            build_box(
                b"ipma",
                struct.pack(">II", 0, len(properties)),
                *(struct.pack(">HB", n, len(held)) + held for n, held in properties.items()),
            ),
        ),
    ]
    before = build_box(b"ftyp", b"avif", bytes(4), b"avifmif1miaf") + build_box(b"free", bytes(padding))
    iloc_length = 16 + 14 * len(payloads)
    start = len(before) + 12 + sum(map(len, parts)) + iloc_length + 8
    places = []
    for number, payload in payloads.items():
        places.append(struct.pack(">HHHII", number, 0, 1, start, len(payload)))
        start += len(payload)
    locations = build_box(b"iloc", bytes(4), b"\x44\x00", struct.pack(">H", len(payloads)), *places)
    meta = build_box(b"meta", bytes(4), *parts, locations)
    return before + meta + build_box(b"mdat", *payloads.values())
