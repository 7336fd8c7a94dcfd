"""Make a model's confidence honest, and choose when it shall hold back. Held-out faces only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import LogisticRegression

from classifier.model_info import AbstainRule, Calibration
from training.errors import TrainingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

HELD_BACK_FOR_EVIDENCE = 0.035
HELD_BACK_FOR_CLOSENESS = 0.010
"""Shares of happy and sad validation faces that each threshold holds back: together at most 4.5%."""

SMALLEST_FACE = 24
"""Pixels; below it the whole face is a quarter of what the network was trained on."""

_WEAK_PRIOR = 1e4  # logistic regression's C: only keeps a perfectly separable set from an infinite slope


class CalibrationError(TrainingError):
    """The held-out faces do not allow to calibrate."""


def fit_calibration(probabilities: NDArray[np.float64], is_happy: NDArray[np.bool_]) -> Calibration:
    """Fit temperature and bias by maximum likelihood, happy and sad faces weighing alike.

    How often the photos to come are happy is not known. The sources have two to twenty happy faces to a sad
    one; a bias learnt from that makes sad faces look happy wherever people send others.

    Source: Platt 1999, "Probabilistic Outputs for SVMs"; Guo et al. 2017, arXiv 1706.04599; Saerens et al.
    2002, "Adjusting the Outputs of a Classifier to New a Priori Probabilities".

    Args:
        probabilities: (N,) the network's own, before any calibration.
        is_happy: (N,) the truth.

    Raises:
        CalibrationError: Faces of one class only, or a network that is no better than chance.
    """
    if len(set(is_happy.tolist())) < 2:  # noqa: PLR2004
        raise CalibrationError("Calibration needs happy and sad validation faces; found one kind only.")
    regression = LogisticRegression(C=_WEAK_PRIOR, class_weight="balanced")
    regression.fit(to_logits(probabilities)[:, None], is_happy)
    slope, bias = float(regression.coef_[0, 0]), float(regression.intercept_[0])
    if slope <= 0:
        raise CalibrationError(
            "The network says the opposite of the labels. Check the data, or train longer."
        )
    return Calibration(temperature=1 / slope, bias=bias)


def choose_abstain_rule(probabilities: NDArray[np.float64], evidence: NDArray[np.float64]) -> AbstainRule:
    """Choose thresholds that hold back a fixed share of happy and sad faces.

    Args:
        probabilities: (N,) calibrated, of happy and sad validation faces.
        evidence: (N,) from the network; all 1 when it cannot say.
    """
    confidence = np.maximum(probabilities, 1 - probabilities)
    can_say = bool(np.ptp(evidence) > 0)
    closeness = HELD_BACK_FOR_CLOSENESS if can_say else HELD_BACK_FOR_CLOSENESS + HELD_BACK_FOR_EVIDENCE
    minimum_evidence = float(np.quantile(evidence, HELD_BACK_FOR_EVIDENCE)) if can_say else 0.0
    rule = (
        f"The lowest {closeness:.1%} of confidence"
        + (f" and {HELD_BACK_FOR_EVIDENCE:.1%} of evidence" if can_say else "")
        + f" among {len(confidence)} happy and sad validation faces are held back."
    )
    return AbstainRule(
        minimum_confidence=round(max(0.5, float(np.quantile(confidence, closeness))), 4),
        minimum_evidence=round(minimum_evidence, 4),
        minimum_face_pixels=SMALLEST_FACE,
        rule=rule,
    )


def to_logits(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Undo the sigmoid; certainty is cut off at one in a million."""
    p = np.clip(np.asarray(probabilities, dtype=np.float64), 1e-6, 1 - 1e-6)
    return np.asarray(np.log(p / (1 - p)))
