"""The table of an ablation: how much each change helps, for people to read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from training.experiments.variants import BASE

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
    "NLL of poor photos",
    "less base's",
)

_LEGEND = """\
Median over the seeds, in brackets the lowest and the highest; validation faces, happy against sad, calibrated
on themselves. Neutral faces are held back at the score that holds back 5% of the happy and sad ones. Poor
photos are the same happy and sad faces after three or four changes drawn by chance, of: exposure, colour,
light from one side, something before the face, blur, few pixels, noise, strong compression. "Less base's"
compares runs of one seed: below 0 the change helps.
"""


@dataclass(frozen=True)
class Run:
    """One finished training.

    Attributes:
        change: Name of the variant.
        seed: Seed of the first weights, the batches and the augmentation.
        figures: By name, on validation faces: those of `ablate.measure_network`, "weights" and "minutes".
    """

    change: str
    seed: int
    figures: dict[str, float]


def format_ablation(runs: Sequence[Run]) -> str:
    """Format the table in Markdown, with an explanation above it."""
    lines = [
        _LEGEND,
        f"| {' | '.join(COLUMNS)} |",
        f"|---|{'---:|' * (len(COLUMNS) - 1)}",
        *(f"| {' | '.join(cells)} |" for cells in tabulate_ablation(runs)),
    ]
    return "\n".join(lines) + "\n"


def tabulate_ablation(runs: Sequence[Run]) -> list[list[str]]:
    """Return one row of cells for each variant; the columns are COLUMNS."""
    by_change: dict[str, dict[int, dict[str, float]]] = defaultdict(dict)
    for run in runs:
        by_change[run.change][run.seed] = run.figures
    return [
        [
            name,
            ", ".join(map(str, sorted(by_seed))),
            _spread(_list_values("balanced_accuracy", by_seed), "{:.1%}"),
            _spread(_list_values("nll", by_seed), "{:.4f}"),
            _spread(_list_values("roc_auc", by_seed), "{:.4f}"),
            _spread(_list_values("neutral_held_back", by_seed), "{:.1%}"),
            _spread(_list_differences("nll", by_seed, by_change[BASE]) if name != BASE else [], "{:+.4f}"),
            _spread(_list_values("nll_spoilt", by_seed), "{:.4f}"),
            _spread(
                _list_differences("nll_spoilt", by_seed, by_change[BASE]) if name != BASE else [], "{:+.4f}"
            ),
        ]
        for name, by_seed in by_change.items()
    ]


def _list_values(figure: str, by_seed: dict[int, dict[str, float]]) -> list[float]:
    """List one figure of all runs of a variant that have it."""
    return [figures[figure] for figures in by_seed.values() if figure in figures]


def _list_differences(
    figure: str, by_seed: dict[int, dict[str, float]], base: dict[int, dict[str, float]]
) -> list[float]:
    """List the differences between a variant's runs and the base's, seed by seed."""
    # Paired by seed: both runs start with the same weights and see the faces in the same order. The effect of
    # the seed cancels out, as in a paired test, and smaller differences become visible.
    return [
        figures[figure] - base[seed][figure]
        for seed, figures in by_seed.items()
        if figure in figures and figure in base.get(seed, {})
    ]


def _spread(values: Sequence[float], form: str) -> str:
    """Format values as "median [smallest, largest]"."""
    if not values:
        return "-"
    # Not mean and deviation: three seeds are too few for a deviation, and one failed run would move the mean.
    middle, low, high = (form.format(value) for value in (median(values), min(values), max(values)))
    return middle if len(values) == 1 else f"{middle} [{low}, {high}]"
