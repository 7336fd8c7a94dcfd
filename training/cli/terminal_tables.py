"""Build the tables that the commands print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from training.experiments.ablation_table import COLUMNS, tabulate_ablation

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping, Sequence

    from training.evaluation.evaluation_run import Evaluation
    from training.experiments.ablation_table import Run
    from training.release.export import Comparison
    from training.release.promotion_checks import Verdict

_NONE = "\N{EN DASH}"
_PRECISE = 0.001  # p-values below are printed as powers of ten: "0.000" would look like certainty


def build_tables(evaluation: Evaluation) -> list[Table]:
    """Build all tables of an evaluation; those without a row are left out."""
    tables = [
        _build_accuracy_table(evaluation),
        _build_confidence_table(evaluation),
        _build_class_table(evaluation),
        _build_held_back_table(evaluation),
        _build_neutral_table(evaluation),
    ]
    if evaluation.comparisons:
        tables.append(_build_comparison_table(evaluation))
    if evaluation.agreement:
        tables.append(_build_agreement_table(evaluation))
    return [table for table in tables if table.row_count]


def build_prepared_table(counts: Mapping[tuple[str, str], Counter[str]]) -> Table:
    """Build the table of kept faces (by split) and dropped ones (by reason)."""
    table = _start_table("Prepared", "source", "where", *_PREPARED_COLUMNS)
    for (source, where), by_emotion in sorted(counts.items()):
        # The columns are the emotions that the bot answers with; the other classes share one column.
        others = by_emotion.total() - sum(by_emotion[name] for name in _PREPARED_COLUMNS[:-2])
        known = [str(by_emotion[name]) for name in _PREPARED_COLUMNS[:-2]]
        # escape: rich would read brackets in a name as markup.
        table.add_row(escape(source), where, *known, str(others), str(by_emotion.total()))
    return table


_PREPARED_COLUMNS = ("happiness", "sadness", "neutral", "others", "all")


def build_forms_table(forms: Sequence[Comparison], chosen: str) -> Table:
    """Build the comparison of the quantizations of a model."""
    table = _start_table(
        "Exported forms on validation faces",
        "form", "balanced accuracy", "ECE", "largest difference from Keras", "KB",
    )  # fmt: skip
    for form in forms:
        table.add_row(
            f"{form.quantization} (chosen)" if form.quantization == chosen else form.quantization,
            f"{form.balanced_accuracy:.2%}",
            f"{form.calibration_error:.4f}",
            f"{form.largest_difference:.5f}",
            str(form.kilobytes),
        )
    return table


def build_ablation_table(runs: Sequence[Run]) -> Table:
    """Build the table of an ablation."""
    table = _start_table("On validation faces: median over seeds [lowest, highest]", *COLUMNS)
    for cells in tabulate_ablation(runs):
        table.add_row(*cells)
    return table


def build_noise_table(report: Mapping[str, Any]) -> Table:
    """Build the table of corrections: kept by label, left out by reason."""
    table = _start_table("Corrections", "what became of them", "faces")
    for label, count in report["kept_by_label"].items():
        table.add_row(f"kept, {label}", str(count))
    for reason, count in report["left_out"].items():
        table.add_row(f"left out: {reason}", str(count))
    table.add_row("left out: file does not open", str(len(report["unreadable"])))
    return table


def build_checks_table(verdict: Verdict) -> Table:
    """Build the table of the promotion checks."""
    word = "promoted" if verdict.promoted else "refused"
    table = Table(title=f"{verdict.challenger} against {verdict.champion}: {word}", title_justify="left")
    for column in ("check", "passed", "figures"):
        table.add_column(column)
    for check in verdict.checks:
        table.add_row(check.name, "yes" if check.passed else "no", check.sentence)
    return table


def _build_accuracy_table(evaluation: Evaluation) -> Table:
    """Accuracy when the model must choose between happy and sad."""
    table = _start_table(
        f"{evaluation.model}: happy or sad, forced choice",
        "set", "happy", "sad", "balanced accuracy", "accuracy", "ROC AUC", "sad as happy", "happy as sad",
    )  # fmt: skip
    for name, report in evaluation.reports.items():
        if "count" not in report:
            continue
        # Rows of the confusion matrix are the truth, columns the answers, both sad before happy.
        (_, sad_as_happy), (happy_as_sad, _) = report.get("confusion", [["", _NONE], [_NONE, ""]])
        table.add_row(
            name,
            str(report["happy"]),
            str(report["sad"]),
            _format_share(report, "balanced_accuracy"),
            _format_share(report, "accuracy"),
            f"{report['roc_auc']:.4f}" if "roc_auc" in report else _NONE,
            str(sad_as_happy),
            str(happy_as_sad),
        )
        photos = report.get("photos")
        if photos:
            table.add_row(f"{name}: main face found", "", "", "", _format_hits(photos["main_face_found"]))
            table.add_row(f"{name}: found and right", "", "", "", _format_hits(photos["found_and_right"]))
    return table


def _build_confidence_table(evaluation: Evaluation) -> Table:
    """How well the confidence matches the accuracy, and separates right answers from wrong ones."""
    table = _start_table(
        "Confidence", "set", "ECE", "NLL", "Brier", "coverage at 99% accuracy", "area under risk"
    )
    for name, report in evaluation.reports.items():
        if "count" in report:
            table.add_row(
                name,
                _format_number(report, "calibration_error"),
                f"{report['negative_log_likelihood']:.4f}",
                f"{report['brier_score']:.4f}",
                _format_share(report, "coverage_at_99_percent"),
                f"{report['area_under_risk']:.5f}",
            )
    return table


def _build_class_table(evaluation: Evaluation) -> Table:
    """Precision, recall and F1."""
    table = _start_table("By class", "set", "class", "faces", "precision", "recall", "F1")
    for name, report in evaluation.reports.items():
        for label, scores in report.get("classes", {}).items():
            low, high = scores["recall_interval"]
            table.add_row(
                name,
                label,
                str(scores["count"]),
                f"{scores['precision']:.2%}",
                f"{scores['recall']:.2%} [{low:.1%}, {high:.1%}]",
                f"{scores['f1']:.2%}",
            )
    return table


def _build_held_back_table(evaluation: Evaluation) -> Table:
    """How often the answer is "hard to tell", by kind of face; neutral ones have a table of their own."""
    table = _start_table(
        'Held back as "hard to tell"',
        "set", "happy or sad", "other emotions", "not readable", "right when answered",
    )  # fmt: skip
    for name, report in evaluation.reports.items():
        groups = [report["held_back"].get(key) for key in ("happy_or_sad", "other", "unreadable")]
        if not any(groups):
            continue
        table.add_row(
            name,
            *(_NONE if group is None else _format_hits(group) for group in groups),
            _format_hits(report["answered"]) if "answered" in report else _NONE,
        )
    return table


def _build_neutral_table(evaluation: Evaluation) -> Table:
    """What is said of neutral faces, and how many would be held back at a threshold to compare models by."""
    table = _start_table(
        "Neutral faces",
        "set", "held back", "surely called happy", "surely called sad",
        "held back, if 5% of happy or sad were",
    )  # fmt: skip
    for name, report in evaluation.reports.items():
        called = report.get("neutral_called")
        if called is None:
            continue
        at_5 = report.get("neutral_held_back_at_5_percent")
        shares = (report["held_back"]["neutral"], called["happy"], called["sad"])
        table.add_row(name, *map(_format_hits, shares), _NONE if at_5 is None else f"{at_5:.1%}")
    return table


def _build_comparison_table(evaluation: Evaluation) -> Table:
    """The model compared with another on the same faces."""
    other = next(iter(evaluation.comparisons.values()))["against"]
    table = _start_table(
        f"{evaluation.model} against {other}, same faces",
        "set", "faces", f"only {evaluation.model} right", f"only {other} right", "McNemar p",
        "balanced accuracy gained",
    )  # fmt: skip
    for name, report in evaluation.comparisons.items():
        gained = _NONE
        if "interval" in report:
            low, high = report["interval"]
            gained = f"{report['balanced_accuracy_gained']:+.2%} [{low:+.2%}, {high:+.2%}]"
        p = report["p_value"]
        table.add_row(
            name,
            str(report["count"]),
            str(report["only_second"]),
            str(report["only_first"]),
            f"{p:.3f}" if p >= _PRECISE else f"{p:.1e}",
            gained,
        )
    return table


def _build_agreement_table(evaluation: Evaluation) -> Table:
    """How often a grey or mirrored copy of a face gets the same answer."""
    table = _start_table(
        "Same answer for a changed copy",
        "change",
        "faces found",
        "same answer",
        "mean change",
        "largest change",
    )
    for name, report in evaluation.agreement.items():
        if "share" not in report:
            table.add_row(name, f"0 of {report['face_found']['count']}")
            continue
        looked_for = f" of {report['face_found']['count']}" if "face_found" in report else ""
        table.add_row(
            name,
            f"{report['count']}{looked_for}",
            f"{report['share']:.2%}",
            f"{report['mean_difference']:.4f}",
            f"{report['largest_difference']:.3f}",
        )
    return table


def _start_table(title: str, *columns: str) -> Table:
    """Return an empty table; the first column is text, the others are figures."""
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    return table


def _format_share(report: Mapping[str, Any], key: str) -> str:
    """Format a share in percent with its 95% interval."""
    if key not in report:
        return _NONE
    interval = report["intervals"].get(key)
    value = f"{report[key]:.2%}"
    return value if interval is None else f"{value} [{interval[0]:.1%}, {interval[1]:.1%}]"


def _format_number(report: Mapping[str, Any], key: str) -> str:
    """Format a figure with its 95% interval."""
    interval = report["intervals"].get(key)
    value = f"{report[key]:.4f}"
    return value if interval is None else f"{value} [{interval[0]:.4f}, {interval[1]:.4f}]"


def _format_hits(hits: Mapping[str, Any]) -> str:
    """Format a share with its 95% interval and the number of faces."""
    if not hits["count"]:
        return _NONE
    low, high = hits["interval"]
    return f"{hits['share']:.1%} [{low:.1%}, {high:.1%}] of {hits['count']}"
