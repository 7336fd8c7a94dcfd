"""Where the signs of faces go: beside their boxes, where they cover no face and no other sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.types import Box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_RINGS = 3
"""How far from its box a sign may move, in steps of half its height: further away nobody sees whose it is."""
_MARGIN = 0.12
"""Of a large face's box: the border in which there is hair and background, which a sign may cover."""
_LARGE = 4
"""A face is large when its box is as many times as high as its sign."""


def place_sign(
    size: tuple[int, int], box: Box, faces: Sequence[Box], signs: Sequence[Box], picture: tuple[int, int]
) -> Box | None:
    """Find the place for a sign that is nearest to its box and free.

    Args:
        size: Width and height of the sign, in pixels.
        box: Of the sign's own face.
        faces: The boxes of all faces, its own too.
        signs: The places that are taken.
        picture: Width and height of the picture.

    Returns:
        The place; None where the sign would cover a face or another sign everywhere near its box.
    """
    places = _list_places(size, box)
    corners = np.stack([places, places + size], axis=1)  # (K, 2, 2): top left and bottom right
    obstacles = [*(_protect(face, size[1]) for face in faces), *signs]
    # All 55 places at once: in a group of 20 faces each of them is compared with some 40 obstacles.
    is_inside = (corners[:, 0] >= 0).all(axis=1) & (corners[:, 1] <= picture).all(axis=1)
    is_free = is_inside & ~_overlaps(corners, obstacles)
    if not is_free.any():
        return None
    x, y = places[int(np.argmax(is_free))]
    return Box(int(x), int(y), *size)


def is_near(one: Box, other: Box, pixels: int) -> bool:
    """Tell whether no more than so many pixels are between two boxes."""
    across = max(one.x, other.x) - min(one.x + one.width, other.x + other.width)
    down = max(one.y, other.y) - min(one.y + one.height, other.y + other.height)
    return max(across, down) <= pixels


def _list_places(size: tuple[int, int], box: Box) -> NDArray[np.int64]:
    """List the top left corners of a sign's places, (K, 2), the best first."""
    width, height = size
    inside = min(height // 4, round(_MARGIN * box.height)) if box.height >= _LARGE * height else 0
    aside = height // 4
    left, middle, right = box.x - aside, box.x + (box.width - width) // 2, box.x + box.width - width + aside
    # A narrow sign begins where its box does, as a line of text would; a wide one is centered.
    first = left if width < box.width else middle
    places = []
    for ring in range(_RINGS):
        away = ring * height // 2
        above, below = box.y - height + inside - away, box.y + box.height - inside + away
        before, after = box.x - width - away, box.x + box.width + away
        level = box.y + (box.height - height) // 2
        # Above first, where there is hair or background, then below, beside, and off the corners.
        places += [(x, above) for x in (first, middle, right, left)]
        places += [(x, below) for x in (middle, left, right)]
        places += [(x, y) for y in (level, box.y, box.y + box.height - height) for x in (before, after)]
        places += [(x, y) for y in (above, below) for x in (before, after)]
    # Last of all the corners within: of a face that fills the picture nothing else is left.
    places += [
        (x, y) for y in (box.y, box.y + box.height - height) for x in (box.x, box.x + box.width - width)
    ]
    return np.array(places)


def _protect(face: Box, sign_height: int) -> Box:
    """Return the part of a face that no sign may cover: all of a small face."""
    if face.height < _LARGE * sign_height:
        return face
    x, y = round(_MARGIN * face.width), round(_MARGIN * face.height)
    return Box(face.x + x, face.y + y, face.width - 2 * x, face.height - 2 * y)


def _overlaps(corners: NDArray[np.int64], obstacles: Sequence[Box]) -> NDArray[np.bool_]:
    """Tell which (K, 2, 2) rectangles have a point in common with any obstacle."""
    taken = np.array(obstacles).reshape(-1, 2, 2)
    start, end = taken[:, 0], taken[:, 0] + taken[:, 1]
    is_common = (corners[:, None, 0] < end) & (corners[:, None, 1] > start)
    return np.asarray(is_common.all(axis=2).any(axis=1))
