"""AVIF's container: which pictures it holds, how large they are and how they lie. Nothing is decoded here.

An AVIF file is a list of boxes. The `meta` box lists items (a picture, its tiles, an alpha plane, Exif), says
where their bytes are (`iloc`) and which properties each has (`ipma`): its size, its rotation, its depth.

Sources: ISO/IEC 14496-12 (boxes, item tables), ISO/IEC 23008-12 (HEIF: properties, derived images), AV1 Image
File Format 1.1, AV1 Codec ISO Media File Format Binding 1.2 (`av1C`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from classifier.decoding.av1 import read_coded_size
from classifier.decoding.header_numbers import HeaderError, read_number

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAXIMUM_BOXES = 10_000  # of one list: a picture in tiles has some dozens of items and properties
_ALPHA_TYPES = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0", b"urn:mpeg:hevc:2015:auxid:1\0")
_IN_FILE, _IN_ITEM_DATA = 0, 1  # construction methods of `iloc`

# OpenCV looks at the first 500 bytes before it decides that a file is AVIF. A box that is cut off there is
# a yes; Exif, XMP, a grid's size or `meta` itself beyond them are a no. So the list of brands is made longer
# than that.
_FILE_TYPE = b"ftypavif" + bytes(4) + b"avifmif1miaf" + b"miaf" * 128
_FILE_TYPE_BOX = (len(_FILE_TYPE) + 4).to_bytes(4, "big") + _FILE_TYPE


class Box(NamedTuple):
    """A box: its header begins at `at`, its content is `data[start:end]`."""

    kind: bytes
    at: int
    start: int
    end: int


class Span(NamedTuple):
    """`size` bytes from `at` on."""

    at: int
    size: int


@dataclass(frozen=True, slots=True)
class AvifContainer:
    """What decoding needs to know of an AVIF file.

    Attributes:
        width: Of the picture as stored, in pixels.
        height: Of the picture as stored, in pixels.
        orientation: How the picture must be turned, numbered as in EXIF, from `irot` and `imir`. By AVIF's
            rules an orientation in Exif changes nothing: whoever writes one writes these, too.
        bits: Of a channel: 8, 10 or 12.
        is_grey: There are no color planes.
        has_alpha: There is transparency, perhaps only of single tiles.
        alpha_item: The item that holds the transparency of the whole picture; None if there is none.
        coded_pixels: Of all pictures in the file together: no more can have to be decoded.
        meta: The table of contents.
        primary: Where the number of the picture's item stands.
        offsets: Where each offset that counts from the file's beginning stands.
        alpha_marks: Where the kind of each property stands that makes an item a transparency.
    """

    width: int
    height: int
    orientation: int
    bits: int
    is_grey: bool
    has_alpha: bool
    alpha_item: int | None
    coded_pixels: int
    meta: Box
    primary: Span
    offsets: tuple[Span, ...]
    alpha_marks: tuple[Span, ...]


@dataclass(slots=True)
class _Tables:
    """The tables of a `meta` box, by item."""

    types: dict[int, bytes]
    extents: dict[int, list[Span]]
    references: dict[tuple[bytes, int], list[int]]
    properties: dict[int, list[Box]]


def read_avif_container(data: bytes) -> AvifContainer:
    """Read what is in an AVIF file.

    Raises:
        HeaderError: A table is cut off, contradicts itself or is missing.
    """
    meta = next((box for box in _walk_boxes(data, 0, len(data)) if box.kind == b"meta"), None)
    if meta is None:
        raise HeaderError("there is no table of contents")
    boxes = _name_boxes(_walk_boxes(data, meta.start + 4, meta.end))
    extents, offsets = _read_locations(data, _require(boxes, b"iloc"), boxes.get(b"idat"))
    tables = _Tables(
        types=_read_item_types(data, _require(boxes, b"iinf")),
        extents=extents,
        references=_read_references(data, boxes.get(b"iref")),
        properties=_read_properties(data, _require(boxes, b"iprp")),
    )
    primary = _locate_primary_item(data, _require(boxes, b"pitm"))
    picture = read_number(data, *primary)
    width, height = _read_size(data, tables, picture)
    config = _read_configuration(data, tables, picture)
    alphas = {item: mark for item in tables.properties if (mark := _find_alpha_mark(data, tables, item))}
    return AvifContainer(
        width=width,
        height=height,
        orientation=_read_orientation(data, tables, picture),
        bits=8 if not config & 0x40 else 12 if config & 0x20 else 10,
        is_grey=bool(config & 0x10),
        has_alpha=bool(alphas),
        alpha_item=next((n for n in alphas if picture in tables.references.get((b"auxl", n), [])), None),
        coded_pixels=_count_coded_pixels(data, tables),
        meta=meta,
        primary=primary,
        offsets=offsets,
        alpha_marks=tuple(set(alphas.values())),
    )


def rewrite_avif(data: bytes, container: AvifContainer, item: int | None = None) -> bytes:
    """Write the file anew so that OpenCV decodes it, in whatever order its parts came.

    What comes out is a file type, the table of contents with its offsets moved, and the whole old file as
    data.

    Args:
        data: The file as it came.
        container: What was read of it.
        item: The item to decode alone, without transparency; the whole picture if None.
    """
    meta = container.meta
    table = bytearray(data[meta.start : meta.end])
    shift = len(_FILE_TYPE_BOX) + 8 + len(table) + 8

    def write(span: Span, content: bytes) -> None:
        table[span.at - meta.start : span.at - meta.start + span.size] = content

    for span in container.offsets:
        write(span, (read_number(data, *span) + shift).to_bytes(span.size, "big"))
    if item is not None:
        write(container.primary, item.to_bytes(container.primary.size, "big"))
        for span in container.alpha_marks:
            write(span, b"skip")
    parts = (_FILE_TYPE_BOX, _build_head(b"meta", len(table)), table, _build_head(b"mdat", len(data)), data)
    return b"".join(parts)


def _build_head(kind: bytes, length: int) -> bytes:
    return (length + 8).to_bytes(4, "big") + kind


def _walk_boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes that lie one behind the other in `data[start:end]`."""
    at = start
    for _ in range(_MAXIMUM_BOXES):
        if at >= end:
            return
        length, kind, head = read_number(data, at, 4), data[at + 4 : at + 8], 8
        if length == 1:  # a length of eight bytes follows
            length, head = read_number(data, at + 8, 8), 16
        elif length == 0:
            length = end - at
        if length < head or at + length > end:
            raise HeaderError("a box is longer than what holds it")
        yield Box(kind, at, at + head, at + length)
        at += length
    raise HeaderError("far too many boxes")


def _name_boxes(boxes: Iterator[Box]) -> dict[bytes, Box]:
    """Index boxes by kind. There must not be two of a kind: another reader might take the other one."""
    named: dict[bytes, Box] = {}
    for box in boxes:
        if box.kind in named and box.kind not in {b"free", b"skip", b"uuid"}:
            raise HeaderError("a table is there twice")
        named[box.kind] = box
    return named


def _require(boxes: dict[bytes, Box], kind: bytes) -> Box:
    if kind not in boxes:
        raise HeaderError(f"the table {kind.decode()} is missing")
    return boxes[kind]


def _locate_primary_item(data: bytes, box: Box) -> Span:
    """Find where `pitm` has the number of the picture's item."""
    return Span(box.start + 4, 4 if read_number(data, box.start, 1) else 2)


def _read_item_types(data: bytes, box: Box) -> dict[int, bytes]:
    """Read `iinf`: the type of each item, such as `av01`, `grid` or `Exif`."""
    first = box.start + (8 if read_number(data, box.start, 1) else 6)
    types: dict[int, bytes] = {}
    for entry in _walk_boxes(data, first, box.end):
        version = read_number(data, entry.start, 1)
        if entry.kind != b"infe" or version not in {2, 3}:
            continue
        size = 4 if version == 3 else 2  # noqa: PLR2004
        item = read_number(data, entry.start + 4, size)
        types[item] = data[entry.start + 6 + size : entry.start + 10 + size]
    return types


def _read_locations(
    data: bytes, box: Box, item_data: Box | None
) -> tuple[dict[int, list[Span]], tuple[Span, ...]]:
    """Read `iloc`: where each item's bytes lie, and where each offset from the file's beginning stands."""
    version = read_number(data, box.start, 1)
    sizes = read_number(data, box.start + 4, 2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 0xF, sizes >> 4 & 0xF
    index_size = sizes & 0xF if version else 0
    if not {offset_size, length_size, base_size, index_size} <= {0, 4, 8} or not length_size:
        raise HeaderError("the table iloc is not understood")
    id_size = 4 if version == 2 else 2  # noqa: PLR2004
    count, at = read_number(data, box.start + 6, id_size), box.start + 6 + id_size
    extents: dict[int, list[Span]] = {}
    offsets: list[Span] = []
    for _ in range(count):
        item, at = read_number(data, at, id_size), at + id_size
        method, at = (read_number(data, at, 2) & 0xF, at + 2) if version else (_IN_FILE, at)
        base, pieces = Span(at + 2, base_size), read_number(data, at + 2 + base_size, 2)
        at += 4 + base_size
        step = index_size + offset_size + length_size
        if at + pieces * step > box.end or item in extents:
            raise HeaderError("the table iloc contradicts itself")
        inner = [Span(at + n * step + index_size, offset_size) for n in range(pieces)]
        at += pieces * step
        if method == _IN_FILE:
            offsets += [base] if base_size else inner
        start = _find_origin(method, item_data) + read_number(data, *base)
        extents[item] = [
            Span(start + read_number(data, *span), read_number(data, span.at + offset_size, length_size))
            for span in inner
        ]
    if any(size == 0 or read_number(data, at, size) > len(data) for at, size in offsets):
        raise HeaderError("an item lies beyond the file")
    return extents, tuple(offsets)


def _find_origin(method: int, item_data: Box | None) -> int:
    """Say from where the offsets of an item count."""
    if method == _IN_FILE:
        return 0
    if method == _IN_ITEM_DATA and item_data is not None:
        return item_data.start
    raise HeaderError("an item lies where it is not looked for")


def _read_references(data: bytes, box: Box | None) -> dict[tuple[bytes, int], list[int]]:
    """Read `iref`: to which items an item points, by the kind of the reference and the item."""
    if box is None:
        return {}
    size = 4 if read_number(data, box.start, 1) else 2
    references: dict[tuple[bytes, int], list[int]] = {}
    for entry in _walk_boxes(data, box.start + 4, box.end):
        item, count = read_number(data, entry.start, size), read_number(data, entry.start + size, 2)
        first = entry.start + size + 2
        if first + count * size > entry.end:
            raise HeaderError("the table iref contradicts itself")
        targets = [read_number(data, first + n * size, size) for n in range(count)]
        references.setdefault((entry.kind, item), []).extend(targets)
    return references


def _read_properties(data: bytes, box: Box) -> dict[int, list[Box]]:
    """Read `iprp`: the properties of each item, in order."""
    boxes = list(_walk_boxes(data, box.start, box.end))
    held = [child for child in boxes if child.kind == b"ipco"]
    if len(held) != 1:
        raise HeaderError("the table ipco is missing or there twice")
    known = list(_walk_boxes(data, held[0].start, held[0].end))
    properties: dict[int, list[Box]] = {}
    for child in boxes:
        if child.kind == b"ipma":
            _associate_properties(data, child, known, properties)
    return properties


def _associate_properties(data: bytes, box: Box, known: list[Box], properties: dict[int, list[Box]]) -> None:
    """Read one `ipma` into `properties`; an index of 0 stands for none."""
    id_size = 4 if read_number(data, box.start, 1) else 2
    index_size = 2 if read_number(data, box.start + 3, 1) & 1 else 1
    at = box.start + 8
    for _ in range(read_number(data, box.start + 4, 4)):
        item, count = read_number(data, at, id_size), read_number(data, at + id_size, 1)
        at += id_size + 1
        if item in properties or at + count * index_size > box.end:
            raise HeaderError("the table ipma contradicts itself")
        mask = (1 << 8 * index_size - 1) - 1  # the highest bit says that the property is essential
        indexes = [read_number(data, at + n * index_size, index_size) & mask for n in range(count)]
        if max(indexes, default=0) > len(known):
            raise HeaderError("the table ipma contradicts itself")
        properties[item] = [known[index - 1] for index in indexes if index]
        at += count * index_size


def _find_property(tables: _Tables, item: int, kind: bytes) -> Box | None:
    return next((box for box in tables.properties.get(item, []) if box.kind == kind), None)


def _read_size(data: bytes, tables: _Tables, item: int) -> tuple[int, int]:
    """Read `ispe`, width and height in pixels."""
    box = _find_property(tables, item, b"ispe")
    if box is None:
        raise HeaderError("no image size among the properties")
    return read_number(data, box.start + 4, 4), read_number(data, box.start + 8, 4)


def _read_configuration(data: bytes, tables: _Tables, picture: int) -> int:
    """Read the byte of `av1C` that says depth and color; a picture in tiles has that of its first tile."""
    tiles = tables.references.get((b"dimg", picture), [])
    for item in (picture, *tiles[:1]):
        box = _find_property(tables, item, b"av1C")
        if box is not None:
            return read_number(data, box.start + 2, 1)
    raise HeaderError("no codec among the properties")


def _read_orientation(data: bytes, tables: _Tables, picture: int) -> int:
    """Join `irot` (quarter turns against the clock) and `imir` (0 swaps top and bottom, 1 left and right)."""
    rotation, mirror = (_find_property(tables, picture, kind) for kind in (b"irot", b"imir"))
    turns = read_number(data, rotation.start, 1) & 3 if rotation else 0
    if mirror is None:
        return (1, 8, 3, 6)[turns]
    if read_number(data, mirror.start, 1) & 1:
        return (2, 7, 4, 5)[turns]
    return (4, 5, 2, 7)[turns]


def _find_alpha_mark(data: bytes, tables: _Tables, item: int) -> Span | None:
    """Find where an item is said to be a transparency."""
    box = _find_property(tables, item, b"auxC")
    if box is None or not data[box.start + 4 : box.end].startswith(_ALPHA_TYPES):
        return None
    return Span(box.at + 4, 4)


def _count_coded_pixels(data: bytes, tables: _Tables) -> int:
    """Add up the pixels of all coded pictures, each as often as pictures in tiles are made of it.

    What a picture's own stream says counts where it is more than its property says: the stream is decoded.
    """
    uses = Counter(n for (kind, _), targets in tables.references.items() if kind == b"dimg" for n in targets)
    coded = [item for item, kind in tables.types.items() if kind == b"av01"]
    if sum(span.size for item in coded for span in tables.extents.get(item, [])) > len(data):
        raise HeaderError("the pictures are longer than the file")  # or they share bytes: countless reads
    total = 0
    for item in coded:
        width, height = _read_size(data, tables, item)
        stream = b"".join(data[at : at + size] for at, size in tables.extents.get(item, []))
        coded_width, coded_height = read_coded_size(stream)
        total += max(1, uses[item]) * max(width * height, coded_width * coded_height)
    return total
