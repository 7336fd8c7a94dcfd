"""Find near duplicates: one photo twice, saved again, moved a little or with a watermark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from classifier.opencv import cv2

if TYPE_CHECKING:
    from numpy.typing import NDArray

HASH_BITS = 255
NEAR_DUPLICATE_BITS = 62
"""Two faces whose hashes differ in at most this many bits are copies.

Found by looking at pairs of FER+: all pairs that differed in up to 62 of 255 bits were one photo twice
(recompressed, shifted, with a watermark); from 66 bits on there are pairs of different people.
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
    # Low frequencies are what recompressing and resizing leave alone. The very first is only the mean
    # brightness.
    low = cv2.dct(small.astype(np.float32))[:_FREQUENCIES, :_FREQUENCIES].ravel()[1:]
    return np.where(low > np.median(low), 1, -1).astype(np.int8)


def find_near_duplicates(hashes: NDArray[np.int8]) -> list[int]:
    """Group copies. If A is a copy of B and B of C, all three are one group, even if A and C differ more.

    Args:
        hashes: (N, 255) of -1 and 1.

    Returns:
        For each of the N, the smallest index of its group: its own if no copy comes before it.
    """
    if not len(hashes):
        return []
    pairs = _near_pairs(hashes.astype(np.float32))
    near = coo_array((np.ones(pairs.shape[1], dtype=bool), pairs), shape=(len(hashes), len(hashes)))
    _, group = connected_components(near, directed=False)
    _, smallest = np.unique(group, return_index=True)
    return [int(index) for index in smallest[group]]


def _near_pairs(signs: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return (2, P): i and j of pairs that differ in at most NEAR_DUPLICATE_BITS; i may be j."""
    # Of -1 and 1, equal bits add 1 to the product and others take 1 away: product = bits - 2 x differing
    # bits. One matrix product compares 2,000 faces with all others.
    least_agreement = HASH_BITS - 2 * NEAR_DUPLICATE_BITS
    parts = []
    for start in range(0, len(signs), _ROWS_AT_ONCE):
        agreement = signs[start : start + _ROWS_AT_ONCE] @ signs[start:].T
        parts.append(np.array(np.nonzero(agreement >= least_agreement)) + start)
    return np.hstack(parts)


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
