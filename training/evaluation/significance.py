"""Whether one model is better than another, measured on the same faces."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import binomtest

from training.evaluation.accuracy_metrics import DRAWS, Interval, percentile_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray


class McNemar(NamedTuple):
    """McNemar's test: where only one of two models is right.

    Attributes:
        only_first: Faces that only the first got right.
        only_second: Faces that only the second got right.
        p_value: Probability of a split at least as uneven, if both models were equally good.
    """

    only_first: int
    only_second: int
    p_value: float


class Difference(NamedTuple):
    """How much better the second of two models is, in balanced accuracy, with its interval."""

    value: float
    interval: Interval


def mcnemar_test(first_right: NDArray[np.bool_], second_right: NDArray[np.bool_]) -> McNemar:
    """Test whether two models err equally often, by the exact binomial.

    Faces that both got right, or both wrong, say nothing about which is better. Among the others, equally
    good models win as often as heads comes up.

    Source: McNemar 1947, Psychometrika 12(2).

    Args:
        first_right: (N,) whether the first model is right.
        second_right: (N,) the same faces, the second model.
    """
    only_first = int(np.sum(first_right & ~second_right))
    only_second = int(np.sum(~first_right & second_right))
    differing = only_first + only_second
    # Both tails: before the test nobody knew which model would win.
    p_value = float(binomtest(only_first, differing).pvalue) if differing else 1.0
    return McNemar(only_first, only_second, p_value)


def balanced_accuracy_difference(
    first_right: NDArray[np.bool_],
    second_right: NDArray[np.bool_],
    is_happy: NDArray[np.bool_],
    seed: int,
    draws: int = DRAWS,
) -> Difference:
    """Return the second's balanced accuracy less the first's, with the interval of the paired bootstrap.

    Each draw takes the same faces for both models, happy and sad ones separately. A face's gain is -1, 0 or
    1, so drawing N faces means drawing how often each of the three comes: a multinomial, without a loop over
    faces.
    """
    random = np.random.default_rng(seed)
    gain = second_right.astype(int) - first_right.astype(int)
    values, drawn = [], []
    for part in (gain[is_happy], gain[~is_happy]):
        shares = [np.mean(part == step) for step in (-1, 0, 1)]
        counts = random.multinomial(len(part), shares, draws)
        values.append(part.mean())
        drawn.append((counts[:, 2] - counts[:, 0]) / len(part))
    return Difference(float(np.mean(values)), percentile_interval(np.mean(drawn, axis=0)))
