"""Search hyperparameters with short runs.

    python -m training tune happy_sad_net --data data/prepared --out runs/tune --trials 20

Optuna's tree-structured Parzen estimator proposes hyperparameters (Bergstra et al. 2011). A run that is
worse than the median of the others at the same epoch is stopped. All runs are kept in a SQLite study, so the
same command resumes the search. Runs are compared by the balanced accuracy on validation faces; the test
split is never used.
"""

from __future__ import annotations

import csv
import dataclasses
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import optuna

from training.errors import TrainingError
from training.fit.hyperparameters import SEED_CNN, Hyperparameters
from training.fit.train import train
from training.networks.quiet_keras import keras

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class TuneOptions:
    """The options of `tune`.

    Attributes:
        architecture: "happy_sad_net" or "seed_cnn".
        data_dir: A prepared set.
        out_dir: Folder for `study.db` and `trials.csv`.
        trials: Number of runs to add to the study.
        counts_earlier_trials: Whether `trials` is the total of the study, with its earlier runs.
        epochs: Number of epochs of each run.
        seed: Seed of the search. The runs all use the seed of `base`, so they differ only by the search.
        base: The hyperparameters that are not searched; None takes those of the architecture.
        proposing: Returns the hyperparameters of a trial; None is `propose`, for random first weights.
        initial: First weights of every run; None takes random ones.
        pruner: Decides after each epoch whether a run is stopped. The default needs four finished runs to
            compare with, and never judges a run by its first epoch alone.
    """

    architecture: str
    data_dir: Path
    out_dir: Path
    trials: int
    epochs: int
    seed: int = 0
    counts_earlier_trials: bool = False
    base: Hyperparameters | None = None
    proposing: Callable[[optuna.Trial, Hyperparameters], Hyperparameters] | None = None
    initial: tuple[NDArray[np.float32], ...] | None = None
    pruner: optuna.pruners.BasePruner = field(
        default_factory=lambda: optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=1)
    )


@dataclass(frozen=True)
class Found:
    """The best run of a study, by balanced accuracy on validation, and the number of all runs."""

    value: float
    parameters: dict[str, Any]
    trials: int


def tune(options: TuneOptions) -> Found:
    """Start or resume a study.

    Raises:
        TrainingError: No run was finished, or the prepared set lacks faces.
    """
    study = _open_study(options)
    if options.counts_earlier_trials:
        done = sum(trial.state in _DONE for trial in study.trials)
        options = dataclasses.replace(options, trials=max(0, options.trials - done))
    # With the same seed, a resumed search would propose the same numbers again. So the seed depends on the
    # number of earlier runs.
    study.sampler = optuna.samplers.TPESampler(seed=options.seed + len(study.trials))
    study.optimize(lambda trial: _run(trial, options), n_trials=options.trials)
    _write_trials(study, options.out_dir / "trials.csv")
    if not any(trial.state is optuna.trial.TrialState.COMPLETE for trial in study.trials):
        raise TrainingError("No run came to its end. Make more trials.")
    return Found(study.best_value, study.best_params, len(study.trials))


# Stopped runs count as done, failed and interrupted ones do not.
_DONE = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)


def _open_study(options: TuneOptions) -> optuna.Study:
    """Open the study of the folder, or create it."""
    options.out_dir.mkdir(parents=True, exist_ok=True)
    return optuna.create_study(
        study_name=options.architecture,
        storage=f"sqlite:///{options.out_dir / 'study.db'}",
        load_if_exists=True,
        direction="maximize",
        pruner=options.pruner,
    )


def propose(trial: optuna.Trial, base: Hyperparameters) -> Hyperparameters:
    """Let a trial propose the hyperparameters that matter most."""
    # Learning rate and decay on a logarithmic scale: from 0.001 to 0.002 is as large a step as from 0.01 to
    # 0.02.
    augmentation = dataclasses.replace(
        base.augmentation,
        chance=trial.suggest_float("chance", 0.0, 0.5),
        rotation=trial.suggest_float("rotation", 0.0, 15.0),
        scale=trial.suggest_float("scale", 0.0, 0.3),
    )
    return dataclasses.replace(
        base,
        learning_rate=trial.suggest_float("learning_rate", 2e-4, 1e-2, log=True),
        weight_decay=trial.suggest_float("weight_decay", 1e-4, 5e-2, log=True),
        dropout=trial.suggest_float("dropout", 0.0, 0.6),
        pair_weight=trial.suggest_float("pair_weight", 0.0, 3.0),
        augmentation=augmentation,
    )


def _run(trial: optuna.Trial, options: TuneOptions) -> float:
    """Train once with the proposed numbers, and delete the files of the run."""
    base = options.base or (SEED_CNN if options.architecture == "seed_cnn" else Hyperparameters())
    parameters = (options.proposing or propose)(trial, dataclasses.replace(base, epochs=options.epochs))
    watch = _Pruning(trial)
    try:
        with tempfile.TemporaryDirectory(dir=options.out_dir) as run_dir:
            train(parameters, options.data_dir, Path(run_dir), callbacks=[watch], initial=options.initial)
    finally:
        keras.backend.clear_session()  # otherwise the graphs of all runs stay in memory
    return watch.best  # the best epoch, as early stopping keeps that one in a full training


class _Pruning(keras.callbacks.Callback):
    """Reports the balanced accuracy of each epoch to the study; stops the run when the pruner decides so."""

    def __init__(self, trial: optuna.Trial) -> None:
        super().__init__()
        self._trial = trial
        self.best = 0.0

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Report the epoch; raise TrialPruned to stop the run."""
        if not logs or "balanced_accuracy" not in logs:
            raise TrainingError("The validation split needs happy and sad faces. Prepare more photos.")
        self.best = max(self.best, logs["balanced_accuracy"])
        # A run that is worse than the median of the others at the same epoch seldom becomes the best.
        self._trial.report(logs["balanced_accuracy"], step=epoch)
        if self._trial.should_prune():
            raise optuna.TrialPruned


def _write_trials(study: optuna.Study, path: Path) -> None:
    """Write one line for each run."""
    names = sorted({name for trial in study.trials for name in trial.params})
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["number", "state", "balanced_accuracy", *names])
        for trial in study.trials:
            values = [trial.params.get(name, "") for name in names]
            writer.writerow([trial.number, trial.state.name.lower(), trial.value, *values])
