"""What must hold whatever the bytes are. Fuzzer and tests ask the same."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.decoding.file_formats import recognize_format, recognize_unsupported_format
from classifier.decoding.image import UprightImage, _has_undecoded_corner, check_image, decode_image
from classifier.decoding.orientation import read_orientation
from classifier.types import ImageError, ImageLimits

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

# Small, so that the limits themselves are met often and decoding stays quick.
LIMITS = ImageLimits(maximum_bytes=100_000, maximum_pixels=10_000, maximum_side=400, maximum_scans=20)
_UNDECODED = np.full((8, 8, 3), 128, dtype=np.uint8)


class BrokenPromiseError(Exception):
    """Something that must hold does not; `str()` says what."""


def check_bytes(image_bytes: bytes) -> None:
    """Read what is read before anything is decoded.

    Raises:
        BrokenPromiseError: What came out is impossible.
        Exception: Anything else but `ImageError` is a fault, too.
    """
    recognize_unsupported_format(image_bytes)
    _expect(1 <= read_orientation(image_bytes) <= 8, "an orientation beyond 1 to 8")
    _has_undecoded_corner(_UNDECODED, image_bytes)
    try:
        header = check_image(image_bytes, LIMITS)
    except ImageError as error:
        _expect(bool(str(error)) and error.kind != ImageError.kind, "a refusal without its reason")
        return
    _expect(header.format == recognize_format(image_bytes), "a header of another format")
    _expect(0 < header.width <= LIMITS.maximum_side, f"an admitted width of {header.width}")
    _expect(0 < header.height <= LIMITS.maximum_side, f"an admitted height of {header.height}")
    _expect(header.width * header.height <= LIMITS.maximum_pixels, "more pixels than admitted")
    _expect(1 <= header.scans <= LIMITS.maximum_scans, f"{header.scans} admitted scans")


def check_decoding(image_bytes: bytes) -> None:
    """Decode what was admitted: never more pixels than the limits allow, whatever the header said.

    Raises:
        BrokenPromiseError: What came out is impossible.
        Exception: Anything else but `ImageError` is a fault, too.
    """
    for reduce in (False, True):
        try:
            image = decode_image(image_bytes, LIMITS, reduce=reduce)
        except ImageError:
            continue
        _check_picture(image)


def count_calls(action: Callable[[], object]) -> int:
    """Count the calls that an action makes, into Python and into C: work without a clock."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    was_collecting = gc.isenabled()
    gc.disable()  # what is collected would be others' garbage, whose ends are calls as well
    sys.setprofile(count)
    try:
        action()
    finally:
        sys.setprofile(None)
        if was_collecting:
            gc.enable()
    return calls


def _check_picture(image: UprightImage) -> None:
    height, width, channels = image.pixels.shape
    _expect(channels == 3 and image.pixels.dtype == np.uint8, "pixels that are not RGB")
    _expect(height * width <= LIMITS.maximum_pixels, f"{width} x {height} pixels despite the limit")
    _expect(max(height, width) <= LIMITS.maximum_side, f"a side of {max(height, width)} despite the limit")
    _expect(image.scale >= 1 or image.damaged, f"a scale of {image.scale}")


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise BrokenPromiseError(otherwise)
