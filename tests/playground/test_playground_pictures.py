"""Width and height without decoding."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.rules.pictures import guess_media_type, read_picture_size

FORMATS = [
    (".jpg", [], "image/jpeg"),
    (".jpg", [cv2.IMWRITE_JPEG_PROGRESSIVE, 1], "image/jpeg"),
    (".png", [], "image/png"),
    (".webp", [cv2.IMWRITE_WEBP_QUALITY, 80], "image/webp"),
    (".webp", [cv2.IMWRITE_WEBP_QUALITY, 101], "image/webp"),
]


@pytest.mark.parametrize(("extension", "options", "media_type"), FORMATS)
def test_headers_give_the_true_size(extension: str, options: list[int], media_type: str) -> None:
    """The parser agrees with the encoder for every format people send."""
    image = np.random.default_rng(0).integers(0, 255, (37, 91, 3), dtype=np.uint8)
    _, encoded = cv2.imencode(extension, image, options)
    assert read_picture_size(encoded.tobytes()) == (91, 37)
    assert guess_media_type(encoded.tobytes()) == media_type


def test_a_gif_has_a_size() -> None:
    """A GIF's size stands in its first ten bytes."""
    assert read_picture_size(b"GIF89a" + bytes([91, 0, 37, 0])) == (91, 37)


@given(
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8 ", b"GIF89a"]),
    st.binary(),
)
def test_no_bytes_break_the_parser(head: bytes, rest: bytes) -> None:
    """Whatever follows a signature, the answer is a size or None."""
    size = read_picture_size(head + rest)
    assert size is None or len(size) == 2
