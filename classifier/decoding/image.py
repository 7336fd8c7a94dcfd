"""Bytes of a file in, an upright RGB picture out: checked by content first, decoded by OpenCV after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from classifier.decoding.avif import AvifContainer, rewrite_avif
from classifier.decoding.file_formats import (
    Header,
    keep_png_picture,
    read_header,
    recognize_format,
    recognize_unsupported_format,
)
from classifier.decoding.header_numbers import HeaderError
from classifier.decoding.orientation import read_orientation, turn_upright
from classifier.opencv import MAXIMUM_PIXELS, cv2
from classifier.types import (
    DamagedImageError,
    EmptyImageError,
    ImageLimits,
    NotAnImageError,
    TooComplexError,
    TooManyBytesError,
    TooManyPixelsError,
    UnsupportedFormatError,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

BACKGROUND = 255
"""What shows through transparent parts: white, as in most chats. Dropping the transparency instead would
bring out whatever colors an editor left underneath."""

_REDUCED_SIDE = 1200  # a JPEG is decoded at 1/2, 1/4 or 1/8 while its longer side stays at least this long
_REDUCED_FLAGS = {
    # Named for grey, but with the color bit they mean "reduced RGB"; IMREAD_REDUCED_COLOR_* would mean BGR.
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8 | cv2.IMREAD_COLOR_RGB,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4 | cv2.IMREAD_COLOR_RGB,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2 | cv2.IMREAD_COLOR_RGB,
    1: cv2.IMREAD_COLOR_RGB,
}
_BAND = 256  # rows
_UNDECODED_GREY = 128  # libjpeg leaves blocks that never came at mid-grey
_UNDECODED_SIDE = 4
_CODED_PIXELS = 2  # times the limit: a picture and its transparency, or a map for brighter screens
_TAIL_BYTES = 64
_TAIL_VARIETY = 24


@dataclass(frozen=True, slots=True)
class UprightImage:
    """A decoded picture.

    Attributes:
        pixels: (H, W, 3) RGB, upright, perhaps smaller than the file's picture.
        width: Of the file's picture, upright, in pixels.
        height: Of the file's picture, upright, in pixels.
        damaged: The file ends early; `pixels` is what could be decoded.
    """

    pixels: NDArray[np.uint8]
    width: int
    height: int
    damaged: bool = False

    @property
    def scale(self) -> float:
        """How many of the file's pixels one of `pixels` stands for; 1 unless reduced."""
        return float(max(self.width, self.height) / max(self.pixels.shape[:2]))


class Decode(Protocol):
    """What `decode_image` is once its limits are set."""

    def __call__(self, image_bytes: bytes, *, reduce: bool = False) -> UprightImage:
        """Decode a file, upright."""


def decode_image(
    image_bytes: bytes, limits: ImageLimits | None = None, *, reduce: bool = False
) -> UprightImage:
    """Decode a file, upright.

    Args:
        image_bytes: The whole file.
        limits: What to refuse; the defaults of `ImageLimits` if None.
        reduce: Decode a large JPEG at 1/2, 1/4 or 1/8, many times faster; look at `scale` then.

    Raises:
        ImageError: One of its subclasses says what is wrong and what to do.
    """
    header = check_image(image_bytes, limits or ImageLimits())
    if header.avif is not None:
        return _decode_avif(image_bytes, header, header.avif)
    if header.format == "PNG":
        image_bytes = keep_png_picture(image_bytes)
    if header.has_alpha:
        return _decode_transparent(image_bytes, header)
    reduction = _choose_reduction(header) if reduce else 1
    # OpenCV gives up on a JPEG without an end mark; with one it decodes what there is.
    completed = image_bytes + b"\xff\xd9" if header.format == "JPEG" and header.ends_early else image_bytes
    image = _decode(completed, _REDUCED_FLAGS[reduction])
    _check_shape(image, header, reduction)
    # Of a progressive JPEG the last pass may end in anything, and the first ones leave nothing undecoded.
    may_end_in_grey = header.format == "JPEG" and header.scans == 1
    damaged = header.ends_early or (may_end_in_grey and _has_undecoded_corner(image, image_bytes))
    width, height = _size_upright(header, image)
    return UprightImage(image, width, height, damaged)


def check_image(image_bytes: bytes, limits: ImageLimits) -> Header:
    """Refuse what must not or cannot be decoded, by its bytes alone.

    Raises:
        ImageError: One of its subclasses says what is wrong and what to do.
    """
    if not image_bytes:
        raise EmptyImageError("The file is empty. Send the photo again.")
    if len(image_bytes) > limits.maximum_bytes:
        raise TooManyBytesError(
            f"The file is larger than {limits.maximum_bytes / 1e6:.3g} MB. "
            "Send it as a photo rather than as a file, or make it smaller."
        )
    image_format = recognize_format(image_bytes)
    if image_format is None:
        raise _explain_unreadable(image_bytes)
    try:
        header = read_header(image_bytes, image_format)
    except HeaderError as error:
        raise DamagedImageError(
            f"The {image_format} file is damaged ({error}). Send the photo again, or another one."
        ) from error
    _check_limits(header, limits)
    return header


def _explain_unreadable(image_bytes: bytes) -> NotAnImageError | UnsupportedFormatError:
    """Build the error for content that no reader here takes."""
    name = recognize_unsupported_format(image_bytes)
    if name is None:
        return NotAnImageError("This is not a picture. Send a photo as JPEG, PNG or WebP.")
    if name == "HEIC":
        advice = (
            "HEIC photos can't be read here. "
            "Send it as a photo rather than as a file, or save it as JPEG first."
        )
    elif name == "video":
        advice = "Videos can't be read here. Send a photo, or a screenshot of the video."
    else:
        article = "files" if name in {"PDF", "PostScript"} else "pictures"
        advice = (
            f"{name[0].upper()}{name[1:]} {article} can't be read here. Save it as JPEG or PNG and send that."
        )
    return UnsupportedFormatError(advice, name)


def _check_limits(header: Header, limits: ImageLimits) -> None:
    """Refuse by size and complexity."""
    pixels = min(limits.maximum_pixels, MAXIMUM_PIXELS)
    if header.width * header.height > pixels or max(header.width, header.height) > limits.maximum_side:
        raise TooManyPixelsError(
            f"The picture has {header.width} x {header.height} pixels; at most {pixels / 1e6:.3g} million "
            f"and {limits.maximum_side} a side can be read. Send it smaller."
        )
    if header.avif is not None and header.avif.coded_pixels > _CODED_PIXELS * pixels:
        raise TooManyPixelsError(
            f"The AVIF file holds pictures of {header.avif.coded_pixels / 1e6:.3g} million pixels; "
            f"at most {_CODED_PIXELS * pixels / 1e6:.3g} million can be read. "
            "Send it as a photo rather than as a file."
        )
    if header.scans > limits.maximum_scans:
        raise TooComplexError(
            f"The JPEG is stored in {header.scans} passes; at most {limits.maximum_scans} are read. "
            "Send it as a photo rather than as a file, or save it again."
        )


def _choose_reduction(header: Header) -> int:
    """Pick the strongest reduction that leaves a large JPEG large enough to find faces in."""
    if header.format != "JPEG":
        return 1
    side = max(header.width, header.height)
    return next((factor for factor in (8, 4, 2) if side // factor >= _REDUCED_SIDE), 1)


def _decode(image_bytes: bytes, flags: int) -> NDArray[np.uint8]:
    """Decode with OpenCV, foreign failures translated.

    Raises:
        DamagedImageError: Nothing could be decoded.
        TooComplexError: There is not enough memory for it.
    """
    image: NDArray[np.uint8] = _decode_with_exif(image_bytes, flags)[0]
    return image


def _decode_with_exif(image_bytes: bytes, flags: int) -> tuple[NDArray[Any], bytes]:
    """As `_decode`, and the EXIF block, empty if there is none."""
    try:
        image, kinds, blocks = cv2.imdecodeWithMetadata(np.frombuffer(image_bytes, dtype=np.uint8), flags)
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise _build_memory_error() from error
        raise _build_damaged_error() from error
    except MemoryError as error:
        raise _build_memory_error() from error
    if image is None or image.size == 0:
        raise _build_damaged_error()
    exif = next(
        (b.tobytes() for kind, b in zip(kinds, blocks, strict=True) if kind == cv2.IMAGE_METADATA_EXIF), b""
    )
    return np.asarray(image), exif


def _build_damaged_error() -> DamagedImageError:
    return DamagedImageError("The file is damaged and can't be read. Send the photo again, or another one.")


def _build_memory_error() -> TooComplexError:
    return TooComplexError(
        "Decoding the picture takes too much memory. Send it as a photo rather than as a file."
    )


def _decode_avif(image_bytes: bytes, header: Header, container: AvifContainer) -> UprightImage:
    """Decode an AVIF with its transparency, if it has one, and turn it as its container says."""
    if container.is_grey and container.has_alpha:
        # OpenCV cannot give two channels: the two planes are decoded as two grey pictures.
        primary = int.from_bytes(image_bytes[container.primary.at :][: container.primary.size], "big")
        grey = _decode_unchanged(rewrite_avif(image_bytes, container, primary), container.bits)
        planes = [grey, grey, grey]
        if container.alpha_item is not None:
            alpha = rewrite_avif(image_bytes, container, container.alpha_item)
            planes.append(_decode_unchanged(alpha, container.bits))
        _check_shape(planes[-1], header)
        image = np.dstack(planes)
    else:
        image = _decode_unchanged(rewrite_avif(image_bytes, container), container.bits)
    _check_shape(image, header)
    pixels = turn_upright(_flatten(image), container.orientation)
    height, width = pixels.shape[:2]
    return UprightImage(pixels, width, height)


def _decode_transparent(image_bytes: bytes, header: Header) -> UprightImage:
    """Decode with the alpha channel and lay the picture on the background."""
    image, exif = _decode_with_exif(image_bytes, cv2.IMREAD_UNCHANGED)
    _check_shape(image, header)
    pixels = turn_upright(_flatten(_reduce_depth(image, 16)), read_orientation(exif))
    height, width = pixels.shape[:2]
    return UprightImage(pixels, width, height, header.ends_early)


def _decode_unchanged(image_bytes: bytes, bits: int) -> NDArray[np.uint8]:
    """Decode with all channels, as the picture lies, and bring `bits` of a channel to eight."""
    return _reduce_depth(_decode_with_exif(image_bytes, cv2.IMREAD_UNCHANGED)[0], bits)


def _reduce_depth(image: NDArray[Any], bits: int) -> NDArray[np.uint8]:
    """Bring pixels of 0..2**bits - 1 to 0..255; those of eight bits stay."""
    return image if image.dtype == np.uint8 else (image >> (bits - 8)).astype(np.uint8)


def _flatten(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Make (H, W, 3) RGB of (H, W) grey, (H, W, 3) BGR or (H, W, 4) BGRA, which is laid on the background."""
    if image.ndim == 2:  # noqa: PLR2004
        return np.repeat(image[:, :, np.newaxis], 3, axis=2)
    pixels = np.ascontiguousarray(image[:, :, 2::-1])
    if image.shape[2] == 4:  # noqa: PLR2004
        _blend_with_background(pixels, image[:, :, 3:])
    return pixels


def _check_shape(image: NDArray[Any], header: Header, reduction: int = 1) -> None:
    """Check that what was decoded has the size that was checked before.

    Raises:
        DamagedImageError: The header named another size: two readers disagree about the file.
    """
    expected = [-(-side // reduction) for side in (header.width, header.height)]
    if sorted(image.shape[:2]) != sorted(expected):  # sorted: it may have been turned already
        raise _build_damaged_error()


def _blend_with_background(pixels: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> None:
    """Let the background shine through (H, W, 3) RGB, in place; `alpha` is (H, W, 1).

    Band by band: the products take twice the memory of what they are made from.
    """
    for top in range(0, len(pixels), _BAND):
        color, cover = pixels[top : top + _BAND], alpha[top : top + _BAND].astype(np.uint16)
        pixels[top : top + _BAND] = (color * cover + BACKGROUND * (255 - cover) + 127) // 255


def _size_upright(header: Header, image: NDArray[np.uint8]) -> tuple[int, int]:
    """Give the file's width and height as they lie after turning upright, from which way `image` came out."""
    height, width = image.shape[:2]
    if (
        (width > height) != (header.width > header.height)
        and header.width != header.height
        and width != height
    ):
        return header.height, header.width
    return header.width, header.height


def _has_undecoded_corner(image: NDArray[np.uint8], image_bytes: bytes) -> bool:
    """Tell whether a JPEG's data ran out before its picture did, although an end mark follows.

    libjpeg leaves the rest flat mid-grey, so one corner (which one depends on the orientation) is just that.
    A photo may truly end in flat grey; then its data ends in one short pattern over and over, while data that
    was cut off ends in bytes of every kind.
    """
    n = _UNDECODED_SIDE
    corners = image[:n, :n], image[:n, -n:], image[-n:, :n], image[-n:, -n:]
    if not any((corner == _UNDECODED_GREY).all() for corner in corners):
        return False
    end = image_bytes.rfind(b"\xff\xd9")
    return len(set(image_bytes[max(0, end - _TAIL_BYTES) : end])) > _TAIL_VARIETY
