"""Tell copies of a picture: the same bytes, or nearly the same face."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.opencv import cv2

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

HASH_BITS = 255
NEAR_DUPLICATE_BITS = 62
"""Two faces whose hashes differ in at most this many bits are copies.

Looked at over all of FER+: up to 62 of 255 bits every pair seen was one photo twice (recompressed, shifted,
with a watermark); from 66 on different people appear.
"""

_HASH_SIDE = 32
_FREQUENCIES = 16
_ROWS_AT_ONCE = 2_000


def hash_face(crop: NDArray[np.uint8]) -> NDArray[np.int8]:
    """Return the perceptual hash of a face: the signs of its low frequencies against their median.

    Source: pHash (Zauner 2010), with 16x16 instead of 8x8 frequencies, as aligned faces are much alike.

    Args:
        crop: (H, W) or (H, W, 3).

    Returns:
        (255,) of -1 and 1.
    """
    grey = crop if crop.ndim == 2 else cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)  # noqa: PLR2004
    small = cv2.resize(grey, (_HASH_SIDE, _HASH_SIDE), interpolation=cv2.INTER_AREA)
    low = cv2.dct(small.astype(np.float32))[:_FREQUENCIES, :_FREQUENCIES].ravel()[1:]
    return np.where(low > np.median(low), 1, -1).astype(np.int8)


def find_near_duplicates(hashes: NDArray[np.int8]) -> list[int]:
    """Group copies, also through chains of them.

    Args:
        hashes: (N, 255) of -1 and 1.

    Returns:
        For each of the N, the smallest index of its group: itself when it has no copy before it.
    """
    group = list(range(len(hashes)))

    def root(index: int) -> int:
        while group[index] != index:
            group[index] = group[group[index]]
            index = group[index]
        return index

    for first, second in _near_pairs(hashes.astype(np.float32)):
        a, b = root(first), root(second)
        group[max(a, b)] = min(a, b)
    return [root(index) for index in range(len(group))]


def _near_pairs(signs: NDArray[np.float32]) -> Iterator[tuple[int, int]]:
    """Yield (i, j), i < j, within NEAR_DUPLICATE_BITS; a dot product of signs counts equal bits."""
    least_agreement = HASH_BITS - 2 * NEAR_DUPLICATE_BITS
    for start in range(0, len(signs), _ROWS_AT_ONCE):
        agreement = signs[start : start + _ROWS_AT_ONCE] @ signs[start:].T
        rows, columns = np.nonzero(agreement >= least_agreement)
        for row, column in zip((rows + start).tolist(), (columns + start).tolist(), strict=True):
            if row < column:
                yield row, column


def is_near_duplicate_of_any(hashes: NDArray[np.int8], others: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Return (N,) whether each of (N, 255) hashes is near one of (M, 255) others."""
    if not len(others):
        return np.zeros(len(hashes), dtype=bool)
    least_agreement = HASH_BITS - 2 * NEAR_DUPLICATE_BITS
    against = others.astype(np.float32).T
    found = [
        (hashes[start : start + _ROWS_AT_ONCE].astype(np.float32) @ against).max(axis=1) >= least_agreement
        for start in range(0, len(hashes), _ROWS_AT_ONCE)
    ]
    return np.concatenate(found) if found else np.zeros(0, dtype=bool)
