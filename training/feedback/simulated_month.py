"""Simulate a month of corrections: simulated users correct the champion, and a challenger is trained on them.

    python -m training month --data data/prepared --champion models/happy-sad-net --out runs/month

Half of the people who are named in the test split send their faces, with true labels or with false ones. The
other test faces are used for nothing but measuring champion and challenger at the end. The champion is a
copy: the shipped model is not changed.
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
from training.feedback.feedback_report import write_report
from training.feedback.fine_tune import Challenger, improve
from training.feedback.simulated_users import Crowd, Month, simulate_month, split_identities
from training.options import CorrectionsReport, Improve, Promote
from training.release.model_card import tabulate_accuracy, tabulate_held_back
from training.release.promote import NotPromotedError, promote

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
    """The options of `run_month`.

    Attributes:
        data_dir: A prepared set with a source that says who is on a photo.
        champion: The model folder that people correct.
        out_dir: Folder for all files that are written.
        share: Share of the training faces to replay; less than 1 for a quick try.
        trials: Number of short runs that search the blend.
        epochs: Number of epochs of each run.
        crowd: How people behave.
        seed: Seed of the simulation, the search and the runs.
        page: A second file for the result page, such as docs/simulated-month.md; None for none.
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
    """The result of a simulated month.

    Attributes:
        options: The options.
        page: The file with the result page.
        month: The faces and verdicts that people gave.
        noise: The label-noise report of the corrections.
        kept_false: Number of false labels that no rule left out.
        challenger: The model that was trained on the corrections.
        verdict: The checks, and whether the challenger was promoted.
        same_data: Whether the champion was trained on this same prepared set, so never on its test faces.
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
    """Simulate people, export their corrections, train a challenger, check it, write the result page.

    Raises:
        TrainingError: The test split names nobody, or nobody corrected anything.
    """
    champion, key_file = _copy_champion(options), _find_key(options.out_dir)
    senders, _ = split_identities(read_manifest(options.data_dir), options.seed)
    if not senders:
        raise TrainingError(f"{options.data_dir} names nobody in its test split. Prepare muxspace too.")
    month = _let_people_correct(options, senders, champion, key_file)
    base_dir, prepared_dir = options.out_dir / "base", options.out_dir / "corrections-prepared"
    # The base set leaves out the senders' faces. Otherwise the corrections would be copies of known faces and
    # be dropped, and the checks would measure on faces that the challenger was trained on.
    concatenate_prepared([Part(options.data_dir, lambda row: _is_in_base(row, senders, options))], base_dir)
    noise = export_corrections(
        ExportOptions(options.out_dir / SOURCE, key_file, prepared_dir, champion, unlike=(base_dir,))
    )
    challenger = _make_challenger(options, champion, key_file, base_dir, prepared_dir)
    verdict = _decide(
        Promote(
            challenger.folder,
            champion=champion,
            data=base_dir,
            out=options.out_dir / "decision",
            seed=options.seed,
        )
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
        CorrectionsReport(
            counts=out_dir / "counts.jsonl",
            corrections=out_dir / SOURCE,
            key_file=key_file,
            data=base_dir,
            champion=champion,
            out=out_dir / "report",
        )
    )
    return improve(
        Improve(
            champion=champion,
            data=base_dir,
            corrections=prepared_dir,
            out=out_dir / "challenger",
            trials=options.trials,
            epochs=options.epochs,
            seed=options.seed,
        )
    )


def _find_key(out_dir: Path) -> Path:
    """Return the key file; a run that is resumed keeps its key."""
    key_file = out_dir / "key"
    if not key_file.exists():
        key_file.write_text(create_key() + "\n", encoding="utf-8")
    return key_file


def _let_people_correct(options: MonthOptions, senders: set[str], champion: Path, key_file: Path) -> Month:
    """Simulate the people, and write the encrypted faces and the counts as the bot would."""
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
    """Return whether a face belongs to the base set, which a host has before any correction."""
    if row["split"] == "test":
        return row["identity"] not in senders
    if row["split"] == "train":
        # A hash of the key decides, as a fixed pseudo-random number in 0..2^32: the same share always has the
        # same faces.
        digest = hashlib.sha256(row["key"].encode()).digest()
        return int.from_bytes(digest[:4]) < options.share * 2**32
    return True


def _was_trained_on(info: ModelInfo, data_dir: Path) -> bool:
    """Return whether a model, or the model that it was fine-tuned from, was trained on this set."""
    digests = {info.training_data.get("manifest_sha256"), info.training.get("old_manifest_sha256")}
    return hash_prepared(data_dir) in digests


def _decide(options: Promote) -> Verdict:
    """Promote the challenger if it passes; return the checks in both cases."""
    try:
        return promote(options)
    except NotPromotedError as refused:
        return refused.verdict


def format_page(outcome: Outcome) -> str:
    """Format the result page, with the model card's tables before and after."""
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
    """Describe the options, so that a reader can repeat the simulation."""
    crowd = options.crowd
    epochs = "one epoch" if options.epochs == 1 else f"{options.epochs} epochs"
    return (
        "Written by `python -m training month`; nobody in it exists but the faces. It simulates "
        f"{crowd.people} honest people and {crowd.bad_actors} who send up to {crowd.false_each} false labels "
        f"each, and fine-tunes on {options.share:.0%} of the old training faces for {epochs} "
        f"after {options.trials} runs of search (seed {options.seed})."
    )
