"""Concatenate parts of prepared sets into one, without holding their pictures in memory."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.data.dataset import load_outlines, read_manifest
from training.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_ROWS_AT_ONCE = 2_000
ManifestRow = dict[str, str]


@dataclass(frozen=True)
class Part:
    """Rows of one prepared set.

    Attributes:
        folder: The set.
        chosen: Tells for a row of the manifest whether it is taken.
    """

    folder: Path
    chosen: Callable[[ManifestRow], bool]


def concatenate_prepared(parts: Sequence[Part], out_dir: Path) -> int:
    """Write the chosen rows of several sets as one set, one after the other.

    Returns:
        How many faces it has.

    Raises:
        NotPreparedError: A folder holds no prepared set.
        TrainingError: Nothing is chosen.
    """
    chosen = [(part.folder, list(filter(part.chosen, read_manifest(part.folder)))) for part in parts]
    total = sum(len(rows) for _, rows in chosen)
    if not total:
        folders = ", ".join(str(part.folder) for part in parts)
        raise TrainingError(f"Nothing of {folders} is left to train on.")
    out_dir.mkdir(parents=True, exist_ok=True)
    side = np.load(chosen[0][0] / "crops.npy", mmap_mode="r").shape[1]
    # A file that is used like an array: the system writes pages out while it is filled, so that sets larger
    # than memory can be made.
    concatenated = np.lib.format.open_memmap(
        out_dir / "crops.npy", mode="w+", dtype=np.uint8, shape=(total, side, side, 3)
    )
    outlines = []
    start = 0
    for folder, rows in chosen:
        crops = np.load(folder / "crops.npy", mmap_mode="r")
        indices = [int(row["index"]) for row in rows]
        outlines.append(load_outlines(folder, len(crops))[indices])
        for first in range(0, len(indices), _ROWS_AT_ONCE):
            taken = indices[first : first + _ROWS_AT_ONCE]
            concatenated[start : start + len(taken)] = crops[taken]
            start += len(taken)
    concatenated.flush()
    np.save(out_dir / "outlines.npy", np.concatenate(outlines))
    _write_manifest([row for _, rows in chosen for row in rows], out_dir)
    return total


def _write_manifest(rows: Sequence[ManifestRow], out_dir: Path) -> None:
    """Write the rows as they were, numbered anew."""
    with (out_dir / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "index": str(index)} for index, row in enumerate(rows))
