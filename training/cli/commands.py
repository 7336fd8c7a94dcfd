"""The commands: each function runs one of them with its options.

Keras and the other slow packages are imported inside the functions, so that `--help` and typing errors are
answered at once.
"""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING, Any

from training.cli.pipeline import (
    PipelineOptions,
    console,
    evaluate_model,
    export_run,
    prepare_sources,
    run_pipeline,
    train_network,
)
from training.options import (
    Ablate,
    Average,
    Calibrate,
    Card,
    Evaluate,
    Export,
    Numbers,
    Pipeline,
    Plots,
    Prepare,
    Train,
    Tune,
)

if TYPE_CHECKING:
    from training.fit.hyperparameters import Hyperparameters


def run_all(options: Pipeline) -> None:
    """Prepare, train, export and evaluate in one go."""
    run_pipeline(
        PipelineOptions(
            sources=options.sources,
            name=options.name,
            version=options.version,
            parameters=build_hyperparameters(options.architecture, options.numbers),
            teachers=options.numbers.teacher,
            start=options.numbers.start,
        )
    )


def run_prepare(options: Prepare) -> None:
    """Write a prepared set."""
    prepare_sources(options.sources, options.out, options.seed)


def run_train(options: Train) -> None:
    """Train a network, or resume a stopped training."""
    parameters = build_hyperparameters(options.architecture, options.numbers)
    train_network(parameters, options.data, options.out, options.numbers.teacher, options.numbers.start)


def build_hyperparameters(architecture: str, numbers: Numbers) -> Hyperparameters:
    """Return the architecture's hyperparameters, with those of the command line in their place.

    Raises:
        TrainingError: An option does not fit the architecture or the model of `--start`.
    """
    from training.errors import TrainingError
    from training.fit.augment import GEOMETRY_ONLY
    from training.fit.hyperparameters import SECOND_ROUND, SEED_CNN, Hyperparameters
    from training.fit.warm_start import read_own_hyperparameters

    is_plain = architecture == "seed_cnn"
    if is_plain and (numbers.widths or numbers.bottlenecks):
        raise TrainingError("seed_cnn has one size. Leave --widths and --bottlenecks out.")
    parameters = SEED_CNN if is_plain else Hyperparameters()
    # A second round begins with a trained model, so the network must have the same size. Its other
    # hyperparameters, such as a lower learning rate, are in SECOND_ROUND.
    if numbers.start is not None and not is_plain:
        before = read_own_hyperparameters(numbers.start)
        # New blocks begin as blocks that change nothing. None can be taken away: what follows was learnt
        # behind them.
        wanted = numbers.bottlenecks or before.bottlenecks
        pairs = itertools.zip_longest(wanted, before.bottlenecks, fillvalue=0)
        if any(count < known for count, known in pairs):
            raise TrainingError(
                f"{numbers.start} has {before.bottlenecks} more blocks. Ask for as many or more, or leave "
                "--bottlenecks out."
            )
        parameters = dataclasses.replace(SECOND_ROUND, widths=before.widths, bottlenecks=before.bottlenecks)
    # None means that the person did not give the option: the architecture's number stays.
    changes: dict[str, Any] = {
        name: getattr(numbers, name)
        for name in ("epochs", "batch_size", "learning_rate", "seed", "widths", "bottlenecks")
        if getattr(numbers, name) is not None
    }
    if numbers.augmentation == "geometry":
        changes["augmentation"] = GEOMETRY_ONLY
    elif numbers.augmentation == "none":  # mirroring stays: a mirrored face has the same expression
        changes["augmentation"] = dataclasses.replace(GEOMETRY_ONLY, rotation=0, scale=0, shift=0, shear=0)
    return dataclasses.replace(parameters, **changes)


def run_export(options: Export) -> None:
    """Write a model folder."""
    export_run(options.run_dir, options.data, options.out, options.version)


def run_average(options: Average) -> None:
    """Average the weights of a run with those of models."""
    from training.fit.weight_averaging import average

    average(options.run_dir, options.models, options.data, options.out)
    console.print(f"Written: {options.out} (trained.keras, run.json). Now export it.")


def run_calibrate(options: Calibrate) -> None:
    """Fit calibration and thresholds to other photos."""
    from training.release.recalibrate import recalibrate

    info = recalibrate(options.model_dir, options.data)
    console.print(
        f"{info.name}: temperature {info.calibration.temperature:.3f}, bias {info.calibration.bias:+.3f}. "
        f"{info.abstain.rule}"
    )


def run_evaluate(options: Evaluate) -> None:
    """Measure a model and print the figures."""
    evaluate_model(options)


def run_card(options: Card) -> None:
    """Write the model card."""
    from training.release.model_card import write_model_card

    console.print(f"Written: {write_model_card(options.model_dir)}")


def run_tune(options: Tune) -> None:
    """Search hyperparameters and print the best run."""
    from training.experiments.tune import TuneOptions, tune

    found = tune(
        TuneOptions(
            architecture=options.architecture,
            data_dir=options.data,
            out_dir=options.out,
            trials=options.trials,
            epochs=options.epochs,
            seed=options.seed,
        )
    )
    console.print(f"Best of {found.trials} runs: {found.value:.4f} with {found.parameters}")
    console.print(f"Written: {options.out} (study.db, trials.csv)")


def run_ablate(options: Ablate) -> None:
    """Train and compare the variants of a file, and print the table."""
    from training.cli.terminal_tables import build_ablation_table
    from training.experiments.ablate import RUNS, TABLE, AblateOptions, ablate
    from training.experiments.variants import read_variants
    from training.fit.hyperparameters import SEED_CNN, Hyperparameters

    # The number of epochs comes from the command line, unless the file sets another.
    own = SEED_CNN if options.architecture == "seed_cnn" else Hyperparameters()
    variants = read_variants(options.variants, dataclasses.replace(own, epochs=options.epochs))
    runs = ablate(AblateOptions(tuple(variants), options.data, options.out, options.seeds))
    console.print(build_ablation_table(runs))
    console.print(f"Written: {options.out} ({RUNS}, {TABLE}, and a folder for each change)")


def run_plots(options: Plots) -> None:
    """Draw the learning curve."""
    from training.evaluation.plots import draw_learning_curve

    console.print(f"Written: {draw_learning_curve(options.run_dir)}")
