"""Pictures of faces, for whoever prepares and judges: never to be written into the repository."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classifier.opencv import cv2
from training.data.face_crops import resize_crop
from training.errors import TrainingError
from training.evaluation.metrics import is_right
from training.evaluation.selective import to_confidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from training.evaluation.inference import Judged

REPOSITORY = Path(__file__).resolve().parents[2]

EACH = 24


@dataclass(frozen=True)
class Tile:
    """One entry of a sheet: a face, or a copy and what it is a copy of.

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
_WORST = 96
_PAPER, _INK = 255, (40, 40, 40)


class InsideRepositoryError(TrainingError):
    """A picture that shows faces was to be written where it might be committed."""


def refuse_inside_repository(path: Path) -> None:
    """Hold pictures of faces out of the project.

    Raises:
        InsideRepositoryError: The path lies in the repository.
    """
    if path.resolve().is_relative_to(REPOSITORY):
        raise InsideRepositoryError(
            f"{path} lies inside the repository, and the picture shows faces of people who did not agree to "
            "be published. Name a path outside of it."
        )


def draw_worst(judged: Judged, crops: NDArray[np.uint8], path: Path) -> int:
    """Draw the happy and sad faces that the model got wrong, the surest mistakes first.

    Args:
        judged: The answers.
        crops: (N, S, S, 3) the faces.
        path: A PNG outside the repository.

    Returns:
        How many mistakes there are; at most 96 of them are drawn.

    Raises:
        InsideRepositoryError: The path lies in the repository.
    """
    refuse_inside_repository(path)
    wrong = judged.is_happy_or_sad & judged.found & ~is_right(judged.probabilities, judged.is_happy)
    numbers = np.flatnonzero(wrong)
    scores = to_confidence(judged.probabilities)
    numbers = numbers[np.argsort(-scores[numbers], kind="stable")]
    tiles = []
    for number in numbers[:_WORST]:
        label = "happy" if judged.is_happy[number] else "sad"
        caption = f"{label}: p {judged.probabilities[number]:.2f} e {judged.evidence[number]:.2f}"
        tiles.append(_draw_tile(crops[number], caption))
    heading = f"{len(numbers)} mistakes among {int(judged.is_happy_or_sad.sum())} happy and sad faces"
    _write([_draw_group(heading, tiles)], path)
    return len(numbers)


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
        pictures = [_draw_tile(crop, tile.caption) for tile in drawn for crop in tile.crops]
        drawings.append(_draw_group(f"{heading}: {len(tiles)}", pictures))
    _write(drawings, path)


def _draw_tile(crop: NDArray[np.uint8], caption: str) -> NDArray[np.uint8]:
    """Draw one face with a line under it."""
    tile = np.full((_SIDE + _CAPTION, _SIDE, 3), _PAPER, dtype=np.uint8)
    tile[:_SIDE] = resize_crop(np.asarray(crop), _SIDE)
    shown = caption.encode("ascii", "replace").decode()[-22:]
    cv2.putText(tile, shown, (2, _SIDE + 11), cv2.FONT_HERSHEY_SIMPLEX, 0.28, _INK, 1, cv2.LINE_AA)
    return tile


def _draw_group(heading: str, tiles: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
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


def _write(groups: Sequence[NDArray[np.uint8]], path: Path) -> None:
    """Write groups below each other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    encoded = cv2.imencode(".png", cv2.cvtColor(np.concatenate(groups), cv2.COLOR_RGB2BGR))[1]
    path.write_bytes(encoded.tobytes())
