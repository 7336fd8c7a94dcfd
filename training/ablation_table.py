"""What changes of a training are worth, as a table for people."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from training.changes import BASE

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS = (
    "change",
    "seeds",
    "balanced accuracy",
    "NLL",
    "ROC AUC",
    "neutral held back",
    "NLL less base's, same seed",
)

_LEGEND = """\
Median over the seeds, in brackets the lowest and the highest; validation faces, happy against sad, calibrated
on themselves. Neutral faces are held back at the score that holds back 5% of the happy and sad ones. The last
column compares runs of one seed: below 0 the change helps.
"""


@dataclass(frozen=True)
class Run:
    """One finished training.

    Attributes:
        change: The variant's name.
        seed: Of weights, batches and augmentation.
        figures: On validation faces, by name: those of `ablate.measure_network`, "weights" and "minutes".
    """

    change: str
    seed: int
    figures: dict[str, float]


def format_ablation(runs: Sequence[Run]) -> str:
    """Give the table in Markdown, with a sentence that says what it shows."""
    lines = [
        _LEGEND,
        f"| {' | '.join(COLUMNS)} |",
        f"|---|{'---:|' * (len(COLUMNS) - 1)}",
        *(f"| {' | '.join(cells)} |" for cells in tabulate_ablation(runs)),
    ]
    return "\n".join(lines) + "\n"


def tabulate_ablation(runs: Sequence[Run]) -> list[list[str]]:
    """Return the cells of each variant, under COLUMNS."""
    by_change: dict[str, dict[int, dict[str, float]]] = defaultdict(dict)
    for run in runs:
        by_change[run.change][run.seed] = run.figures
    return [
        [
            name,
            ", ".join(map(str, sorted(by_seed))),
            _spread([figures["balanced_accuracy"] for figures in by_seed.values()], "{:.1%}"),
            _spread([figures["nll"] for figures in by_seed.values()], "{:.4f}"),
            _spread([figures["roc_auc"] for figures in by_seed.values()], "{:.4f}"),
            _spread(
                [
                    figures["neutral_held_back"]
                    for figures in by_seed.values()
                    if "neutral_held_back" in figures
                ],
                "{:.1%}",
            ),
            _spread(
                [
                    figures["nll"] - by_change[BASE][seed]["nll"]
                    for seed, figures in by_seed.items()
                    if name != BASE and seed in by_change[BASE]
                ],
                "{:+.4f}",
            ),
        ]
        for name, by_seed in by_change.items()
    ]


def _spread(values: Sequence[float], form: str) -> str:
    """Give the median, and between what the values lie."""
    if not values:
        return "-"
    middle, low, high = (form.format(value) for value in (median(values), min(values), max(values)))
    return middle if len(values) == 1 else f"{middle} [{low}, {high}]"
