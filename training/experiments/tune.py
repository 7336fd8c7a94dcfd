"""Search hyperparameters with short runs.

    python -m training tune happy_sad_net --data data/prepared --out runs/tune --trials 20

Optuna's tree-structured Parzen estimator proposes numbers (Bergstra et al. 2011), runs that fall behind the
median of the others after an epoch are cut short, and all is kept in a SQLite study: the same command goes on
with it. The figure is the balanced accuracy on validation faces; the test split is never seen.
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
    """What to search with.

    Attributes:
        architecture: "happy_sad_net" or "seed_cnn".
        data_dir: A prepared set.
        out_dir: For `study.db` and `trials.csv`.
        trials: How many runs to make now, in addition to those of the study.
        counts_earlier_trials: `trials` counts also those that the study has.
        epochs: Of each run.
        seed: Of the search; the runs themselves all have the architecture's own.
        base: The numbers that are not searched; None takes the architecture's own.
        proposing: Lets a trial choose numbers; None searches those that matter most from random weights.
        initial: Weights that every run starts from; None starts from random ones.
        pruner: Decides after each epoch whether a run is stopped early.
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
    """The best run of a study: its balanced accuracy on validation, its numbers, and the number of runs."""

    value: float
    parameters: dict[str, Any]
    trials: int


def tune(options: TuneOptions) -> Found:
    """Start or go on with a study.

    Raises:
        TrainingError: No run came to its end, or the prepared set does not do.
    """
    study = _open_study(options)
    if options.counts_earlier_trials:
        done = sum(trial.state in _DONE for trial in study.trials)
        options = dataclasses.replace(options, trials=max(0, options.trials - done))
    # A search that is resumed must not propose what it proposed before, so the seed moves on with the study.
    study.sampler = optuna.samplers.TPESampler(seed=options.seed + len(study.trials))
    study.optimize(lambda trial: _run(trial, options), n_trials=options.trials)
    _write_trials(study, options.out_dir / "trials.csv")
    if not any(trial.state is optuna.trial.TrialState.COMPLETE for trial in study.trials):
        raise TrainingError("No run came to its end. Make more trials.")
    return Found(study.best_value, study.best_params, len(study.trials))


_DONE = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)


def _open_study(options: TuneOptions) -> optuna.Study:
    """Open the study of the folder, or begin it."""
    options.out_dir.mkdir(parents=True, exist_ok=True)
    return optuna.create_study(
        study_name=options.architecture,
        storage=f"sqlite:///{options.out_dir / 'study.db'}",
        load_if_exists=True,
        direction="maximize",
        pruner=options.pruner,
    )


def propose(trial: optuna.Trial, base: Hyperparameters) -> Hyperparameters:
    """Let a trial choose the numbers that matter most."""
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
        keras.backend.clear_session()  # or the graphs of all runs stay in memory
    return watch.best


class _Pruning(keras.callbacks.Callback):
    """Reports the balanced accuracy of each epoch to the study, and stops the run if the study says so."""

    def __init__(self, trial: optuna.Trial) -> None:
        super().__init__()
        self._trial = trial
        self.best = 0.0

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Report, and stop if the study says so."""
        if not logs or "balanced_accuracy" not in logs:
            raise TrainingError("The validation split needs happy and sad faces. Prepare more photos.")
        self.best = max(self.best, logs["balanced_accuracy"])
        # Pruning: a run that is behind the median of the others at the same epoch seldom catches up.
        self._trial.report(logs["balanced_accuracy"], step=epoch)
        if self._trial.should_prune():
            raise optuna.TrialPruned


def _write_trials(study: optuna.Study, path: Path) -> None:
    """Write one line a run."""
    names = sorted({name for trial in study.trials for name in trial.params})
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["number", "state", "balanced_accuracy", *names])
        for trial in study.trials:
            values = [trial.params.get(name, "") for name in names]
            writer.writerow([trial.number, trial.state.name.lower(), trial.value, *values])
