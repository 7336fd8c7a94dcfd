"""The commands of the learning loop: corrections, improve, promote, rollback, index, month.

What each takes, and what it does; what is slow to import is imported where it is used.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from training.cli.pipeline import console

_DATA = Path("data/prepared")
_CORRECTIONS = Path("data/corrections-prepared")
_CHAMPION = Path("models/happy-sad-net")

Commands = argparse._SubParsersAction  # noqa: SLF001  argparse gives its return type no public name


def add_commands(added: Commands[argparse.ArgumentParser]) -> None:
    """Add all of them to the room's parser."""
    _add_corrections(added)
    _add_improve(added)
    _add_promote(added)
    _add_rollback(added)
    _add_index(added)
    _add_month(added)


def _add_corrections(added: Commands[argparse.ArgumentParser]) -> None:
    """Sealed faces to a prepared set; counts to a report."""
    parser = added.add_parser("corrections", help="what people said of the answers: a training set, a report")
    parts = parser.add_subparsers(required=True, metavar="export|report")
    export = parts.add_parser("export", help="open the kept faces, clean them, write a prepared set")
    _add_sealed(export, required=True)
    export.add_argument("--out", type=Path, default=_CORRECTIONS, help="prepared set (default: %(default)s)")
    _add_champion(export, "asked which labels it is sure are wrong")
    export.add_argument(
        "--unlike",
        type=Path,
        nargs="*",
        default=[_DATA],
        metavar="DATA",
        help=f"leave out copies of these prepared sets' faces (default: {_DATA})",
    )
    export.set_defaults(run=run_corrections_export)
    report = parts.add_parser("report", help="draw what people said over time, by answer and confidence")
    report.add_argument("--counts", type=Path, required=True, help="what `python -m bot feedback` printed")
    _add_sealed(report, required=False)
    report.add_argument(
        "--data",
        type=Path,
        metavar="DATA",
        help="prepared set: also say which of its test faces do worst (default: none)",
    )
    _add_champion(report, "that is asked of them")
    report.add_argument("--out", type=Path, default=Path("runs/corrections"), help="default: %(default)s")
    report.set_defaults(run=run_corrections_report)


def _add_improve(added: Commands[argparse.ArgumentParser]) -> None:
    """Champion and corrections to a challenger."""
    parser = added.add_parser(
        "improve", help="fine-tune the champion on old and new faces; the same command again resumes"
    )
    _add_champion(parser, "to start from")
    parser.add_argument("--data", type=Path, default=_DATA, help="old faces (default: %(default)s)")
    parser.add_argument(
        "--corrections", type=Path, default=_CORRECTIONS, help="new faces (default: %(default)s)"
    )
    parser.add_argument("--out", type=Path, required=True, help="such as runs/challenger")
    _add_effort(parser)
    parser.set_defaults(run=run_improve)


def _add_promote(added: Commands[argparse.ArgumentParser]) -> None:
    """Challenger to champion, or not."""
    parser = added.add_parser("promote", help="put a challenger in the champion's place if it is not worse")
    parser.add_argument("challenger", type=Path, metavar="CHALLENGER", help="a model folder")
    _add_champion(parser, "to replace")
    parser.add_argument(
        "--data", type=Path, default=_DATA, help="its test faces decide (default: %(default)s)"
    )
    parser.add_argument(
        "--out", type=Path, help="for the decision (default: decision/ beside the challenger)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap (default: %(default)s)")
    parser.add_argument(
        "--slowest",
        type=float,
        metavar="TIMES",
        help="accept a slower one, as a multiple of the champion's CPU time; the decision records it",
    )
    parser.set_defaults(run=run_promote)


def _add_rollback(added: Commands[argparse.ArgumentParser]) -> None:
    """The model before."""
    parser = added.add_parser("rollback", help="go back to the model before; given again, that is undone")
    _add_champion(parser, "to take out of use")
    parser.set_defaults(run=run_rollback)


def _add_index(added: Commands[argparse.ArgumentParser]) -> None:
    """Model folders to the registry."""
    parser = added.add_parser("index", help="enter all model folders into index.json as they are now")
    parser.add_argument(
        "models_dir", type=Path, nargs="?", default=Path("models"), help="default: %(default)s"
    )
    parser.set_defaults(run=run_index)


def _add_month(added: Commands[argparse.ArgumentParser]) -> None:
    """The whole loop, with people who do not exist."""
    parser = added.add_parser("month", help="simulate a month of corrections, and show before and after")
    parser.add_argument("--data", type=Path, default=_DATA, help="prepared set (default: %(default)s)")
    _add_champion(parser, "that is corrected; a copy of it is used")
    parser.add_argument("--out", type=Path, default=Path("runs/month"), help="default: %(default)s")
    parser.add_argument(
        "--page", type=Path, metavar="FILE", help="write the story here, too, such as docs/simulated-month.md"
    )
    parser.add_argument(
        "--share", type=float, default=1.0, help="of the training faces, for a quick try (default: all)"
    )
    parser.add_argument("--bad-actors", type=int, default=3, help="default: %(default)s")
    parser.add_argument(
        "--false-each", type=int, default=80, help="their false labels (default: %(default)s)"
    )
    _add_effort(parser)
    parser.set_defaults(run=run_month_command)


def _add_sealed(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Add the bot's folder of kept faces, and what opens it."""
    parser.add_argument(
        "--corrections",
        type=Path,
        required=required,
        metavar="DIR",
        help="corrections/ in the bot's DATA_DIR",
    )
    parser.add_argument(
        "--key-file", type=Path, required=required, metavar="FILE", help="opens what is in it"
    )


def _add_champion(parser: argparse.ArgumentParser, what: str) -> None:
    """Add the model in use."""
    parser.add_argument(
        "--champion", type=Path, default=_CHAMPION, metavar="MODEL_DIR", help=f"{what} (default: %(default)s)"
    )


def _add_effort(parser: argparse.ArgumentParser) -> None:
    """Add how long to train."""
    parser.add_argument(
        "--trials",
        type=int,
        default=0,
        help="short runs that search the blend of old and new (default: none)",
    )
    parser.add_argument("--epochs", type=int, default=4, help="of each run (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of everything (default: %(default)s)")


def run_corrections_export(options: argparse.Namespace) -> None:
    """Write the prepared set, and say what was left out."""
    from training.cli.tables import build_noise_table  # noqa: PLC0415
    from training.feedback.corrections import NOISE_PAGE, ExportOptions, export_corrections  # noqa: PLC0415

    report = export_corrections(
        ExportOptions(
            options.corrections, options.key_file, options.out, options.champion, tuple(options.unlike)
        )
    )
    console.print(build_noise_table(report))
    console.print(f"Written: {options.out} (crops.npy, manifest.csv, {NOISE_PAGE})")
    console.print("These are faces that people gave, unsealed: remove the folder when the model is made.")


def run_corrections_report(options: argparse.Namespace) -> None:
    """Draw the pictures."""
    from training.errors import TrainingError  # noqa: PLC0415
    from training.feedback.report import ReportOptions, write_report  # noqa: PLC0415

    if (options.corrections is None) != (options.key_file is None):
        raise TrainingError("Give --corrections and --key-file together: one is no use without the other.")
    page = write_report(
        ReportOptions(
            counts=options.counts,
            out_dir=options.out,
            corrections_dir=options.corrections,
            key_file=options.key_file,
            champion=options.champion,
            data_dir=options.data,
        )
    )
    console.print(f"Written: {page}")


def run_improve(options: argparse.Namespace) -> None:
    """Make a challenger, and say how to try it."""
    from training.cli.tables import build_forms_table  # noqa: PLC0415
    from training.feedback.fine_tune import ImproveOptions, improve  # noqa: PLC0415

    made = improve(
        ImproveOptions(
            champion=options.champion,
            data_dir=options.data,
            corrections_dir=options.corrections,
            out_dir=options.out,
            trials=options.trials,
            epochs=options.epochs,
            seed=options.seed,
        )
    )
    console.print(build_forms_table(made.forms, made.info.quantization))
    console.print(f"{made.info.name} {made.info.version}, made from {made.info.parent} with {made.blend}")
    console.print(f"Written: {made.folder}. Next: python -m training promote {made.folder}")


def run_promote(options: argparse.Namespace) -> None:
    """Decide, and say why."""
    from training.cli.tables import build_checks_table  # noqa: PLC0415
    from training.release.promote import DECISION_PAGE, PromoteOptions, promote  # noqa: PLC0415
    from training.release.promotion_checks import SLOWEST  # noqa: PLC0415

    out_dir = options.out or options.challenger.parent / "decision"
    slowest = SLOWEST if options.slowest is None else options.slowest
    verdict = promote(
        PromoteOptions(options.challenger, options.champion, options.data, out_dir, options.seed, slowest)
    )
    console.print(build_checks_table(verdict))
    console.print(f"{verdict.challenger} is in use now; `rollback` goes back to {verdict.champion}.")
    console.print(f"Written: {out_dir / DECISION_PAGE}")


def run_rollback(options: argparse.Namespace) -> None:
    """Go back, and say to what."""
    from training.release.promote import rollback  # noqa: PLC0415

    info = rollback(options.champion)
    console.print(f"{info.name} {info.version} is in use now; `rollback` again undoes it.")


def run_index(options: argparse.Namespace) -> None:
    """Enter the models."""
    from training.release.registry import INDEX_FILE, record_all  # noqa: PLC0415

    infos = record_all(options.models_dir)
    console.print(f"Written: {options.models_dir / INDEX_FILE} with {len(infos)} models")


def run_month_command(options: argparse.Namespace) -> None:
    """Simulate, and say where it is told."""
    from training.cli.tables import build_checks_table, build_noise_table  # noqa: PLC0415
    from training.feedback.simulated_month import MonthOptions, run_month  # noqa: PLC0415
    from training.feedback.simulated_users import Crowd  # noqa: PLC0415

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
