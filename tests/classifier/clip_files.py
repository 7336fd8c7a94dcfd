"""Clips for tests, drawn from one photo and written by OpenCV and Pillow: none is kept in the repository."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from classifier.opencv import cv2

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_CODECS = {"mp4": "mp4v", "webm": "VP80"}


def move(photo: NDArray[np.uint8], frames: int, size: tuple[int, int]) -> list[NDArray[np.uint8]]:
    """Let a photo drift over frames of a width and height."""
    width, height = size
    scale = 1.3 * max(width / photo.shape[1], height / photo.shape[0])
    pictures = []
    for number in range(frames):
        across = width / 2 - scale * photo.shape[1] / 2 + 0.05 * width * np.sin(number / 9)
        matrix = np.array([[scale, 0, across], [0, scale, height / 2 - 0.3 * scale * photo.shape[0]]])
        pictures.append(np.asarray(cv2.warpAffine(photo, matrix, size), dtype=np.uint8))
    return pictures


def write_clip(
    folder: Path, pictures: list[NDArray[np.uint8]], container: str = "mp4", rate: float = 25.0
) -> bytes:
    """Write (H, W, 3) RGB pictures as a video, and give its bytes."""
    path = folder / f"clip.{container}"
    height, width = pictures[0].shape[:2]
    code = cv2.VideoWriter.fourcc(*_CODECS[container])
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, rate, (width, height))
    for picture in pictures:
        writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    writer.release()
    content = path.read_bytes()
    path.unlink()
    return content


def write_gif(pictures: list[NDArray[np.uint8]]) -> bytes:
    """Write a GIF of ten pictures a second."""
    first, *rest = (Image.fromarray(picture) for picture in pictures)
    file = io.BytesIO()
    first.save(file, "GIF", save_all=True, append_images=rest, duration=100)
    return file.getvalue()


def build_box(kind: bytes, content: bytes) -> bytes:
    """Build a box of an MP4."""
    return struct.pack(">I", 8 + len(content)) + kind + content


def break_clip(clip: bytes, random: np.random.Generator) -> bytes:
    """Damage a clip at a few places, in its head more than elsewhere, and now and then cut it off."""
    broken = bytearray(clip)
    for _ in range(int(random.integers(1, 12))):
        reach = len(broken) if random.random() < 1 / 2 else min(2000, len(broken))
        at = int(random.integers(0, reach))
        if random.random() < 1 / 4:
            at = max(0, len(broken) - 1 - at)  # an MP4 may have its tables at the end
        broken[at] = int(random.integers(0, 256))
    if random.random() < 1 / 4:
        del broken[int(random.integers(1, len(broken))) :]
    return bytes(broken)
