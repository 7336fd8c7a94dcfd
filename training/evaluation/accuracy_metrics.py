"""Metrics: how good answers are, as pure functions of the model's answers and the raters' votes.

Everywhere `probabilities` is (N,) float, the probability of happy, and `is_happy` (N,) bool, the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import (
    balanced_accuracy_score,
    brier_score_loss,
    confusion_matrix,
    log_loss,
    precision_recall_fscore_support,
    roc_auc_score,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

BINS = 15
DRAWS = 1_000
LEVEL = 0.95
ROUNDING = 1e-9
"""A loss of exactly what is allowed is allowed, although floats are not exact."""
_EVEN = 0.5  # from here on the forced answer is happy


class Interval(NamedTuple):
    """A confidence interval of LEVEL."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ClassScores:
    """Precision, recall and F1 of one class, each in 0..1, and how many there were."""

    precision: float
    recall: float
    f1: float
    count: int


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Answers of about one confidence: their mean confidence, the share that was right, how many."""

    confidence: float
    accuracy: float
    count: int


def has_both_kinds(is_happy: NDArray[np.bool_]) -> bool:
    """Tell whether there are happy and sad faces; without both most figures have no meaning."""
    return bool(is_happy.any() and not is_happy.all())


def says_happy(probabilities: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return (N,) forced answers, as the classifier gives them."""
    return np.asarray(probabilities >= _EVEN)


def is_right(probabilities: NDArray[np.float64], is_happy: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return (N,) whether the forced answer is the truth."""
    return np.asarray(says_happy(probabilities) == is_happy)


def accuracy(probabilities: NDArray[np.float64], is_happy: NDArray[np.bool_]) -> float:
    """Return the share of forced answers that are right."""
    return float(np.mean(is_right(probabilities, is_happy)))


def balanced_accuracy(probabilities: NDArray[np.float64], is_happy: NDArray[np.bool_]) -> float:
    """Return the accuracy as if there were as many sad faces as happy ones.

    With ten happy faces to a sad one, "happy" for every face is right in 91% of cases; here it is 50%.
    """
    return mean_recall(says_happy(probabilities), is_happy)


def mean_recall(answers: NDArray[np.bool_], is_happy: NDArray[np.bool_]) -> float:
    """Return the mean of the two recalls, in 0..1, of (N,) answers; both kinds of face must be there."""
    return float(balanced_accuracy_score(is_happy, answers))


def widen_to_faces(bound: float, faces: int, is_happy: NDArray[np.bool_]) -> float:
    """Return a bound on lost balanced accuracy that lets at least some faces of the rarer kind turn.

    One of 40 sad faces is 2.5% of the sad recall. Balanced accuracy is the mean of two recalls, so it is half
    of that.

    Args:
        bound: The bound, in 0..1, where there are many faces of both kinds.
        faces: The number of faces that may turn in any case.
        is_happy: The faces that are measured.
    """
    rarer = min(int(is_happy.sum()), int(np.sum(~is_happy)))
    return max(bound, faces / (2 * max(1, rarer)))


def scores_by_class(
    probabilities: NDArray[np.float64], is_happy: NDArray[np.bool_]
) -> dict[str, ClassScores]:
    """Return the scores of "sad" and of "happy"."""
    columns = precision_recall_fscore_support(
        is_happy, says_happy(probabilities), labels=[False, True], zero_division=0.0
    )
    rows = zip(*columns, strict=True)
    return {
        name: ClassScores(float(precision), float(recall), float(f1), int(count))
        for name, (precision, recall, f1, count) in zip(("sad", "happy"), rows, strict=True)
    }


def confusion(probabilities: NDArray[np.float64], is_happy: NDArray[np.bool_]) -> list[list[int]]:
    """Return counts, truth down and answer across: [[sad as sad, sad as happy], [happy as sad, as happy]]."""
    counts: list[list[int]] = confusion_matrix(
        is_happy, says_happy(probabilities), labels=[False, True]
    ).tolist()
    return counts


def roc_auc(probabilities: NDArray[np.float64], is_happy: NDArray[np.bool_]) -> float:
    """Return the chance that a happy face gets a higher probability of happy than a sad one.

    It needs no threshold, so it tells a network that orders faces badly from one whose border is in the wrong
    place.
    """
    return float(roc_auc_score(is_happy, probabilities))


def negative_log_likelihood(probabilities: NDArray[np.float64], is_happy: NDArray[np.bool_]) -> float:
    """Return the mean of -log(probability of the truth), in nats."""
    # Clipped: a single sure mistake would make the mean infinite.
    return float(log_loss(is_happy, np.clip(probabilities, 1e-12, 1 - 1e-12), labels=[False, True]))


def brier_score(probabilities: NDArray[np.float64], is_happy: NDArray[np.bool_]) -> float:
    """Return the mean squared distance of probability and truth. Source: Brier 1950."""
    return float(brier_score_loss(is_happy, probabilities, pos_label=True))


def reliability(
    probabilities: NDArray[np.float64], is_happy: NDArray[np.bool_], bins: int = BINS
) -> list[ReliabilityBin]:
    """Sort answers by confidence into bins that hold equally many.

    With bins of equal width nearly all answers of a good model would lie in the last one, and those of the
    others would be noise.

    Source: the adaptive bins of Nixon et al. 2019, arXiv 1904.01685.
    """
    # Of the forced answer, so 0.5 or more: "probably sad" is as good a prediction as "probably happy".
    confidence = np.maximum(probabilities, 1 - probabilities)
    right = is_right(probabilities, is_happy)
    order = np.argsort(confidence, kind="stable")
    return [
        ReliabilityBin(float(confidence[part].mean()), float(right[part].mean()), len(part))
        for part in np.array_split(order, bins)
        if len(part)
    ]


def expected_calibration_error(
    probabilities: NDArray[np.float64], is_happy: NDArray[np.bool_], bins: int = BINS
) -> float:
    """Return how far confidence and accuracy differ: the mean over the bins, weighted by their counts.

    Source: Guo et al. 2017, arXiv 1706.04599, formula 3, on bins of equal mass.
    """
    found = reliability(probabilities, is_happy, bins)
    apart = sum(part.count * abs(part.confidence - part.accuracy) for part in found)
    return float(apart / sum(part.count for part in found))


def wilson_interval(right: int, count: int, level: float = LEVEL) -> Interval:
    """Return the score interval of a share. Source: Wilson 1927, JASA 22(158), p. 209.

    Unlike share ± 1.96 standard errors it stays inside 0..1, and 50 right of 50 do not prove perfection.
    """
    if count == 0:
        return Interval(0.0, 1.0)
    found = binomtest(right, count).proportion_ci(level, method="wilson")
    return Interval(float(found.low), float(found.high))


def balanced_accuracy_interval(
    probabilities: NDArray[np.float64], is_happy: NDArray[np.bool_], seed: int, draws: int = 10_000
) -> Interval:
    """Return the interval of the balanced accuracy; it has a width even where there is no mistake.

    Source: Brodersen et al. 2010, "The balanced accuracy and its posterior distribution": each recall has a
    Beta distribution, with one more right and one more wrong answer than were counted.
    """
    random = np.random.default_rng(seed)
    right = is_right(probabilities, is_happy)
    # The mean of two Beta variables has no simple formula: draw both many times, and look at the means.
    recalls = [
        random.beta(part.sum() + 1, (~part).sum() + 1, draws) for part in (right[is_happy], right[~is_happy])
    ]
    return percentile_interval(np.mean(recalls, axis=0))


def bootstrap_interval(
    statistic: Callable[[NDArray[np.float64], NDArray[np.bool_]], float],
    probabilities: NDArray[np.float64],
    is_happy: NDArray[np.bool_],
    seed: int,
    draws: int = DRAWS,
) -> Interval:
    """Return the percentile interval of any of these figures. Source: Efron 1979, Ann. Statist. 7(1).

    The interval of a calibration error lies too high: each draw adds noise, and noise can only raise that
    error.
    """
    random = np.random.default_rng(seed)
    values = []
    # The set stands for the world: sets of the same size, drawn from it with repetition, differ from each
    # other as new sets of photos would.
    for _ in range(draws):
        chosen = random.integers(0, len(probabilities), len(probabilities))
        values.append(statistic(probabilities[chosen], is_happy[chosen]))
    return percentile_interval(np.array(values))


def percentile_interval(values: NDArray[np.float64], level: float = LEVEL) -> Interval:
    """Return the two values between which the middle `level` of all values lies."""
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))
