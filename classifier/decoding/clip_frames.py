"""From the bytes of a clip to some of its frames at even steps: checked first, then decoded in memory."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classifier.clip_limits import CLIP_LOOKS, CLIP_SECONDS
from classifier.decoding.clip_header import read_clip_header, recognize_clip
from classifier.decoding.header_numbers import HeaderError
from classifier.opencv import cv2
from classifier.types import (
    DamagedImageError,
    EmptyImageError,
    ImageLimits,
    NotAnImageError,
    TooComplexError,
    TooLongError,
    TooManyBytesError,
    TooManyPixelsError,
    UnsupportedFormatError,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAXIMUM_PIXELS = 2_400_000
"""Of a frame, which is somewhat more than Full HD: a decoder keeps up to 17 of them, and all of it must fit
beside a bot into 512 MB."""

_SMALL_SIDE = 960  # pixels: frames are kept no larger; faces are as large in a clip as in a photo, or larger
_SECONDS_MARGIN = 1.0  # a clip that was cut to a minute may be a little longer
_MAXIMUM_FRAMES = 7_500  # a minute at 120 frames a second, and some more
_CODECS = frozenset({"h264", "avc1", "hevc", "hvc1", "hev1", "mp4v", "fmp4", "vp80", "vp90", "vp09", "gif"})
_Kept = list[tuple[float, "NDArray[np.uint8]"]]


@dataclass(frozen=True, slots=True)
class ClipFrame:
    """One frame.

    Attributes:
        seconds: When it is shown, from the beginning.
        pixels: (H, W, 3) RGB, upright, at most 960 pixels a side; all of a clip are of one size.
    """

    seconds: float
    pixels: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class ClipFrames:
    """A clip's frames at even steps, at least two. `seconds` is how long the clip is."""

    seconds: float
    frames: tuple[ClipFrame, ...]


def decode_clip(clip_bytes: bytes, limits: ImageLimits | None = None) -> ClipFrames:
    """Decode up to 16 frames of an MP4, WebM or GIF at even steps.

    Raises:
        ImageError: One of its subclasses says what is wrong; a GIF of one picture is no clip.
    """
    _check_clip(clip_bytes, limits or ImageLimits())
    try:
        return _decode(clip_bytes)
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise TooComplexError("Decoding the clip takes too much memory. Send it smaller.") from error
        raise _build_damaged_error() from error


def _check_clip(clip_bytes: bytes, limits: ImageLimits) -> None:
    """Refuse what must not or cannot be decoded, by its bytes alone."""
    if not clip_bytes:
        raise EmptyImageError("The file is empty. Send the clip again.")
    if len(clip_bytes) > limits.maximum_bytes:
        raise TooManyBytesError(
            f"The clip is larger than {limits.maximum_bytes / 1e6:.3g} MB. Cut it shorter."
        )
    container = recognize_clip(clip_bytes)
    if container is None:
        raise NotAnImageError("This is not a clip. Send an MP4, a WebM or a GIF.")
    try:
        header = read_clip_header(clip_bytes, container)
    except HeaderError as error:
        raise DamagedImageError(
            f"The {container} file cannot be watched ({error}). Send another one."
        ) from error
    _check_size(header.width, header.height)


def _check_size(width: int, height: int) -> None:
    if width * height > MAXIMUM_PIXELS:
        raise TooManyPixelsError(
            f"The clip has frames of {width} x {height} pixels; at most {MAXIMUM_PIXELS / 1e6:.3g} million "
            "can be watched. Send it smaller."
        )


def _decode(clip_bytes: bytes) -> ClipFrames:
    """Decode all frames in turn and keep some. Jumping to each takes a decoder three times as long."""
    # One thread: a worker may start no other. It is never released by hand: OpenCV 5.0 then lets go of the
    # stream without Python's lock, and crashes.
    capture = cv2.VideoCapture(io.BytesIO(clip_bytes), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])  # type: ignore[call-overload]
    if not capture.isOpened():
        raise _build_damaged_error()
    _check_codec(capture)
    _check_size(int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)))
    kept, seconds = _keep_frames(capture, _choose_step(capture))
    if len(kept) < 2:  # noqa: PLR2004
        raise DamagedImageError("It holds no moving picture that can be read. Send a photo, or another clip.")
    places = np.linspace(0, len(kept) - 1, min(len(kept), CLIP_LOOKS)).round().astype(int)
    return ClipFrames(seconds, tuple(ClipFrame(*kept[place]) for place in places))


def _check_codec(capture: cv2.VideoCapture) -> None:
    """Let no decoder work but those of the codecs that clips on Telegram have."""
    code = int(capture.get(cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF
    name = code.to_bytes(4, "little").decode("latin-1").strip(" \0").casefold()
    if name not in _CODECS:
        shown = "".join(sign for sign in name if sign.isprintable()) or "unknown"
        raise UnsupportedFormatError(f"The codec {shown} is not read here. Send the clip as H.264.", "video")


def _choose_step(capture: cv2.VideoCapture) -> int:
    """Choose the step between frames that are kept, from what the container claims.

    Raises:
        TooLongError: It says itself that it is too long.
    """
    frames, rate = capture.get(cv2.CAP_PROP_FRAME_COUNT), capture.get(cv2.CAP_PROP_FPS)
    if not 0 < frames <= _MAXIMUM_FRAMES * 1000 or not rate > 0:
        return 1  # it does not say
    if frames / rate > CLIP_SECONDS + _SECONDS_MARGIN:
        raise _build_length_error()
    return max(1, -(-int(frames) // CLIP_LOOKS))


def _keep_frames(capture: cv2.VideoCapture, step: int) -> tuple[_Kept, float]:
    """Keep each `step`-th frame; when that makes too many, as claims may be false, every other one of them.

    Returns:
        The frames with their seconds, and the seconds of the last one of all.
    """
    kept: _Kept = []
    seconds, number = 0.0, 0
    while capture.grab():
        seconds = max(seconds, capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
        if seconds > CLIP_SECONDS + _SECONDS_MARGIN or number >= _MAXIMUM_FRAMES:
            raise _build_length_error()
        if number % step == 0:
            found, frame = capture.retrieve()
            if found:
                kept.append((seconds, _shrink(frame, kept)))
            if len(kept) == 2 * CLIP_LOOKS:
                kept, step = kept[::2], 2 * step
        number += 1
    return kept, seconds


def _shrink(frame: cv2.typing.MatLike, kept: _Kept) -> NDArray[np.uint8]:
    """Convert a BGR frame to RGB, and shrink it to the size of the first one."""
    height, width = frame.shape[:2]
    _check_size(width, height)
    scale = min(1.0, _SMALL_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if kept:
        size = kept[0][1].shape[1], kept[0][1].shape[0]
    if size != (width, height):
        frame = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _build_damaged_error() -> DamagedImageError:
    return DamagedImageError("The clip is damaged and can't be read. Send it again, or another one.")


def _build_length_error() -> TooLongError:
    return TooLongError(f"The clip is longer than {CLIP_SECONDS} seconds. Cut it shorter.")
