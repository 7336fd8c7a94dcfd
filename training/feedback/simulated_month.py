"""Simulated month: in an hour simulated users correct the champion, and a challenger learns from it.

    python -m training month --data data/prepared --champion models/happy-sad-net --out runs/month

Half of the named people of the test split send faces, honestly or not; the other half, and all other test
faces, stay untouched and tell what it was worth. The champion is a copy: the shipped model stays as it is.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.face_encryption import create_key, seal_face
from classifier.model_info import load_model_info
from training.data.concatenate import Part, concatenate_prepared
from training.data.dataset import hash_prepared, load_prepared, read_manifest
from training.errors import TrainingError
from training.evaluation.inference import Predictor
from training.feedback.correction_set import SOURCE, ExportOptions, export_corrections, read_key
from training.feedback.feedback_report import ReportOptions, write_report
from training.feedback.fine_tune import Challenger, ImproveOptions, improve
from training.feedback.simulated_users import Crowd, Month, simulate_month, split_identities
from training.release.model_card import tabulate_accuracy, tabulate_held_back
from training.release.promote import NotPromotedError, PromoteOptions, promote

if TYPE_CHECKING:
    from pathlib import Path

    from classifier.model_info import ModelInfo
    from training.release.promotion_checks import Verdict

PAGE = "month.md"

_UNTOUCHED = "Measured on faces that neither training, nor tuning, nor the simulated users' photos contained."
_OTHER_SPLIT = (
    "Measured on faces that the simulated users did not send. "
    "**The champion was trained on another prepared set**, so it may have trained on some of them, and on "
    "some of those that they sent: its figures flatter it."
)


@dataclass(frozen=True)
class MonthOptions:
    """What to simulate.

    Attributes:
        data_dir: A prepared set with a source that names people.
        champion: The model that is corrected.
        out_dir: For everything; nothing else is changed.
        share: Of the prepared training faces that is replayed, for a quick try.
        trials: Of the search.
        epochs: Of each run.
        crowd: How people behave.
        seed: Of everything.
        page: Where the story is written a second time, such as docs/simulated-month.md; None for nowhere.
    """

    data_dir: Path
    champion: Path
    out_dir: Path
    share: float = 1.0
    trials: int = 0
    epochs: int = 4
    crowd: Crowd = field(default_factory=Crowd)
    seed: int = 1
    page: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        options: What was simulated.
        page: Tells it.
        month: What people did.
        noise: What became of the corrections.
        kept_false: How many false labels came through.
        challenger: What was made of them.
        verdict: Whether it was promoted, and why.
        same_data: Whether the champion was trained on this very prepared set, and so never on its test faces.
    """

    options: MonthOptions
    page: Path
    month: Month
    noise: dict[str, Any]
    kept_false: int
    challenger: Challenger
    verdict: Verdict
    same_data: bool


def run_month(options: MonthOptions) -> Outcome:
    """Simulate, export, report, improve, decide, and write the page that tells it.

    Raises:
        TrainingError: The set names nobody in its test split, or nobody corrected anything.
    """
    champion, key_file = _copy_champion(options), _find_key(options.out_dir)
    senders, _ = split_identities(read_manifest(options.data_dir), options.seed)
    if not senders:
        raise TrainingError(f"{options.data_dir} names nobody in its test split. Prepare muxspace too.")
    month = _let_people_correct(options, senders, champion, key_file)
    base_dir, prepared_dir = options.out_dir / "base", options.out_dir / "corrections-prepared"
    concatenate_prepared([Part(options.data_dir, lambda row: _is_in_base(row, senders, options))], base_dir)
    noise = export_corrections(
        ExportOptions(options.out_dir / SOURCE, key_file, prepared_dir, champion, unlike=(base_dir,))
    )
    challenger = _make_challenger(options, champion, key_file, base_dir, prepared_dir)
    verdict = _decide(
        PromoteOptions(challenger.folder, champion, base_dir, options.out_dir / "decision", options.seed)
    )
    shutil.rmtree(base_dir)
    kept = {row["key"].removeprefix(f"{SOURCE}/") for row in read_manifest(prepared_dir)}
    outcome = Outcome(
        options,
        options.out_dir / PAGE,
        month,
        noise,
        len(kept & month.false),
        challenger,
        verdict,
        same_data=_was_trained_on(load_model_info(options.champion), options.data_dir),
    )
    for page in filter(None, (outcome.page, options.page)):
        page.write_text(format_page(outcome), encoding="utf-8")
    return outcome


def _copy_champion(options: MonthOptions) -> Path:
    """Copy the champion: if the challenger is promoted, it replaces the copy, not the real one."""
    copy = options.out_dir / "models" / load_model_info(options.champion).name
    shutil.rmtree(copy.parent, ignore_errors=True)
    shutil.copytree(options.champion, copy)
    return copy


def _make_challenger(
    options: MonthOptions, champion: Path, key_file: Path, base_dir: Path, prepared_dir: Path
) -> Challenger:
    """Write the report on what people said, and fine-tune the champion on their corrections."""
    out_dir = options.out_dir
    write_report(
        ReportOptions(
            out_dir / "counts.jsonl", out_dir / "report", out_dir / SOURCE, key_file, champion, base_dir
        )
    )
    return improve(
        ImproveOptions(
            champion,
            base_dir,
            prepared_dir,
            out_dir / "challenger",
            options.trials,
            options.epochs,
            options.seed,
        )
    )


def _find_key(out_dir: Path) -> Path:
    """Make a key, or take the one of the run that is gone on with."""
    key_file = out_dir / "key"
    if not key_file.exists():
        key_file.write_text(create_key() + "\n", encoding="utf-8")
    return key_file


def _let_people_correct(options: MonthOptions, senders: set[str], champion: Path, key_file: Path) -> Month:
    """Write the sealed faces and the counts, as the bot would have."""
    rows = read_manifest(options.data_dir)
    chosen = np.array([row["split"] == "test" and row["identity"] in senders for row in rows])
    faces = load_prepared(options.data_dir).select(chosen)
    predictor, key = Predictor(champion), read_key(key_file)
    month = simulate_month(
        faces.crops,
        [row["identity"] for row, is_chosen in zip(rows, chosen, strict=True) if is_chosen],
        predictor.predict_faces(faces),
        predictor.info,
        options.crowd,
        key,
        options.seed,
    )
    if not month.kept:
        raise TrainingError("Nobody corrected anything: the model makes no mistake on these faces.")
    folder = options.out_dir / SOURCE
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for face in month.kept:
        (folder / face.file_name).write_bytes(seal_face(face, key))
    (options.out_dir / "counts.jsonl").write_text("\n".join(month.counts) + "\n", encoding="utf-8")
    return month


def _is_in_base(row: dict[str, str], senders: set[str], options: MonthOptions) -> bool:
    """Tell whether a face is one of those that the host has anyway: not a sender's, and of the share."""
    if row["split"] == "test":
        return row["identity"] not in senders
    if row["split"] == "train":
        digest = hashlib.sha256(row["key"].encode()).digest()
        return int.from_bytes(digest[:4]) < options.share * 2**32
    return True


def _was_trained_on(info: ModelInfo, data_dir: Path) -> bool:
    """Tell whether a model, or what it was fine-tuned from, was trained on this very set."""
    digests = {info.training_data.get("manifest_sha256"), info.training.get("old_manifest_sha256")}
    return hash_prepared(data_dir) in digests


def _decide(options: PromoteOptions) -> Verdict:
    """Promote, or learn why not."""
    try:
        return promote(options)
    except NotPromotedError as refused:
        return refused.verdict


def format_page(outcome: Outcome) -> str:
    """Give the story with the model card's tables, before and after."""
    month, noise, verdict = outcome.month, outcome.noise, outcome.verdict
    honest = len(month.kept) - len(month.false)
    reasons = "; ".join(f"{reason}: {count}" for reason, count in noise["left_out"].items())
    decision = "promoted" if verdict.promoted else "refused"
    checks = [
        f"| {check.name} | {'yes' if check.passed else '**no**'} | {check.sentence} |"
        for check in verdict.checks
    ]
    lines = [
        f"# A simulated month: {verdict.champion}, then {verdict.challenger}\n",
        f"{_describe_options(outcome.options)}\n",
        f"People gave {honest} faces with their true label and {len(month.false)} with a false one.",
        f"{noise['kept']} were kept, {outcome.kept_false} of them false. Left out: {reasons or 'none'}.\n",
        f"The challenger was **{decision}**.\n",
        "| check | passed | figures |",
        "|---|---|---|",
        *checks,
        f"\n{_UNTOUCHED if outcome.same_data else _OTHER_SPLIT}\n",
    ]
    for title, reports in ((verdict.champion, verdict.before), (verdict.challenger, verdict.after)):
        counted = {name: report for name, report in reports.items() if "count" in report}
        lines += [f"## {title}\n", tabulate_accuracy(counted), tabulate_held_back(counted)]
    return "\n".join(lines)


def _describe_options(options: MonthOptions) -> str:
    """Say what was simulated, so that the page can be made again."""
    crowd = options.crowd
    return (
        "Written by `python -m training month`; nobody in it exists but the faces. It simulates "
        f"{crowd.people} honest people and {crowd.bad_actors} who send up to {crowd.false_each} false labels "
        f"each, and fine-tunes on {options.share:.0%} of the old training faces for {options.epochs} epochs "
        f"after {options.trials} runs of search (seed {options.seed})."
    )
