"""All options of all commands: name, type, default and help text, each declared once.

`improve`, `promote`, `write_report` and `run_evaluation` take them as they are. Cyclopts makes the command
line, its checks and `--help` from these classes; cli/parser.py makes the tables in training/README.md from
them. A field before `KW_ONLY` is an argument, a field after it an option: `batch_size` becomes
`--batch-size`. The help texts are the attributes in the docstrings. Nothing slow is imported here, so
`--help` answers at once.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Group, Parameter, validators

if TYPE_CHECKING:
    from collections.abc import Sequence

_DATA = Path("data/prepared")
_CORRECTIONS = Path("data/corrections-prepared")
_CHAMPION = Path("models/happy-sad-net")
_SIZES = 4  # happy_sad_net works at full size, and at three sizes that are each half of the one before

# Checked while the arguments are read: a mistake is reported before a training of hours begins.
_above_0 = Parameter(validator=validators.Number(gt=0))
_one_of_both = Group("Faces to measure on: --data or --source", validator=validators.mutually_exclusive)


def _read_numbers(text: str, count: int, lowest: int) -> tuple[int, ...]:
    """Read `count` whole numbers with commas between them.

    Raises:
        ValueError: The count is wrong, or a number is too low. The command line prints the message.
    """
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != count or min(numbers) < lowest:
        raise ValueError(f"{text!r} is not {count} whole numbers from {lowest} on with commas between them")
    return numbers


def _read_widths(_: Any, tokens: Sequence[Any]) -> tuple[int, ...]:
    """Read the number of filters at each size: 24,48,96,192."""
    return _read_numbers(tokens[0].value, _SIZES, lowest=1)


def _read_bottlenecks(_: Any, tokens: Sequence[Any]) -> tuple[int, ...]:
    """Read the number of further blocks at each of the three smaller sizes: 0,1,2."""
    return _read_numbers(tokens[0].value, _SIZES - 1, lowest=0)


Architecture = Literal["happy_sad_net", "seed_cnn"]
Split = Literal["test", "validation", "train"]
Data = Annotated[Path, Parameter(help="prepared set")]
Sources = Annotated[
    tuple[Path, ...],
    Parameter(
        help="zip files or folders: FER+ (fer2013new.csv), muxspace (legend.csv), happy/, sad/ (and neutral/)"
        " photos, or smile/ and other/ faces"
    ),
]
ModelFolder = Annotated[Path, Parameter(help="model folder, such as models/happy-sad-net")]
Champion = Annotated[Path, Parameter(help="folder of the model in use")]
Version = Annotated[str, Parameter(help="of the weights")]


# name="*" makes the fields options of their own: --epochs, not --numbers.epochs.
@Parameter(name="*")
@dataclass(frozen=True)
class Numbers:
    """The hyperparameters that people change; training/fit/hyperparameters.py explains all of them.

    Attributes:
        epochs: passes over the training faces; without it the architecture's own number
        batch_size: faces for each step; without it the architecture's own number
        learning_rate: highest step size; without it the architecture's own number
        widths: A,B,C,D: filters of happy_sad_net at each size; without it 24,48,96,192, or those of --start
        bottlenecks: B,C,D: more blocks at each halved size of happy_sad_net; with --start, a model with
            fewer goes on deeper; without it none, or those of --start
        augmentation: changes to training faces: all, only shifts and turns, or no more than mirroring
        teacher: learn from the answers of these models, too: seed_cnn from them alone, happy_sad_net from
            them and from the votes alike
        start: begin with this model's weights instead of random ones; happy_sad_net takes the numbers of a
            second round then
        seed: of weights, batches and augmentation
    """

    _: KW_ONLY
    epochs: Annotated[int | None, _above_0] = None
    batch_size: Annotated[int | None, _above_0] = None
    learning_rate: float | None = None
    widths: Annotated[tuple[int, ...] | None, Parameter(converter=_read_widths, n_tokens=1)] = None
    bottlenecks: Annotated[tuple[int, ...] | None, Parameter(converter=_read_bottlenecks, n_tokens=1)] = None
    augmentation: Literal["default", "geometry", "none"] = "default"
    teacher: tuple[Path, ...] = ()
    start: Path | None = None
    seed: int = 1


@Parameter(name="*")
@dataclass(frozen=True)
class Pipeline:
    """Options of `pipeline`.

    Attributes:
        name: of the model folder
        architecture: which network
    """

    sources: Sources
    _: KW_ONLY
    name: str = "my-model"
    architecture: Architecture = "happy_sad_net"
    numbers: Numbers = field(default_factory=Numbers)
    version: Version = "1.0.0"


@Parameter(name="*")
@dataclass(frozen=True)
class Prepare:
    """Options of `prepare`.

    Attributes:
        out: prepared set
        seed: of the split
    """

    sources: Sources
    _: KW_ONLY
    out: Path = _DATA
    seed: int = 0


@Parameter(name="*")
@dataclass(frozen=True)
class Train:
    """Options of `train`.

    Attributes:
        architecture: which network
        out: folder of the run, such as runs/my-model
    """

    architecture: Architecture
    _: KW_ONLY
    data: Data = _DATA
    out: Path
    numbers: Numbers = field(default_factory=Numbers)


@Parameter(name="*")
@dataclass(frozen=True)
class Export:
    """Options of `export`.

    Attributes:
        run_dir: folder that `train` wrote
        out: model folder, such as models/my-model
    """

    run_dir: Path
    _: KW_ONLY
    data: Data = _DATA
    out: Path
    version: Version = "1.0.0"


@Parameter(name="*")
@dataclass(frozen=True)
class Average:
    """Options of `average`.

    Attributes:
        run_dir: folder that `train --start` wrote
        models: model folders, such as the one that the run started from
        out: folder for the averaged run
    """

    run_dir: Path
    models: tuple[Path, ...]
    _: KW_ONLY
    data: Data = _DATA
    out: Path


@Parameter(name="*")
@dataclass(frozen=True)
class Calibrate:
    """Options of `calibrate`."""

    model_dir: ModelFolder
    _: KW_ONLY
    data: Data = _DATA


@Parameter(name="*")
@dataclass(frozen=True)
class Evaluate:
    """Options of `evaluate`.

    Attributes:
        data: prepared set
        source: archive or folder; whole photos are classified end to end
        split: of the prepared set
        usage: parts of a FER+ source
        unreviewed: also classify photos of the source that its reviewed_faces.json does not list
        unlike: leave out pictures of the source that are copies of this prepared set's training faces
        against: compare with another model
        out: for report.json and plots; without it runs/evaluate/MODEL
        worst: draw the worst mistakes into this PNG file, outside the repository
        robustness: also classify grey and mirrored copies
        record: write the figures into the model's model.json
        seed: of the bootstrap
    """

    model_dir: ModelFolder
    _: KW_ONLY
    data: Annotated[Path, Parameter(group=_one_of_both)] = _DATA
    source: Annotated[Path | None, Parameter(group=_one_of_both)] = None
    split: tuple[Split, ...] = ("test", "validation", "train")
    usage: tuple[str, ...] = ("PublicTest",)
    unreviewed: bool = False
    unlike: Path | None = None
    against: Path | None = None
    out: Path | None = None
    worst: Path | None = None
    robustness: bool = False
    record: bool = False
    seed: int = 0

    @property
    def out_dir(self) -> Path:
        """Where the report and the plots are written."""
        return self.out or Path("runs/evaluate") / self.model_dir.resolve().name


@Parameter(name="*")
@dataclass(frozen=True)
class Card:
    """Options of `card`."""

    model_dir: ModelFolder


@Parameter(name="*")
@dataclass(frozen=True)
class Tune:
    """Options of `tune`.

    Attributes:
        architecture: which network
        out: folder of the study, such as runs/tune
        trials: how many runs
        epochs: of each run
        seed: of the search
    """

    architecture: Architecture
    _: KW_ONLY
    data: Data = _DATA
    out: Path
    trials: int = 20
    epochs: int = 4
    seed: int = 0


@Parameter(name="*")
@dataclass(frozen=True)
class Ablate:
    """Options of `ablate`.

    Attributes:
        architecture: which network
        variants: the base and its variants in TOML; training/experiments/variants.py says how
        out: folder of all runs, such as runs/ablation
        epochs: of each run, if the file names none
        seeds: each change is trained once with each
    """

    architecture: Architecture
    _: KW_ONLY
    variants: Path = Path("training/ablation.toml")
    data: Data = _DATA
    out: Path
    epochs: Annotated[int, _above_0] = 12
    seeds: tuple[int, ...] = (1, 2, 3)


@Parameter(name="*")
@dataclass(frozen=True)
class Plots:
    """Options of `plots`.

    Attributes:
        run_dir: folder of the run
    """

    run_dir: Path


@Parameter(name="*")
@dataclass(frozen=True)
class CorrectionsExport:
    """Options of `corrections export`.

    Attributes:
        corrections: corrections/ in the bot's DATA_DIR
        key_file: file with the key of these faces
        out: prepared set
        champion: model folder; a label is doubtful when this model is sure of the opposite
        unlike: leave out copies of faces in these prepared sets
    """

    _: KW_ONLY
    corrections: Path
    key_file: Path
    out: Path = _CORRECTIONS
    champion: Path = _CHAMPION
    unlike: tuple[Path, ...] = (_DATA,)


@Parameter(name="*")
@dataclass(frozen=True)
class CorrectionsReport:
    """Options of `corrections report`.

    Attributes:
        counts: file with the output of `python -m bot feedback`
        corrections: corrections/ in the bot's DATA_DIR
        key_file: file with the key of these faces
        data: prepared set; also measure which of its test faces are answered wrongly most often
        champion: model folder to measure on these test faces
        out: folder for the page and its charts
    """

    _: KW_ONLY
    counts: Path
    corrections: Path | None = None
    key_file: Path | None = None
    data: Path | None = None
    champion: Path = _CHAMPION
    out: Path = Path("runs/corrections")


@Parameter(name="*")
@dataclass(frozen=True)
class Improve:
    """Options of `improve`.

    Attributes:
        data: prepared set with the old faces
        corrections: prepared set with the new faces
        out: folder of the run, such as runs/challenger
        trials: short runs that search the blend of old and new
        epochs: of each run
        seed: of everything
    """

    _: KW_ONLY
    champion: Champion = _CHAMPION
    data: Path = _DATA
    corrections: Path = _CORRECTIONS
    out: Path
    trials: int = 0
    epochs: int = 4
    seed: int = 1


@Parameter(name="*")
@dataclass(frozen=True)
class Promote:
    """Options of `promote`.

    Attributes:
        challenger: a model folder
        data: prepared set; its test faces decide
        out: folder for the decision; without it decision/ beside the challenger
        seed: of the bootstrap
        slowest: accept a slower one, as a multiple of the champion's CPU time; the decision records it
    """

    challenger: Path
    _: KW_ONLY
    champion: Champion = _CHAMPION
    data: Path = _DATA
    out: Path | None = None
    seed: int = 0
    slowest: float | None = None

    @property
    def out_dir(self) -> Path:
        """Where the decision is written."""
        return self.out or self.challenger.parent / "decision"


@Parameter(name="*")
@dataclass(frozen=True)
class Rollback:
    """Options of `rollback`."""

    _: KW_ONLY
    champion: Champion = _CHAMPION


@Parameter(name="*")
@dataclass(frozen=True)
class Index:
    """Options of `index`.

    Attributes:
        models_dir: where the model folders are
    """

    models_dir: Path = Path("models")


@Parameter(name="*")
@dataclass(frozen=True)
class SimulateMonth:
    """Options of `month`.

    Attributes:
        champion: model folder that people correct; a copy of it is used
        out: folder for all files
        page: write the result page here, too, such as docs/simulated-month.md
        share: share of the training faces to use, less than 1 for a quick try
        bad_actors: number of people who send false labels
        false_each: number of false labels that each of them sends
        trials: short runs that search the blend of old and new
        epochs: of each run
        seed: of everything
    """

    _: KW_ONLY
    data: Data = _DATA
    champion: Path = _CHAMPION
    out: Path = Path("runs/month")
    page: Path | None = None
    share: float = 1.0
    bad_actors: int = 3
    false_each: int = 80
    trials: int = 0
    epochs: int = 4
    seed: int = 1
