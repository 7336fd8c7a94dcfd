"""Plots of an evaluation and of a training run, drawn without a screen. No plot shows a face."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import style
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from sklearn.metrics import roc_curve

from training.evaluation.accuracy_metrics import (
    balanced_accuracy,
    confusion,
    expected_calibration_error,
    has_both_kinds,
    is_right,
    reliability,
    roc_auc,
)
from training.evaluation.risk_coverage import risk_coverage, to_confidence
from training.run_log import RunLog

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

    from training.evaluation.inference import Predictions

BLUE, ORANGE, GREY = "#2a6fbb", "#d9772b", "#8a8f98"
_GOOD_AREA, _ROC_CORNER = 0.97, 0.25
_DARK_CELL = 0.5  # share from which a cell of the confusion matrix is too dark for black letters
STYLE: dict[str, Any] = {
    "font.size": 11,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.dpi": 120,
}


def draw_evaluation(predictions: Predictions, title: str, out_dir: Path) -> list[Path]:
    """Draw ROC, reliability, risk-coverage and confusion of the happy and sad faces.

    Returns:
        The pictures, none when there are not both happy and sad faces.
    """
    pair = predictions.select(predictions.is_happy_or_sad & predictions.found)
    if not has_both_kinds(pair.is_happy):
        return []
    drawings = {
        "roc": _draw_roc,
        "reliability": _draw_reliability,
        "risk-coverage": _draw_risk_coverage,
        "confusion": _draw_confusion,
    }
    paths = []
    out_dir.mkdir(parents=True, exist_ok=True)
    with style.context(STYLE):
        for name, draw in drawings.items():
            figure = Figure(figsize=(5.6, 5.0), layout="constrained")
            draw(figure.subplots(), pair)
            figure.suptitle(title, fontsize=10, color=GREY)
            paths.append(out_dir / f"{name}.png")
            figure.savefig(paths[-1])
    return paths


def _draw_roc(axes: Axes, pair: Predictions) -> None:
    """Happy faces found against sad faces taken for happy."""
    # One point a threshold: the curve shows all ways to trade one mistake for the other, not only the
    # border in use.
    false, true, _ = roc_curve(pair.is_happy, pair.probabilities)
    axes.plot([0, 1], [0, 1], linestyle=":", color=GREY)
    axes.plot(false, true, color=BLUE, linewidth=2)
    axes.set(xlabel="sad faces taken for happy", ylabel="happy faces found")
    area = roc_auc(pair.probabilities, pair.is_happy)
    corner = _ROC_CORNER if area > _GOOD_AREA else 1.0  # of a good model only the corner shows anything
    axes.set(xlim=(-0.01 * corner, corner), ylim=(1 - corner, 1 + 0.01 * corner))
    axes.set_title(f"ROC, area {area:.4f}")


def _draw_reliability(axes: Axes, pair: Predictions) -> None:
    """Accuracy against confidence, in bins of equally many faces."""
    bins = reliability(pair.probabilities, pair.is_happy)
    # On the dotted line answers with 80% confidence are right in 80% of cases. Below it the model is too
    # sure.
    axes.plot([0.5, 1], [0.5, 1], linestyle=":", color=GREY, label="honest")
    axes.plot([b.confidence for b in bins], [b.accuracy for b in bins], "o-", color=BLUE, label="measured")
    axes.set(xlabel="confidence", ylabel="share right", xlim=(0.48, 1.01))
    axes.set_ylim(min(0.5, *(b.accuracy for b in bins)) - 0.02, 1.01)
    axes.legend(frameon=False)
    error = expected_calibration_error(pair.probabilities, pair.is_happy)
    axes.set_title(f"Reliability, ECE {error:.4f} ({len(bins)} bins of about {bins[0].count} faces)")


def _draw_risk_coverage(axes: Axes, pair: Predictions) -> None:
    """Share of wrong answers when only the surest faces are answered."""
    right = is_right(pair.probabilities, pair.is_happy)
    # To the right more and less sure faces are answered. A good model's curve stays at 0 for long: its
    # mistakes are among the answers that it is least sure of.
    curve = risk_coverage(to_confidence(pair.probabilities), right)
    axes.plot(curve.coverage, 100 * curve.risk, color=BLUE, linewidth=2)
    axes.axhline(1, linestyle=":", color=GREY)
    answered = ~pair.held_back
    if answered.any():
        wrong = 100 * float(np.mean(~right[answered]))
        axes.plot([answered.mean()], [wrong], "o", color=ORANGE, label="thresholds in use")
        axes.legend(frameon=False, loc="upper left")
    axes.set(xlabel="share of faces answered", ylabel="% of those answers wrong", xlim=(0, 1.01))
    axes.set_ylim(bottom=0)
    axes.set_title(f"Risk and coverage, {len(pair)} faces")


def _draw_confusion(axes: Axes, pair: Predictions) -> None:
    """Counts and shares of truth against answer."""
    counts = np.array(confusion(pair.probabilities, pair.is_happy))
    shares = counts / counts.sum(
        axis=1, keepdims=True
    )  # by row: of the truly sad faces, how many were called sad
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row in range(2):
        for column in range(2):
            ink = "white" if shares[row, column] > _DARK_CELL else "black"
            text = f"{counts[row, column]}\n{shares[row, column]:.1%}"
            axes.text(column, row, text, ha="center", va="center", color=ink, fontsize=14)
    axes.set_xticks([0, 1], ["sad", "happy"])
    axes.set_yticks([0, 1], ["sad", "happy"])
    axes.set(xlabel="answer", ylabel="truth")
    axes.grid(visible=False)
    axes.set_title(f"Balanced accuracy {balanced_accuracy(pair.probabilities, pair.is_happy):.2%}")


def draw_learning_curve(run_dir: Path) -> Path:
    """Draw loss and balanced accuracy by epoch from a run's `log.jsonl`.

    Raises:
        FileNotFoundError: The folder holds no log.
    """
    by_epoch = RunLog(run_dir).read()
    epochs = sorted(by_epoch)
    lines = [by_epoch[epoch] for epoch in epochs]
    measured = sorted({key for line in lines for key in line if key.startswith("balanced_accuracy/")})
    with style.context(STYLE):
        figure = Figure(figsize=(6.4, 6.4), layout="constrained")
        top, bottom = figure.subplots(2, 1, sharex=True)
        # When the loss goes on falling and the lower curves do not rise any more, the network learns by
        # heart.
        top.plot(epochs, [line["loss"] for line in lines], "o-", color=GREY)
        top.set(ylabel="training loss")
        for key in measured:
            name = key.removeprefix("balanced_accuracy/")
            values = [100 * line.get(key, float("nan")) for line in lines]
            bottom.plot(epochs, values, "o-", label="all sources" if name == "*" else name)
        bottom.set(xlabel="epoch", ylabel="validation, balanced accuracy, %")
        bottom.xaxis.set_major_locator(MaxNLocator(integer=True))
        bottom.legend(frameon=False, loc="lower right")
        path = run_dir / "learning-curve.png"
        figure.savefig(path)
    return path
