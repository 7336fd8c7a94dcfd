"""Figures against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from classifier.model_info import AbstainRule
from training.evaluation.accuracy_metrics import (
    ClassScores,
    accuracy,
    balanced_accuracy,
    balanced_accuracy_interval,
    bootstrap_interval,
    brier_score,
    confusion,
    expected_calibration_error,
    negative_log_likelihood,
    reliability,
    roc_auc,
    scores_by_class,
    wilson_interval,
)
from training.evaluation.risk_coverage import (
    area_under_risk,
    coverage_at_accuracy,
    find_held_back,
    held_back_elsewhere,
    risk_coverage,
    to_confidence,
)
from training.evaluation.significance import balanced_accuracy_difference, mcnemar_test
from training.evaluation.thresholds import HELD_BACK, choose_abstain_rule

PROBABILITIES = np.array([0.9, 0.8, 0.6, 0.4, 0.3, 0.7])
IS_HAPPY = np.array([True, True, True, True, False, False])


def test_four_of_six_right_answers_with_uneven_classes_weigh_the_classes_evenly():
    """Happy 3 of 4 and sad 1 of 2: 4/6 in all, (3/4 + 1/2) / 2 balanced."""
    assert accuracy(PROBABILITIES, IS_HAPPY) == pytest.approx(4 / 6)
    assert balanced_accuracy(PROBABILITIES, IS_HAPPY) == pytest.approx(0.625)


def test_an_even_chance_counts_as_happy_as_in_the_classifier():
    """The classifier says happy from exactly 1/2 on."""
    assert accuracy(np.array([0.5]), np.array([True])) == 1


def test_scores_by_class_and_confusion_count_the_same_answers():
    """Of 4 answers "happy" 3 are right; of 2 answers "sad" 1."""
    scores = scores_by_class(PROBABILITIES, IS_HAPPY)

    assert scores["happy"] == ClassScores(precision=3 / 4, recall=3 / 4, f1=3 / 4, count=4)
    assert scores["sad"] == ClassScores(precision=1 / 2, recall=1 / 2, f1=1 / 2, count=2)
    assert confusion(PROBABILITIES, IS_HAPPY) == [[1, 1], [1, 3]]


def test_roc_auc_is_the_share_of_pairs_in_the_right_order():
    """Of 8 pairs of a happy and a sad face, 0.6 < 0.7 and 0.4 < 0.7 are the wrong way round."""
    assert roc_auc(PROBABILITIES, IS_HAPPY) == pytest.approx(6 / 8)


def test_log_likelihood_and_brier_score_of_two_answers():
    """Probabilities 0.8 of a happy and 0.4 of a sad face."""
    probabilities, is_happy = np.array([0.8, 0.4]), np.array([True, False])

    expected = -(math.log(0.8) + math.log(0.6)) / 2
    assert negative_log_likelihood(probabilities, is_happy) == pytest.approx(expected)
    assert brier_score(probabilities, is_happy) == pytest.approx((0.2**2 + 0.4**2) / 2)


def test_certain_and_wrong_is_punished_but_finitely():
    """Log-likelihood is cut off where a saturated sigmoid would make it infinite."""
    assert 20 < negative_log_likelihood(np.array([1.0]), np.array([False])) < 40


def test_calibration_error_is_the_weighted_gap_between_confidence_and_accuracy():
    """Two bins of two: confidences 0.6 with 1 of 2 right, 0.9 with 2 of 2 right."""
    probabilities = np.array([0.6, 0.4, 0.9, 0.1])
    is_happy = np.array([True, True, True, False])

    low, high = reliability(probabilities, is_happy, bins=2)

    assert (low.confidence, low.accuracy, low.count) == (pytest.approx(0.6), 0.5, 2)
    assert (high.confidence, high.accuracy, high.count) == (pytest.approx(0.9), 1.0, 2)
    assert expected_calibration_error(probabilities, is_happy, bins=2) == pytest.approx(0.1)


def test_fewer_answers_than_bins_leave_no_empty_bin():
    """Three answers in 15 bins are three bins of one."""
    assert [part.count for part in reliability(PROBABILITIES[:3], IS_HAPPY[:3])] == [1, 1, 1]


def test_wilson_interval_as_published():
    """81 of 263, in Newcombe 1998 (Statistics in Medicine 17, table I): 0.2553 to 0.3662."""
    low, high = wilson_interval(81, 263)

    assert (low, high) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))


def test_wilson_interval_has_a_width_even_without_a_mistake():
    """Newcombe 1998: 0 of 20 gives 0 to 0.1611; none at all says nothing."""
    assert wilson_interval(0, 20) == (pytest.approx(0), pytest.approx(0.1611, abs=5e-5))
    assert wilson_interval(0, 0) == (0, 1)


def test_balanced_accuracy_interval_narrows_with_faces_and_holds_the_value():
    """A hundred times the faces make it about ten times as narrow; the seed repeats it."""
    many = np.tile(PROBABILITIES, 10), np.tile(IS_HAPPY, 10)
    more = np.tile(PROBABILITIES, 1000), np.tile(IS_HAPPY, 1000)

    wide, narrow = balanced_accuracy_interval(*many, seed=1), balanced_accuracy_interval(*more, seed=1)

    assert wide.low < narrow.low < 0.625 < narrow.high < wide.high
    assert 7 < (wide.high - wide.low) / (narrow.high - narrow.low) < 13
    assert wide == balanced_accuracy_interval(*many, seed=1)


def test_bootstrap_interval_holds_the_value_and_repeats_under_a_seed():
    """Resampling 600 answers of which two thirds are right."""
    many = np.tile(PROBABILITIES, 100), np.tile(IS_HAPPY, 100)

    interval = bootstrap_interval(accuracy, *many, seed=3)

    assert interval.low < 4 / 6 < interval.high < 0.75
    assert interval == bootstrap_interval(accuracy, *many, seed=3)


def test_risk_rises_with_coverage_when_the_surest_are_right():
    """Four answers, the least sure wrong: risk 0, 0, 0, 1/4; the mean over coverages is 1/16."""
    scores, right = np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, True, True, False])

    curve = risk_coverage(scores, right)

    assert curve.coverage.tolist() == [0.25, 0.5, 0.75, 1]
    assert curve.risk.tolist() == [0, 0, 0, 0.25]
    assert area_under_risk(curve) == pytest.approx(1 / 16)
    assert coverage_at_accuracy(scores, right, 0.99) == 0.75
    assert coverage_at_accuracy(scores, right, 0.75) == 1


def test_answers_of_one_score_are_given_together_or_not_at_all():
    """A threshold cannot part the right from the wrong among equals."""
    scores, right = np.array([0.9, 0.5, 0.5]), np.array([True, True, False])

    assert risk_coverage(scores, right).coverage.tolist() == [pytest.approx(1 / 3), 1]
    assert coverage_at_accuracy(scores, right, 0.99) == pytest.approx(1 / 3)


def test_a_model_whose_surest_answer_is_wrong_covers_nothing():
    """No threshold leaves only right answers."""
    assert coverage_at_accuracy(np.array([0.9, 0.8]), np.array([False, True]), 0.99) == 0


def test_confidence_is_the_probability_of_the_answer_that_is_given():
    """80% happy is as sure as 20% happy, which is an answer of sad."""
    assert to_confidence(np.array([0.8, 0.2, 0.5])).tolist() == pytest.approx([0.8, 0.8, 0.5])


def test_a_face_is_held_back_below_either_threshold():
    """Close to the middle, or hardly happy or sad at all."""
    rule = AbstainRule(minimum_confidence=0.7, minimum_evidence_happy=0.3, minimum_evidence_sad=0.1)

    held_back = find_held_back(np.array([0.1, 0.6, 0.9, 0.1]), np.array([0.9, 0.9, 0.2, 0.2]), rule)

    assert held_back.tolist() == [False, True, True, False]


def test_happy_and_sad_faces_are_held_back_alike():
    """Smiles show more than sad faces do; no more than 8 of 100 of each are held back all the same."""
    probabilities = np.repeat([0.9, 0.1], 100)
    evidence = np.concatenate([np.linspace(0.3, 1, 100), np.linspace(0.1, 0.5, 100)])

    rule = choose_abstain_rule(probabilities, evidence)

    held_back = find_held_back(probabilities, evidence, rule)
    assert held_back[:100].sum() == held_back[100:].sum() == 7
    assert rule.minimum_evidence_happy > rule.minimum_evidence_sad


def test_what_confidence_holds_back_counts_towards_the_share():
    """Two of 200 faces are too close to the middle: of the others 14 lack evidence, 16 in all."""
    probabilities = np.concatenate([[0.51, 0.49], np.repeat([0.9, 0.1], 99)])
    evidence = np.concatenate([[1.0, 1.0], np.linspace(0, 1, 99), np.linspace(0, 1, 99)])

    rule = choose_abstain_rule(probabilities, evidence)

    assert find_held_back(probabilities, evidence, rule).sum() == pytest.approx(16, abs=2)


def test_both_thresholds_together_hold_back_the_share_and_no_more():
    """Of 20,000 faces 1% are too close to the middle, and evidence may hold back what is left of the 8%."""
    probabilities = np.concatenate([np.linspace(0.4, 0.6, 200), np.repeat([0.9, 0.1], 9_900)])
    evidence = np.concatenate([np.ones(200), np.linspace(0, 1, 9_900), np.linspace(0, 1, 9_900)])

    rule = choose_abstain_rule(probabilities, evidence)

    assert find_held_back(probabilities, evidence, rule).mean() == pytest.approx(HELD_BACK, abs=5e-4)


def test_a_network_that_cannot_say_more_holds_back_by_confidence_alone():
    """The whole share, 5% of 201, goes to the least confident answers."""
    probabilities = np.linspace(0.5, 1, 201)

    rule = choose_abstain_rule(probabilities, np.ones(201))

    assert (rule.minimum_evidence_happy, rule.minimum_evidence_sad) == (0.0, 0.0)
    assert find_held_back(probabilities, np.ones(201), rule).sum() == pytest.approx(10, abs=1)


def test_held_back_elsewhere_gives_up_no_more_than_the_share_allowed():
    """With 20 faces, 5% is one: the threshold is the second lowest score, 1, and 3 of 4 others lie below."""
    wanted = np.arange(20.0)

    share = held_back_elsewhere(wanted, np.array([0.0, 0.5, 0.9, 5.0]), 0.1)

    assert share == 0.75


def test_mcnemar_counts_only_where_the_models_differ():
    """5 against 0 differing faces: 2 / 2^5, as a coin that falls five times on one side."""
    first = np.array([True] * 8 + [False] * 5)
    second = np.array([True] * 13)

    assert mcnemar_test(first, second) == (0, 5, pytest.approx(2 / 32))


def test_a_model_is_no_better_than_itself():
    """No differing face: p is 1, and the difference is 0 without a width."""
    right = np.array([True, False, True, True])

    assert mcnemar_test(right, right).p_value == 1
    difference = balanced_accuracy_difference(right, right, np.array([True, True, False, False]), seed=0)
    assert difference == (0, (0, 0))


def test_the_difference_of_two_models_weighs_happy_and_sad_evenly():
    """The second gains 1 of 2 happy and loses 1 of 4 sad faces: (1/2 - 1/4) / 2."""
    is_happy = np.array([True, True, False, False, False, False])
    first = np.array([False, True, True, True, True, True])
    second = np.array([True, True, False, True, True, True])

    difference = balanced_accuracy_difference(first, second, is_happy, seed=0)

    assert difference.value == pytest.approx(0.125)
    assert difference.interval.low < 0.125 < difference.interval.high
