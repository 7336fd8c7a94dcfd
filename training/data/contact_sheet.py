"""Pictures of faces, for whoever prepares and checks data: never to be written into the repository."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classifier.opencv import cv2
from training.data.face_crops import resize_crop
from training.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

REPOSITORY = Path(__file__).resolve().parents[2]

EACH = 24


@dataclass(frozen=True)
class Tile:
    """One entry of a sheet: a face, or a copy beside its original.

    Attributes:
        caption: Shown under each picture; its end, when it is long.
        crops: (S, S, 3) each.
    """

    caption: str
    crops: tuple[NDArray[np.uint8], ...]


_SIDE = 96  # of a face, in pixels
_CAPTION = 16  # under a face
_HEADING = 26  # over a group
_COLUMNS = 12
_PAPER, _INK = 255, (40, 40, 40)


class InsideRepositoryError(TrainingError):
    """A picture that shows faces was to be written where it might be committed."""


def refuse_inside_repository(path: Path) -> None:
    """Refuse a path inside the repository: pictures of faces must not be committed by mistake.

    Raises:
        InsideRepositoryError: The path lies in the repository.
    """
    if path.resolve().is_relative_to(REPOSITORY):
        raise InsideRepositoryError(
            f"{path} lies inside the repository, and the picture shows faces of people who did not agree to "
            "be published. Name a path outside of it."
        )


def draw_sheet(groups: Mapping[str, Sequence[Tile]], path: Path, each: int = EACH) -> None:
    """Draw some faces of each group, the same ones every time.

    Args:
        groups: By heading.
        path: A PNG.
        each: At most so many of a group.
    """
    drawings = []
    for heading, tiles in groups.items():
        # By hash: a fair draw whatever the order.
        drawn = sorted(tiles, key=lambda tile: hashlib.sha256(tile.caption.encode()).digest())[:each]
        pictures = [draw_tile(crop, tile.caption) for tile in drawn for crop in tile.crops]
        drawings.append(draw_group(f"{heading}: {len(tiles)}", pictures))
    write_groups(drawings, path)


def draw_tile(crop: NDArray[np.uint8], caption: str) -> NDArray[np.uint8]:
    """Draw one face with a line under it."""
    tile = np.full((_SIDE + _CAPTION, _SIDE, 3), _PAPER, dtype=np.uint8)
    tile[:_SIDE] = resize_crop(np.asarray(crop), _SIDE)
    shown = caption.encode("ascii", "replace").decode()[-22:]
    cv2.putText(tile, shown, (2, _SIDE + 11), cv2.FONT_HERSHEY_SIMPLEX, 0.28, _INK, 1, cv2.LINE_AA)
    return tile


def draw_group(heading: str, tiles: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Lay tiles out in rows under a heading."""
    width = _COLUMNS * _SIDE
    head = np.full((_HEADING, width, 3), _PAPER, dtype=np.uint8)
    shown = heading.encode("ascii", "replace").decode()
    cv2.putText(head, shown, (4, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, _INK, 1, cv2.LINE_AA)
    rows = [head]
    for start in range(0, len(tiles), _COLUMNS):
        row = np.full((_SIDE + _CAPTION, width, 3), _PAPER, dtype=np.uint8)
        for column, tile in enumerate(tiles[start : start + _COLUMNS]):
            row[:, column * _SIDE : (column + 1) * _SIDE] = tile
        rows.append(row)
    return np.concatenate(rows)


def write_groups(groups: Sequence[NDArray[np.uint8]], path: Path) -> None:
    """Write groups below each other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    encoded = cv2.imencode(".png", cv2.cvtColor(np.concatenate(groups), cv2.COLOR_RGB2BGR))[1]
    path.write_bytes(encoded.tobytes())
