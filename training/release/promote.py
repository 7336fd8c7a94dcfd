"""Replace the champion (the model in use) by a challenger that is not worse, or go back to the one before.

    python -m training promote runs/challenger/happy-sad-net --champion models/happy-sad-net
    python -m training rollback --champion models/happy-sad-net

Two renames exchange the folders. A reader finds the old files or the new ones, or for a moment none, but
never a mixture. The old champion stays beside the new one as `<name>.previous`. The decision is written to a
file whether the challenger is promoted or refused.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from typing import TYPE_CHECKING

from classifier.model import Model
from classifier.model_info import load_model_info
from training.errors import TrainingError
from training.evaluation.measure import record_metrics
from training.release.model_card import tabulate_accuracy, write_model_card
from training.release.promotion_checks import SLOWEST, Check, Verdict, check_challenger
from training.release.registry import PREVIOUS_SUFFIX, list_versions, load_index, record_current

if TYPE_CHECKING:
    from pathlib import Path

    from classifier.model_info import ModelInfo
    from training.options import Promote

DECISION_FILE, DECISION_PAGE = "decision.json", "decision.md"


class NotPromotedError(TrainingError):
    """The challenger was refused; the champion is unchanged.

    Attributes:
        verdict: All checks, passed and failed.
    """

    def __init__(self, message: str, verdict: Verdict) -> None:
        super().__init__(message)
        self.verdict = verdict


def promote(options: Promote) -> Verdict:
    """Run the checks, write the decision and, if all checks passed, exchange the folders.

    Raises:
        NotPromotedError: A check failed; the message names it.
        ModelError: A folder is incomplete.
        TrainingError: There is nothing to measure by, or the index is damaged.
    """
    champion = options.champion.resolve()
    restore_interrupted(champion)
    info = load_model_info(options.challenger)
    load_index(champion.parent)  # fails here, before any change, when the index is damaged
    slowest = SLOWEST if options.slowest is None else options.slowest
    verdict = check_challenger(options.challenger, champion, options.data, options.seed, slowest)
    verdict = dataclasses.replace(verdict, checks=(_check_version(info, champion), *verdict.checks))
    # Written for a refusal, too: why a model was not used is worth as much as why it was.
    write_decision(verdict, options.out_dir)
    if not verdict.promoted:
        failed = "; ".join(f"{check.name}: {check.sentence}" for check in verdict.checks if not check.passed)
        raise NotPromotedError(
            f"{verdict.challenger} is not promoted, nothing has changed. {failed} "
            f"All figures: {options.out_dir / DECISION_PAGE}",
            verdict,
        )
    staged = _stage(options.challenger, champion, verdict)
    _exchange(staged, champion)
    record_current(champion.parent, load_model_info(champion))
    return verdict


def rollback(champion: Path) -> ModelInfo:
    """Exchange the champion and the model before it. A second rollback undoes the first.

    Returns:
        The model that is in use now.

    Raises:
        TrainingError: There is no model before it.
        ModelError: The model before it cannot be used; nothing has changed.
    """
    champion = champion.resolve()
    restore_interrupted(champion)
    previous = _previous(champion)
    if not previous.exists():
        raise TrainingError(f"{previous} does not exist: there is nothing to go back to.")
    Model(previous)  # loads the weights: a damaged model must not come into use
    load_index(champion.parent)
    _exchange(previous, champion)
    info = load_model_info(champion)
    record_current(champion.parent, info)
    return info


def restore_interrupted(champion: Path) -> None:
    """Undo or finish an exchange that was interrupted between two renames, by a crash or a power cut."""
    outgoing, previous = _outgoing(champion), _previous(champion)
    if not outgoing.exists():
        return
    if champion.exists():  # the new one has arrived; only the last rename is missing
        shutil.rmtree(previous, ignore_errors=True)
        outgoing.rename(previous)
    else:  # the new one has not arrived: put the old one back
        outgoing.rename(champion)


def write_decision(verdict: Verdict, out_dir: Path) -> None:
    """Write the decision as JSON for programs and as a page for people."""
    out_dir.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"promoted": verdict.promoted, **dataclasses.asdict(verdict)}, indent=2)
    (out_dir / DECISION_FILE).write_text(text + "\n", encoding="utf-8")
    (out_dir / DECISION_PAGE).write_text(format_decision(verdict), encoding="utf-8")


def format_decision(verdict: Verdict) -> str:
    """Give the decision as a page: the checks, then both models' figures in the model card's table."""
    word = "promoted" if verdict.promoted else "refused"
    rows = [
        f"| {check.name} | {'yes' if check.passed else '**no**'} | {check.sentence} |"
        for check in verdict.checks
    ]
    lines = [
        f"# {verdict.challenger} against {verdict.champion}: {word}\n",
        "| check | passed | figures |",
        "|---|---|---|",
        *rows,
        f"\n## {verdict.champion}\n",
        tabulate_accuracy(_with_count(verdict.before)),
        f"## {verdict.challenger}\n",
        tabulate_accuracy(_with_count(verdict.after)),
    ]
    return "\n".join(lines)


def _with_count(reports: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """Leave out sets without a happy or sad face."""
    return {name: report for name, report in reports.items() if "count" in report}


def _check_version(info: ModelInfo, champion: Path) -> Check:
    """Check that the name is the champion's and the version is new: both together identify one model."""
    name, taken = champion.name, list_versions(champion.parent, champion.name)
    taken.append(load_model_info(champion).version)
    fits = info.name == name and info.version not in taken
    versions = ", ".join(sorted(set(taken)))
    sentence = f"{info.name} {info.version}; the name has to be {name}, and {versions} is taken."
    return Check("name and version", fits, sentence)


def _stage(challenger: Path, champion: Path, verdict: Verdict) -> Path:
    """Copy the challenger beside the champion, with its figures and card, and check that it loads."""
    # Beside the champion, so on the same file system: only there is a rename a single step.
    staged = _incoming(champion)
    shutil.rmtree(staged, ignore_errors=True)
    shutil.copytree(challenger, staged)
    record_metrics(staged, verdict.after)
    write_model_card(staged)
    Model(staged)
    return staged


def _exchange(staged: Path, champion: Path) -> None:
    """Let `staged` become the champion, and the champion the previous model."""
    outgoing, previous = _outgoing(champion), _previous(champion)
    # A folder cannot be renamed onto another that holds files, so the champion leaves its place first. The
    # oldest model is deleted last, when nothing can go wrong any more.
    champion.rename(outgoing)
    try:
        staged.rename(champion)
    except OSError:
        outgoing.rename(champion)
        raise
    shutil.rmtree(previous, ignore_errors=True)
    outgoing.rename(previous)


def _incoming(champion: Path) -> Path:
    """Return the folder where a new model is prepared."""
    return champion.with_name(f".{champion.name}.incoming")


def _outgoing(champion: Path) -> Path:
    """Return the folder where the old model waits until the new one is in its place."""
    return champion.with_name(f".{champion.name}.outgoing")


def _previous(champion: Path) -> Path:
    """Return the folder of the model that was in use before."""
    return champion.with_name(champion.name + PREVIOUS_SUFFIX)
