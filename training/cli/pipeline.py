"""From archives or folders to a measured model folder, in one call.

    make train DATA="ferplus.zip muxspace.zip my_photos/"

Writes data/<name> (the prepared set), runs/<name> (the run) and models/<name> (the model for the bot). After
a stop, the same command resumes the training. Each step is also a command of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from training.options import Evaluate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.data.prepare import Row
    from training.evaluation.evaluation_run import Evaluation
    from training.fit.hyperparameters import Hyperparameters

console = Console()


@dataclass(frozen=True)
class PipelineOptions:
    """The options of `run_pipeline`.

    Attributes:
        sources: Archives and folders in any known layout.
        name: Name of the model and of its folders.
        version: Version of the weights.
        parameters: Hyperparameters of the training.
        teachers: Model folders whose answers the network learns.
        start: Model folder with the first weights; None takes random ones.
        root: Folder that contains data/, runs/ and models/.
    """

    sources: tuple[Path, ...]
    name: str
    version: str
    parameters: Hyperparameters
    teachers: tuple[Path, ...] = ()
    start: Path | None = None
    root: Path = Path()


def run_pipeline(options: PipelineOptions) -> Path:
    """Prepare, train, export, evaluate, and write the model card.

    Returns:
        The model folder.

    Raises:
        TrainingError: A source is unknown, has too few faces, or the folder holds another run.
    """
    from training.release.model_card import write_model_card

    data_dir, run_dir = options.root / "data" / options.name, options.root / "runs" / options.name
    model_dir = options.root / "models" / options.name
    # Each step reads the files of the step before, so a person can look at them and repeat one step alone.
    console.rule("1 of 4: prepare")
    # Always seed 0: the same sources must give the same split, or a resumed training would find other data.
    prepare_sources(options.sources, data_dir, seed=0)
    console.rule("2 of 4: train")
    train_network(options.parameters, data_dir, run_dir, options.teachers, options.start)
    console.rule("3 of 4: export")
    export_run(run_dir, data_dir, model_dir, options.version)
    console.rule("4 of 4: evaluate")
    # Not the training faces: the network has learnt them, so figures on them say nothing about new photos.
    evaluate_model(
        Evaluate(
            model_dir, data=data_dir, split=("test", "validation"), out=run_dir / "evaluation", record=True
        )
    )
    console.print(f"Written: {write_model_card(model_dir)}. The bot uses it with MODEL_DIR={model_dir}")
    return model_dir


def prepare_sources(sources: Sequence[Path], out_dir: Path, seed: int) -> None:
    """Write a prepared set, and print how many faces of each source were kept or dropped."""
    from training.cli.terminal_tables import build_prepared_table
    from training.data.prepare import describe_missing_labels, prepare
    from training.data.sources import list_source

    listings = [list_source(source) for source in sources]
    rows = prepare([sample for listing in listings for sample in listing.samples], out_dir, seed)
    console.print(build_prepared_table(_count_rows(rows)))
    for listing in listings:
        # Without markup: a file name such as [1].jpg would be read as a style.
        console.print(listing.describe(), markup=False, highlight=False)
    missing = describe_missing_labels(rows)
    if missing:
        console.print(missing, highlight=False)
    console.print(f"Written: {out_dir} (crops.npy, manifest.csv, contact-sheet.png)")


def _count_rows(rows: Sequence[Row]) -> dict[tuple[str, str], Counter[str]]:
    """Count faces by (source, split) or (source, reason for dropping), and by emotion."""
    from training.data.samples import EMOTIONS

    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        where = f"dropped: {row.reason}" if row.dropped else row.split
        # Background, cut from photos beside their faces. It would make the counts of real pictures wrong.
        if row.is_background:
            where = f"{row.split}: beside faces"
        counts[row.source, where][EMOTIONS[row.votes.index(max(row.votes))]] += 1
    return counts


def train_network(
    parameters: Hyperparameters,
    data_dir: Path,
    run_dir: Path,
    teachers: Sequence[Path] = (),
    start: Path | None = None,
) -> None:
    """Train, or resume a stopped training, and draw the learning curve.

    Raises:
        TrainingError: With few faces of a kind only `start` can teach, and others were named.
    """
    from training.evaluation.plots import draw_learning_curve
    from training.evaluation.thresholds import ENOUGH_FACES
    from training.fit.distillation import Teacher
    from training.fit.few_faces import describe_few_faces, keep_to_last_layer
    from training.fit.train import train
    from training.fit.warm_start import describe_weights, keep_parent, load_weights, read_own_hyperparameters

    if start is not None and parameters.architecture == "happy_sad_net":
        few = describe_few_faces(data_dir)
        if few:
            parameters = keep_to_last_layer(parameters, start, teachers, few)
            teachers = (start,)
            console.print(
                f"Only {few} validation faces, fewer than {ENOUGH_FACES} of a kind: the last layer alone "
                f"learns what is happy and what sad, and which faces are neither stays as {start.name} sees "
                "it. Add photos of each kind (neutral/ beside happy/ and sad/) to train the whole network."
            )
    teacher = Teacher(teachers, parameters.architecture) if teachers else None
    initial = None if start is None else load_weights(start)
    origin = None if start is None else describe_weights(start)
    if start is not None:
        keep_parent(start, run_dir)  # `export` falls back on its calibration when faces are few
    learnt_from = [describe_weights(path) for path in teachers]
    blocks = () if start is None else read_own_hyperparameters(start).bottlenecks
    train(
        parameters,
        data_dir,
        run_dir,
        teacher,
        initial=initial,
        bottlenecks=blocks,
        start=origin,
        teachers=learnt_from,
    )
    console.print(f"Written: {run_dir} (trained.keras, run.json) and {draw_learning_curve(run_dir)}")


def export_run(run_dir: Path, data_dir: Path, model_dir: Path, version: str) -> None:
    """Write a model folder, and print how the quantizations compare."""
    from training.cli.terminal_tables import build_forms_table
    from training.release.export import export

    info, comparisons = export(run_dir, data_dir, model_dir, version)
    console.print(build_forms_table(comparisons, info.quantization))
    console.print(f"Written: {model_dir} ({info.name} {info.version}, {info.quantization})")
    console.print(info.abstain.rule)


def evaluate_model(options: Evaluate) -> Evaluation:
    """Measure a model and print the figures."""
    from training.cli.terminal_tables import build_tables
    from training.evaluation.evaluation_run import run_evaluation

    evaluation = run_evaluation(options)
    for table in build_tables(evaluation):
        console.print(table)
    console.print(f"Written: {options.out_dir} (report.json and plots)")
    return evaluation
