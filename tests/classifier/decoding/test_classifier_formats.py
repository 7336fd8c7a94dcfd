"""Formats are recognized and headers read from the bytes alone, whatever the bytes are."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from classifier_pictures import (
    PNG_MAGIC,
    build_chunk,
    build_jpeg_header,
    build_many_scans,
    build_noise,
    build_png_header,
    encode,
)
from hypothesis import example, given
from hypothesis import strategies as st

from classifier.decoding.file_formats import (
    keep_png_picture,
    read_header,
    recognize_format,
    recognize_unsupported_format,
)
from classifier.decoding.header_numbers import HeaderError, read_number

NOISE = build_noise(24, 40)
FILES = {
    "JPEG": encode(NOISE),
    "PNG": encode(NOISE, "PNG"),
    "WebP": encode(NOISE, "WebP"),
    "GIF": encode(NOISE, "GIF"),
    "AVIF": encode(NOISE, "AVIF"),
}
OTHER_FILES = {
    "HEIC": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
    "video": b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2",
    "TIFF": encode(NOISE, "TIFF"),
    "raw camera": b"II*\x00\x10\x00\x00\x00CR\x02\x00" + bytes(40),
    "BMP": encode(NOISE, "BMP"),
    "SVG": b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    "PDF": b"%PDF-1.7\n",
    "icon": encode(NOISE, "ICO"),
    "JPEG XL": b"\xff\x0a\x00\x00",
    "JPEG 2000": encode(NOISE, "JPEG2000"),
}
MAGICS = [
    PNG_MAGIC,
    b"\xff\xd8\xff\xe0",
    b"RIFF\x10\x00\x00\x00WEBPVP8X",
    b"GIF89a",
    b"\x00\x00\x00\x20ftypavif",
]


@pytest.mark.parametrize("name", FILES)
def test_each_supported_format_is_known_by_its_content_and_its_size_read(name: str) -> None:
    """The content decides, and the header's size is the picture's."""
    assert recognize_format(FILES[name]) == name
    header = read_header(FILES[name], recognize_format(FILES[name]))
    assert (header.width, header.height, header.ends_early) == (40, 24, False)


@pytest.mark.parametrize("name", OTHER_FILES)
def test_known_formats_that_are_not_read_are_named(name: str) -> None:
    """A person is told what they sent."""
    assert recognize_format(OTHER_FILES[name]) is None
    assert recognize_unsupported_format(OTHER_FILES[name]) == name


@pytest.mark.parametrize("kind", [b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"])
def test_quicktime_from_before_file_types_is_a_video(kind: bytes) -> None:
    """Old cameras begin their films with any box; a text with such a word is none."""
    assert recognize_unsupported_format(b"\x00\x00\x00\x08" + kind + b"\x00\x10\x00\x00mdat") == "video"
    assert recognize_unsupported_format(b"The free encyclopedia") is None


@pytest.mark.parametrize("order", "<>")
def test_a_raw_photo_is_told_from_a_tiff(order: str) -> None:
    """NEF, ARW and PEF begin with a preview and have the photo below it; DNG has a tag of its own."""
    magic = {"<": b"II*\x00", ">": b"MM\x00*"}[order] + struct.pack(order + "I", 8)

    def build_tiff(*tags: tuple[int, int]) -> bytes:
        entries = (struct.pack(order + "HHII", tag, 4, 1, value) for tag, value in tags)
        return magic + struct.pack(order + "H", len(tags)) + b"".join(entries) + bytes(4)

    for nef in (build_tiff((0x00FE, 1), (0x0100, 160), (0x014A, 400)), build_tiff((0x00FE, 0), (0xC612, 1))):
        assert recognize_unsupported_format(nef) == "raw camera"
    for tiff in (
        build_tiff((0x00FE, 0), (0x014A, 400)),
        build_tiff((0x0100, 160)),
        magic,
        magic + b"\xff\xff",
    ):
        assert recognize_unsupported_format(tiff) == "TIFF"


@pytest.mark.parametrize("options", [{"lossless": True}, {"exact": True}], ids=["VP8L", "VP8X"])
def test_transparency_of_webp_is_seen_in_each_of_its_headers(options: dict[str, bool]) -> None:
    """Lossless and extended WebP say in different places that they have an alpha channel."""
    header = read_header(encode(build_noise(24, 40, 4), "WebP", **options), "WebP")
    assert (header.width, header.height, header.has_alpha) == (40, 24, True)


@given(body=st.binary(max_size=300), magic=st.sampled_from([b"", *MAGICS]))
def test_any_bytes_get_a_header_or_a_header_error(body: bytes, magic: bytes) -> None:
    """No content makes the readers fail in another way."""
    image_bytes = magic + body
    recognize_unsupported_format(image_bytes)
    image_format = recognize_format(image_bytes)
    if image_format is None:
        return
    try:
        header = read_header(image_bytes, image_format)
    except HeaderError:
        return
    assert header.width > 0
    assert header.height > 0


@given(
    name=st.sampled_from(sorted(FILES)),
    length=st.integers(0, 3000),
    at=st.integers(0, 3000),
    value=st.integers(0, 255),
)
def test_files_cut_short_or_altered_get_a_header_or_a_header_error(
    name: str, length: int, at: int, value: int
) -> None:
    """The same for files that are nearly right."""
    altered = bytearray(FILES[name][:length])
    if at < len(altered):
        altered[at] = value
    image_format = recognize_format(bytes(altered))
    if image_format is None:
        return
    try:
        header = read_header(bytes(altered), image_format)
    except HeaderError:
        return
    assert header.scans >= 1


@given(width=st.integers(1, 65_535), height=st.integers(1, 65_535))
@example(width=65_500, height=65_500)
def test_sizes_are_read_as_claimed(width: int, height: int) -> None:
    """Nothing is decoded to learn a size."""
    for image_bytes, name in (
        (build_jpeg_header(width, height), "JPEG"),
        (build_png_header(width, height), "PNG"),
    ):
        header = read_header(image_bytes, name)
        assert (header.width, header.height) == (width, height)


def test_scans_are_counted_up_to_the_end_mark() -> None:
    """A phone's motion photo or second picture after the end mark adds none."""
    jpeg = build_many_scans(NOISE, 500)
    scans = read_header(jpeg, "JPEG").scans
    assert scans >= 500
    assert read_header(jpeg + b"\xff\xda" * 1000, "JPEG").scans == scans
    assert read_header(FILES["JPEG"] + b"\xff\xda" * 1000, "JPEG").scans == 1


def test_an_end_mark_inside_a_comment_hides_no_scans() -> None:
    """Marks inside a segment are its content."""
    jpeg = build_many_scans(NOISE, 500)
    first = jpeg.index(b"\xff\xda")
    second = jpeg.index(b"\xff\xda", first + 2)
    hidden = jpeg[:second] + b"\xff\xfe\x00\x06\xff\xd9\xff\xd9" + jpeg[second:]
    assert read_header(hidden, "JPEG").scans == read_header(jpeg, "JPEG").scans


def test_a_jpeg_of_countless_segments_is_refused() -> None:
    """The walk over segments is bounded."""
    jpeg = FILES["JPEG"]
    padded = jpeg[:2] + b"\xff\xfe\x00\x02" * 100_000 + jpeg[2:]
    with pytest.raises(HeaderError):
        read_header(padded, "JPEG")


def test_a_missing_end_is_seen() -> None:
    """What stops before its own end is marked so, before anything is decoded."""
    for name in ("JPEG", "WebP"):
        half = FILES[name][: len(FILES[name]) * 3 // 4]
        assert read_header(half, name).ends_early, name
    assert read_header(FILES["PNG"][:-12], "PNG").ends_early


def test_a_png_chunk_longer_than_the_file_is_refused() -> None:
    """A decoder would reserve as much memory as it claims: 8 s for a gigabyte, found by fuzzing."""
    at = FILES["PNG"].index(b"IDAT") - 4
    claiming = FILES["PNG"][:at] + b"\x56\xff\xff\xff" + FILES["PNG"][at + 4 :]
    for png in (claiming, FILES["PNG"][:-1]):
        with pytest.raises(HeaderError, match="longer than the file"):
            read_header(png, "PNG")


def test_a_png_of_countless_chunks_is_refused() -> None:
    """The walk over chunks is bounded."""
    padded = FILES["PNG"][:33] + build_chunk(b"tEXt", b"") * 100_000 + FILES["PNG"][33:]
    with pytest.raises(HeaderError, match="far too many chunks"):
        read_header(padded, "PNG")


def test_a_thumbnail_gives_neither_size_nor_end() -> None:
    """A JPEG inside a JPEG's metadata is not the picture."""
    thumbnail = encode(np.zeros((8, 8, 3), dtype=np.uint8))
    payload = b"Exif\x00\x00" + thumbnail
    jpeg = FILES["JPEG"]
    with_thumbnail = jpeg[:2] + b"\xff\xe1" + (len(payload) + 2).to_bytes(2, "big") + payload + jpeg[2:]
    header = read_header(with_thumbnail, "JPEG")
    assert (header.width, header.height, header.ends_early) == (40, 24, False)
    assert read_header(with_thumbnail[:-40], "JPEG").ends_early


@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF"])
@pytest.mark.parametrize(("width", "height"), [(0, 24), (40, 0)], ids=["no width", "no height"])
def test_a_picture_without_a_side_is_refused(name: str, width: int, height: int) -> None:
    """A product of sides that is nothing passes every limit."""
    image_bytes = {
        "JPEG": build_jpeg_header(width, height),
        "PNG": build_png_header(width, height),
        "GIF": b"GIF89a" + struct.pack("<HH", width, height) + bytes(20),
    }[name]
    with pytest.raises(HeaderError, match="no size"):
        read_header(image_bytes, name)


@pytest.mark.parametrize("name", ["JPEG", "WebP"])
def test_one_missing_byte_is_a_missing_end(name: str) -> None:
    """The end mark of a JPEG, the last byte of a WebP."""
    assert read_header(FILES[name][:-1], name).ends_early


def test_as_many_segments_as_are_walked_are_walked() -> None:
    """Of a JPEG 20,000 up to the picture, and no more."""
    jpeg, comment = FILES["JPEG"], b"\xff\xfe\x00\x02"
    own = 0  # of the file itself, the start of its picture among them
    position = 2
    while jpeg[position + 1] != 0xDA:
        own += 1
        position += 2 + int.from_bytes(jpeg[position + 2 : position + 4], "big")
    most = 20_000 - own - 1
    assert read_header(jpeg[:2] + comment * most + jpeg[2:], "JPEG").width == 40
    with pytest.raises(HeaderError, match="far too many"):
        read_header(jpeg[:2] + comment * (most + 1) + jpeg[2:], "JPEG")


def test_as_many_chunks_as_are_walked_are_walked() -> None:
    """Of a PNG 20,000, its end among them, and no more."""
    png, text = FILES["PNG"], build_chunk(b"tEXt", b"")
    own = len(keep_kinds(png))
    assert not read_header(png[:33] + text * (20_000 - own) + png[33:], "PNG").ends_early
    with pytest.raises(HeaderError, match="far too many"):
        read_header(png[:33] + text * (20_001 - own) + png[33:], "PNG")


def keep_kinds(png: bytes) -> list[bytes]:
    """List the kinds of a PNG's chunks."""
    kinds, position = [], 8
    while position < len(png):
        kinds.append(png[position + 4 : position + 8])
        position += 12 + int.from_bytes(png[position : position + 4], "big")
    return kinds


def test_a_format_is_named_by_the_first_two_kilobytes() -> None:
    """A drawing may begin with blanks; no file is searched to its end for a name."""
    svg = b"<svg >"
    assert recognize_unsupported_format(b" " * (2048 - len(svg)) + svg) == "SVG"
    assert recognize_unsupported_format(b" " * 2048 + svg) is None


@pytest.mark.parametrize("size", range(1, 5))
def test_a_number_is_read_whole_or_not_at_all(size: int) -> None:
    """Half a number would be another number."""
    assert read_number(b"\x00\x01\x02\x03\x04", 1, size) == int.from_bytes(b"\x01\x02\x03\x04"[:size], "big")
    assert read_number(b"\x07" * size, 0, size, "little") == int.from_bytes(b"\x07" * size, "little")
    with pytest.raises(HeaderError, match="cut off"):
        read_number(b"\x07" * size, 1, size)


def test_a_picture_that_any_chunk_of_a_png_animates_is_made_plain() -> None:
    """Only what decoding takes is kept: size, palette, transparency, orientation, pixels, end."""
    kinds = [b"acTL", b"fcTL", b"fdAT", b"tEXt", b"iCCP", b"gAMA"]
    png = FILES["PNG"][:33] + b"".join(build_chunk(kind, b"abcd") for kind in kinds) + FILES["PNG"][33:]
    assert set(keep_kinds(keep_png_picture(png))) == {b"IHDR", b"IDAT", b"IEND"}
    needed = [b"PLTE", b"tRNS", b"eXIf"]
    png = FILES["PNG"][:33] + b"".join(build_chunk(kind, b"abc") for kind in needed) + FILES["PNG"][33:]
    assert keep_png_picture(png) == png
