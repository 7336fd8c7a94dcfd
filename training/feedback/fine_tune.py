"""Make a challenger: fine-tune the champion (the model in use) on old faces and on corrections.

    python -m training improve --champion models/happy-sad-net --data data/prepared \
        --corrections data/corrections-prepared --out runs/challenger --trials 8

Old faces are trained on again beside the new ones (replay), so that the network does not forget them. The
search of the blend uses the old validation faces only: no label from outside can influence it.
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
    from training.options import Improve
    from training.release.export import Comparison

LEARNING_RATE_SHARE = 0.1
"""Learning rate, as a share of the champion's peak: enough to learn a few hundred faces, and too small to
undo the training before."""

MOST_DRAWN = 0.2
"""Largest share of corrections among the faces of an epoch, whatever their weight.

The limits on each person do not help against many people who send the same false labels. This one does."""


@dataclass(frozen=True, slots=True)
class Blend:
    """How old and new faces are mixed. The defaults count when nothing is searched.

    Attributes:
        learning_rate: Multiple of the champion's peak times LEARNING_RATE_SHARE.
        replay: Share of the old faces that an epoch draws; 1 is the number of a full training.
        correction_weight: How often an epoch draws a correction, before emotions are balanced.
    """

    learning_rate: float = 1.0
    replay: float = 0.6
    correction_weight: float = 2.0


@dataclass(frozen=True)
class Challenger:
    """The exported challenger: its folder, its model.json, the comparison of its forms, the blend used."""

    folder: Path
    info: ModelInfo
    forms: list[Comparison]
    blend: Blend


def improve(options: Improve) -> Challenger:
    """Concatenate the sets, search the blend, fine-tune, export.

    The same command resumes a run that was stopped. The concatenated set is deleted at the end, even after an
    error, so that no copies of people's faces are left.

    Raises:
        TrainingError: A set is missing, or the folder holds a run on other data.
    """
    info = load_model_info(options.champion)
    weights = load_weights(options.champion)
    # The export names the model after its folder, so the challenger's folder has the champion's name.
    data_dir, run_dir = options.out / "data", options.out / "run"
    folder = options.out / info.name
    version = next_version(info.version, list_versions(options.champion.resolve().parent, info.name))
    try:
        join_for_training(options.data, options.corrections, data_dir)
        # Fail before the search, which takes long, when the folder holds a run on other data.
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
    """Concatenate the old training and validation faces with the corrections, without test faces.

    Returns:
        The number of faces.
    """
    # Trained on corrections alone, the network would forget the other faces: catastrophic forgetting
    # (Kirkpatrick et al. 2017, arXiv 1612.00796). Test faces stay out: they decide on promotion.
    return concatenate_prepared(
        [
            Part(old_dir, lambda row: row["split"] in {"train", "validation"}),
            Part(corrections_dir, lambda row: row["split"] == "train"),
        ],
        out_dir,
    )


def fine_tune(parameters: Hyperparameters, champion: Path, data_dir: Path, run_dir: Path) -> keras.Model:
    """Train, starting with the champion's weights."""
    keep_parent(champion, run_dir)
    return train(
        parameters, data_dir, run_dir, initial=load_weights(champion), start=describe_weights(champion)
    )


def mix(base: Hyperparameters, blend: Blend, faces: Faces) -> Hyperparameters:
    """Return the hyperparameters of a run with this blend; corrections stay at or below MOST_DRAWN."""
    repeats = {name: times * blend.replay for name, times in base.source_repeats.items()}
    mixed = dataclasses.replace(
        base,
        learning_rate=base.learning_rate * blend.learning_rate,
        source_repeats={**repeats, SOURCE: blend.correction_weight},
    )
    training = faces.select_split("train")
    # Count draws, not faces: with a large weight a few faces are drawn often.
    drawn = draw_weights(training, mixed)
    is_new = training.sources == SOURCE
    new, old = float(drawn[is_new].sum()), float(drawn[~is_new].sum())
    # new / (old + new) <= m is the same as new <= old * m / (1 - m).
    most = old * MOST_DRAWN / (1 - MOST_DRAWN)
    if new > most:
        repeats[SOURCE] = blend.correction_weight * most / new
        mixed = dataclasses.replace(mixed, source_repeats=repeats)
    return mixed


def _start_parameters(info: ModelInfo, options: Improve) -> Hyperparameters:
    """Return the hyperparameters of the last full training, changed for a short run at full size."""
    # A low learning rate: large steps would first destroy the champion's weights, and a few epochs are too
    # short to learn them again. No early stopping (patience), as there are only a few epochs.
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
    options: Improve,
) -> Blend:
    """Search the blend with an Optuna study, by the balanced accuracy on validation faces."""
    faces = load_prepared(data_dir)
    found = tune(
        TuneOptions(
            architecture=base.architecture,
            data_dir=data_dir,
            out_dir=options.out / "study",
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
    """Let a trial of the study propose a blend."""
    # Factors on a logarithmic scale: halving is as large a step as doubling.
    return Blend(
        learning_rate=trial.suggest_float("learning_rate", 0.2, 4.0, log=True),
        replay=trial.suggest_float("replay", 0.3, 1.0),
        correction_weight=trial.suggest_float("correction_weight", 0.5, 4.0, log=True),
    )


def _record_warm_start(exported: ModelInfo, champion: ModelInfo, blend: Blend, options: Improve) -> ModelInfo:
    """Record in model.json the champion, the blend and both data sets."""
    return dataclasses.replace(
        exported,
        parent=champion.version,
        training=exported.training
        | {
            BASE_NUMBERS: dataclasses.asdict(read_base_hyperparameters(champion)),
            "parent_weights_sha256": champion.weights_sha256,
            "blend": dataclasses.asdict(blend),
            "old_manifest_sha256": hash_prepared(options.data),
            "corrections_manifest_sha256": hash_prepared(options.corrections),
        },
    )
