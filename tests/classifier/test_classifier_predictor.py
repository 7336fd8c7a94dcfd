"""A photo in, a Prediction out."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from classifier_pictures import encode, orient_jpeg, orient_png, turn_as_stored

from classifier.model import Answers, Model
from classifier.model_info import AbstainRule
from classifier.predictor import Classifier, _clip, _cut_view, _find_obstacle, _weigh, find_doubt
from classifier.types import Box, DamagedImageError, ImageLimits, TooManyBytesError, reading_order

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def build_row(astronaut: NDArray[np.uint8], gains: list[float]) -> NDArray[np.uint8]:
    """Put the astronaut side by side, lighter or darker."""
    person = astronaut[:300, 60:360]
    return np.concatenate([np.clip(person * gain, 0, 255).astype(np.uint8) for gain in gains], axis=1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_eight_orientations_give_one_answer(
    classifier: Classifier, astronaut: NDArray[np.uint8], orientation: int
) -> None:
    """The same upright photo has the same faces to the last digit, however it is stored."""
    upright = astronaut[:400]
    stored = turn_as_stored(upright, orientation)
    expected = classifier.predict(encode(upright, "PNG"))
    assert len(expected.faces) == 1
    assert classifier.predict(orient_png(encode(stored, "PNG"), orientation)) == expected


def test_a_jpeg_turned_by_exif_is_classified_upright(
    classifier: Classifier, astronaut: NDArray[np.uint8]
) -> None:
    """Boxes are in pixels of the upright photo."""
    jpeg = orient_jpeg(encode(turn_as_stored(astronaut[:400], 6), quality=95), 6)
    prediction = classifier.predict(jpeg)
    assert (prediction.width, prediction.height) == (512, 400)
    (face,) = prediction.faces
    assert abs(face.box.x - 173) < 10
    assert abs(face.box.y - 75) < 10


def test_faces_come_from_left_to_right_each_with_its_own_answer(
    classifier: Classifier, astronaut: NDArray[np.uint8]
) -> None:
    """Numbers on the picture and in the text mean the same faces."""
    prediction = classifier.predict(encode(build_row(astronaut, [1.2, 0.2, 1.0, 0.3]), quality=95))
    assert [face.box.x // 300 for face in prediction.faces] == [0, 1, 2, 3]
    assert [face.emotion for face in prediction.faces] == ["happy", "sad", "happy", "sad"]
    for face in prediction.faces:
        likelier = face.probability_happy if face.emotion == "happy" else 1 - face.probability_happy
        assert face.confidence == likelier >= 0.5


def test_a_large_jpeg_is_reported_in_its_own_pixels(
    classifier: Classifier, astronaut: NDArray[np.uint8]
) -> None:
    """That it was decoded at half its size shows nowhere, not even in a small face's crop."""
    canvas = np.full((2600, 2600, 3), 160, dtype=np.uint8)
    canvas[1000:1480, 2000:2480] = cv2.resize(astronaut[:300, 60:360], (480, 480))
    jpeg = encode(canvas, quality=95)
    classified = classifier.classify(jpeg)
    assert classified.image.scale == 2
    (face,) = classified.prediction.faces
    assert abs(face.box.x - (2000 + 113 * 1.6)) < 20
    assert abs(face.box.y - (1000 + 75 * 1.6)) < 20
    whole = classifier.classify(encode(canvas, "PNG"))
    assert np.abs(classified.crops.astype(int) - whole.crops).mean() < 12


def test_boxes_stay_inside_the_photo(classifier: Classifier, astronaut: NDArray[np.uint8]) -> None:
    """The detector sees beyond the edge, a reader of boxes must not."""
    prediction = classifier.predict(encode(astronaut[85:400, 185:500], "PNG"))
    (face,) = prediction.faces
    assert face.box.x >= 0
    assert face.box.y >= 0
    assert face.box.x + face.box.width <= prediction.width
    assert face.box.y + face.box.height <= prediction.height


def test_no_face_is_an_answer(classifier: Classifier) -> None:
    """A photo of nothing was read all the same."""
    prediction = classifier.predict(encode(np.full((300, 400, 3), 90, dtype=np.uint8)))
    assert (prediction.width, prediction.height, prediction.faces, prediction.damaged) == (
        400,
        300,
        (),
        False,
    )


def test_a_damaged_photo_is_classified_as_far_as_it_goes(
    classifier: Classifier, astronaut: NDArray[np.uint8]
) -> None:
    """The face above the tear is found, and the damage is told."""
    jpeg = encode(astronaut, quality=95)
    prediction = classifier.predict(jpeg[: int(len(jpeg) * 0.7)])
    assert prediction.damaged
    assert len(prediction.faces) == 1
    with pytest.raises(DamagedImageError):
        classifier.predict(jpeg[:200])


@pytest.mark.parametrize(
    ("rule", "doubt"),
    [
        (AbstainRule(0.5, 0.0, 0.0, 1), None),
        (AbstainRule(0.5, 0.0, 0.0, 105), "too_small"),
        (AbstainRule(1.0, 0.0, 0.0, 1), "too_close"),
        (AbstainRule(0.5, 1.1, 0.0, 1), "neither"),
        (AbstainRule(0.5, 0.0, 1.1, 1), None),
    ],
)
def test_an_answer_is_held_back_below_each_minimum(
    classifier: Classifier,
    model_dir: Path,
    astronaut: NDArray[np.uint8],
    rule: AbstainRule,
    doubt: str | None,
) -> None:
    """model.json says what is enough; the answer says what was missing."""
    model = Model(model_dir)
    model.info = dataclasses.replace(model.info, abstain=rule)
    (face,) = Classifier(model).predict(encode(astronaut, "PNG")).faces
    assert (face.doubt, face.sure) == (doubt, doubt is None)


@pytest.mark.parametrize(
    ("confidence", "evidence", "unreadable", "doubt"),
    [
        (0.75, 0.25, 0.0, None),
        (0.74, 0.25, 0.0, "too_close"),
        (0.75, 0.24, 0.0, "neither"),
        (0.75, 0.24, 0.51, "covered"),
        (0.75, 0.25, 1.0, None),
    ],
)
def test_what_is_just_enough_is_enough(
    confidence: float, evidence: float, unreadable: float, doubt: str | None
) -> None:
    """A minimum is the least that is answered, not the most that is held back."""
    rule = AbstainRule(0.75, 0.25, 0.25, 1)
    for emotion in ("happy", "sad"):
        assert find_doubt(emotion, confidence, evidence, unreadable, rule) == doubt


def test_an_even_chance_counts_as_happy(
    model_dir: Path, astronaut: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in training's figures; and of two answers that are as likely neither is sure."""
    even = Answers(np.array([0.5]), np.array([1.0]), np.array([0.0]), None)
    model = Model(model_dir)
    monkeypatch.setattr(model, "answer", lambda _: even)
    (face,) = Classifier(model).predict(encode(astronaut, "PNG")).faces
    assert (face.emotion, face.confidence, face.doubt) == ("happy", 0.5, "too_close")


def test_limits_are_passed_on(model_dir: Path, astronaut: NDArray[np.uint8]) -> None:
    """Whoever loads the classifier sets them."""
    with pytest.raises(TooManyBytesError):
        Classifier.load(model_dir, ImageLimits(maximum_bytes=100)).predict(encode(astronaut))


def test_crops_can_be_classified_alone(classifier: Classifier) -> None:
    """(N, 256, 256, 3) in, (N,) probabilities of happy out; none in, none out."""
    batch = np.stack([np.full((256, 256, 3), level, dtype=np.uint8) for level in (0, 128, 255)])
    probabilities = classifier.predict_crops(batch)
    assert probabilities.shape == (3,)
    assert probabilities == pytest.approx([0.018, 0.504, 0.982], abs=0.002)
    assert classifier.predict_crops(batch[:0]).shape == (0,)


def test_grey_and_color_files_of_a_grey_photo_agree(
    classifier: Classifier, astronaut: NDArray[np.uint8]
) -> None:
    """One channel or three equal ones are the same picture."""
    grey = cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY)
    three = np.repeat(grey[..., np.newaxis], 3, axis=2)
    assert classifier.predict(encode(grey, "PNG")) == classifier.predict(encode(three, "PNG"))


@pytest.mark.parametrize(
    ("box", "clipped"),
    [
        ((-5, -6, 20, 30), (0, 0, 15, 24)),
        ((90, 70, 20, 30), (90, 70, 10, 10)),
        ((0, 0, 100, 80), (0, 0, 100, 80)),
        ((150, 200, 20, 30), (99, 79, 1, 1)),
        ((-50, -50, 20, 30), (0, 0, 1, 1)),
    ],
)
def test_a_box_is_cut_to_its_photo_and_keeps_a_pixel(
    box: tuple[int, int, int, int], clipped: tuple[int, int, int, int]
) -> None:
    """Of 100 x 80 pixels."""
    assert _clip(Box(*box), 100, 80) == clipped


@pytest.mark.parametrize(("side", "is_small"), [(23, True), (24, False)])
def test_a_face_of_just_the_smallest_size_is_answered(side: int, is_small: bool) -> None:
    """The shorter side counts, and of what lies in the photo."""

    class Found:
        is_readable = True

        def is_turned_away(self) -> bool:
            """Look at the camera."""
            return False

    rule = AbstainRule(minimum_face_pixels=24)
    for box in (Box(0, 0, side, 90), Box(0, 0, 90, side)):
        assert (_find_obstacle(Found(), box, rule) == "too_small") == is_small


@pytest.mark.parametrize(("unreadable", "doubt"), [(0.5, "neither"), (0.5001, "covered")])
def test_more_than_half_unreadable_is_covered(unreadable: float, doubt: str) -> None:
    """An even chance is none."""
    assert find_doubt("happy", 0.9, 0.1, unreadable, AbstainRule(0.6, 0.2, 0.0, 1)) == doubt


def test_each_emotion_has_its_own_minimum_of_evidence() -> None:
    """Smiles are easier to see, and have more of it."""
    rule = AbstainRule(0.6, 0.7, 0.3, 1)
    assert find_doubt("happy", 0.9, 0.5, 0.0, rule) == "neither"
    assert find_doubt("sad", 0.9, 0.5, 0.0, rule) is None


@pytest.mark.parametrize(("x", "weight"), [(0, 3200), (39, 3200), (40, 1600), (-40, 1600)])
def test_the_face_of_the_last_look_counts_twice(x: int, weight: int) -> None:
    """While its middle moves by less than half of its width."""
    before = Box(100, 100, 40, 40)
    assert _weigh(Box(100 + x // 2, 100, 40, 40), before) == weight
    assert _weigh(Box(100, 100 + x // 2, 40, 40), before) == weight
    assert _weigh(before, None) == 1600


def test_faces_are_read_row_by_row() -> None:
    """A middle within six tenths of a face's height of the row's is in the row."""
    first, second = Box(300, 0, 100, 100), Box(0, 60, 100, 100)
    assert reading_order([first, second]) == [1, 0]
    assert reading_order([first, second._replace(y=61)]) == [0, 1]
    rows = [Box(x, y, 50, 50) for y in (200, 0) for x in (90, 0, 180)]
    assert reading_order(rows) == [4, 3, 5, 1, 0, 2]


def test_a_clips_view_shows_half_of_the_face_around_it() -> None:
    """On each side, in the middle of 256 pixels."""
    image = np.zeros((400, 400, 3), dtype=np.uint8)
    image[150:250, 140:260] = 255
    view = _cut_view(image, Box(140, 150, 120, 100))
    assert view.shape == (256, 256, 3)
    columns, rows = np.flatnonzero(view[128, :, 0] > 127), np.flatnonzero(view[:, 128, 0] > 127)
    assert (columns[0], columns[-1]) == pytest.approx((64, 191), abs=1)
    assert (rows[0], rows[-1]) == pytest.approx((128 - 53, 128 + 52), abs=2)
