"""The accuracy of a model, from its own measurements: the one figure that people ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How often the model was right.

    Attributes:
        share: Of the photos, in 0..1, happy and sad counting the same.
        count: How many photos were classified.
    """

    share: float
    count: int


def find_accuracy(metrics: Mapping[str, Any]) -> Accuracy | None:
    """Find the balanced accuracy on the first data set that was measured."""
    for measured in metrics.values():
        if isinstance(measured, dict) and "balanced_accuracy" in measured:
            share = measured["balanced_accuracy"]
            return Accuracy(float(share), int(measured.get("count", 0)))
    return None
