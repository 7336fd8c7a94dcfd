"""Answers of a model that does not exist, for tests of what is made of them."""

from __future__ import annotations

import numpy as np

from training.data.samples import EMOTIONS
from training.evaluation.inference import Predictions


def build_predictions(labels: list[str], probabilities: list[float], evidence: float = 0.9) -> Predictions:
    votes = np.array([[float(name == label) for name in EMOTIONS] for label in labels], dtype=np.float32)
    count = len(labels)
    answers = np.array(probabilities)
    return Predictions(
        names=np.array([f"face {n}" for n in range(count)]),
        votes=votes,
        probabilities=answers,
        evidence=np.full(count, evidence),
        held_back=np.maximum(answers, 1 - answers) < 0.7,
        found=np.ones(count, dtype=bool),
    )
