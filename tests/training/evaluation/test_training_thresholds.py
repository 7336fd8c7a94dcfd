"""Confidence is fitted honestly, few faces move it little, and every limit holds at its very border."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from classifier.model_info import AbstainRule, Calibration, ModelInfo
from classifier.types import Box, Face, Keypoints, Point, Prediction
from training.data.samples import HAPPINESS, NEUTRAL, SADNESS
from training.evaluation.calibration import CalibrationError, fit_calibration, to_logits
from training.evaluation.inference import _find_main_face, mirror, remove_color
from training.evaluation.risk_coverage import coverage_at_accuracy, find_held_back, held_back_elsewhere
from training.evaluation.significance import mcnemar_test
from training.evaluation.thresholds import (
    ENOUGH_FACES,
    SMALLEST_FACE,
    choose_abstain_rule,
    count_held_out,
    fall_back,
    is_enough,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

COUNTS = {"happy": 3, "sad": 2, "neutral": 1}


def sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-values))


@pytest.mark.parametrize(("temperature", "bias"), [(2.0, 0.0), (0.5, 0.7), (3.0, -1.0)])
def test_a_calibration_finds_how_much_too_sure_a_network_is(temperature: float, bias: float) -> None:
    """Temperature and bias: with them the confidence is the share that is right."""
    random = np.random.default_rng(4)
    honest = random.normal(0, 2, 40_000)
    # Drawn so that both kinds come equally often: the fit weighs them alike.
    is_happy = random.random(len(honest)) < sigmoid(honest)
    fitted = fit_calibration(sigmoid((honest - bias) * temperature), is_happy)
    assert fitted.temperature == pytest.approx(temperature, rel=0.05)
    assert fitted.bias == pytest.approx(bias, abs=0.05)


def test_how_many_of_the_faces_are_happy_moves_no_calibration() -> None:
    """Twenty happy faces to a sad one are a habit of the source."""
    random = np.random.default_rng(5)
    logits = np.concatenate([random.normal(1, 1, 20_000), random.normal(-1, 1, 1000)])
    is_happy = np.arange(21_000) < 20_000
    assert fit_calibration(sigmoid(logits), is_happy).bias == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("labels", [[True, True], [False, False], [False, True]])
def test_a_network_that_cannot_be_calibrated_is_refused(labels: list[bool]) -> None:
    """One kind of face only, or the opposite of the labels."""
    with pytest.raises(CalibrationError):
        fit_calibration(np.array([0.9, 0.1]), np.array(labels))


def test_the_surest_answer_has_a_finite_logit() -> None:
    """Of 0 and 1 as of a millionth and its opposite."""
    most = np.log((1 - 1e-6) / 1e-6)
    assert to_logits(np.array([0.0, 1e-9, 0.5, 1.0])).tolist() == pytest.approx([-most, -most, 0, most])


@pytest.mark.parametrize("kind", ["happy", "sad", "neutral"])
def test_forty_held_out_faces_of_each_kind_are_enough(kind: str) -> None:
    """Of any kind one less is too few."""
    enough = dict.fromkeys(("happy", "sad", "neutral"), 40)
    assert is_enough(enough)
    assert not is_enough({**enough, kind: 39})
    assert ENOUGH_FACES == 40


def test_held_out_faces_are_counted_by_what_most_raters_said() -> None:
    """The other emotions are not counted."""
    plurality = np.array([HAPPINESS] * 3 + [SADNESS] * 2 + [NEUTRAL, 4, 5])
    assert count_held_out(plurality) == COUNTS


@pytest.mark.parametrize(
    ("temperature", "bias", "expected"),
    [
        (1.0, 0.5, (1.0, 0.5)),
        (3.0, 0.5, (3.0, 0.5)),
        (0.2, 0.5, (1.0, 0.1)),
        (0.5, 6.0, (1.0, 2.0)),
        (0.5, -6.0, (1.0, -2.0)),
        (1.0, 1.9, (1.0, 1.9)),
        (2.0, 3.0, (2.0, 2.0)),
    ],
)
def test_few_faces_make_no_answer_surer_and_move_the_border_little(
    temperature: float, bias: float, expected: tuple[float, float]
) -> None:
    """The temperature is 1 or more, the border at most two logits away."""
    fitted = Calibration(temperature, bias), AbstainRule(0.6, 0.1, 0.1, 24)
    calibration, _ = fall_back(fitted, COUNTS, None)
    assert (calibration.temperature, calibration.bias) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (AbstainRule(0.6, 0.1, 0.2, 24), (0.8, 0.5, 0.5)),
        (AbstainRule(0.9, 0.6, 0.7, 24), (0.9, 0.6, 0.7)),
        (AbstainRule(0.6, 0.0, 0.0, 24), (0.8, 0.0, 0.0)),
        (AbstainRule(0.6, 0.1, 0.0, 24), (0.8, 0.5, 0.5)),
    ],
)
def test_few_faces_make_the_thresholds_cautious(
    rule: AbstainRule, expected: tuple[float, float, float]
) -> None:
    """At least 0.8 of confidence and, from a network that can say, 0.5 of evidence."""
    _, chosen = fall_back((Calibration(), rule), COUNTS, None)
    found = chosen.minimum_confidence, chosen.minimum_evidence_happy, chosen.minimum_evidence_sad
    assert found == expected
    assert "3 happy, 2 sad, 1 neutral" in chosen.rule


def test_few_faces_keep_the_parents_numbers() -> None:
    """Whatever they suggest themselves."""
    parent = ModelInfo(
        "old",
        "1.2.0",
        "none",
        "2026-01-01",
        calibration=Calibration(0.7, 3.0),
        abstain=AbstainRule(0.55, 0.2, 0.3),
    )
    calibration, rule = fall_back((Calibration(5.0, 1.0), AbstainRule(0.9)), COUNTS, parent)
    assert calibration == parent.calibration
    assert (rule.minimum_confidence, rule.minimum_evidence_happy, rule.minimum_evidence_sad) == (
        0.55,
        0.2,
        0.3,
    )
    assert "old 1.2.0" in rule.rule


def test_thresholds_are_for_faces_of_24_pixels_and_never_below_an_even_chance() -> None:
    """A network whose answers are all even is held back by nothing it does not have."""
    rule = choose_abstain_rule(np.full(100, 0.5), np.ones(100))
    assert (rule.minimum_face_pixels, rule.minimum_confidence) == (SMALLEST_FACE, 0.5)
    assert SMALLEST_FACE == 24
    assert (rule.minimum_evidence_happy, rule.minimum_evidence_sad) == (0.0, 0.0)


def test_what_is_just_enough_is_not_held_back() -> None:
    """As in the classifier: by the threshold of the emotion that is called, and even counts as happy."""
    rule = AbstainRule(0.6, 0.3, 0.7)
    probabilities = np.array([0.6, 0.599, 0.4, 0.401, 0.9, 0.9, 0.1, 0.1])
    evidence = np.array([1, 1, 1, 1, 0.3, 0.299, 0.7, 0.699])
    assert find_held_back(probabilities, evidence, rule).tolist() == [False, True] * 4
    even = AbstainRule(0.5, 0.3, 0.7)
    assert not find_held_back(np.array([0.5]), np.array([0.3]), even)[0]


def test_the_largest_share_with_an_accuracy_includes_its_border() -> None:
    """99 of 100 right are 99%."""
    right = np.ones(100, dtype=bool)
    right[99] = False
    scores = np.linspace(1, 0.5, 100)
    assert coverage_at_accuracy(scores, right, 0.99) == 1.0
    assert coverage_at_accuracy(scores, right, 0.991) == 0.99


def test_a_score_that_holds_back_a_share_holds_back_no_more() -> None:
    """Of ten wanted faces one; a face at the score itself is answered."""
    wanted = np.arange(11) / 10
    assert held_back_elsewhere(wanted, np.array([0.05, 0.1, 0.2]), 0.1) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("lost", "won", "p_value"), [(0, 0, 1.0), (1, 0, 1.0), (0, 5, 0.0625), (1, 7, 0.0703125), (5, 5, 1.0)]
)
def test_mcnemar_is_the_exact_test_of_both_sides(lost: int, won: int, p_value: float) -> None:
    """As a fair coin would fall."""
    first = np.array([True] * lost + [False] * won + [True, False])
    second = np.array([False] * lost + [True] * won + [True, False])
    assert mcnemar_test(first, second) == (lost, won, pytest.approx(p_value))


def build_face(box: Box) -> Face:
    return Face(box, Keypoints(*[Point(1, 1)] * 6), 0.9, 0.9, 1.0, "happy", 0.9, sure=True, doubt=None)


def test_a_label_is_about_the_marked_face_else_the_largest() -> None:
    """Somebody in the background is no mistake of the photo; without the marked face there is no answer."""

    class Classified:
        prediction = Prediction(
            200,
            200,
            tuple(build_face(Box(*box)) for box in ((0, 0, 30, 30), (90, 90, 40, 50), (150, 0, 45, 40))),
        )

    classified = Classified()
    assert _find_main_face(classified, None) == 1
    assert _find_main_face(classified, Box(2, 2, 28, 28)) == 0
    assert _find_main_face(classified, Box(60, 10, 20, 20)) is None


def test_copies_are_grey_or_mirrored_and_nothing_else() -> None:
    """By the weights of brightness; left and right exchanged."""
    crops = np.random.default_rng(0).integers(0, 256, (2, 4, 6, 3), dtype=np.uint8)
    grey = remove_color(crops)
    assert (grey == grey[..., :1]).all()
    assert np.abs(grey[..., 0] - crops @ np.array([0.299, 0.587, 0.114])).max() <= 1
    assert np.array_equal(mirror(crops)[:, :, 0], crops[:, :, 5])
