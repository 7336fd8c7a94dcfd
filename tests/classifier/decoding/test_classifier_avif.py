"""Every still AVIF that Pillow opens gives Pillow's pixels, and none can hide how much there is to decode."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from classifier_pictures import (
    build_avif_grid,
    build_box,
    encode,
    find_avif_extents,
    move_avif_item_last,
    order_avif,
    shift_avif_offsets,
    split_avif,
)
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps
from skimage import data

from classifier.decoding.av1 import read_coded_size
from classifier.decoding.avif import read_avif_container
from classifier.decoding.header_numbers import HeaderError
from classifier.decoding.image import check_image, decode_image
from classifier.types import DamagedImageError, ImageError, ImageLimits, TooManyPixelsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FACE: NDArray[np.uint8] = np.ascontiguousarray(data.astronaut()[64:192, 160:320])
"""(128, 160, 3) RGB."""
CLEAR = np.dstack([FACE, np.tile(np.linspace(0, 255, 160).astype(np.uint8), (128, 1))])
"""The same, from transparent on the left to opaque on the right."""
EXIF = Image.Exif()
EXIF[0x0110] = "Phone"
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>' * 20


def encode_avif(pixels: NDArray[np.uint8] = FACE, **options: Any) -> bytes:
    return encode(pixels, "AVIF", **{"speed": 10, **options})


def read_with_pillow(avif: bytes) -> NDArray[np.int_]:
    """Give (H, W, 3) RGB, upright, on white."""
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(avif))).convert("RGBA")
    background = Image.new("RGBA", picture.size, "white")
    background.alpha_composite(picture)
    return np.asarray(background.convert("RGB")).astype(int)


def check_like_pillow(avif: bytes) -> None:
    pixels = decode_image(avif).pixels
    expected = read_with_pillow(avif)
    assert pixels.shape == expected.shape
    assert np.abs(pixels - expected).max() <= 2


@pytest.mark.parametrize("metadata", [{}, {"exif": EXIF}, {"xmp": XMP}, {"exif": EXIF, "xmp": XMP}], ids=len)
@pytest.mark.parametrize("pixels", [FACE, CLEAR, FACE[..., 0]], ids=["color", "alpha", "grey"])
def test_metadata_hides_no_picture(pixels: NDArray[np.uint8], metadata: dict[str, Any]) -> None:
    """OpenCV by itself refuses what is transparent and has XMP."""
    check_like_pillow(encode_avif(pixels, **metadata))


@pytest.mark.parametrize("metadata", [{"exif": EXIF}, {"xmp": XMP}], ids=["Exif", "XMP"])
def test_metadata_may_lie_behind_the_picture(metadata: dict[str, Any]) -> None:
    """Cameras and HDR exporters write such files; OpenCV by itself refuses them."""
    check_like_pillow(move_avif_item_last(encode_avif(**metadata), 2))


@pytest.mark.parametrize(
    "order",
    [
        (b"ftyp", b"mdat", b"meta"),
        (b"ftyp", b"free", b"meta", b"mdat"),
        (b"ftyp", b"meta", b"free", b"mdat"),
        (b"ftyp", b"free", b"mdat", b"free", b"meta"),
    ],
    ids=lambda order: b" ".join(order).decode(),
)
def test_the_parts_may_lie_in_any_order(order: tuple[bytes, ...]) -> None:
    """The table of contents may be the last thing in the file."""
    check_like_pillow(order_avif(encode_avif(CLEAR, exif=EXIF, xmp=XMP), *order))


@pytest.mark.parametrize("subsampling", ["4:0:0", "4:2:0", "4:2:2", "4:4:4"])
@pytest.mark.parametrize("pixels", [FACE, CLEAR], ids=["opaque", "transparent"])
def test_every_way_to_store_color_is_read(pixels: NDArray[np.uint8], subsampling: str) -> None:
    """Grey with transparency among them, which OpenCV by itself refuses."""
    check_like_pillow(encode_avif(pixels, subsampling=subsampling))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_container_says_which_way_is_up(orientation: int) -> None:
    """Pillow's encoder writes an orientation as a rotation and a mirror axis."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    for pixels in (FACE, CLEAR):
        check_like_pillow(encode_avif(pixels, exif=exif))


def test_an_orientation_in_exif_alone_turns_nothing() -> None:
    """AVIF's rules say so, and browsers and Pillow keep to them: turning twice would be worse."""
    exif = Image.Exif()
    exif[0x0128] = 6  # of the same type as an orientation, which Pillow would move to the container
    avif = encode_avif(exif=exif)
    order = ">" if b"MM\0*" in avif else "<"
    tag, orientation = (struct.pack(order + "HHI", number, 3, 1) for number in (0x0128, 0x0112))
    assert tag in avif
    check_like_pillow(avif.replace(tag, orientation))


@pytest.mark.parametrize("padding", [0, 600])
@pytest.mark.parametrize("size", [(256, 256), (250, 200)])
def test_a_picture_in_tiles_is_one_picture(size: tuple[int, int], padding: int) -> None:
    """Large photos are stored so; the last tiles may reach over the edge."""
    photo = data.astronaut()[:256, 128:384]
    tiles = [encode_avif(photo[y : y + 128, x : x + 128]) for y in (0, 128) for x in (0, 128)]
    avif = build_avif_grid(tiles, 128, *size, padding=padding)
    check_like_pillow(avif)
    assert read_avif_container(avif).coded_pixels == 256 * 256


def test_the_first_picture_of_a_sequence_is_read() -> None:
    """An animation counts as its first picture."""
    avif = encode_avif(save_all=True, append_images=[Image.fromarray(FACE[::-1])])
    assert np.abs(decode_image(avif).pixels - read_with_pillow(avif)).max() <= 2


def test_a_false_size_in_padding_is_not_the_size() -> None:
    """A reader that searches for the word `ispe` finds it in a `free` box; the limits count the true size."""
    limits = ImageLimits(maximum_pixels=10_000)
    padding = build_box(b"free", build_box(b"ispe", struct.pack(">III", 0, 8, 8)) * 3500)
    boxes = split_avif(shift_avif_offsets(encode_avif(), len(padding)))
    inside = build_box(b"meta", boxes[b"meta"][8:], padding)
    for parts in ((inside,), (padding, boxes[b"meta"])):
        avif = b"".join((boxes[b"ftyp"], *parts, boxes[b"mdat"]))
        check_like_pillow(avif)
        with pytest.raises(TooManyPixelsError, match="160 x 128"):
            decode_image(avif, limits)


def test_a_table_of_contents_longer_than_the_file_is_refused() -> None:
    """What cannot be read to its end may say anything there."""
    avif = encode_avif()
    at = avif.index(b"meta") - 4
    for length in (len(avif), 2**31, 7):
        with pytest.raises(DamagedImageError, match="longer than what holds it"):
            decode_image(avif[:at] + struct.pack(">I", length) + avif[at + 4 :])


def test_a_stream_larger_than_its_size_counts_as_what_it_is() -> None:
    """The decoder works through the stream, whatever the container says of its size."""
    avif = encode_avif(np.zeros((1000, 1000, 3), dtype=np.uint8))
    at = avif.index(b"ispe") + 8
    small = avif[:at] + struct.pack(">II", 8, 8) + avif[at + 8 :]
    assert read_avif_container(small).coded_pixels == 1_000_000
    with pytest.raises(TooManyPixelsError, match="1 million"):
        decode_image(small, ImageLimits(maximum_pixels=499_999))


def test_many_pictures_count_together() -> None:
    """A picture in tiles may name the same tile often: each time it is decoded."""
    tile = encode_avif(FACE[:128, :128])
    avif = build_avif_grid([tile] * 4, 128, 8, 8)
    with pytest.raises(TooManyPixelsError, match="holds pictures of"):
        decode_image(avif, ImageLimits(maximum_pixels=4 * 128 * 128 // 2 - 1))


def test_a_table_that_is_there_twice_is_refused() -> None:
    """Another reader might take the other one."""
    boxes = split_avif(encode_avif())
    twice = build_box(b"meta", boxes[b"meta"][8:], build_box(b"iprp", b""))
    with pytest.raises(HeaderError, match="twice"):
        read_avif_container(boxes[b"ftyp"] + twice + boxes[b"mdat"])


def test_items_that_share_their_bytes_cost_no_time() -> None:
    """A thousand items that each are the whole file would be read for minutes."""
    avif = encode_avif()
    place = find_avif_extents(avif)[1]
    with pytest.raises(HeaderError, match="longer than the file"):
        read_avif_container(avif[: place + 4] + struct.pack(">I", len(avif) + 1) + avif[place + 8 :])


@given(stream=st.binary(max_size=200))
def test_any_stream_has_a_size_or_none(stream: bytes) -> None:
    """No bytes make the reader fail in another way."""
    try:
        width, height = read_coded_size(stream)
    except HeaderError:
        return
    assert 1 <= width <= 65_536
    assert 1 <= height <= 65_536


@given(changes=st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), max_size=4))
def test_any_altered_container_gives_a_picture_within_the_limits_or_an_image_error(
    changes: list[tuple[int, int]],
) -> None:
    """Whatever the tables say."""
    altered = bytearray(ALTERED)
    for place, value in changes:
        altered[place] = value
    try:
        pixels = decode_image(bytes(altered), ImageLimits(maximum_pixels=40_000, maximum_side=400)).pixels
    except ImageError:
        return
    assert pixels.shape[0] * pixels.shape[1] <= 40_000


class _Bits:
    """Writes a header bit by bit."""

    def __init__(self) -> None:
        self.text = ""

    def put(self, value: int, count: int) -> _Bits:
        self.text += format(value, f"0{count}b")
        return self

    def to_bytes(self) -> bytes:
        text = self.text + "0" * (-len(self.text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big")


def build_sequence(width: int, height: int, before: _Bits | None = None) -> bytes:
    """Build a sequence header that ends after the size; of a still picture unless all before it is given."""
    bits = before or _Bits().put(0, 3).put(1, 1).put(1, 1).put(0, 5)
    content = bits.put(15, 4).put(15, 4).put(width - 1, 16).put(height - 1, 16).to_bytes()
    return bytes([0x0A, len(content)]) + content


def build_full_header(*, golomb: str = "1", level: int = 0) -> _Bits:
    """Build all that may stand before the size: timing, a decoder model, two operating points."""
    bits = _Bits().put(0, 3).put(0, 1).put(0, 1)
    bits.put(1, 1).put(0, 64).put(1, 1)
    bits.text += golomb
    bits.put(1, 1).put(9, 5).put(0, 42)  # delays of ten bits
    bits.put(1, 1).put(1, 5)
    for with_delays in (1, 0):
        bits.put(0, 12).put(level, 5)
        if level > 7:
            bits.put(1, 1)
        bits.put(with_delays, 1)
        if with_delays:
            bits.put(0, 21)
        bits.put(1, 1).put(7, 4)
    return bits


@pytest.mark.parametrize("level", [7, 8])
@pytest.mark.parametrize("golomb", ["1", "0" * 5 + "1" + "1" * 5, "0" * 32 + "1" + "1" * 32], ids=len)
def test_the_size_is_found_behind_all_that_may_stand_before_it(golomb: str, level: int) -> None:
    """One bit too many or too few, and any size could be read: levels from 8 on have a bit of their own."""
    header = build_sequence(4711, 815, build_full_header(golomb=golomb, level=level))
    assert read_coded_size(header) == (4711, 815)


def test_of_several_sequence_headers_each_side_is_the_largest() -> None:
    """A decoder reserves memory for any of them."""
    assert read_coded_size(build_sequence(3000, 20) + build_sequence(10, 2000)) == (3000, 2000)
    assert read_coded_size(build_sequence(10, 2000) + build_sequence(3000, 20)) == (3000, 2000)


def test_no_more_parts_of_a_stream_are_read_than_can_be() -> None:
    """What lies behind the ten thousandth is not seen: the picture is refused."""
    delimiter = b"\x12\x00"
    first = build_sequence(30, 20)
    assert read_coded_size(first + delimiter * 9_999) == (30, 20)
    with pytest.raises(HeaderError, match="no size"):
        read_coded_size(first + delimiter * 10_000)


def test_as_many_pixels_as_twice_the_limit_may_be_coded() -> None:
    """A picture and its transparency, or a map for brighter screens; not one pixel more."""
    tile = encode_avif(FACE[:128, :128])
    avif, coded = build_avif_grid([tile] * 4, 128, 256, 256), 4 * 128 * 128
    limits = ImageLimits(maximum_pixels=coded)
    assert check_image(avif, limits).avif is not None
    small = build_avif_grid([tile] * 4, 128, 100, 100)
    assert check_image(small, ImageLimits(maximum_pixels=coded // 2)).avif is not None
    with pytest.raises(TooManyPixelsError, match="holds pictures of"):
        check_image(small, ImageLimits(maximum_pixels=coded // 2 - 1))


def change_table(avif: bytes, kind: bytes, at: int, value: bytes) -> bytes:
    """Write something into the content of the first box of a kind."""
    place = avif.index(kind) + 4 + at
    return avif[:place] + value + avif[place + len(value) :]


@pytest.mark.parametrize(
    ("kind", "at", "value", "sentence"),
    [
        (b"iloc", 6, struct.pack(">H", 200), "iloc contradicts itself|cut off"),
        (b"iloc", 6 + 2 + 4, struct.pack(">H", 60_000), "iloc contradicts itself"),
        (b"iloc", 6 + 2 + 14, struct.pack(">H", 1), "iloc contradicts itself"),
        (b"iloc", 4, b"\x33", "iloc is not understood"),
        (b"iloc", 4, b"\x40", "iloc is not understood"),
        (b"ipma", 4 + 4 + 2, b"\xff", "ipma contradicts itself"),
        (b"ipma", 4 + 4 + 3, b"\x04", "ipma contradicts itself"),
        (b"ipma", 4 + 4 + 4 + 3 * 5 + 2, b"\x05", "ipma contradicts itself"),
        (b"dimg", 2, struct.pack(">H", 5), "iref contradicts itself"),
    ],
    ids=[
        "items",
        "pieces",
        "an item twice",
        "sides",
        "no length",
        "properties",
        "an index",
        "the last item",
        "references",
    ],
)
def test_a_table_that_contradicts_itself_is_refused(
    kind: bytes, at: int, value: bytes, sentence: str
) -> None:
    """What one reader takes for the end of a table, another would read on from."""
    tile = encode_avif(FACE[:128, :128])
    avif = build_avif_grid([tile] * 4, 128, 256, 256)
    assert read_avif_container(avif).width == 256
    with pytest.raises(HeaderError, match=sentence):
        read_avif_container(change_table(avif, kind, at, value))


def test_an_item_that_begins_beyond_the_file_is_refused() -> None:
    """At the file's end it may begin, where there is nothing of it."""
    avif = encode_avif()
    place = find_avif_extents(avif)[1]
    with pytest.raises(HeaderError, match="beyond the file"):
        read_avif_container(avif[:place] + struct.pack(">I", len(avif) + 1) + avif[place + 4 :])


ALTERED = encode_avif(CLEAR, exif=EXIF)
