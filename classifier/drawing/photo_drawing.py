"""Pictures to send back: the photo with numbered boxes, and where in each face the model looked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from classifier.drawing.badge_placement import is_near, place_sign
from classifier.drawing.badges import COLORS, INK, Badge, build_badge, find_outcome, paste_badge
from classifier.faces.face_alignment import CROP_SIZE
from classifier.opencv import cv2
from classifier.types import SHOWN_HEAT_MAPS, Box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classifier.drawing.badges import Color, Outcome
    from classifier.predictor import ClassifiedClip, ClassifiedImage
    from classifier.types import Face

LONGEST_SIDE = 1280
"""Of the pictures, in pixels: what a chat shows without shrinking it."""

_SMALLEST_SIDE = 1080  # a small photo is enlarged to this, or its numbers could not be read on a phone
# A phone shows a picture that wide and that high, in points, which are as large on every screen.
_SHOWN_WIDTH, _SHOWN_HEIGHT = 390, 700
_LINE_POINTS = 1.6
_BADGE_POINTS = (13, 26)
_BADGE_SHRINKS = (1.0, 0.8, 0.65, 0.5)  # in a crowd, until there is room for it
_JPEG_QUALITY = 88
_DASH = 5.0  # times the line's thickness, gap included
_HEAT_STRENGTH = 0.72
_SHEET_SIDE = 1024
_SHEET_GAP = 12
SHEET_BACKGROUND: Color = (32, 33, 38)
"""What pictures that are no photo are drawn on."""


def draw_faces(classified: ClassifiedImage) -> bytes:
    """Draw the photo with a numbered box around every face.

    Returns:
        A JPEG of at most 1280 pixels a side.
    """
    canvas = _resize_for_screen(classified.image.pixels)
    scale = max(canvas.shape[:2]) / max(classified.prediction.width, classified.prediction.height)
    faces = classified.prediction.faces
    boxes = [Box(*(round(value * scale) for value in face.box)) for face in faces]
    point = max(canvas.shape[1] / _SHOWN_WIDTH, canvas.shape[0] / _SHOWN_HEIGHT)
    for face, box in zip(faces, boxes, strict=True):
        _draw_box(canvas, box, find_outcome(face), point)
    places: list[Box] = []
    for number, (face, box) in enumerate(zip(faces, boxes, strict=True), start=1):
        places += _draw_badge(canvas, find_outcome(face), number, box, boxes, places, point)
    return encode_picture(canvas)


def draw_heat_maps(classified: ClassifiedImage | ClassifiedClip) -> bytes | None:
    """Draw the faces with what spoke for happy and for sad, side by side.

    Returns:
        A JPEG; None if the model gives no activation maps or there is no face.
    """
    maps = classified.answers.activation_maps
    if maps is None or not classified.prediction.faces:
        return None
    faces = classified.prediction.faces[:SHOWN_HEAT_MAPS]
    square = math.ceil(math.sqrt(len(faces)))
    columns = min(square, square + 1, key=lambda count: -len(faces) % count)
    side = min(2 * CROP_SIZE, _SHEET_SIDE // columns)
    tiles = [
        _draw_heat_tile(crop, heat, face, number, side)
        for number, (crop, heat, face) in enumerate(zip(classified.crops, maps, faces, strict=False), start=1)
    ]
    return encode_picture(_build_sheet(tiles, columns))


def _resize_for_screen(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Copy a photo at the size in which it is sent."""
    height, width = image.shape[:2]
    longest = max(height, width)
    target = min(max(longest, _SMALLEST_SIDE), LONGEST_SIDE)
    size = max(1, round(width * target / longest)), max(1, round(height * target / longest))
    if size == (width, height):
        return image.copy()
    interpolation = cv2.INTER_AREA if target < longest else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=interpolation), dtype=np.uint8)


def _draw_box(canvas: NDArray[np.uint8], box: Box, outcome: Outcome, point: float) -> None:
    """Draw a box with round corners and a dark edge, dashed where the answer is held back."""
    thickness = max(2, min(round(_LINE_POINTS * point), round(min(box.width, box.height) / 14)))
    outline = _trace_box(box)
    strokes = _cut_dashes(outline, _DASH * thickness) if outcome == "doubt" else [outline]
    for width, color in ((thickness + max(2, thickness // 2), INK), (thickness, COLORS[outcome])):
        for stroke in strokes:
            fixed = np.rint(stroke * 16).astype(np.int32)
            cv2.polylines(canvas, [fixed], outcome != "doubt", color, width, cv2.LINE_AA, shift=4)


def _trace_box(box: Box) -> NDArray[np.float64]:
    """Give the (K, 2) points around a box with round corners."""
    radius = 0.14 * min(box.width, box.height)
    angles = np.linspace(0, np.pi / 2, 9)
    corners = (
        (box.x + box.width - radius, box.y + box.height - radius, 0.0),
        (box.x + radius, box.y + box.height - radius, np.pi / 2),
        (box.x + radius, box.y + radius, np.pi),
        (box.x + box.width - radius, box.y + radius, 3 * np.pi / 2),
    )
    return np.concatenate(
        [
            np.stack([x + radius * np.cos(angles + turn), y + radius * np.sin(angles + turn)], axis=1)
            for x, y, turn in corners
        ]
    )


def _cut_dashes(outline: NDArray[np.float64], period: float) -> list[NDArray[np.float64]]:
    """Cut a closed line into dashes and gaps of equal length."""
    closed = np.concatenate([outline, outline[:1]])
    lengths = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    marks = np.linspace(0, lengths[-1], 2 * max(8, round(lengths[-1] / period)) + 1)
    dashes = []
    for start, end in zip(marks[0:-1:2], marks[1::2], strict=True):
        at = np.concatenate([[start], lengths[(lengths > start) & (lengths < end)], [end]])
        dashes.append(np.stack([np.interp(at, lengths, closed[:, axis]) for axis in (0, 1)], axis=1))
    return dashes


def _draw_badge(
    canvas: NDArray[np.uint8],
    outcome: Outcome,
    number: int,
    box: Box,
    boxes: Sequence[Box],
    taken: Sequence[Box],
    point: float,
) -> list[Box]:
    """Draw a face's sign where it covers no face, as large as there is room for; return its place.

    Where there is no room at all it is left out: the box tells the outcome by its color.
    """
    smallest, largest = (points * point for points in _BADGE_POINTS)
    for shrink in _BADGE_SHRINKS:
        badge = build_badge(outcome, round(shrink * min(max(0.3 * box.height, smallest), largest)), number)
        place = place_sign(badge.size, box, boxes, taken, (canvas.shape[1], canvas.shape[0]))
        if place is not None:
            _draw_leader(canvas, box, place, COLORS[outcome], point)
            paste_badge(canvas, badge, place.x, place.y)
            return [place]
    return []


def _draw_leader(canvas: NDArray[np.uint8], box: Box, place: Box, color: Color, point: float) -> None:
    """Draw a line from a sign that had to move away to its box."""
    start, end = _join(box, place), _join(place, box)
    if not is_near(box, place, place.height // 4):
        thickness = max(1, round(_LINE_POINTS * point / 2))
        cv2.line(canvas, start, end, INK, thickness + 2, cv2.LINE_AA)
        cv2.line(canvas, start, end, color, thickness, cv2.LINE_AA)


def _join(box: Box, other: Box) -> tuple[int, int]:
    """Give the point of a box that is nearest to the middle of another."""
    x, y = other.x + other.width // 2, other.y + other.height // 2
    return min(max(x, box.x), box.x + box.width), min(max(y, box.y), box.y + box.height)


def _draw_heat_tile(
    crop: NDArray[np.uint8], heat: NDArray[np.float32], face: Face, number: int, side: int
) -> NDArray[np.uint8]:
    """Draw one face in grey, colored where the model saw happy (warm) or sad (cool)."""
    large = np.asarray(cv2.resize(crop, (side, side), interpolation=cv2.INTER_CUBIC))
    grey = cv2.cvtColor(large, cv2.COLOR_RGB2GRAY).astype(np.float32)[..., np.newaxis]
    spread = np.asarray(cv2.resize(heat, (side, side), interpolation=cv2.INTER_CUBIC), dtype=np.float32)
    strength = np.clip(spread / max(float(np.abs(heat).max()), 1e-9), -1, 1)[..., np.newaxis]
    cover = _HEAT_STRENGTH * np.abs(strength) ** 1.2
    color = _color_strength(strength)
    # Multiplied with the grey, the color keeps the face's own light and dark.
    tinted = color * (0.35 + 0.65 * grey / 255)
    tile: NDArray[np.uint8] = np.rint(grey * (1 - cover) + tinted * cover).astype(np.uint8)
    badge = build_badge(find_outcome(face), max(28, side // 9), number)
    paste_badge(tile, badge, side // 32, side // 32)
    return tile


def _build_sheet(tiles: Sequence[NDArray[np.uint8]], columns: int) -> NDArray[np.uint8]:
    """Lay tiles in rows, with the meaning of the colors below them."""
    side = tiles[0].shape[0]
    rows = math.ceil(len(tiles) / columns)
    legend = max(36, round(side * columns / 18))
    step = side + _SHEET_GAP
    size = (rows * step + _SHEET_GAP + legend + _SHEET_GAP, columns * step + _SHEET_GAP, 3)
    sheet = np.full(size, SHEET_BACKGROUND, dtype=np.uint8)
    for n, tile in enumerate(tiles):
        row, column = divmod(n, columns)
        missing = rows * columns - len(tiles) if row == rows - 1 else 0
        top, left = _SHEET_GAP + step * row, _SHEET_GAP + step * column + step * missing // 2
        sheet[top : top + side, left : left + side] = tile
    _draw_legend(sheet, rows * step + _SHEET_GAP, legend)
    return sheet


def _draw_legend(sheet: NDArray[np.uint8], top: int, height: int) -> None:
    """Draw a bar from the sad sign to the happy one: no words, so no language."""
    width = sheet.shape[1]
    badges: dict[Outcome, Badge] = {outcome: build_badge(outcome, height) for outcome in ("sad", "happy")}
    left, right = _SHEET_GAP + height + height // 3, width - _SHEET_GAP - height - height // 3
    strength = np.linspace(-1, 1, right - left, dtype=np.float32)[:, np.newaxis]
    bar = np.array(SHEET_BACKGROUND) * (1 - np.abs(strength)) + _color_strength(strength) * np.abs(strength)
    quarter = height // 4
    sheet[top + 2 * quarter - quarter // 2 : top + 2 * quarter + quarter // 2, left:right] = bar.astype(
        np.uint8
    )
    paste_badge(sheet, badges["sad"], _SHEET_GAP, top)
    paste_badge(sheet, badges["happy"], width - _SHEET_GAP - height, top)


def _color_strength(strength: NDArray[np.float32]) -> NDArray[np.float64]:
    """Give happy's color where (..., 1) `strength` is above 0, sad's below."""
    return np.where(strength > 0, np.array(COLORS["happy"], float), np.array(COLORS["sad"], float))


def encode_crop(crop: NDArray[np.uint8]) -> bytes:
    """Encode a crop as PNG: pixel for pixel what the model saw, and nothing else."""
    return cv2.imencode(".png", cv2.cvtColor(crop, cv2.COLOR_RGB2BGR))[1].tobytes()


def encode_picture(canvas: NDArray[np.uint8]) -> bytes:
    """Encode as JPEG."""
    bgr = cv2.cvtColor(canvas, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1].tobytes()
