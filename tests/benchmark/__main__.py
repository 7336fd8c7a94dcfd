"""Our classifier beside the package fer: the same pictures, each in a process and an environment of its own.

    python -m tests.benchmark my_photos/ ferplus.zip muxspace.zip --data data/prepared --limit 500

Sources are what `python -m training prepare` reads. Whole photos are classified end to end, each side finding
the faces itself; pictures of one face are given to both as they are. The answer is forced between happy and
sad. The first run makes `.venv-fer` and installs fer and TensorFlow into it (about 2.3 GB). fer's MTCNN,
a detector that needs PyTorch, is not used: this is fer as `FER()` gives it.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.progress import track
from rich.table import Table

from classifier.__main__ import default_model_dir
from classifier.decoding.image import decode_image
from classifier.opencv import cv2
from classifier.types import ImageError
from tests.benchmark.report import open_console
from training.data.face_crops import FaceCropper
from training.data.samples import HAPPINESS, SADNESS
from training.data.sources import read_source
from training.errors import TrainingError
from training.evaluation.accuracy_metrics import (
    balanced_accuracy,
    balanced_accuracy_interval,
    is_right,
    wilson_interval,
)
from training.evaluation.significance import mcnemar_test

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from training.data.samples import Sample

PROJECT = Path(__file__).resolve().parents[2]
FER_ENVIRONMENT = PROJECT / ".venv-fer"
FER_LOCK = PROJECT / "requirements/fer.lock"


@dataclass(frozen=True)
class Item:
    """One picture to classify: a whole photo ("photo") or a face ("face"), and what most raters said."""

    source: str
    kind: str
    path: Path
    is_happy: bool
    box: tuple[int, ...] | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison and print the tables."""
    options = _build_parser().parse_args(arguments)
    console = open_console()
    try:
        samples = [sample for source in options.sources for sample in _choose(source, options)]
        python = _prepare_environment(console)
        with tempfile.TemporaryDirectory() as folder:
            items = _write_items(samples, Path(folder))
            reports = _classify(items, Path(folder), python, options.model)
    except (TrainingError, OSError, subprocess.CalledProcessError) as error:
        print(f"python -m tests.benchmark: error: {error}", file=sys.stderr)
        return 1
    console.print(_build_cost_table(items, reports))
    for source in dict.fromkeys(item.source for item in items):
        console.print(_build_accuracy_table(source, items, reports))
    return 0


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmark", description="Our classifier beside fer."
    )
    parser.add_argument("sources", nargs="+", type=Path, metavar="SOURCE", help="labelled photos or faces")
    parser.add_argument("--model", type=Path, default=default_model_dir(), help="default: %(default)s")
    parser.add_argument(
        "--limit", type=int, default=1_000, help="pictures of each source (default: %(default)s)"
    )
    parser.add_argument("--usage", nargs="+", default=["PublicTest"], help="parts of FER+")
    parser.add_argument(
        "--data", type=Path, help="prepared set: classify only pictures of its test split, unseen in training"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the draw (default: %(default)s)")
    return parser


def _choose(source: Path, options: argparse.Namespace) -> list[Sample]:
    """Draw happy and sad pictures of a source; only reviewed ones where there are some."""
    samples = read_source(source, dict.fromkeys(options.usage, "test"))
    samples = [sample for sample in samples if int(np.argmax(sample.votes)) in {HAPPINESS, SADNESS}]
    samples = [sample for sample in samples if sample.main_face is not None] or samples
    if options.data is not None:
        unseen = _list_test_keys(options.data)
        samples = [sample for sample in samples if sample.key in unseen]
    drawn = np.random.default_rng(options.seed).permutation(len(samples))[: options.limit]
    return [samples[index] for index in sorted(drawn.tolist())]


def _list_test_keys(prepared_dir: Path) -> set[str]:
    """Name the pictures of a prepared set's test split."""
    with (prepared_dir / "manifest.csv").open(newline="", encoding="utf-8") as file:
        return {row["key"] for row in csv.DictReader(file) if row["split"] == "test" and not row["dropped"]}


def _prepare_environment(console: Console) -> Path:
    """Return the interpreter of fer's environment, which is made if it is missing."""
    python = FER_ENVIRONMENT / "bin" / "python"
    mark = FER_ENVIRONMENT / ".installed"
    if not mark.exists():
        console.print(f"Installing fer into {FER_ENVIRONMENT.name} (once, about 2.3 GB)...")
        subprocess.run([sys.executable, "-m", "venv", FER_ENVIRONMENT], check=True)
        install = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*install, "--require-hashes", "--no-deps", "-r", FER_LOCK], check=True)
        mark.touch()
    return python


def _write_items(samples: Sequence[Sample], folder: Path) -> list[Item]:
    """Write the pictures as both sides shall read them: photos as they are, faces cut out the same way."""
    cropper = FaceCropper()
    items = []
    for number, sample in enumerate(track(samples, "Reading pictures")):
        image_bytes = sample.read_bytes()
        path = folder / f"{number:06d}{Path(sample.name).suffix}"
        kind = "photo" if sample.framing == "photo" else "face"
        if kind == "face":
            try:
                face = cropper.crop(decode_image(image_bytes).pixels, sample)
            except ImageError:
                continue
            if face is None:
                continue
            path = path.with_suffix(".png")
            image_bytes = cv2.imencode(".png", cv2.cvtColor(face.crop, cv2.COLOR_RGB2BGR))[1].tobytes()
        path.write_bytes(image_bytes)
        is_happy = int(np.argmax(sample.votes)) == HAPPINESS
        items.append(Item(sample.source, kind, path, is_happy, sample.main_face))
    return items


def _classify(items: Sequence[Item], folder: Path, fer: Path, model: Path) -> dict[str, dict[str, Any]]:
    """Let both sides classify the same pictures, one after the other."""
    task = folder / "task.json"
    described = [{"path": str(item.path), "kind": item.kind, "box": item.box} for item in items]
    task.write_text(json.dumps(described), encoding="utf-8")
    commands = {
        model.name: [sys.executable, "-m", "tests.benchmark.our_worker", task, folder / "ours.json", model],
        "fer": [fer, Path(__file__).with_name("fer_worker.py"), task, folder / "fer.json"],
    }
    reports = {}
    for name, command in commands.items():
        subprocess.run(command, cwd=PROJECT, check=True, stderr=subprocess.DEVNULL)
        reports[name] = json.loads(Path(command[-2 if name != "fer" else -1]).read_text(encoding="utf-8"))
    return reports


def _build_cost_table(items: Sequence[Item], reports: dict[str, dict[str, Any]]) -> Table:
    """Show time and memory."""
    kinds = [kind for kind in ("photo", "face") if any(item.kind == kind for item in items)]
    table = Table(title="Cost", title_justify="left")
    table.add_column("classifier")
    for column in ("import, s", "import to ready, s", "memory at most, MB"):
        table.add_column(column, justify="right")
    for kind in kinds:
        table.add_column(f"a {kind}, ms: median (95%)", justify="right")
    for name, report in reports.items():
        times = []
        for kind in kinds:
            pairs = zip(items, report["seconds"], strict=True)
            seconds = [second for item, second in pairs if item.kind == kind]
            times.append(f"{1000 * np.median(seconds):.1f} ({1000 * np.quantile(seconds, 0.95):.1f})")
        ready = (f"{report[key]:.2f}" for key in ("import_seconds", "ready_seconds"))
        table.add_row(name, *ready, f"{report['peak_megabytes']:.0f}", *times)
    return table


def _build_accuracy_table(source: str, items: Sequence[Item], reports: dict[str, dict[str, Any]]) -> Table:
    """Show how often each side was right on one source."""
    chosen = [number for number, item in enumerate(items) if item.source == source]
    truth = np.array([items[number].is_happy for number in chosen])
    title = f"{source}: {int(truth.sum())} happy, {int((~truth).sum())} sad"
    table = Table(title=title, title_justify="left")
    table.add_column("classifier")
    for column in ("face found", "balanced accuracy of these", "accuracy of these", "found and right"):
        table.add_column(column, justify="right")
    rights = []
    for name, report in reports.items():
        answers = [report["answers"][number] for number in chosen]
        found = np.array([answer is not None for answer in answers])
        probabilities = np.array([0.5 if answer is None else answer for answer in answers])
        right = is_right(probabilities, truth) & found
        rights.append(right)
        balanced = "-"
        if len(set(truth[found].tolist())) == len((True, False)):
            low, high = balanced_accuracy_interval(probabilities[found], truth[found], seed=0)
            balanced = f"{balanced_accuracy(probabilities[found], truth[found]):.1%} [{low:.1%}, {high:.1%}]"
        table.add_row(
            name,
            _format_share(int(found.sum()), len(found)),
            balanced,
            _format_share(int(right.sum()), int(found.sum())),
            _format_share(int(right.sum()), len(found)),
        )
    test = mcnemar_test(*rights)
    names = list(reports)
    table.caption = (
        f"Found and right: only {names[0]} {test.only_first}, only {names[1]} {test.only_second}; "
        f"McNemar p = {test.p_value:.2g}"
    )
    return table


def _format_share(hits: int, count: int) -> str:
    """Give a share with its interval and count."""
    if not count:
        return "-"
    low, high = wilson_interval(hits, count)
    return f"{hits / count:.1%} [{low:.1%}, {high:.1%}] of {count}"


if __name__ == "__main__":
    sys.exit(main())
