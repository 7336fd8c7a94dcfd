"""Pictures to send back say on their own which face is which, and what it looks like."""

from __future__ import annotations

import dataclasses
import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from classifier_pictures import encode
from PIL import Image

from classifier.drawing.badge_placement import is_near, place_sign
from classifier.drawing.badges import COLORS, build_badge, find_outcome
from classifier.drawing.photo_drawing import LONGEST_SIDE, draw_faces, draw_heat_maps
from classifier.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classifier.predictor import ClassifiedImage, Classifier
    from classifier.types import Face


@pytest.fixture(scope="module")
def classified(classifier: Classifier, astronaut: NDArray[np.uint8]) -> ClassifiedImage:
    return classifier.classify(encode(astronaut, "PNG"))


def with_faces(classified: ClassifiedImage, faces: list[Face]) -> ClassifiedImage:
    """Say that these faces were seen."""
    return dataclasses.replace(
        classified, prediction=dataclasses.replace(classified.prediction, faces=tuple(faces))
    )


def paint_grey(classified: ClassifiedImage) -> ClassifiedImage:
    """Take the photo away, so that only what is drawn has color."""
    image = dataclasses.replace(classified.image, pixels=np.full_like(classified.image.pixels, 70))
    return dataclasses.replace(classified, image=image)


def read(jpeg: bytes | None) -> NDArray[np.uint8]:
    """Decode with Pillow."""
    assert jpeg is not None
    picture = Image.open(io.BytesIO(jpeg))
    assert picture.format == "JPEG"
    return np.asarray(picture)


def count_color(pixels: NDArray[np.uint8], color: tuple[int, int, int]) -> int:
    """Count the pixels of about a color."""
    return int((np.abs(pixels.astype(int) - color).max(axis=2) < 30).sum())


@pytest.mark.parametrize("outcome", ["happy", "sad", "doubt"])
def test_a_box_has_the_color_of_its_outcome(classified: ClassifiedImage, outcome: str) -> None:
    """Each outcome's color appears with its face, and not without it."""
    (face,) = classified.prediction.faces
    face = dataclasses.replace(face, sure=outcome != "doubt", emotion="sad" if outcome == "sad" else "happy")
    assert find_outcome(face) == outcome
    grey = paint_grey(classified)
    drawn = read(draw_faces(with_faces(grey, [face])))
    assert count_color(drawn, COLORS[outcome]) > 1000
    for other in COLORS.keys() - {outcome}:
        assert count_color(drawn, COLORS[other]) < 100


def test_outcomes_differ_by_shape_as_well(classified: ClassifiedImage) -> None:
    """In grey, and to those who see no colors, the signs differ still."""
    signs = [build_badge(outcome, 40).colors for outcome in ("happy", "sad", "doubt")]
    dark = [sign.mean(axis=2) < 90 for sign in signs]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert (dark[one] ^ dark[other]).sum() > 40


def test_each_number_gives_another_sign() -> None:
    """A face is known by its number."""
    signs = {build_badge("happy", 40, number).colors.tobytes() for number in range(1, 31)}
    assert len(signs) == 30


@pytest.mark.parametrize(
    ("shape", "drawn"),
    [
        ((4000, 3000), (1280, 960)),
        ((300, 400), (810, 1080)),
        ((900, 1200), (900, 1200)),
        ((1, 3000), (1, 1280)),
    ],
)
def test_a_picture_fits_a_chat(
    classified: ClassifiedImage, shape: tuple[int, int], drawn: tuple[int, int]
) -> None:
    """At most 1280 pixels a side; small photos are enlarged until a phone shows the numbers large enough."""
    image = dataclasses.replace(
        classified.image, pixels=np.full((*shape, 3), 200, dtype=np.uint8), width=shape[1], height=shape[0]
    )
    prediction = dataclasses.replace(classified.prediction, width=shape[1], height=shape[0])
    assert (
        read(draw_faces(dataclasses.replace(classified, image=image, prediction=prediction))).shape[:2]
        == drawn
    )
    assert max(drawn) <= LONGEST_SIDE


def test_signs_stay_inside_and_apart(classified: ClassifiedImage) -> None:
    """Faces at the corners and on top of each other are drawn without failing, each sign in view."""
    face = dataclasses.replace(classified.prediction.faces[0], sure=True, emotion="happy")
    places = [(0, 0), (508, 0), (0, 508), (508, 508), (250, 250), (254, 254)]
    boxes = [Box(x, y, 4 if x > 500 else 60, 4 if y > 500 else 60) for x, y in places]
    faces = [dataclasses.replace(face, box=box) for box in boxes]
    grey = paint_grey(classified)
    one = count_color(read(draw_faces(with_faces(grey, faces[4:5]))), COLORS["happy"])
    all_faces = count_color(read(draw_faces(with_faces(grey, faces))), COLORS["happy"])
    assert all_faces > 2 * one


def test_the_heat_map_shows_what_spoke_for_which(classified: ClassifiedImage) -> None:
    """Warm where the map is above zero, cool where it is below, and neither where it is zero."""
    heat = np.zeros((1, 8, 8), dtype=np.float32)
    heat[0, :, :3], heat[0, :, 5:] = 2.0, -2.0
    answers = dataclasses.replace(classified.answers, activation_maps=heat)
    sheet = read(draw_heat_maps(dataclasses.replace(classified, answers=answers)))
    face = sheet[100:500, 12:524].astype(int)
    warmth = (face[..., 0] - face[..., 2]).mean(axis=0)
    assert warmth[:150].mean() > 30
    assert warmth[-150:].mean() < -30
    assert abs(warmth[236:276].mean()) < 25


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7, 16, 40])
def test_a_heat_map_of_any_number_of_faces_fits_a_chat(classified: ClassifiedImage, count: int) -> None:
    """Faces stand side by side, at most 16 of them."""
    many = dataclasses.replace(
        with_faces(classified, [*classified.prediction.faces] * count),
        crops=np.repeat(classified.crops, count, axis=0),
        answers=dataclasses.replace(
            classified.answers, activation_maps=np.repeat(classified.answers.activation_maps, count, axis=0)
        ),
    )
    assert max(read(draw_heat_maps(many)).shape) <= LONGEST_SIDE


def test_without_maps_or_faces_there_is_no_heat_map(classified: ClassifiedImage) -> None:
    """A model that cannot say gives none, and so does a photo of nothing."""
    assert draw_heat_maps(with_faces(classified, [])) is None
    silent = dataclasses.replace(classified.answers, activation_maps=None)
    assert draw_heat_maps(dataclasses.replace(classified, answers=silent)) is None


def list_crowd(side: int, gap: int, width: int, height: int) -> list[Box]:
    """Place faces of one size in rows."""
    step = side + gap
    return [
        Box(x, y, side, side) for y in range(gap, height - side, step) for x in range(gap, width - side, step)
    ]


@pytest.mark.parametrize(("side", "gap"), [(120, 60), (60, 25), (30, 6)])
def test_no_sign_covers_a_face_of_a_crowd(side: int, gap: int) -> None:
    """Nor another sign; it stays in the picture and beside its own face, or there is none."""
    boxes, size = list_crowd(side, gap, 1200, 800), (36, 22)
    signs: list[Box] = []
    hair = 15 if side > 100 else 0  # and background, in the box of a large face
    for box in boxes:
        place = place_sign(size, box, boxes, signs, (1200, 800))
        if place is not None:
            assert not any(is_near(place, other, -1) for other in signs)
            assert not any(is_near(place, other, -1 - hair) for other in boxes)
            assert 0 <= place.x <= 1200 - 36
            assert 0 <= place.y <= 800 - 22
            assert is_near(place, box, 22)
            signs.append(place)
    assert len(signs) == len(boxes) or gap < 22


def test_a_small_face_in_a_crowd_is_drawn_free(classified: ClassifiedImage) -> None:
    """What is inside the boxes stays as it was, but for the lines."""
    face = dataclasses.replace(classified.prediction.faces[0], sure=True, emotion="happy")
    boxes = list_crowd(24, 14, 512, 512)
    grey = paint_grey(with_faces(classified, [dataclasses.replace(face, box=box) for box in boxes]))
    drawn = read(draw_faces(grey))
    scale = drawn.shape[0] / 512
    for box in boxes:
        x, y, side = (round(value * scale) for value in (box.x + 6, box.y + 6, 12))
        assert np.abs(drawn[y : y + side, x : x + side].astype(int) - 70).max() < 40


def test_a_face_that_fills_the_picture_has_its_sign_in_a_corner() -> None:
    """Outside of it there is no room; the middle stays free."""
    box = Box(0, 0, 1000, 1000)
    place = place_sign((90, 60), box, [box], [], (1000, 1000))
    assert place is not None
    assert not is_near(place, Box(200, 200, 600, 600), -1)


def test_lines_are_as_thick_as_the_picture_asks(classified: ClassifiedImage) -> None:
    """A large picture is shrunk on the phone, so that its lines are drawn thicker, in proportion."""
    face = dataclasses.replace(classified.prediction.faces[0], sure=True, emotion="happy")
    shares = []
    for side in (540, 1280):
        pixels = np.full((side, side, 3), 70, dtype=np.uint8)
        image = dataclasses.replace(classified.image, pixels=pixels, width=side, height=side)
        prediction = dataclasses.replace(
            classified.prediction,
            width=side,
            height=side,
            faces=(dataclasses.replace(face, box=Box(side // 4, side // 4, side // 2, side // 2)),),
        )
        drawn = read(draw_faces(dataclasses.replace(classified, image=image, prediction=prediction)))
        middle = drawn[drawn.shape[0] // 2]
        shares.append((np.abs(middle.astype(int) - 70).max(axis=1) > 60).sum() / len(middle))
    assert shares[0] == pytest.approx(shares[1], rel=0.3)
