"""Charts of the verdicts: how often people press "Right" and "Wrong" under answers. No chart shows a face.

python -m bot feedback > counts.jsonl
python -m training corrections report --counts counts.jsonl --out runs/corrections
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import style
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

from training.evaluation.accuracy_metrics import wilson_interval
from training.evaluation.plots import BLUE, GREY, ORANGE, STYLE
from training.feedback.correction_set import open_folder, read_key
from training.feedback.press_counts import (
    Agreement,
    Count,
    find_band_middle,
    group_agreement,
    read_counts,
    start_of_week,
)
from training.feedback.slice_errors import (
    ALL,
    format_share,
    format_slices,
    measure_held_out_slices,
    measure_slices,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from training.options import CorrectionsReport


PAGE = "corrections.md"
_COLORS = {"right": BLUE, "happy": "#e9b44c", "sad": "#5a6f9e", "neither": GREY, "wrong": ORANGE}
_MARKERS = {"happy": ("o-", ORANGE), "sad": ("s-", BLUE), "unsure": ("^-", GREY)}


def write_report(options: CorrectionsReport) -> Path:
    """Draw the charts and write the page.

    Returns:
        The path of the page.

    Raises:
        TrainingError: The counts cannot be read, or the faces cannot be decrypted.
    """
    counts = read_counts(options.counts)
    drawings: dict[str, Callable[[Axes], None]] = {
        "over-time": lambda axes: _draw_over_time(axes, counts),
        "by-confidence": lambda axes: _draw_by_confidence(axes, counts),
        "agreement": lambda axes: _draw_agreement(axes, counts),
        "calibration-drift": lambda axes: _draw_drift(axes, counts),
    }
    slices: dict[str, Agreement] = {}
    held_out: dict[str, Agreement] = {}
    if options.corrections is not None and options.key_file is not None:
        given = open_folder(options.corrections, read_key(options.key_file)).given
        slices = measure_slices(given)
        if slices:
            drawings["slices"] = lambda axes: _draw_slices(axes, slices, "kept faces")
    if options.champion is not None and options.data is not None:
        held_out = measure_held_out_slices(options.champion, options.data)
        if held_out:
            drawings["held-out-slices"] = lambda axes: _draw_slices(axes, held_out, "held-out faces")
    options.out.mkdir(parents=True, exist_ok=True)
    # Figure without pyplot: pyplot would keep every figure in memory until it is closed.
    with style.context(STYLE):
        for name, draw in drawings.items():
            figure = Figure(figsize=(7.2, 4.4), layout="constrained")
            draw(figure.subplots())
            figure.savefig(options.out / f"{name}.png")
    page = options.out / PAGE
    page.write_text(_format_page(counts, slices, held_out, list(drawings)), encoding="utf-8")
    return page


def measure_drift(counts: Sequence[Count]) -> dict[str, dict[dt.date, float]]:
    """Return the calibration drift by model and week: mean confidence less the share of "Right", -1..1."""
    # Example: people call answers with 90% confidence right in 80% of cases: the drift is 0.1. One reason
    # is that people send other photos than those that the model was calibrated on. "Hard to tell" claims no
    # confidence, so it is left out.
    promised: dict[tuple[str, dt.date], float] = defaultdict(float)
    answered = [count for count in counts if count.answer != "unsure"]
    for count in answered:
        promised[count.model, start_of_week(count.day)] += count.count * find_band_middle(count.confidence)
    agreed = group_agreement(answered, lambda count: (count.model, start_of_week(count.day)))
    drift: dict[str, dict[dt.date, float]] = defaultdict(dict)
    for (model, week), agreement in agreed.items():
        if agreement.all:
            drift[model][week] = promised[model, week] / agreement.all - agreement.share
    return dict(drift)


def _draw_over_time(axes: Axes, counts: Sequence[Count]) -> None:
    """Stack the verdicts of each day."""
    days = sorted({count.day for count in counts})
    height = [0] * len(days)
    for verdict, color in _COLORS.items():
        by_day: Counter[dt.date] = Counter()
        for count in counts:
            by_day[count.day] += count.count * (count.verdict == verdict)
        values = [by_day[day] for day in days]
        label = {"right": "right", "wrong": "wrong"}.get(verdict, f"wrong, it is {verdict}")
        axes.bar(_dates(days), values, bottom=height, color=color, label=label)
        height = [low + value for low, value in zip(height, values, strict=True)]
    axes.set(ylabel="verdicts", title="What people said of the answers")
    axes.legend(frameon=False, fontsize=8)
    _show_days(axes)


def _draw_by_confidence(axes: Axes, counts: Sequence[Count]) -> None:
    """Draw the share of "Right" over the confidence, a line for each answer."""
    for answer, (marker, color) in _MARKERS.items():
        of_answer = [count for count in counts if count.answer == answer]
        found = group_agreement(of_answer, lambda count: find_band_middle(count.confidence))
        shown = {middle: agreement for middle, agreement in found.items() if agreement.all}
        if shown:
            shares = [agreement.share for agreement in shown.values()]
            axes.errorbar(
                list(shown), shares, yerr=_spread(shown), fmt=marker, color=color, capsize=3, label=answer
            )
    # The diagonal of a reliability diagram: of answers with 80% confidence, 80% should be right.
    axes.plot([0.5, 1], [0.5, 1], linestyle=":", color=GREY, label="honest")
    axes.set(xlabel="confidence of the answer", ylabel='share of "Right"', ylim=(0, 1.03))
    axes.set_title("By answer and confidence")
    axes.legend(frameon=False, fontsize=8)


def _draw_agreement(axes: Axes, counts: Sequence[Count]) -> None:
    """Draw the share of "Right" by week, a line for each model."""
    for model in sorted({count.model for count in counts}):
        of_model = [count for count in counts if count.model == model]
        found = group_agreement(of_model, lambda count: start_of_week(count.day))
        shown = {week: agreement for week, agreement in found.items() if agreement.all}
        shares = [agreement.share for agreement in shown.values()]
        axes.errorbar(_dates(shown), shares, yerr=_spread(shown), fmt="o-", capsize=3, label=model)
    axes.set(ylabel='share of "Right"', ylim=(0, 1.03), title="Agreement by week, with 95% intervals")
    axes.legend(frameon=False, fontsize=8)
    _show_days(axes)


def _draw_drift(axes: Axes, counts: Sequence[Count]) -> None:
    """Draw the calibration drift by week, a line for each model."""
    for model, by_week in measure_drift(counts).items():
        axes.plot(_dates(by_week), [100 * apart for apart in by_week.values()], "o-", label=model)
    axes.axhline(0, linestyle=":", color=GREY)
    axes.set(ylabel='confidence less share of "Right", points', title="Calibration drift by week")
    if axes.lines[:-1]:
        axes.legend(frameon=False, fontsize=8)
    _show_days(axes)


def _draw_slices(axes: Axes, slices: Mapping[str, Agreement], which: str) -> None:
    """Draw the share of wrong answers by slice, the worst at the top."""
    wrong = {name: Agreement(one.all - one.right, one.all) for name, one in slices.items()}
    # A horizontal bar chart starts at the bottom, so the smallest share comes first.
    ordered = dict(sorted(wrong.items(), key=lambda item: item[1].share))
    axes.barh(
        [f"{name} ({one.all})" for name, one in ordered.items()],
        [one.share for one in ordered.values()],
        xerr=_spread(ordered),
        color=[GREY if name == ALL else ORANGE for name in ordered],
        capsize=3,
    )
    highest = max(wilson_interval(one.right, one.all).high for one in ordered.values())
    axes.set(xlabel=f"share of the {which} that was answered wrongly", xlim=(0, 1.05 * highest))
    axes.set_title(f"Which {which} were answered wrongly")


def _spread(found: Mapping[Any, Agreement]) -> list[list[float]]:
    """Return the lengths of the error bars below and above the shares: (2, N), from Wilson intervals."""
    intervals = [(one.share, wilson_interval(one.right, one.all)) for one in found.values()]
    # Rounding can put a bound on the wrong side of a share of 0 or 1; matplotlib refuses negative lengths.
    return [
        [max(0.0, share - interval.low) for share, interval in intervals],
        [max(0.0, interval.high - share) for share, interval in intervals],
    ]


def _dates(days: Iterable[dt.date]) -> NDArray[np.datetime64]:
    """Turn days into the dates of an axis."""
    return np.array(list(days), dtype="datetime64[D]")


def _show_days(axes: Axes) -> None:
    """Label the axis with few and short dates, so that they do not overlap."""
    locator = AutoDateLocator(minticks=2, maxticks=8)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def _format_page(
    counts: Sequence[Count],
    slices: Mapping[str, Agreement],
    held_out: Mapping[str, Agreement],
    pictures: Sequence[str],
) -> str:
    """Format the page: totals, a table by model and answer, the charts, the slices."""
    days = sorted({count.day for count in counts})
    by_answer = group_agreement(counts, lambda count: (count.model, count.answer))
    summary = (
        f"{sum(count.count for count in counts)} verdicts from {days[0]} to {days[-1]}. Whoever presses a "
        'button chose to: people press "Wrong" more readily than "Right", so read changes and differences '
        "here, and accuracy in the model card.\n"
    )
    lines = [
        "# What people say of the answers\n",
        summary,
        '| model | answer | verdicts | "Right" |',
        "|---|---|---:|---:|",
        *(
            f"| {model} | {answer} | {one.all:,} | {format_share(one)} |"
            for (model, answer), one in by_answer.items()
        ),
        "",
        *(f"![{name}]({name}.png)\n" for name in pictures),
        *format_slices(slices, held_out),
    ]
    return "\n".join(lines) + "\n"
