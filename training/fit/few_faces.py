"""What may be learnt from few faces, when a training goes on from a model.

The export will keep the thresholds of that model, for there are too few faces to choose others. They hold
for a network that still sees what is neither happy nor sad as that model does. One whose features have all
been learnt anew from some 200 happy and sad photos was sure of 93 of 100 neutral faces (its parent of 20), as
Kumar et al. 2022 found of photos unlike those that are learnt from (arXiv 2202.10054).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from training.data.dataset import load_prepared
from training.errors import TrainingError
from training.evaluation.thresholds import ENOUGH_FACES, count_held_out, is_enough
from training.fit.hyperparameters import LAST_LAYER_RATE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from training.fit.hyperparameters import Hyperparameters


def describe_few_faces(data_dir: Path) -> str:
    """Say how many validation faces there are of each kind; empty if they are enough to choose by."""
    counts = count_held_out(load_prepared(data_dir).select_split("validation").plurality)
    return "" if is_enough(counts) else ", ".join(f"{count} {name}" for name, count in counts.items())


def keep_to_last_layer(
    parameters: Hyperparameters, start: Path, teachers: Sequence[Path], few: str
) -> Hyperparameters:
    """Let only the last layer learn, and only happy against sad; `start`, as the teacher, says all else.

    Args:
        parameters: Of a training of the whole network.
        start: The model that it goes on from.
        teachers: Others that were named; there may be none.
        few: What `describe_few_faces` says.

    Raises:
        TrainingError: Teachers were named.
    """
    if teachers:
        raise TrainingError(
            f"With only {few} validation faces just the last layer learns, and only {start} can teach it. "
            f"Leave --teacher out, or add photos until there are {ENOUGH_FACES} of each."
        )
    rate = min(parameters.learning_rate, LAST_LAYER_RATE)
    return dataclasses.replace(parameters, last_layer_only=True, learning_rate=rate)
