"""The small signs on a picture: a number and a face that smiles, frowns or shrugs, on the outcome's color.

Told apart by the mouth as well as by the color; the colors are after Okabe and Ito's for color-blind readers.
Each sign is drawn four times as large and averaged down, so that its edges are smooth at every size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from classifier.opencv import cv2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classifier.types import Face

Outcome = Literal["happy", "sad", "doubt"]
Color = tuple[int, int, int]

COLORS: dict[Outcome, Color] = {"happy": (246, 176, 23), "sad": (94, 184, 240), "doubt": (226, 226, 226)}
INK: Color = (24, 24, 28)

_FINER = 4
_FONT = cv2.FONT_HERSHEY_DUPLEX
_FONT_HEIGHT = 22.0  # of a capital at scale 1, in pixels


@dataclass(frozen=True, slots=True)
class Badge:
    """A drawn sign: (h, w, 3) RGB colors, and (h, w, 1) how much they cover, in 0..1."""

    colors: NDArray[np.float32]
    cover: NDArray[np.float32]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.cover.shape[1], self.cover.shape[0]


def find_outcome(face: Face) -> Outcome:
    """Say how a face is to be shown."""
    return face.emotion if face.sure else "doubt"


def build_badge(outcome: Outcome, height: int, number: int | None = None) -> Badge:
    """Draw a sign of `height` pixels: the face, and the number before it if one is given."""
    size = height * _FINER
    text = "" if number is None else str(number)
    text_width = _measure_text(text, size)
    width = size + (text_width + size // 4 if text else 0)
    pill = np.zeros((size, width), dtype=np.uint8)
    _fill_pill(pill, 0)
    inner = np.zeros_like(pill)
    _fill_pill(inner, max(_FINER, size // 16))
    ink = np.zeros_like(pill)
    _draw_text(ink, text, size, size // 3)
    _draw_mouth_and_eyes(ink, outcome, (width - size // 2, size // 2), size * 0.3)
    target = (round(width / _FINER), height)
    colored = _average(cv2.subtract(inner, ink), target)
    dark, bright = (np.array(color, dtype=np.float32) for color in (INK, COLORS[outcome]))
    return Badge(colors=dark + colored * (bright - dark), cover=_average(pill, target))


def paste_badge(canvas: NDArray[np.uint8], badge: Badge, left: int, top: int) -> None:
    """Lay a sign on the picture, in place; what reaches over the edges is cut."""
    width, height = badge.size
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(canvas.shape[1], left + width), min(canvas.shape[0], top + height)
    if x0 >= x1 or y0 >= y1:
        return
    part = slice(y0 - top, y1 - top), slice(x0 - left, x1 - left)
    under = canvas[y0:y1, x0:x1].astype(np.float32)
    cover = badge.cover[part]
    canvas[y0:y1, x0:x1] = np.rint(under * (1 - cover) + badge.colors[part] * cover).astype(np.uint8)


def _average(mask: NDArray[Any], size: tuple[int, int]) -> NDArray[np.float32]:
    """Average a mask down to a width and height: (h, w, 1), in 0..1."""
    averaged = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)[..., np.newaxis]
    return averaged.astype(np.float32) / np.float32(255)


def _fill_pill(mask: NDArray[np.uint8], inset: int) -> None:
    """Fill a bar with round ends."""
    height, width = mask.shape
    radius = height // 2 - inset
    middle = height // 2
    left, right = height // 2, width - height // 2
    cv2.circle(mask, (left, middle), radius, 255, cv2.FILLED)
    cv2.circle(mask, (right, middle), radius, 255, cv2.FILLED)
    cv2.rectangle(mask, (left, middle - radius), (right, middle + radius), 255, cv2.FILLED)


def _measure_text(text: str, size: int) -> int:
    """Give the width of a number on a sign of that height."""
    scale, thickness = _choose_font(size)
    return int(cv2.getTextSize(text, _FONT, scale, thickness)[0][0]) if text else 0


def _choose_font(size: int) -> tuple[float, int]:
    """Give the font's scale and thickness for a sign of that height."""
    return size * 0.5 / _FONT_HEIGHT, max(1, round(size * 0.075))


def _draw_text(ink: NDArray[np.uint8], text: str, size: int, left: int) -> None:
    scale, thickness = _choose_font(size)
    cv2.putText(ink, text, (left, round(size * 0.75)), _FONT, scale, 255, thickness, cv2.LINE_8)


def _draw_mouth_and_eyes(
    ink: NDArray[np.uint8], outcome: Outcome, center: tuple[int, int], radius: float
) -> None:
    """Draw a face of eyes and a mouth: curved up, curved down, or slanted."""
    x, y = center
    stroke = max(1, round(radius * 0.27))
    for side in (-1, 1):
        eye = round(x + side * radius * 0.42), round(y - radius * 0.38)
        cv2.circle(ink, eye, max(1, round(radius * 0.19)), 255, cv2.FILLED)
    half = round(radius * 0.68)
    if outcome == "happy":
        cv2.ellipse(ink, (x, round(y + radius * 0.08)), (half, round(radius * 0.62)), 0, 15, 165, 255, stroke)
    elif outcome == "sad":
        cv2.ellipse(ink, (x, round(y + radius * 0.88)), (half, round(radius * 0.6)), 0, 200, 340, 255, stroke)
    else:
        start, end = (x - half, round(y + radius * 0.55)), (x + half, round(y + radius * 0.38))
        cv2.line(ink, start, end, 255, stroke)
