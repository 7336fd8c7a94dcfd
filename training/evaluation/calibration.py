"""Calibration: make a model's confidence honest, on held-out faces only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import LogisticRegression

from classifier.model_info import Calibration
from training.errors import TrainingError
from training.evaluation.accuracy_metrics import has_both_kinds

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WEAK_PRIOR = 1e4  # logistic regression's C: only keeps a perfectly separable set from an infinite slope


class CalibrationError(TrainingError):
    """The held-out faces do not allow to calibrate."""


def fit_calibration(probabilities: NDArray[np.float64], is_happy: NDArray[np.bool_]) -> Calibration:
    """Fit temperature and bias by maximum likelihood; happy and sad faces weigh the same in total.

    Nobody knows how many of the photos to come are happy. The sources have two to twenty happy faces for each
    sad one. A bias learnt from that would make sad faces look happy wherever people send another mixture.

    Source: Platt 1999, "Probabilistic Outputs for SVMs"; Guo et al. 2017, arXiv 1706.04599; Saerens et al.
    2002, "Adjusting the Outputs of a Classifier to New a Priori Probabilities".

    Args:
        probabilities: (N,) the network's own, before any calibration.
        is_happy: (N,) the truth.

    Raises:
        CalibrationError: Faces of one class only, or a network that is no better than chance.
    """
    if not has_both_kinds(is_happy):
        raise CalibrationError("Calibration needs happy and sad validation faces; found one kind only.")
    # A network that was trained to the end is too sure of itself. A logistic regression on its one logit
    # finds the slope and shift that fit best: the slope is 1 / temperature. It never changes which face
    # looks happier than which, so accuracy can only change at the border.
    regression = LogisticRegression(C=_WEAK_PRIOR, class_weight="balanced")
    regression.fit(to_logits(probabilities)[:, None], is_happy)
    slope, bias = float(regression.coef_[0, 0]), float(regression.intercept_[0])
    if slope <= 0:
        raise CalibrationError(
            "The network says the opposite of the labels. Check the data, or train longer."
        )
    return Calibration(temperature=1 / slope, bias=bias)


def apply_all(probabilities: NDArray[np.float64], calibration: Calibration) -> NDArray[np.float64]:
    """Calibrate the network's own probabilities, (N,), with the classifier's own arithmetic."""
    return np.array([calibration.apply(logit) for logit in to_logits(probabilities)])


def to_logits(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Undo the sigmoid. Probabilities are first clipped to 1e-6..1 - 1e-6: 0 and 1 have no finite logit."""
    p = np.clip(np.asarray(probabilities, dtype=np.float64), 1e-6, 1 - 1e-6)
    return np.asarray(np.log(p / (1 - p)))
