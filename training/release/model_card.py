"""The model card: the README.md of a model folder. All its figures come from `model.json`.

Model cards: Mitchell et al. 2019, arXiv 1810.03993. No figure is typed by hand, so none is out of date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classifier.model_info import load_model_info
from training.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from classifier.model_info import ModelInfo

NOTES_FILE = "NOTES.md"
"""A person's own text for the card, such as the table of an ablation. It is inserted before the limits."""

_KINDS = {
    "seed_cnn": "a plain network of three convolutions, the baseline",
    "happy_sad_net": "the project's own network",
}

_USE = """\
## Use

Says of a face in a photo whether its *expression* looks happy or sad, and how sure that is. It was made for
the Telegram bot of this project and runs wherever its `classifier` package does:

    python -m classifier --model models/{name} photo.jpg

It must not be used to judge people: not at work, in education, in hiring, by police or border control, for
insurance or credit, nor to infer what somebody feels, thinks or is about to do. The EU's AI Act forbids
emotion recognition at work and in education (Article 5(1)(f)) and obliges whoever runs it elsewhere to tell
the people exposed to it (Article 50(3)). Nor may it watch people without their knowledge.
"""

_CLEANING = """
Faces were found and turned upright by the classifier's own code. Exact and near copies were dropped over all
sources together, before anything was split; where a source says who is shown, nobody is in two splits.
"""

_PROTOCOL = """\
Measured by `python -m training evaluate` on LiteRT, through the classifier, on faces that training never saw
("validation" chose the calibration and the thresholds, "test" is there to choose nothing). Happy or sad is
what most raters said; the answer is forced. Rows named after a split are faces already cut out, without
copies; in those named after a source alone the classifier finds the face in the whole photo itself. Brackets:
95% intervals; that of balanced accuracy supposes one more right and one more wrong face of each kind than
were counted, so at 100% it ends below it.
"""

_LIMITS = """\
## Limits

- An expression is not a feeling. People smile when they are sad and look sad when they think.
- "Happy" and "sad" are what raters saw in a picture. How the error differs with age, skin or sex was not
  measured: the data do not say who is shown.
- Where a table has few faces of a kind, look at the interval rather than at the figure: it says how far
  chance may have moved it. It does not say how the model would do on photos of another kind.
"""


def write_model_card(model_dir: Path) -> Path:
    """Write README.md into a model folder.

    Raises:
        ModelError: There is no readable `model.json`.
        TrainingError: The model was not measured yet.
    """
    info = load_model_info(model_dir)
    if not info.metrics:
        raise TrainingError(
            f"{model_dir} has not been measured. "
            f"Run `python -m training evaluate {model_dir} --record` first."
        )
    notes = model_dir / NOTES_FILE
    parts = [
        _describe(info),
        _USE.format(name=info.name),
        _describe_data(info),
        _describe_training(info),
        _describe_figures(info),
        _describe_thresholds(info),
        *([notes.read_text(encoding="utf-8")] if notes.exists() else []),
        _LIMITS,
    ]
    path = model_dir / "README.md"
    path.write_text("\n".join(part.strip() + "\n" for part in parts), encoding="utf-8")
    return path


def _describe(info: ModelInfo) -> str:
    """Say what the model is."""
    return (
        f"# {info.name} {info.version}\n\n"
        f"`{info.architecture}`, {_KINDS.get(info.architecture, 'a network')}: 256 x 256 x 3 pixels of one "
        f"upright face in, the probability of happy against sad out. {_describe_origin(info)}; "
        f"{info.created}. `{info.weights_file}` ({info.quantization}) is what runs, `model.keras` what it "
        "was made from; `model.json` says how to use it and holds every figure below.\n"
    )


def _describe_origin(info: ModelInfo) -> str:
    """Say where the weights come from: random ones, another model, teachers."""
    # A parent is an older version that was fine-tuned. A start only gave a full training its first weights.
    if info.parent is None:
        start = info.training.get("start")
        going_on = f", going on from {start['name']} {start['version']}" if start else ""
        teachers = _list_models(info.training.get("teachers", ()))
        taught = f", taught by {teachers}" if teachers else ""
        others = _list_models(info.training.get("averaged_with", ()))
        averaged = f", averaged with {others}" if others else ""
        return f"Trained from random weights{going_on}{taught}{averaged}"
    return f"Fine-tuned from version {info.parent} on old faces and on corrections that people gave"


def _list_models(models: Iterable[Mapping[str, str]]) -> str:
    """Name models by their versions."""
    return " and ".join(f"{one['name']} {one['version']}" for one in models)


def _describe_data(info: ModelInfo) -> str:
    """Say what it was trained on."""
    lines = [
        "## Data\n",
        "| source | training faces | most raters said happy | sad |",
        "|---|---:|---:|---:|",
    ]
    for source, counts in info.training_data.get("sources", {}).items():
        lines.append(f"| {source} | {counts['faces']:,} | {counts['happy']:,} | {counts['sad']:,} |")
    digest = str(info.training_data.get("manifest_sha256", "unknown"))[:16]
    return "\n".join([*lines, _CLEANING.rstrip(), f"Prepared set: manifest SHA-256 `{digest}`."])


def _describe_training(info: ModelInfo) -> str:
    """Say how it was trained."""
    numbers, versions = info.training.get("hyperparameters", {}), info.training.get("packages", {})
    if not numbers:
        return ""
    minutes = info.training.get("minutes")
    packages = ", ".join(f"{name} {version}" for name, version in versions.items())
    return (
        "## Training\n\n"
        f"{numbers['epochs']} epochs of batches of {numbers['batch_size']}, AdamW, peak learning rate "
        f"{numbers['learning_rate']}, cosine schedule, weight decay {numbers['weight_decay']}, seed "
        f"{numbers['seed']}{f', {round(minutes)} minutes' if minutes else ''}; all other numbers are in "
        f"`model.json`. Keras on {info.training.get('backend', 'an unknown backend')}: {packages}.\n"
    )


def _describe_figures(info: ModelInfo) -> str:
    """Tabulate the figures that `evaluate --record` measured."""
    # A set without happy and sad faces has no "count": nothing to tabulate.
    reports = {name: report for name, report in info.metrics.items() if "count" in report}
    photos = [
        _format_photos(name, report["photos"]) for name, report in reports.items() if "photos" in report
    ]
    tables = (
        tabulate_accuracy(reports),
        "".join(photos),
        tabulate_held_back(reports),
        tabulate_classes(reports),
    )
    return "\n".join(["## Figures\n", _PROTOCOL, *(table for table in tables if table)])


def tabulate_accuracy(reports: Mapping[str, Any]) -> str:
    """Give the main table."""
    lines = [
        "| set | happy + sad | balanced accuracy | accuracy | ROC AUC | ECE | coverage at 99% accuracy |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, report in reports.items():
        error = f"{report['calibration_error']:.4f}"
        # Each figure has its 95% interval beside it: 98% of 50 faces says less than 98% of 5,000.
        interval = report["intervals"].get("calibration_error")
        figures = [
            name,
            f"{report['happy']:,} + {report['sad']:,}",
            _format_share(report, "balanced_accuracy"),
            _format_share(report, "accuracy"),
            f"{report['roc_auc']:.4f}" if "roc_auc" in report else "-",
            f"{error} [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else error,
            _format_share(report, "coverage_at_99_percent"),
        ]
        lines.append(f"| {' | '.join(figures)} |")
    return "\n".join(lines) + "\n"


def tabulate_held_back(reports: Mapping[str, Any]) -> str:
    """Give the shares of faces that get no answer, and of neutral ones that get one all the same."""
    columns = ["happy or sad", "neutral", "other emotions", "not readable"]
    # Models that were measured before this was counted have no such columns; where only some sets were, a
    # dash stands for the others.
    is_counted = any("neutral_called" in report for report in reports.values())
    if is_counted:
        columns += ["neutral, surely called happy", "surely called sad"]
    lines = [
        'Held back as "hard to tell":\n',
        f"| set | {' | '.join(columns)} |",
        f"|---|{'---:|' * len(columns)}",
    ]
    for name, report in reports.items():
        groups = ("happy_or_sad", "neutral", "other", "unreadable")
        shares = [report["held_back"].get(group) for group in groups]
        if is_counted:
            shares += [report.get("neutral_called", {}).get(kind) for kind in ("happy", "sad")]
        lines.append(f"| {name} | {' | '.join(_format_hits(share) for share in shares)} |")
    return "\n".join(lines) + "\n"


def tabulate_classes(reports: Mapping[str, Any]) -> str:
    """Give precision, recall and F1."""
    lines = ["| set | class | faces | precision | recall | F1 |", "|---|---|---:|---:|---:|---:|"]
    for name, report in reports.items():
        for label, scores in report.get("classes", {}).items():
            figures = " | ".join(f"{scores[key]:.1%}" for key in ("precision", "recall", "f1"))
            lines.append(f"| {name} | {label} | {scores['count']:,} | {figures} |")
    return "\n".join(lines) + "\n"


def _format_photos(name: str, photos: Mapping[str, Any]) -> str:
    """Say how whole photos did."""
    return (
        f"Whole photos of {name}: the labelled face was found in {_format_hits(photos['main_face_found'])}, "
        f"found and read right in {_format_hits(photos['found_and_right'])}.\n"
    )


def _format_share(report: Mapping[str, Any], key: str) -> str:
    """Give a share with its interval."""
    if key not in report:
        return "-"
    interval = report["intervals"].get(key)
    return f"{report[key]:.1%}" + (f" [{interval[0]:.1%}, {interval[1]:.1%}]" if interval else "")


def _format_hits(hits: Mapping[str, Any] | None) -> str:
    """Give a share with its interval and count."""
    if not hits or not hits["count"]:
        return "-"
    low, high = hits["interval"]
    return f"{hits['share']:.1%} [{low:.1%}, {high:.1%}] of {hits['count']:,}"


def _describe_thresholds(info: ModelInfo) -> str:
    """Say when it answers "hard to tell"."""
    rule = info.abstain
    return (
        '## When it says "hard to tell"\n\n'
        f"Below a confidence of {rule.minimum_confidence:.3f}, an evidence (how much a face is happy "
        f"or sad at all) of {rule.minimum_evidence_happy:.3f} for happy and "
        f"{rule.minimum_evidence_sad:.3f} for sad, or a face of {rule.minimum_face_pixels} pixels. "
        f"{rule.rule} Calibration: temperature {info.calibration.temperature:.3f}, "
        f"bias {info.calibration.bias:+.3f}.\n"
    )
