"""What a file is and what its header claims, read from the bytes alone: nothing is decoded here.

Every reader is bounded: it looks at the header, jumps with `bytes.find` and the `re` module, and gives up
after a fixed number of steps, so that no file can keep it busy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from classifier.decoding.avif import AvifContainer, read_avif_container
from classifier.decoding.header_numbers import HeaderError, read_number

if TYPE_CHECKING:
    from collections.abc import Iterator

Format = Literal["JPEG", "PNG", "WebP", "GIF", "AVIF"]


@dataclass(frozen=True, slots=True)
class Header:
    """What the file says of itself.

    Attributes:
        format: By content, never by name.
        width: Of the picture as stored, before any turning upright, in pixels.
        height: Of the picture as stored, in pixels.
        has_alpha: Whether parts may be transparent.
        scans: Passes over the picture that decoding takes; above 1 only in JPEG.
        ends_early: The file stops before its own end mark.
        avif: What else an AVIF file's container says; None for other formats.
    """

    format: Format
    width: int
    height: int
    has_alpha: bool = False
    scans: int = 1
    ends_early: bool = False
    avif: AvifContainer | None = None


_SUPPORTED: tuple[tuple[re.Pattern[bytes], Format], ...] = (
    (re.compile(rb"\xff\xd8\xff"), "JPEG"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "PNG"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "WebP"),
    (re.compile(rb"GIF8[79]a"), "GIF"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), "AVIF"),
    (re.compile(rb"....ftyp(?:mif1|msf1|miaf)....(?:....){0,16}?avi[fs]", re.DOTALL), "AVIF"),
)

_UNSUPPORTED = (
    (re.compile(rb"....ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1)", re.DOTALL), "HEIC"),
    (re.compile(rb"....ftypcrx |II\*\x00....CR\x02", re.DOTALL), "raw camera"),  # Canon
    (re.compile(rb"II(?:RO|RS|U\x00)|MMOR|FUJIFILMCCD-RAW|FOVb|\x00MRM"), "raw camera"),  # not quite TIFF
    (re.compile(rb"....(?:ftyp|moov|mdat)", re.DOTALL), "video"),
    (re.compile(rb"\x00...(?:wide|free|skip|pnot)", re.DOTALL), "video"),  # QuickTime before `ftyp` was made
    (re.compile(rb"\x1aE\xdf\xa3|RIFF....AVI |\x00\x00\x01[\xba\xb3]|FLV\x01", re.DOTALL), "video"),
    (re.compile(rb"0&\xb2u\x8ef\xcf\x11|G.{187}G.{187}G", re.DOTALL), "video"),  # WMV, MPEG transport stream
    (re.compile(rb"II\*\x00|MM\x00\*|II\+\x00|MM\x00\+"), "TIFF"),
    (re.compile(rb"BM.{4}\x00\x00\x00\x00", re.DOTALL), "BMP"),
    (re.compile(rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\x00\x00\x00", re.DOTALL), "BMP"),
    (re.compile(rb"\xff\x0a|\x00\x00\x00\x0cJXL \r\n\x87\n"), "JPEG XL"),
    (re.compile(rb"\x00\x00\x00\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51"), "JPEG 2000"),
    (re.compile(rb"8BPS"), "Photoshop"),
    (re.compile(rb"%PDF-"), "PDF"),
    (re.compile(rb"%!PS|\xc5\xd0\xd3\xc6"), "PostScript"),
    (re.compile(rb"\x00\x00[\x01\x02]\x00[^\x00]\x00", re.DOTALL), "icon"),
    (re.compile(rb"icns"), "icon"),
    (re.compile(rb"DDS \x7c|BLP[12]|\x01\xda[\x00\x01][\x01\x02]|v/1\x01|#\?RADIANCE|qoif"), "graphics"),
    (
        re.compile(
            rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,400}?-->\s*)?"
            rb"(?:<!DOCTYPE\s+svg.{0,400}?>\s*)?<svg[\s>]",
            re.DOTALL,
        ),
        "SVG",
    ),
)

_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # not a stuffed zero, a restart or padding
_JPEG_MAXIMUM_SEGMENTS = 20_000
_PNG_MAXIMUM_CHUNKS = 20_000
_PNG_NEEDED_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"eXIf", b"IDAT", b"IEND"})
_TIFF_MAXIMUM_TAGS = 200
_NEW_SUBFILE_TYPE, _SUB_DIRECTORIES, _DNG_VERSION = 0x00FE, 0x014A, 0xC612
_PREVIEW = 1
_JPEG_SIZE_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_START_OF_SCAN, _JPEG_END = 0xDA, 0xD9


def recognize_format(image_bytes: bytes) -> Format | None:
    """Name the supported format that the content begins like."""
    for pattern, name in _SUPPORTED:
        if pattern.match(image_bytes):
            return name
    return None


def recognize_unsupported_format(image_bytes: bytes) -> str | None:
    """Name a picture or video format that is known but not read here, as people call it."""
    for pattern, name in _UNSUPPORTED:
        if pattern.match(image_bytes[:2048]):
            return "raw camera" if name == "TIFF" and _is_raw_tiff(image_bytes) else name
    return None


def _is_raw_tiff(data: bytes) -> bool:
    """Tell NEF, ARW, PEF and DNG from a TIFF that an editor wrote.

    DNG has a tag of its own. In the others the first picture is a small preview, and the directories of the
    large ones hang below it.
    """
    order: Literal["big", "little"] = "little" if data.startswith(b"II") else "big"
    tags: dict[int, int] = {}
    try:
        directory = read_number(data, 4, 4, order)
        count = read_number(data, directory, 2, order)
        for entry in range(directory + 2, directory + 2 + 12 * min(count, _TIFF_MAXIMUM_TAGS), 12):
            tags[read_number(data, entry, 2, order)] = read_number(data, entry + 8, 4, order)
    except HeaderError:
        return False
    return _DNG_VERSION in tags or (tags.get(_NEW_SUBFILE_TYPE) == _PREVIEW and _SUB_DIRECTORIES in tags)


def read_header(image_bytes: bytes, image_format: Format) -> Header:
    """Read the size and the traps of a file from its header.

    Raises:
        HeaderError: The header is cut off or contradicts itself.
    """
    readers = {
        "JPEG": _read_jpeg_header,
        "PNG": _read_png_header,
        "WebP": _read_webp_header,
        "GIF": _read_gif_header,
        "AVIF": _read_avif_header,
    }
    header = readers[image_format](image_bytes)
    if header.width == 0 or header.height == 0:
        raise HeaderError("the picture has no size")
    return header


def _read_jpeg_header(data: bytes) -> Header:
    """Walk the segments: the first frame header gives the size; scans are counted up to the end mark."""
    size: tuple[int, int] | None = None
    for marker, start in _walk_jpeg_segments(data):
        if marker in _JPEG_SIZE_MARKERS:
            size = read_number(data, start + 5, 2), read_number(data, start + 3, 2)
            continue
        if marker == _JPEG_START_OF_SCAN:
            if size is None:
                break
            scans, ends_early = _count_jpeg_scans(data, start)
            return Header("JPEG", *size, scans=scans, ends_early=ends_early)
        if marker == _JPEG_END:
            break
    if size is None:
        raise HeaderError("no frame header before the picture data")
    return Header("JPEG", *size, ends_early=True)


def _walk_jpeg_segments(data: bytes, position: int = 2) -> Iterator[tuple[int, int]]:
    """Yield each marker and where its length field lies, jumping over segments and entropy-coded data.

    Stops after `_JPEG_MAXIMUM_SEGMENTS`: no camera writes so many, and each one costs time.
    """
    for _ in range(_JPEG_MAXIMUM_SEGMENTS):
        found = _JPEG_MARKER.search(data, position)
        if found is None:
            return
        marker, start = data[found.end() - 1], found.end()
        yield marker, start
        if marker == _JPEG_END:
            return
        position = start + (read_number(data, start, 2) if marker != 0x01 else 0)
    raise HeaderError("far too many segments")


def _count_jpeg_scans(data: bytes, first: int) -> tuple[int, bool]:
    """Count the scans from the first on, and say whether the end mark is missing.

    What follows the end mark (a phone's motion photo, a second picture) is not part of the picture.
    """
    # The plain count cannot miss a scan, and it is all that an ordinary photo needs.
    if data.count(b"\xff\xda", first) == 0 and data.find(b"\xff\xd9", first) >= 0:
        return 1, False
    scans, marker = 1, _JPEG_START_OF_SCAN
    for marker, _ in _walk_jpeg_segments(data, first + read_number(data, first, 2)):
        scans += marker == _JPEG_START_OF_SCAN
    return scans, marker != _JPEG_END


def _read_png_header(data: bytes) -> Header:
    """Read IHDR, and look for a palette's transparency among the chunks before the picture data."""
    if data[12:16] != b"IHDR":
        raise HeaderError("the first chunk is not IHDR")
    width, height = read_number(data, 16, 4), read_number(data, 20, 4)
    color_type = read_number(data, 25, 1)
    kinds = [kind for kind, _ in _walk_png_chunks(data)]
    before_pixels = kinds[: kinds.index(b"IDAT")] if b"IDAT" in kinds else kinds
    has_alpha = color_type in {4, 6} or b"tRNS" in before_pixels
    return Header("PNG", width, height, has_alpha=has_alpha, ends_early=kinds[-1] != b"IEND")


def keep_png_picture(data: bytes) -> bytes:
    """Leave out what is not needed to decode a PNG: above all its animation, but also texts and profiles.

    OpenCV 5.0 crashes on an animated PNG whose first picture is damaged (opencv#27744): there libpng jumps
    back into a function that has returned already. A plain PNG takes another way through its code.

    Raises:
        HeaderError: As from `read_header`.
    """
    kept = [chunk for kind, chunk in _walk_png_chunks(data) if kind in _PNG_NEEDED_CHUNKS]
    return data[:8] + b"".join(data[chunk] for chunk in kept)


def _walk_png_chunks(data: bytes) -> Iterator[tuple[bytes, slice]]:
    """Yield kind and place of each chunk up to the end mark, or up to where the file ends between two.

    A decoder may reserve memory for as many bytes as a chunk claims, before it sees that there are fewer:
    OpenCV 5.0 takes eight seconds over a file of 250 bytes with a chunk of a gigabyte.
    """
    position = 8
    for _ in range(_PNG_MAXIMUM_CHUNKS):
        if position + 8 > len(data):
            return
        start, kind = position, data[position + 4 : position + 8]
        position += 12 + read_number(data, position, 4)
        if position > len(data):
            raise HeaderError("a chunk is longer than the file")
        yield kind, slice(start, position)
        if kind == b"IEND":
            return
    raise HeaderError("far too many chunks")


def _read_webp_header(data: bytes) -> Header:
    """Read the first chunk: VP8 (lossy), VP8L (lossless) or VP8X (extended: alpha, animation, metadata)."""
    ends_early = read_number(data, 4, 4, "little") + 8 > len(data)
    chunk = data[12:16]
    if chunk == b"VP8X":
        width, height = (read_number(data, at, 3, "little") + 1 for at in (24, 27))
        return Header(
            "WebP", width, height, has_alpha=bool(read_number(data, 20, 1) & 0x10), ends_early=ends_early
        )
    if chunk == b"VP8L":
        bits = read_number(data, 21, 4, "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        return Header("WebP", width, height, has_alpha=bool(bits >> 28 & 1), ends_early=ends_early)
    if chunk == b"VP8 ":
        width, height = (read_number(data, at, 2, "little") & 0x3FFF for at in (26, 28))
        return Header("WebP", width, height, ends_early=ends_early)
    raise HeaderError("the first chunk is not a picture")


def _read_gif_header(data: bytes) -> Header:
    """Read the logical screen; transparency is decided frame by frame, so it is assumed."""
    width, height = read_number(data, 6, 2, "little"), read_number(data, 8, 2, "little")
    return Header("GIF", width, height, has_alpha=True)


def _read_avif_header(data: bytes) -> Header:
    """Read the container: the size is that of the picture which is shown, whatever else the file holds."""
    container = read_avif_container(data)
    return Header("AVIF", container.width, container.height, has_alpha=container.has_alpha, avif=container)
