"""The picture of a clip: the looks that decided, and below them the whole course: up is happy, down sad."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.drawing.badges import COLORS, build_badge, find_outcome, paste_badge
from classifier.drawing.photo_drawing import SHEET_BACKGROUND, encode_picture
from classifier.opencv import cv2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classifier.drawing.badges import Color
    from classifier.predictor import ClassifiedClip
    from classifier.types import Face

_WIDTH, _GAP = 1080, 16
_TILES = 4
_TILE_SIDE = (_WIDTH - (_TILES + 1) * _GAP) // _TILES
_FRAME = 6  # pixels around a tile, in the color of its answer
_PLOT_HEIGHT, _PLOT_MARGIN = 250, 40
_BADGE, _POINT_BADGE, _DOT = 44, 30, 9
_GRID: Color = (66, 68, 76)
_LINE: Color = (150, 153, 163)
_LONG_GAP = 1.6  # times the usual step between looks: from here on the curve is broken


def draw_clip(classified: ClassifiedClip) -> bytes:
    """Draw a strip of the looks that decided, numbered as all looks are, and the curve of all.

    Returns:
        A JPEG 1080 pixels wide. It has no words, so it needs no language.
    """
    shown = choose_looks(classified.prediction.faces)
    canvas = np.full((_TILE_SIDE + _PLOT_HEIGHT + 3 * _GAP, _WIDTH, 3), SHEET_BACKGROUND, dtype=np.uint8)
    left = (_WIDTH - len(shown) * (_TILE_SIDE + _GAP) + _GAP) // 2
    for place, look in enumerate(shown):
        _draw_tile(canvas, classified, look, left + place * (_TILE_SIDE + _GAP), _GAP)
    _draw_curve(canvas, classified, shown, _TILE_SIDE + 2 * _GAP)
    return encode_picture(canvas)


def choose_looks(faces: Sequence[Face], count: int = _TILES) -> list[int]:
    """Choose the looks that decided, in the order of time: of each stretch of the clip the surest.

    Args:
        faces: One a look; at least one.
        count: Of stretches.
    """
    stretches = np.array_split(np.arange(len(faces)), min(count, len(faces)))
    sureness = [(face.sure, face.confidence) for face in faces]
    return [int(max(stretch, key=sureness.__getitem__)) for stretch in stretches]


def _draw_tile(canvas: NDArray[np.uint8], classified: ClassifiedClip, look: int, left: int, top: int) -> None:
    """Draw one face with its number and answer."""
    outcome = find_outcome(classified.prediction.faces[look])
    inner = _TILE_SIDE - 2 * _FRAME
    canvas[top : top + _TILE_SIDE, left : left + _TILE_SIDE] = COLORS[outcome]
    view = cv2.resize(classified.views[look], (inner, inner), interpolation=cv2.INTER_AREA)
    canvas[top + _FRAME : top + _FRAME + inner, left + _FRAME : left + _FRAME + inner] = view
    badge = build_badge(outcome, _BADGE, look + 1)
    paste_badge(canvas, badge, left + 2 * _FRAME, top + 2 * _FRAME)


def _draw_curve(
    canvas: NDArray[np.uint8], classified: ClassifiedClip, shown: Sequence[int], top: int
) -> None:
    """Draw how likely happy was at each look; where there was no face the line is broken."""
    left, right = _GAP + _BADGE + _PLOT_MARGIN, _WIDTH - _GAP - _PLOT_MARGIN
    high, low = top + _PLOT_MARGIN, top + _PLOT_HEIGHT - _PLOT_MARGIN
    for share in (0.0, 0.5, 1.0):
        y = round(low + share * (high - low))
        cv2.line(canvas, (left - _DOT, y), (right + _DOT, y), _GRID, 2, cv2.LINE_AA)
    paste_badge(canvas, build_badge("happy", _BADGE), _GAP, high - _BADGE // 2)
    paste_badge(canvas, build_badge("sad", _BADGE), _GAP, low - _BADGE // 2)
    faces, times, seconds = (
        classified.prediction.faces,
        classified.clip.times,
        max(classified.clip.seconds, 1e-6),
    )
    points = [
        (round(left + (right - left) * time / seconds), round(low + (high - low) * face.probability_happy))
        for face, time in zip(faces, times, strict=True)
    ]
    step = seconds / max(1, classified.clip.moments - 1)
    for look in range(1, len(points)):
        if times[look] - times[look - 1] < _LONG_GAP * step:
            cv2.line(canvas, points[look - 1], points[look], _LINE, 3, cv2.LINE_AA)
    for look, (point, face) in enumerate(zip(points, faces, strict=True)):
        if look not in shown:
            cv2.circle(canvas, point, _DOT, COLORS[find_outcome(face)], cv2.FILLED, cv2.LINE_AA)
    for look in shown:
        badge = build_badge(find_outcome(faces[look]), _POINT_BADGE, look + 1)
        x, y = points[look][0] - badge.size[0] // 2, points[look][1] - _POINT_BADGE // 2
        paste_badge(canvas, badge, min(x, _WIDTH - badge.size[0] - 2), y)
