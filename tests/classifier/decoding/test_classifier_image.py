"""Bytes become an upright RGB picture, or an error that says what to do."""

from __future__ import annotations

import dataclasses
import pickle
import re
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from classifier_pictures import (
    build_jpeg_header,
    build_long_gif,
    build_many_scans,
    build_noise,
    build_pixel_bomb,
    build_png_header,
    encode,
    orient_jpeg,
    orient_png,
    save,
    turn_as_stored,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from classifier.decoding.file_formats import Header, keep_png_picture, read_header
from classifier.decoding.image import (
    _check_shape,
    _choose_reduction,
    _has_undecoded_corner,
    check_image,
    decode_image,
)
from classifier.types import (
    DamagedImageError,
    EmptyImageError,
    ImageError,
    ImageLimits,
    NotAnImageError,
    TooComplexError,
    TooManyBytesError,
    TooManyPixelsError,
    UnsupportedFormatError,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOISE = build_noise(120, 200)
RED = np.full((120, 200, 3), (255, 0, 0), dtype=np.uint8)
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WebP", "AVIF"])
def test_each_format_gives_its_rgb_pixels(image_format: str) -> None:
    """Red, green and blue stay in their places in every format."""
    decoded = decode_image(encode(NOISE, image_format, **({} if image_format == "PNG" else {"quality": 95})))
    assert (decoded.width, decoded.height, decoded.damaged) == (200, 120, False)
    assert np.abs(decoded.pixels.astype(int) - NOISE).mean() < 6


@pytest.mark.parametrize("bits", [8, 10, 12])
def test_a_transparent_avif_of_any_depth_gives_its_pixels(bits: int) -> None:
    """Phones write ten bits a channel; a tenth of the picture is transparent here and turns white."""
    depth = np.uint8 if bits == 8 else np.uint16
    deep = NOISE[..., ::-1].astype(depth) << (bits - 8)
    alpha = np.full((*NOISE.shape[:2], 1), 2**bits - 1, depth)
    alpha[:12] = 0
    options = [cv2.IMWRITE_AVIF_DEPTH, bits, cv2.IMWRITE_AVIF_QUALITY, 95]
    encoded = cv2.imencode(".avif", np.concatenate([deep, alpha], axis=2), options)[1].tobytes()

    pixels = decode_image(encoded).pixels.astype(int)

    assert np.abs(pixels[12:] - NOISE[12:]).mean() < 6
    assert pixels[:12].min() > 245


def test_only_the_first_frame_of_an_animation_is_read() -> None:
    """An animated GIF, PNG or WebP counts as its first picture."""
    frames = [Image.fromarray(RED[..., [n, (n + 1) % 3, (n + 2) % 3]]) for n in range(3)]
    for image_format in ("GIF", "PNG", "WebP"):
        animation = encode(RED, image_format, save_all=True, append_images=frames[1:])
        assert np.abs(decode_image(animation).pixels.astype(int) - RED).max() < 12, image_format


def test_an_animated_png_is_decoded_as_the_plain_picture_in_it() -> None:
    """OpenCV may crash, and with it the process, on a damaged frame: it never sees that there are frames."""
    png = encode(NOISE, "PNG", save_all=True, append_images=[Image.fromarray(NOISE[::-1])])
    png = png.replace(b"fcTL", b"fcUL", 1)  # the plain picture is no frame then
    start, end = png.index(b"fdAT"), len(png) - 20
    for place in range(start + 100, end, (end - start) // 20):
        damaged = png[:place] + bytes([png[place] ^ 4]) + png[place + 1 :]
        assert not re.search(rb"acTL|fcTL|fdAT", keep_png_picture(damaged))
        assert np.array_equal(decode_image(damaged).pixels, NOISE)


def test_an_animation_of_ten_thousand_frames_is_one_picture() -> None:
    """Neither their number nor their sum is held against the first."""
    assert decode_image(build_long_gif(10_000)).pixels.shape == (8, 8, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_turned_upright_exactly(orientation: int) -> None:
    """The pixels are those of the upright photo, only stored another way."""
    stored = turn_as_stored(NOISE, orientation)
    plain = decode_image(encode(stored, quality=95)).pixels
    upright = turn_as_stored(plain, {6: 8, 8: 6}.get(orientation, orientation))
    for order in "<>":
        turned = decode_image(orient_jpeg(encode(stored, quality=95), orientation, order))
        assert np.array_equal(turned.pixels, upright)
        assert (turned.width, turned.height) == (200, 120)
    assert np.array_equal(decode_image(orient_png(encode(stored, "PNG"), orientation)).pixels, NOISE)
    opaque = np.dstack([stored, np.full(stored.shape[:2], 255, dtype=np.uint8)])
    assert np.array_equal(decode_image(orient_png(encode(opaque, "PNG"), orientation)).pixels, NOISE)


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
def test_a_lying_exif_orientation_is_ignored(orientation: int) -> None:
    """What EXIF does not define turns nothing."""
    jpeg = encode(NOISE)
    assert np.array_equal(decode_image(orient_jpeg(jpeg, orientation)).pixels, decode_image(jpeg).pixels)
    opaque = encode(np.dstack([NOISE, np.full(NOISE.shape[:2], 255, dtype=np.uint8)]), "PNG")
    assert np.array_equal(decode_image(orient_png(opaque, orientation)).pixels, NOISE)


@pytest.mark.parametrize("image_format", ["PNG", "WebP"])
def test_transparency_shows_white_and_not_the_color_below(image_format: str) -> None:
    """Transparent red is not red."""
    pixels = np.dstack([RED, np.full(RED.shape[:2], 255, dtype=np.uint8)])
    pixels[:, 100:, 3] = 0
    pixels[:, 50:100, 3] = 128
    decoded = decode_image(
        encode(pixels, image_format, **({"lossless": True} if image_format == "WebP" else {}))
    )
    assert tuple(decoded.pixels[60, 20]) == (255, 0, 0)
    assert tuple(decoded.pixels[60, 150]) == (255, 255, 255)
    assert tuple(decoded.pixels[60, 75]) == (255, 127, 127)


def test_a_palette_with_a_transparent_color_shows_white() -> None:
    """Stickers and logos keep their transparency in the palette."""
    indexes = np.zeros((40, 60), dtype=np.uint8)
    indexes[:, 30:] = 1
    picture = Image.fromarray(indexes).convert("P")
    picture.putpalette([255, 0, 0, 0, 255, 0] + [0] * 762)
    decoded = decode_image(save(picture, "PNG", transparency=1))
    assert tuple(decoded.pixels[20, 10]) == (255, 0, 0)
    assert tuple(decoded.pixels[20, 50]) == (255, 255, 255)


def test_grey_sixteen_bit_and_cmyk_pictures_become_eight_bit_rgb() -> None:
    """All kinds of pixels arrive as one kind."""
    grey = NOISE[..., 0]
    for pixels in (grey, grey.astype(np.uint16) * 257):
        decoded = decode_image(encode(pixels, "PNG")).pixels
        assert decoded.dtype == np.uint8
        assert np.array_equal(decoded, np.repeat(grey[..., np.newaxis], 3, axis=2))
    done, sixteen_bit = cv2.imencode(".png", np.dstack([NOISE, NOISE[..., :1]]).astype(np.uint16) * 257)
    assert done
    assert decode_image(sixteen_bit.tobytes()).pixels.dtype == np.uint8
    cmyk = save(Image.fromarray(RED).convert("CMYK"), "JPEG")
    red, green, blue = decode_image(cmyk).pixels.reshape(-1, 3).mean(axis=0)
    assert red > 200
    assert max(green, blue) < 60


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1)])
def test_lines_and_points_are_pictures_too(shape: tuple[int, int]) -> None:
    """No side is too short."""
    for image_format in ("JPEG", "PNG", "WebP"):
        decoded = decode_image(encode(np.zeros((*shape, 3), dtype=np.uint8), image_format))
        assert (decoded.height, decoded.width) == shape


def test_a_large_jpeg_is_reduced_only_where_asked() -> None:
    """A reduced picture says how many of the file's pixels one of its own stands for."""
    jpeg = encode(np.repeat(np.repeat(NOISE, 20, axis=0), 20, axis=1))
    whole, reduced = decode_image(jpeg), decode_image(jpeg, reduce=True)
    assert (whole.width, whole.height, whole.scale) == (4000, 2400, 1)
    assert (reduced.width, reduced.height, reduced.scale) == (4000, 2400, 2)
    assert reduced.pixels.shape == (1200, 2000, 3)
    turned = decode_image(orient_jpeg(jpeg, 6), reduce=True)
    assert (turned.width, turned.height, turned.pixels.shape) == (2400, 4000, (2000, 1200, 3))


@pytest.mark.parametrize(
    ("image_bytes", "error"),
    [
        (b"", EmptyImageError),
        (b"\x00" * 20_000_001, TooManyBytesError),
        (b"\x00" * 20_000_000, NotAnImageError),
        (b"hello", NotAnImageError),
        (HEIC, UnsupportedFormatError),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", UnsupportedFormatError),
        (encode(NOISE, "BMP"), UnsupportedFormatError),
        (build_pixel_bomb(7000), TooManyPixelsError),
        (build_jpeg_header(65_500, 65_500), TooManyPixelsError),
        (build_png_header(2**31 - 1, 2**31 - 1), TooManyPixelsError),
        (build_png_header(12_001, 1), TooManyPixelsError),
        (build_many_scans(NOISE, 500), TooComplexError),
        (build_png_header(100, 100), DamagedImageError),
        (build_png_header(0, 100), DamagedImageError),
        (encode(NOISE)[:100], DamagedImageError),
        (b"\xff\xd8\xff", DamagedImageError),
        (encode(NOISE, "PNG")[:-200], DamagedImageError),
        (encode(NOISE, "WebP")[:-200], DamagedImageError),
        (encode(NOISE, "AVIF")[:-200], DamagedImageError),
    ],
)
def test_what_cannot_be_read_is_refused_with_advice(image_bytes: bytes, error: type[ImageError]) -> None:
    """Each kind of failure has its error, which crosses processes and says what to do."""
    with pytest.raises(ImageError) as caught:
        decode_image(image_bytes)
    assert type(caught.value) is error
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  made here
    assert (type(copy), str(copy), copy.kind) == (error, str(caught.value), error.kind)
    assert "end" in str(copy), "no advice such as 'Send ...'"


def test_heic_is_named_with_advice() -> None:
    """An iPhone's owner learns how to send it."""
    with pytest.raises(UnsupportedFormatError, match=r"HEIC.*as a photo rather than as a file") as caught:
        decode_image(HEIC)
    assert caught.value.format_name == "HEIC"


def test_limits_are_those_that_are_given() -> None:
    """Each limit is a setting, and its value is the largest allowed."""
    jpeg = encode(NOISE)
    decode_image(jpeg, ImageLimits(maximum_bytes=len(jpeg), maximum_pixels=24_000, maximum_side=200))
    for limits, error in (
        (ImageLimits(maximum_bytes=len(jpeg) - 1), TooManyBytesError),
        (ImageLimits(maximum_pixels=23_999), TooManyPixelsError),
        (ImageLimits(maximum_side=199), TooManyPixelsError),
    ):
        with pytest.raises(error):
            decode_image(jpeg, limits)


def test_as_many_passes_as_allowed_are_read() -> None:
    """A progressive JPEG is decoded pass by pass, and one pass more is one too many."""
    jpeg = build_many_scans(NOISE, 3)
    scans = read_header(jpeg, "JPEG").scans
    assert decode_image(jpeg, ImageLimits(maximum_scans=scans)).pixels.shape[:2] == NOISE.shape[:2]
    with pytest.raises(TooComplexError):
        decode_image(jpeg, ImageLimits(maximum_scans=scans - 1))


def test_a_jpeg_that_ends_early_is_read_as_far_as_it_goes() -> None:
    """The upper part is there, and the picture is marked damaged."""
    jpeg = encode(NOISE, quality=95)
    for cut in (jpeg[: len(jpeg) // 2], jpeg[: len(jpeg) // 2] + b"\xff\xd9"):
        decoded = decode_image(cut)
        assert decoded.damaged
        assert np.abs(decoded.pixels[:40].astype(int) - NOISE[:40]).mean() < 6
        assert (decoded.pixels[-8:] == 128).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_grey_tail_is_seen_however_the_photo_is_turned(orientation: int) -> None:
    """Turning upright moves the tail to another corner."""
    jpeg = encode(NOISE, quality=95)
    cut = jpeg[: len(jpeg) // 2] + b"\xff\xd9"
    assert decode_image(orient_jpeg(cut, orientation)).damaged


@pytest.mark.parametrize("options", [{}, {"optimize": True}, {"subsampling": 0}, {"progressive": True}])
def test_a_photo_with_a_true_grey_corner_is_whole(options: dict[str, int]) -> None:
    """Mid-grey borders exist."""
    pixels = NOISE.copy()
    pixels[60:] = 128
    pixels[:, 150:] = 128
    assert not decode_image(encode(pixels, quality=90, **options)).damaged


def test_a_picture_of_another_size_than_was_checked_is_refused() -> None:
    """What two readers understand in two ways could pass the limits as one and be decoded as the other."""
    for shape, reduction in (((120, 200), 1), ((200, 120), 1), ((60, 100), 2), ((15, 25), 8)):
        _check_shape(np.zeros((*shape, 3), dtype=np.uint8), Header("JPEG", 200, 120), reduction)
    for shape in ((120, 201), (60, 100), (240, 100)):
        with pytest.raises(DamagedImageError):
            _check_shape(np.zeros((*shape, 3), dtype=np.uint8), Header("JPEG", 200, 120))


@pytest.mark.parametrize("sides", [(1601, 1203), (4003, 2405), (9601, 301), (2400, 2401)])
def test_a_reduced_jpeg_of_odd_sides_is_whole(sides: tuple[int, int]) -> None:
    """Where sides don't divide by the reduction, the last pixel stands for fewer."""
    jpeg = encode(np.zeros((*sides, 3), dtype=np.uint8))
    for orientation in (1, 6):
        decoded = decode_image(orient_jpeg(jpeg, orientation), reduce=True)
        assert decoded.scale > 1 or max(sides) < 2400
        assert {decoded.width, decoded.height} == set(sides)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "GIF", "WebP", "AVIF"])
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_a_damaged_picture_shows_nothing_of_the_one_before(image_format: str, kept: float) -> None:
    """OpenCV 4.10 and 4.11 filled what was missing with the last photo: somebody else's."""
    green = np.full_like(NOISE, (0, 255, 0))
    file = encode(np.full_like(NOISE, 60), image_format)
    cut = file[: int(len(file) * kept)]
    for damaged in (cut, cut + b"\xff\xd9", cut + b"\x00" * (len(file) - len(cut))):
        for before in ("JPEG", "PNG", image_format):
            decode_image(encode(green, before))
        try:
            decoded = decode_image(damaged)
        except DamagedImageError:
            continue
        shows_green = (decoded.pixels[..., 1] > 200) & (decoded.pixels[..., 0] < 80)
        assert not shows_green.any()


@settings(max_examples=150, deadline=None)
@given(
    image_format=st.sampled_from(["JPEG", "PNG", "GIF", "WebP", "AVIF"]),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=8),
    kept=st.floats(0, 1),
)
def test_any_altered_file_gives_a_picture_or_an_image_error(
    image_format: str, changes: list[tuple[float, int]], kept: float
) -> None:
    """Nothing else comes out, whatever is done to a file."""
    file = bytearray(SMALL_FILES[image_format])
    for place, value in changes:
        file[min(int(place * len(file)), len(file) - 1)] = value
    try:
        decoded = decode_image(
            bytes(file[: int(len(file) * kept) + 1]), ImageLimits(maximum_pixels=1_000_000)
        )
    except ImageError:
        return
    assert decoded.pixels.ndim == 3
    assert decoded.pixels.dtype == np.uint8


def test_the_limits_of_whoever_sets_none() -> None:
    """20 MB, 40 million pixels, 12,000 a side, 100 passes: all of it is read, and nothing beyond."""
    limits = ImageLimits()
    for width, height in ((8000, 5000), (12_000, 3333)):
        assert check_image(build_png_header(width, height), limits).width == width
    for width, height in ((8000, 5001), (5001, 8000), (12_001, 3), (3, 12_001)):
        with pytest.raises(TooManyPixelsError):
            check_image(build_png_header(width, height), limits)
    scans = read_header(build_many_scans(NOISE, 1), "JPEG").scans
    assert check_image(build_many_scans(NOISE, 101 - scans), limits).scans == 100
    with pytest.raises(TooComplexError):
        check_image(build_many_scans(NOISE, 102 - scans), limits)


def test_no_setting_goes_beyond_what_the_decoder_takes() -> None:
    """OpenCV refuses more than 40 million pixels: the answer is the same whatever a host allows."""
    generous = ImageLimits(maximum_pixels=100_000_000)
    assert check_image(build_png_header(8000, 5000), generous).height == 5000
    with pytest.raises(TooManyPixelsError, match="40 million"):
        check_image(build_png_header(8000, 5001), generous)


@pytest.mark.parametrize(
    ("image_format", "side", "reduction"),
    [
        ("JPEG", 2399, 1),
        ("JPEG", 2400, 2),
        ("JPEG", 4799, 2),
        ("JPEG", 4800, 4),
        ("JPEG", 9599, 4),
        ("JPEG", 9600, 8),
        ("JPEG", 12_000, 8),
        ("PNG", 12_000, 1),
    ],
)
def test_a_jpeg_is_reduced_while_its_longer_side_stays_1200(
    image_format: str, side: int, reduction: int
) -> None:
    """Less would lose faces, more would take longer; other formats cannot be reduced while decoding."""
    for width, height in ((side, 10), (10, side)):
        assert _choose_reduction(Header(image_format, width, height)) == reduction


@pytest.mark.parametrize(
    ("pixels", "image_format", "options"),
    [
        (NOISE, "JPEG", {}),
        (NOISE, "PNG", {}),
        (NOISE, "WebP", {}),
        (NOISE, "AVIF", {}),
        (np.dstack([NOISE, NOISE[..., :1]]), "PNG", {}),
        (np.dstack([NOISE, NOISE[..., :1]]), "WebP", {}),
        (np.dstack([NOISE, NOISE[..., :1]]), "AVIF", {}),
        (np.dstack([NOISE, NOISE[..., :1]]), "AVIF", {"subsampling": "4:0:0"}),
    ],
    ids=str,
)
def test_no_way_of_decoding_gives_another_size_than_was_checked(
    monkeypatch: pytest.MonkeyPatch, pixels: NDArray[np.uint8], image_format: str, options: dict[str, str]
) -> None:
    """Whatever the format, and with transparency or without: a reader that errs by a pixel is refused."""
    file = encode(pixels, image_format, **options)
    assert decode_image(file).width == 200
    for change in ({"width": 201}, {"height": 119}):
        header = dataclasses.replace(check_image(file, ImageLimits()), **change)
        with monkeypatch.context() as patch:
            patch.setattr("classifier.decoding.image.check_image", lambda *_, header=header: header)
            with pytest.raises(DamagedImageError):
                decode_image(file)


def test_a_progressive_jpeg_without_its_end_is_damaged() -> None:
    """Its first passes leave nothing grey, so that only the missing end mark tells."""
    progressive = encode(NOISE, progressive=True)
    assert not decode_image(progressive).damaged
    assert decode_image(progressive[: len(progressive) // 2]).damaged


@pytest.mark.parametrize(("kinds_of_bytes", "is_cut"), [(24, False), (25, True)])
def test_a_grey_corner_is_a_tear_only_if_the_data_ends_in_bytes_of_every_kind(
    kinds_of_bytes: int, is_cut: bool
) -> None:
    """What ends in true grey ends in a short pattern: of the last 64 bytes at most 24 kinds."""
    picture = np.zeros((20, 20, 3), dtype=np.uint8)
    tail = bytes(range(kinds_of_bytes)) * 64
    file = bytes(range(256)) + tail[-64:] + b"\xff\xd9"
    assert not _has_undecoded_corner(picture, file)
    for rows in (np.s_[:4], np.s_[-4:]):
        for columns in (np.s_[:4], np.s_[-4:]):
            torn = picture.copy()
            torn[rows, columns] = 128
            assert _has_undecoded_corner(torn, file) == is_cut


def test_a_tall_transparent_picture_is_blended_in_every_row() -> None:
    """It is done in bands, and rounded to the nearest: half of 3 on white is 129, not 128."""
    pixels = np.full((600, 3, 4), (3, 3, 3, 128), dtype=np.uint8)
    assert (decode_image(encode(pixels, "PNG")).pixels == 129).all()


def test_grey_with_transparency_shows_white() -> None:
    """A PNG may have one channel of grey beside that of transparency."""
    pixels = np.dstack([np.full((20, 30), 60, dtype=np.uint8), np.full((20, 30), 255, dtype=np.uint8)])
    pixels[:, 15:, 1] = 0
    decoded = decode_image(encode(pixels, "PNG")).pixels
    assert (decoded[:, :15] == 60).all()
    assert (decoded[:, 15:] == 255).all()


SMALL_FILES = {name: encode(build_noise(24, 40), name) for name in ("JPEG", "PNG", "GIF", "WebP", "AVIF")}
