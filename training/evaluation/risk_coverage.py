"""Selective classification: does the model know when it cannot tell? Pure functions of arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classifier.model_info import AbstainRule


class RiskCoverage(NamedTuple):
    """Risk and coverage if only the surest faces are answered.

    Attributes:
        coverage: (M,) share of the faces answered, rising to 1.
        risk: (M,) share of those answers that is wrong.
    """

    coverage: NDArray[np.float64]
    risk: NDArray[np.float64]


def to_confidence(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (N,) the probability of each forced answer: people are told it, and answers are ranked by it.

    Evidence is no part of it. A faint smile has little evidence and is a smile all the same: evidence says
    whether to ask "happy or sad?" at all, not which of the two is right.
    """
    return np.asarray(np.maximum(probabilities, 1 - probabilities), dtype=np.float64)


def risk_coverage(scores: NDArray[np.float64], right: NDArray[np.bool_]) -> RiskCoverage:
    """Return the risk at each coverage. Source: El-Yaniv and Wiener 2010, JMLR 11.

    Args:
        scores: (N,) higher is surer. Faces of one score are answered together or not at all.
        right: (N,) whether the answer is the truth.
    """
    # From the surest face down. The curve has a point only where the score changes: no threshold can answer
    # one of two faces with the same score and hold back the other.
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    answered = ends + 1
    wrong = np.cumsum(~right[order])[ends]
    return RiskCoverage(answered / len(scores), wrong / answered)


def area_under_risk(curve: RiskCoverage) -> float:
    """Return the mean risk over all coverages; lower is better. Source: Geifman 2019, arXiv 1805.08206."""
    widths = np.diff(curve.coverage, prepend=0.0)
    return float(np.sum(widths * curve.risk))


def coverage_at_accuracy(scores: NDArray[np.float64], right: NDArray[np.bool_], target: float) -> float:
    """Return the largest share of faces that can be answered with at least `target` of the answers right."""
    coverage, risk = risk_coverage(scores, right)
    good = coverage[risk <= 1 - target + 1e-12]  # 1 - 0.99 is not exactly 0.01 in binary
    return float(good[-1]) if good.size else 0.0


def find_held_back(
    probabilities: NDArray[np.float64], evidence: NDArray[np.float64], rule: AbstainRule
) -> NDArray[np.bool_]:
    """Return (N,) which faces get "hard to tell" because of confidence or evidence; size is not looked at."""
    confidence = to_confidence(probabilities)
    minimum_evidence = np.where(
        probabilities >= 1 / 2, rule.minimum_evidence_happy, rule.minimum_evidence_sad
    )
    return np.asarray((confidence < rule.minimum_confidence) | (evidence < minimum_evidence))


def held_back_elsewhere(wanted: NDArray[np.float64], elsewhere: NDArray[np.float64], share: float) -> float:
    """Return the share of other faces below the score that holds back at most `share` of the wanted ones.

    The score is chosen on the same faces that it is measured on. So the figure compares models, but promises
    nothing about new photos.

    Args:
        wanted: (N,) scores of the faces that should be answered.
        elsewhere: (M,) scores of the faces that should not.
        share: In 0..1.
    """
    threshold = np.quantile(wanted, share, method="lower")
    return float(np.mean(elsewhere < threshold))
