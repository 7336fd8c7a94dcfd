"""EXIF orientation for the pictures that OpenCV leaves as they lie: those decoded with their transparency."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ORIENTATION_TAG = 0x0112
_TIFF_HEADER = {b"II*\x00": "<", b"MM\x00*": ">"}


def read_orientation(exif: bytes) -> int:
    """Find the orientation in an EXIF block.

    Args:
        exif: The block as it stands in PNG, WebP or AVIF: a TIFF header, then directories.

    Returns:
        1 to 8 as EXIF 2.32 defines them; 1 (upright) if the block does not say or cannot be understood.
    """
    exif = exif.removeprefix(b"Exif\x00\x00")
    order = _TIFF_HEADER.get(exif[:4])
    if order is None:
        return 1
    try:
        (directory,) = struct.unpack_from(order + "I", exif, 4)
        (entries,) = struct.unpack_from(order + "H", exif, directory)
        for entry in range(entries):
            tag, _, _, value = struct.unpack_from(order + "HHIH", exif, directory + 2 + 12 * entry)
            if tag == _ORIENTATION_TAG:
                return value if 1 <= value <= 8 else 1  # noqa: PLR2004
    except struct.error:
        return 1
    return 1


def turn_upright(image: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Undo an orientation of 1 to 8, without loss."""
    if orientation >= 5:  # noqa: PLR2004  5 to 8 have rows and columns exchanged
        image = image.swapaxes(0, 1)
    if orientation in {2, 3, 6, 7}:
        image = image[:, ::-1]
    if orientation in {3, 4, 7, 8}:
        image = image[::-1]
    return np.ascontiguousarray(image)
