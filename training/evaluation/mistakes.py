"""A picture of the faces that a model got wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.data.contact_sheet import draw_group, draw_tile, refuse_inside_repository, write_groups
from training.evaluation.accuracy_metrics import is_right
from training.evaluation.risk_coverage import to_confidence

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from training.evaluation.inference import Predictions

_WORST = 96


def draw_worst(predictions: Predictions, crops: NDArray[np.uint8], path: Path) -> int:
    """Draw the happy and sad faces that the model got wrong, the surest mistakes first.

    Args:
        predictions: The answers.
        crops: (N, S, S, 3) the faces.
        path: A PNG outside the repository.

    Returns:
        How many mistakes there are; at most 96 of them are drawn.

    Raises:
        InsideRepositoryError: The path lies in the repository.
    """
    refuse_inside_repository(path)
    wrong = (
        predictions.is_happy_or_sad
        & predictions.found
        & ~is_right(predictions.probabilities, predictions.is_happy)
    )
    numbers = np.flatnonzero(wrong)
    scores = to_confidence(predictions.probabilities)
    # A mistake with 99% confidence teaches more than one with 51%: often the label is the wrong one.
    numbers = numbers[np.argsort(-scores[numbers], kind="stable")]
    tiles = []
    for number in numbers[:_WORST]:
        label = "happy" if predictions.is_happy[number] else "sad"
        caption = f"{label}: p {predictions.probabilities[number]:.2f} e {predictions.evidence[number]:.2f}"
        tiles.append(draw_tile(crops[number], caption))
    heading = f"{len(numbers)} mistakes among {int(predictions.is_happy_or_sad.sum())} happy and sad faces"
    write_groups([draw_group(heading, tiles)], path)
    return len(numbers)
