"""The training room's commands: `python -m training --help`.

Exit status: 0 when the command did its work, 1 when it could not and said why, 2 for bad arguments.
"""

from __future__ import annotations

import argparse
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from classifier.types import ClassifierError
from training.cli import commands, feedback_commands
from training.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Sequence

_DATA = Path("data/prepared")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    options = build_parser().parse_args(arguments)
    try:
        options.run(options)
    except (TrainingError, ClassifierError) as error:
        return _fail(str(error))
    except zipfile.BadZipFile as error:
        return _fail(f"An archive is damaged ({error}). Download it again.")
    except OSError as error:
        return _fail(f"{error.filename or 'A file'}: {error.strerror or error}.")
    except KeyboardInterrupt:
        return _fail("Stopped.")
    return 0


def _fail(sentence: str) -> int:
    """Say what went wrong."""
    print(f"python -m training: error: {sentence}", file=sys.stderr)
    return 1


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="python -m training",
        description="Prepare photos, train a network on them, export it for the bot, and measure it.",
    )
    added = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (_add_pipeline, _add_prepare, _add_train, _add_export, _add_calibrate, _add_evaluate):
        add(added)
    for add in (_add_average, _add_card, _add_tune, _add_ablate, _add_plots):
        add(added)
    feedback_commands.add_commands(added)
    return parser


_Commands = argparse._SubParsersAction  # noqa: SLF001  argparse gives its return type no public name


def _add_pipeline(added: _Commands[argparse.ArgumentParser]) -> None:
    """Archives to a model folder."""
    parser = added.add_parser(
        "pipeline", help="from photos to a model folder: prepare, train, export, evaluate"
    )
    _add_sources(parser)
    parser.add_argument("--name", default="my-model", help="of the model folder (default: %(default)s)")
    _add_architecture(parser, default="happy_sad_net")
    _add_hyperparameters(parser)
    parser.add_argument("--version", default="1.0.0", help="of the weights (default: %(default)s)")
    parser.set_defaults(run=commands.run_all)


def _add_prepare(added: _Commands[argparse.ArgumentParser]) -> None:
    """Sources to prepared set."""
    parser = added.add_parser("prepare", help="find, cut, clean and split the faces of archives and folders")
    _add_sources(parser)
    parser.add_argument("--out", type=Path, default=_DATA, help="prepared set (default: %(default)s)")
    _add_seed(parser, "of the split")
    parser.set_defaults(run=commands.run_prepare)


def _add_train(added: _Commands[argparse.ArgumentParser]) -> None:
    """Prepared set to trained network."""
    parser = added.add_parser("train", help="train a network; the same command again resumes a stopped run")
    _add_architecture(parser, default=None)
    _add_data(parser)
    parser.add_argument("--out", type=Path, required=True, help="folder of the run, such as runs/my-model")
    _add_hyperparameters(parser)
    parser.set_defaults(run=commands.run_train)


def _add_export(added: _Commands[argparse.ArgumentParser]) -> None:
    """Trained network to model folder."""
    parser = added.add_parser("export", help="write a finished run as a calibrated model folder")
    parser.add_argument("run_dir", type=Path, metavar="RUN_DIR", help="what train wrote")
    _add_data(parser)
    parser.add_argument("--out", type=Path, required=True, help="model folder, such as models/my-model")
    parser.add_argument("--version", default="1.0.0", help="of the weights (default: %(default)s)")
    parser.set_defaults(run=commands.run_export)


def _add_average(added: _Commands[argparse.ArgumentParser]) -> None:
    """Run and models to a run that errs less."""
    parser = added.add_parser("average", help="average the weights of a run and of models that it came from")
    parser.add_argument("run_dir", type=Path, metavar="RUN_DIR", help="what train --start wrote")
    parser.add_argument(
        "models", type=Path, nargs="+", metavar="MODEL_DIR", help="model folder, such as that it started from"
    )
    _add_data(parser)
    parser.add_argument("--out", type=Path, required=True, help="folder of the run that it makes")
    parser.set_defaults(run=commands.run_average)


def _add_calibrate(added: _Commands[argparse.ArgumentParser]) -> None:
    """Model folder and photos to better thresholds."""
    parser = added.add_parser("calibrate", help="fit an existing model's confidence to other photos")
    _add_model(parser)
    _add_data(parser)
    parser.set_defaults(run=commands.run_calibrate)


def _add_evaluate(added: _Commands[argparse.ArgumentParser]) -> None:
    """Model folder and faces to figures."""
    parser = added.add_parser("evaluate", help="measure a model on a prepared set, an archive or a folder")
    _add_model(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--data", type=Path, default=_DATA, help="prepared set (default: %(default)s)")
    what.add_argument("--source", type=Path, help="archive or folder; whole photos are judged end to end")
    parser.add_argument(
        "--split",
        nargs="+",
        choices=["test", "validation", "train"],
        default=["test", "validation", "train"],
        help="of the prepared set (default: all)",
    )
    parser.add_argument(
        "--usage", nargs="+", default=["PublicTest"], help="parts of a FER+ source (default: PublicTest)"
    )
    parser.add_argument(
        "--unreviewed",
        action="store_true",
        help="also judge photos of the source that its reviewed_faces.json does not list",
    )
    parser.add_argument(
        "--unlike",
        type=Path,
        metavar="DATA",
        help="leave out pictures of the source that are copies of this prepared set's training faces",
    )
    parser.add_argument("--against", type=Path, metavar="MODEL_DIR", help="compare with another model")
    parser.add_argument("--out", type=Path, help="for report.json and plots (default: runs/evaluate/MODEL)")
    parser.add_argument(
        "--worst", type=Path, metavar="PNG", help="draw the worst mistakes, outside the repository"
    )
    parser.add_argument("--robustness", action="store_true", help="also judge grey and mirrored copies")
    parser.add_argument("--record", action="store_true", help="write the figures into the model's model.json")
    _add_seed(parser, "of the bootstrap")
    parser.set_defaults(run=commands.run_evaluate)


def _add_card(added: _Commands[argparse.ArgumentParser]) -> None:
    """model.json to README.md."""
    parser = added.add_parser("card", help="write a model folder's README.md from its model.json")
    _add_model(parser)
    parser.set_defaults(run=commands.run_card)


def _add_tune(added: _Commands[argparse.ArgumentParser]) -> None:
    """Search of hyperparameters."""
    parser = added.add_parser(
        "tune", help="search hyperparameters with short runs; can be stopped and resumed"
    )
    _add_architecture(parser, default=None)
    _add_data(parser)
    parser.add_argument("--out", type=Path, required=True, help="folder of the study, such as runs/tune")
    parser.add_argument("--trials", type=int, default=20, help="how many runs (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=4, help="of each run (default: %(default)s)")
    _add_seed(parser, "of the search")
    parser.set_defaults(run=commands.run_tune)


def _add_ablate(added: _Commands[argparse.ArgumentParser]) -> None:
    """Named changes to a table of what each is worth."""
    parser = added.add_parser(
        "ablate", help="train named changes with several seeds and compare them; can be stopped and resumed"
    )
    _add_architecture(parser, default=None)
    parser.add_argument(
        "--changes",
        type=Path,
        default=Path("training/ablation.toml"),
        metavar="TOML",
        help="the base and its changes; training/experiments/variants.py says how (default: %(default)s)",
    )
    _add_data(parser)
    parser.add_argument("--out", type=Path, required=True, help="folder of all runs, such as runs/ablation")
    parser.add_argument(
        "--epochs",
        type=_positive,
        default=12,
        help="of each run, if the file names none (default: %(default)s)",
    )
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[1, 2, 3], metavar="SEED", help="default: 1 2 3"
    )
    parser.set_defaults(run=commands.run_ablate)


def _add_plots(added: _Commands[argparse.ArgumentParser]) -> None:
    """log.jsonl to learning curve."""
    parser = added.add_parser("plots", help="draw the learning curve of a run")
    parser.add_argument("run_dir", type=Path, metavar="RUN_DIR", help="what train writes into")
    parser.set_defaults(run=commands.run_plots)


def _add_sources(parser: argparse.ArgumentParser) -> None:
    """Add what to read."""
    parser.add_argument(
        "sources",
        nargs="+",
        type=Path,
        metavar="SOURCE",
        help="a zip file or folder: FER+ (fer2013new.csv), muxspace (legend.csv), or happy/ and sad/ photos",
    )


def _add_architecture(parser: argparse.ArgumentParser, default: str | None) -> None:
    """Add the network: an argument of its own, or an option where there is a default."""
    choices, text = ["happy_sad_net", "seed_cnn"], "which network"
    if default is None:
        parser.add_argument("architecture", choices=choices, help=text)
    else:
        parser.add_argument(
            "--architecture", choices=choices, default=default, help=f"{text} (default: {default})"
        )


def _add_hyperparameters(parser: argparse.ArgumentParser) -> None:
    """Add the numbers that people change; training/fit/hyperparameters.py explains them all."""
    parser.add_argument("--epochs", type=_positive, help="default: the architecture's own")
    parser.add_argument("--batch-size", type=_positive, help="default: the architecture's own")
    parser.add_argument("--learning-rate", type=float, help="default: the architecture's own")
    parser.add_argument(
        "--widths",
        type=_widths,
        metavar="A,B,C,D",
        help="filters of happy_sad_net at each size (default: 24,48,96,192, or those of --start)",
    )
    parser.add_argument(
        "--bottlenecks",
        type=_bottlenecks,
        metavar="B,C,D",
        help="more blocks at each halved size of happy_sad_net; with --start, a model without them goes on "
        "deeper (default: none, or those of --start)",
    )
    parser.add_argument(
        "--augmentation",
        choices=["default", "geometry", "none"],
        default="default",
        help="changes to training faces: all, only shifts and turns, or no more than mirroring",
    )
    parser.add_argument(
        "--teacher",
        type=Path,
        nargs="+",
        default=[],
        metavar="MODEL_DIR",
        help="learn from the answers of these models, too: seed_cnn from them alone, happy_sad_net from them "
        "and from the votes alike",
    )
    parser.add_argument(
        "--start",
        type=Path,
        metavar="MODEL_DIR",
        help="begin with this model's weights instead of random ones; happy_sad_net takes the numbers of a "
        "second round then",
    )
    _add_seed(parser, "of weights, batches and augmentation", default=1)


def _add_model(parser: argparse.ArgumentParser) -> None:
    """Add the model folder."""
    parser.add_argument("model_dir", type=Path, metavar="MODEL_DIR", help="such as models/happy-sad-net")


def _add_data(parser: argparse.ArgumentParser) -> None:
    """Add the prepared set."""
    parser.add_argument("--data", type=Path, default=_DATA, help="prepared set (default: %(default)s)")


def _add_seed(parser: argparse.ArgumentParser, what: str, default: int = 0) -> None:
    """Add the seed."""
    parser.add_argument("--seed", type=int, default=default, help=f"{what} (default: %(default)s)")


def _positive(text: str) -> int:
    """Read a whole number above 0."""
    value = int(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{value} is not above 0")
    return value


def _widths(text: str) -> tuple[int, ...]:
    """Read four whole numbers above 0."""
    widths = tuple(_positive(part) for part in text.split(","))
    if len(widths) != 4:  # noqa: PLR2004 - the faces are halved three times
        raise argparse.ArgumentTypeError(f"{text!r} are {len(widths)} numbers, expected 4 with commas")
    return widths


def _bottlenecks(text: str) -> tuple[int, ...]:
    """Read three whole numbers, none below 0."""
    numbers = tuple(int(part) for part in text.split(","))
    if len(numbers) != 3 or min(numbers) < 0:  # noqa: PLR2004 - the faces are halved three times
        raise argparse.ArgumentTypeError(f"{text!r} is not three numbers from 0 with commas")
    return numbers


if __name__ == "__main__":
    sys.exit(main())
