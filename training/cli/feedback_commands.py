"""The commands that learn from people's corrections: corrections, improve, promote, rollback, index, month.

training/options.py declares their options. Slow packages are imported inside the functions, as in
commands.py.
"""

from __future__ import annotations

from training.cli.pipeline import console
from training.options import (
    CorrectionsExport,
    CorrectionsReport,
    Improve,
    Index,
    Promote,
    Rollback,
    SimulateMonth,
)


def run_corrections_export(options: CorrectionsExport) -> None:
    """Write the corrections as a prepared set, and print how many were left out and why."""
    from training.cli.terminal_tables import build_noise_table
    from training.feedback.correction_set import NOISE_PAGE, ExportOptions, export_corrections

    report = export_corrections(
        ExportOptions(options.corrections, options.key_file, options.out, options.champion, options.unlike)
    )
    console.print(build_noise_table(report))
    console.print(f"Written: {options.out} (crops.npy, manifest.csv, {NOISE_PAGE})")
    console.print("These are faces that people gave, unsealed: remove the folder when the model is made.")


def run_corrections_report(options: CorrectionsReport) -> None:
    """Draw charts of the verdicts."""
    from training.errors import TrainingError
    from training.feedback.feedback_report import write_report

    if (options.corrections is None) != (options.key_file is None):
        raise TrainingError("Give --corrections and --key-file together: one is no use without the other.")
    page = write_report(options)
    console.print(f"Written: {page}")


def run_improve(options: Improve) -> None:
    """Fine-tune a challenger, and print the command that checks it."""
    from training.cli.terminal_tables import build_forms_table
    from training.feedback.fine_tune import improve

    made = improve(options)
    console.print(build_forms_table(made.forms, made.info.quantization))
    console.print(f"{made.info.name} {made.info.version}, made from {made.info.parent} with {made.blend}")
    console.print(f"Written: {made.folder}. Next: python -m training promote {made.folder}")


def run_promote(options: Promote) -> None:
    """Check a challenger, promote it if it passes, and print the checks."""
    from training.cli.terminal_tables import build_checks_table
    from training.release.promote import DECISION_PAGE, promote

    # A refused challenger raises NotPromotedError, which the command line prints.
    verdict = promote(options)
    console.print(build_checks_table(verdict))
    console.print(f"{verdict.challenger} is in use now; `rollback` goes back to {verdict.champion}.")
    console.print(f"Written: {options.out_dir / DECISION_PAGE}")


def run_rollback(options: Rollback = Rollback()) -> None:
    """Go back to the model before, and print its name."""
    from training.release.promote import rollback

    info = rollback(options.champion)
    console.print(f"{info.name} {info.version} is in use now; `rollback` again undoes it.")


def run_index(options: Index = Index()) -> None:
    """Write all model folders into the index."""
    from training.release.registry import INDEX_FILE, record_all

    infos = record_all(options.models_dir)
    console.print(f"Written: {options.models_dir / INDEX_FILE} with {len(infos)} models")


def run_month_command(options: SimulateMonth = SimulateMonth()) -> None:
    """Simulate a month of corrections, and print the results."""
    from training.cli.terminal_tables import build_checks_table, build_noise_table
    from training.feedback.simulated_month import MonthOptions, run_month
    from training.feedback.simulated_users import Crowd

    outcome = run_month(
        MonthOptions(
            data_dir=options.data,
            champion=options.champion,
            out_dir=options.out,
            share=options.share,
            trials=options.trials,
            epochs=options.epochs,
            crowd=Crowd(bad_actors=options.bad_actors, false_each=options.false_each),
            seed=options.seed,
            page=options.page,
        )
    )
    console.print(build_noise_table(outcome.noise))
    console.print(build_checks_table(outcome.verdict))
    console.print(f"False labels that came through: {outcome.kept_false} of {len(outcome.month.false)}")
    console.print(f"Written: {outcome.page}")
