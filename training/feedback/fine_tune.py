"""Make a challenger: fine-tune the champion on old faces and on corrections.

    python -m training improve --champion models/happy-sad-net --data data/prepared \
        --corrections data/corrections-prepared --out runs/challenger --trials 8

Old faces are replayed beside the new ones, so that nothing is forgotten. What is tuned is chosen on the old
validation faces: nobody from outside has put a label there.
"""

from __future__ import annotations

import dataclasses
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classifier.model_info import FILE_NAME, load_model_info
from training.data.concatenate import Part, concatenate_prepared
from training.data.dataset import hash_prepared, load_prepared
from training.experiments.tune import TuneOptions, tune
from training.feedback.correction_set import SOURCE
from training.fit.batches import draw_weights
from training.fit.train import check_data, train
from training.fit.warm_start import (
    BASE_NUMBERS,
    describe_weights,
    keep_parent,
    load_weights,
    next_version,
    read_base_hyperparameters,
)
from training.release.export import export
from training.release.registry import list_versions

if TYPE_CHECKING:
    from pathlib import Path

    import keras
    import numpy as np
    import optuna
    from numpy.typing import NDArray

    from classifier.model_info import ModelInfo
    from training.data.dataset import Faces
    from training.fit.hyperparameters import Hyperparameters
    from training.release.export import Comparison

LEARNING_RATE_SHARE = 0.1
"""Of the champion's own peak: enough to learn from a few hundred faces, too little to start over."""

MOST_DRAWN = 0.2
"""Largest share of the faces drawn in an epoch that corrections may be, whatever their weight.

With the caps on each person, this keeps many people who agree on something false from deciding."""


@dataclass(frozen=True, slots=True)
class Blend:
    """How old and new are mixed. The defaults are used where nothing is tuned.

    Attributes:
        learning_rate: As a multiple of LEARNING_RATE_SHARE of the champion's.
        replay: Share of the old faces' usual number that is drawn in an epoch.
        correction_weight: How often a correction is drawn in an epoch, before its emotion's share.
    """

    learning_rate: float = 1.0
    replay: float = 0.6
    correction_weight: float = 2.0


@dataclass(frozen=True)
class ImproveOptions:
    """What to make a challenger of.

    Attributes:
        champion: The model folder to start from.
        data_dir: The prepared set with the old faces.
        corrections_dir: The prepared set of corrections.
        out_dir: For the run, the study and the challenger's folder.
        trials: Short runs that search the blend; 0 takes the defaults.
        epochs: Of each run.
        seed: Of the search and the runs.
    """

    champion: Path
    data_dir: Path
    corrections_dir: Path
    out_dir: Path
    trials: int = 0
    epochs: int = 4
    seed: int = 1


@dataclass(frozen=True)
class Challenger:
    """What came of it: the folder, what its model.json says, how its forms compare, what was chosen."""

    folder: Path
    info: ModelInfo
    forms: list[Comparison]
    blend: Blend


def improve(options: ImproveOptions) -> Challenger:
    """Concatenate the sets, search, fine-tune, export.

    The same command resumes a run that was stopped. The concatenated set is removed in the end, also after an
    error: no copies of faces that people gave are left behind.

    Raises:
        TrainingError: A set is missing, or the folder holds a run on other data.
    """
    info = load_model_info(options.champion)
    weights = load_weights(options.champion)
    data_dir, run_dir = options.out_dir / "data", options.out_dir / "run"
    folder = options.out_dir / info.name
    version = next_version(info.version, list_versions(options.champion.resolve().parent, info.name))
    try:
        join_for_training(options.data_dir, options.corrections_dir, data_dir)
        if (run_dir / "run.json").exists():
            check_data(run_dir, data_dir)
        base = _start_parameters(info, options)
        blend = _search(base, weights, data_dir, options) if options.trials else Blend()
        numbers = mix(base, blend, load_prepared(data_dir))
        fine_tune(numbers, options.champion, data_dir, run_dir)
        exported, forms = export(run_dir, data_dir, folder, version)
    finally:
        shutil.rmtree(data_dir, ignore_errors=True)
    written = _record_warm_start(exported, info, blend, options)
    (folder / FILE_NAME).write_text(written.to_json(), encoding="utf-8")
    return Challenger(folder, written, forms, blend)


def join_for_training(old_dir: Path, corrections_dir: Path, out_dir: Path) -> int:
    """Concatenate the old training and validation faces with the corrections, without any test faces.

    Returns:
        How many faces that makes.
    """
    # Replay: trained on corrections alone, the network would forget what it knew of all other faces.
    return concatenate_prepared(
        [
            Part(old_dir, lambda row: row["split"] in {"train", "validation"}),
            Part(corrections_dir, lambda row: row["split"] == "train"),
        ],
        out_dir,
    )


def fine_tune(parameters: Hyperparameters, champion: Path, data_dir: Path, run_dir: Path) -> keras.Model:
    """Train on from a model."""
    keep_parent(champion, run_dir)
    return train(
        parameters, data_dir, run_dir, initial=load_weights(champion), start=describe_weights(champion)
    )


def mix(base: Hyperparameters, blend: Blend, faces: Faces) -> Hyperparameters:
    """Turn a blend into the numbers of a run on old and new faces."""
    repeats = {name: times * blend.replay for name, times in base.source_repeats.items()}
    mixed = dataclasses.replace(
        base,
        learning_rate=base.learning_rate * blend.learning_rate,
        source_repeats={**repeats, SOURCE: blend.correction_weight},
    )
    training = faces.select_split("train")
    # The share is of what is drawn, not of what there is: a weight can make few faces many.
    drawn = draw_weights(training, mixed)
    is_new = training.sources == SOURCE
    new, old = float(drawn[is_new].sum()), float(drawn[~is_new].sum())
    most = old * MOST_DRAWN / (1 - MOST_DRAWN)
    if new > most:
        repeats[SOURCE] = blend.correction_weight * most / new
        mixed = dataclasses.replace(mixed, source_repeats=repeats)
    return mixed


def _start_parameters(info: ModelInfo, options: ImproveOptions) -> Hyperparameters:
    """Take the numbers of the last full training, for a short run at the size of serving."""
    # With a low learning rate: large steps would lose what the champion has learnt before the new faces are.
    base = read_base_hyperparameters(info)
    return dataclasses.replace(
        base,
        seed=options.seed,
        epochs=options.epochs,
        learning_rate=base.learning_rate * LEARNING_RATE_SHARE,
        sizes=((1.0, base.sizes[-1][1]),),
        patience=0,
    )


def _search(
    base: Hyperparameters,
    weights: tuple[NDArray[np.float32], ...],
    data_dir: Path,
    options: ImproveOptions,
) -> Blend:
    """Let the Optuna study of `tune` choose the blend by the balanced accuracy on validation faces."""
    faces = load_prepared(data_dir)
    found = tune(
        TuneOptions(
            architecture=base.architecture,
            data_dir=data_dir,
            out_dir=options.out_dir / "study",
            trials=options.trials,
            counts_earlier_trials=True,
            epochs=options.epochs,
            seed=options.seed,
            base=base,
            proposing=lambda trial, numbers: mix(numbers, _propose(trial), faces),
            initial=weights,
        )
    )
    return Blend(**found.parameters)


def _propose(trial: optuna.Trial) -> Blend:
    """Let a trial choose a blend."""
    return Blend(
        learning_rate=trial.suggest_float("learning_rate", 0.2, 4.0, log=True),
        replay=trial.suggest_float("replay", 0.3, 1.0),
        correction_weight=trial.suggest_float("correction_weight", 0.5, 4.0, log=True),
    )


def _record_warm_start(
    exported: ModelInfo, champion: ModelInfo, blend: Blend, options: ImproveOptions
) -> ModelInfo:
    """Say in model.json what it was made from."""
    return dataclasses.replace(
        exported,
        parent=champion.version,
        training=exported.training
        | {
            BASE_NUMBERS: dataclasses.asdict(read_base_hyperparameters(champion)),
            "parent_weights_sha256": champion.weights_sha256,
            "blend": dataclasses.asdict(blend),
            "old_manifest_sha256": hash_prepared(options.data_dir),
            "corrections_manifest_sha256": hash_prepared(options.corrections_dir),
        },
    )
