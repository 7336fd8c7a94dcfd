"""What of accuracy, honesty and speed a release may lose, and what the index remembers."""

from __future__ import annotations

import numpy as np
import pytest

from classifier.model_info import ModelInfo
from training.release.export import Comparison, allow_loss, choose_form
from training.release.promotion_checks import check_calibration, check_quantization, check_speed
from training.release.registry import describe_model


def build_comparison(name: str, accuracy: float, error: float) -> Comparison:
    return Comparison(name, accuracy, error, 0.0, 1)


@pytest.mark.parametrize(
    ("int8", "float16", "chosen"),
    [
        ((0.9, 0.01), (0.9, 0.01), "int8"),
        ((0.8991, 0.0149), (0.9, 0.01), "int8"),
        ((0.8989, 0.01), (0.9, 0.01), "float16"),
        ((0.9, 0.0151), (0.9, 0.01), "float16"),
        ((0.8989, 0.01), (0.8989, 0.01), "float32"),
        ((0.95, 0.0151), (0.95, 0.0151), "float32"),
    ],
)
def test_the_smallest_form_that_answers_as_well_is_shipped(
    int8: tuple[float, float], float16: tuple[float, float], chosen: str
) -> None:
    """A thousandth of balanced accuracy may be lost, five thousandths of calibration error added."""
    forms = [
        build_comparison("keras", 0.9, 0.01),
        build_comparison("int8", *int8),
        build_comparison("float16", *float16),
        build_comparison("float32", 0.5, 0.5),
    ]
    assert choose_form(forms, allow_loss(EVEN)) == chosen


@pytest.mark.parametrize(
    ("sad", "lost", "chosen"), [(367, 1, "int8"), (367, 2, "float16"), (1000, 2, "int8")]
)
def test_one_face_that_rounding_turns_does_not_cost_the_small_form(sad: int, lost: int, chosen: str) -> None:
    """One of 367 sad faces is more than a thousandth; float16 takes two and a half times as long."""
    is_happy = np.arange(3000) >= sad
    forms = [
        build_comparison("keras", 0.9, 0.01),
        build_comparison("int8", 0.9 - lost / (2 * sad), 0.01),
        build_comparison("float16", 0.9, 0.01),
    ]
    assert choose_form(forms, allow_loss(is_happy)) == chosen


EVEN = np.arange(2000) < 1000
SURE = np.where(EVEN, 0.95, 0.05)


def test_a_file_may_answer_a_little_differently_than_its_network() -> None:
    """By two hundredths in the mean."""
    assert check_quantization(SURE, SURE, EVEN, "int8").passed
    near, far = (np.where(EVEN, 0.95 - apart, 0.05 + apart) for apart in (0.004, 0.021))
    assert check_quantization(SURE, near, EVEN, "int8").passed
    assert not check_quantization(
        near, near + np.where(np.arange(2000) % 2, 0.021, -0.021), EVEN, "int8"
    ).passed
    assert not check_quantization(SURE, far, EVEN, "int8").passed


@pytest.mark.parametrize(("lost", "passed"), [(1, True), (3, False)])
def test_a_file_may_lose_a_thousandth_of_the_accuracy(lost: int, passed: bool) -> None:
    """Of 1000 happy and 1000 sad faces not more than two."""
    network = SURE.copy()
    network[:lost] = 0.5000001
    file = network.copy()
    file[:lost] = 0.4999999
    assert check_quantization(network, file, EVEN, "int8").passed == passed


@pytest.mark.parametrize(("lost", "passed"), [(1, True), (2, False)])
def test_a_file_may_lose_one_face_of_a_few(lost: int, passed: bool) -> None:
    """Of 100 happy and 20 sad faces, where one is more than a thousandth of the accuracy."""
    is_happy = np.arange(120) < 100
    network = np.where(is_happy, 0.95, 0.05)
    network[-lost:] = 0.4999999
    file = network.copy()
    file[-lost:] = 0.5000001
    assert check_quantization(network, file, is_happy, "int8").passed == passed


@pytest.mark.parametrize(("added", "passed"), [(0.0049, True), (0.0051, False)])
def test_a_file_may_add_five_thousandths_of_calibration_error(added: float, passed: bool) -> None:
    """Right in 95 of 100 cases and 95% sure, and then a little surer."""
    is_happy = np.arange(3000) % 20 > 0
    network = np.full(3000, 0.95)
    assert check_quantization(network, network, is_happy, "int8").passed
    assert check_quantization(network, network + added, is_happy, "int8").passed == passed


@pytest.mark.parametrize(("ratio", "passed"), [(1.0, True), (1.0999, True), (1.1001, False)])
def test_a_tenth_slower_is_the_slowest(ratio: float, passed: bool) -> None:
    """By the median of the rounds."""
    champions = np.linspace(0.001, 0.003, 15)
    assert check_speed(champions, champions * ratio).passed == passed


@pytest.mark.parametrize(
    ("champions", "own", "passed"),
    [(0.0, 0.02, True), (0.0, 0.0201, False), (0.03, 0.03, True), (0.03, 0.0301, False)],
)
def test_two_hundredths_of_calibration_error_or_the_champions_are_the_most(
    champions: float, own: float, passed: bool
) -> None:
    """Whichever is larger."""
    assert check_calibration(champions, own).passed == passed


def test_the_index_holds_the_figures_of_test_faces_only() -> None:
    """Validation faces chose the thresholds, so their figures are too good; four digits are kept."""
    figures = {"happy": 10, "balanced_accuracy": 0.912345, "brier": 0.1}
    names = ("test", "test/web", "validation", "train", "tested", "validation/web")
    info = ModelInfo("m", "1.0.0", "none", "2026-01-01", metrics=dict.fromkeys(names, figures))
    kept = describe_model(info)["metrics"]
    assert kept == {name: {"happy": 10, "balanced_accuracy": 0.9123} for name in ("test", "test/web")}
