"""Train a network from random weights.

    python -m training train happy_sad_net --data data/prepared --out runs/happy-sad-net

Reads top to bottom: the network, the data, the loop. A run that was stopped goes on where it was
when the same command is given again.
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from classifier.atomic_write import atomic_write
from training.data.dataset import Faces, hash_prepared, load_prepared
from training.data.samples import HAPPINESS, SADNESS
from training.errors import TrainingError
from training.evaluation.accuracy_metrics import has_both_kinds, mean_recall, says_happy
from training.fit.batches import FaceBatches, draw_weights, happy_shares, happy_targets
from training.fit.progress import ProgressBar
from training.networks.architectures import deepen, emotion_core, seed_cnn
from training.networks.batch_norm_folding import fold, seed_cnn_in_training
from training.networks.inputs import network_input, resize_faces
from training.networks.keras_files import load_network
from training.networks.losses import PairedVotesLoss
from training.networks.quiet_keras import keras
from training.run_log import RunLog

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from training.fit.distillation import Teacher
    from training.fit.hyperparameters import Hyperparameters

_REMOVE = "Remove the folder, and train anew."


def build_network(parameters: Hyperparameters, steps: int, *, is_started: bool = False) -> keras.Model:
    """Build and compile the network of a run.

    Args:
        parameters: The run's numbers.
        steps: Batches in all epochs together, for the learning-rate schedule.
        is_started: The network will be given the weights of a model.

    Raises:
        TrainingError: There is no such architecture.
    """
    keras.utils.set_random_seed(parameters.seed)
    # Warm-up: at first the optimizer's own averages are guesses, and large steps would spoil the start.
    # Then the steps shrink along a cosine: the last epochs only polish.
    warmup = min(parameters.warmup_steps, steps // 5)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - warmup), warmup_target=parameters.learning_rate, warmup_steps=warmup
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=parameters.weight_decay)
    # Decay keeps kernels small, so that no filter relies on a single pixel. A bias or a scale that is
    # pulled to 0 only moves the answers.
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    if parameters.architecture == "seed_cnn":
        dtype = "mixed_bfloat16" if parameters.mixed_precision else None
        model = seed_cnn() if is_started else seed_cnn_in_training(parameters.dropout, dtype)
        model.compile(optimizer, "binary_crossentropy", jit_compile=parameters.jit_compile)
    elif parameters.architecture == "happy_sad_net":
        model = emotion_core(parameters.widths, parameters.dropout, parameters.bottlenecks)
        if parameters.last_layer_only:
            for layer in model.layers:
                layer.trainable = layer.name == "logits"
        loss = PairedVotesLoss(parameters.pair_weight)
        model.compile(optimizer, loss, jit_compile=parameters.jit_compile)
    else:
        raise TrainingError(
            f"Unknown architecture {parameters.architecture!r}. Use happy_sad_net or seed_cnn."
        )
    return model


def train(
    parameters: Hyperparameters,
    data_dir: Path,
    out_dir: Path,
    teacher: Teacher | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    initial: Sequence[NDArray[np.float32]] | None = None,
    bottlenecks: Sequence[int] = (),
    start: Mapping[str, str] | None = None,
    teachers: Sequence[Mapping[str, str]] = (),
) -> keras.Model:
    """Run, or go on with, one training.

    Args:
        parameters: The run's numbers.
        data_dir: A prepared set.
        out_dir: Where checkpoint, logs and the record of the run go.
        teacher: Better models whose answers the network learns beside the votes.
        callbacks: Called after the checkpoint of an epoch is written; `logs` has "balanced_accuracy".
        initial: Weights to start from instead of random ones, as `load_weights` gives them.
        bottlenecks: Of the network that these are from, where the run's has more.
        start: Which model the initial weights are from, for the record.
        teachers: Which models the teacher is made of, for the record.

    Returns:
        The trained network, also saved as `out_dir/trained.keras`.

    Raises:
        TrainingError: Too few faces, weights of another network, or the folder holds another run.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    material = _gather_material(parameters, data_dir)
    steps = _count_steps(material, parameters)
    origin = {"taught": teacher is not None, "teachers": list(teachers), "start": start}
    resumed = _resume(out_dir, data_dir, parameters, steps, origin)
    model, epoch = resumed or (_start(parameters, steps, initial, bottlenecks), 0)
    _write_record(out_dir, parameters, data_dir, len(material.faces), origin)
    bar = ProgressBar()
    watchers = [_EpochEnd(out_dir, parameters, material.validation), bar, *callbacks]
    # Progressive resizing: one stage a size, from small faces to those of serving. The network and its
    # optimizer go on from stage to stage; the weights fit every size, see `emotion_core`.
    for share, size in parameters.sizes:
        last = round(share * parameters.epochs)
        if epoch < last and not is_over(out_dir, parameters):
            batches = FaceBatches(
                material.faces, material.targets, material.weights, size, parameters, epoch, teacher
            )
            # Faces are drawn in random order already; Keras's own shuffling would not repeat after a stop.
            with bar:
                model.fit(
                    batches, initial_epoch=epoch, epochs=last, callbacks=watchers, shuffle=False, verbose=0
                )
            epoch = last
    if parameters.patience:  # early stopping: the last epochs were the ones that brought nothing
        model = load_network(out_dir / "best.keras", _REMOVE)
    for layer in model.layers:
        layer.trainable = True  # whoever goes on from here trains all of them
    if parameters.architecture == "seed_cnn":
        model = fold(model)
    model.save(out_dir / "trained.keras")
    return model


@dataclass(frozen=True)
class _Material:
    """What a run learns from, and what it is measured on after each epoch.

    Attributes:
        faces: To learn from.
        targets: (N, ...) what the network shall answer for each.
        weights: (N,) expected number of times that each is drawn in an epoch.
        validation: Happy and sad faces.
    """

    faces: Faces
    targets: NDArray[np.float32]
    weights: NDArray[np.float64]
    validation: Faces


def _gather_material(parameters: Hyperparameters, data_dir: Path) -> _Material:
    """Load the prepared set, and choose what is learnt from which faces."""
    faces = load_prepared(data_dir)
    targets = faces.votes if parameters.architecture == "happy_sad_net" else happy_shares(faces)
    chosen = faces.splits == "train"
    validation = faces.select((faces.splits == "validation") & faces.is_happy_or_sad)
    if set(validation.plurality.tolist()) != {HAPPINESS, SADNESS}:
        raise TrainingError("Validation needs happy and sad faces. Add photos of both, and prepare again.")
    learnt = faces.select(chosen)
    return _Material(learnt, targets[chosen], draw_weights(learnt, parameters), validation)


def _count_steps(material: _Material, parameters: Hyperparameters) -> int:
    """Return the number of batches in all epochs together."""
    drawn = round(float(material.weights.sum()))
    steps = drawn // parameters.batch_size * parameters.epochs
    if not steps:
        raise TrainingError(
            f"{drawn} faces would be drawn in an epoch; one batch takes {parameters.batch_size}. "
            "Add photos, or choose a smaller batch size."
        )
    return steps


class _EpochEnd(keras.callbacks.Callback):
    """After each epoch: measure on validation, log, save a checkpoint to resume from, stop in time."""

    def __init__(self, out_dir: Path, parameters: Hyperparameters, validation: Faces) -> None:
        super().__init__()
        self._out_dir, self._parameters = out_dir, parameters
        self._log = RunLog(out_dir)
        self._started = time.monotonic() - 60 * self._log.total_minutes()
        # Always at the size of serving, also while training is at a smaller one: or the curve would jump
        # from stage to stage.
        size = parameters.sizes[-1][1]
        self._inputs = network_input(resize_faces(validation.crops, size), parameters.architecture)
        self._is_happy = happy_targets(validation)[:, 0] > 0
        self._sources = validation.sources

    def on_epoch_begin(self, epoch: int, _logs: dict[str, float] | None = None) -> None:
        """Start dropout's random numbers anew: a checkpoint does not keep them."""
        for variable in self.model.variables:
            if variable.path.endswith("seed_generator_state"):
                variable.assign([self._parameters.seed, epoch])

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Write a line of the log, and the checkpoint."""
        measured = self._measure()
        minutes = (time.monotonic() - self._started) / 60
        self._log.write(
            {"epoch": epoch + 1, "loss": (logs or {}).get("loss"), "minutes": minutes, **measured}
        )
        if logs is not None:
            logs["balanced_accuracy"] = measured["balanced_accuracy/*"]  # for the callbacks after this one
        if self._parameters.patience and self._log.find_best_epoch() == epoch + 1:
            self._save("best.keras")
        self._save("checkpoint.keras")
        with atomic_write(self._out_dir / "state.json") as partial:
            partial.write_text(json.dumps({"epoch": epoch + 1}), encoding="utf-8")
        self.model.stop_training = is_over(self._out_dir, self._parameters)

    def _save(self, name: str) -> None:
        with atomic_write(self._out_dir / name) as partial:
            self.model.save(partial)

    def _measure(self) -> dict[str, float]:
        """Return the balanced accuracy on validation faces by source, and as "*" over all."""
        answer = self.model.predict(self._inputs, batch_size=128, verbose=0)
        happy = (
            says_happy(answer[:, 0]) if answer.shape[1] == 1 else answer[:, HAPPINESS] > answer[:, SADNESS]
        )
        # By source, too: over all, a gain on a large source hides a loss on a small one.
        measured = {}
        for source in (*sorted(set(self._sources.tolist())), "*"):
            chosen = (self._sources == source) | (source == "*")
            if has_both_kinds(self._is_happy[chosen]):
                measured[f"balanced_accuracy/{source}"] = mean_recall(happy[chosen], self._is_happy[chosen])
        return measured


def is_over(out_dir: Path, parameters: Hyperparameters) -> bool:
    """Tell whether validation has not improved for `patience` epochs."""
    log = RunLog(out_dir)
    best = log.find_best_epoch()
    return bool(parameters.patience) and best > 0 and max(log.read()) - best >= parameters.patience


def _start(
    parameters: Hyperparameters,
    steps: int,
    initial: Sequence[NDArray[np.float32]] | None,
    bottlenecks: Sequence[int],
) -> keras.Model:
    """Build the network, with random weights or those of another."""
    model = build_network(parameters, steps, is_started=initial is not None)
    if initial is not None:
        try:
            if len(initial) < len(model.weights):
                deepen(model, initial, bottlenecks)
            else:
                model.set_weights(list(initial))
        except ValueError as error:
            raise TrainingError(f"The weights to start from are another network's ({error}).") from error
    return model


def check_data(run_dir: Path, data_dir: Path) -> None:
    """Refuse to go on with a run on other faces than it began with.

    Another prepared set is split differently: faces that the run has learnt could be among its test faces,
    and the figures would be too good.

    Raises:
        TrainingError: The prepared set is another.
    """
    record = json.loads((run_dir / "run.json").read_text(encoding="utf-8"))
    if record["data"]["manifest_sha256"] != hash_prepared(data_dir):
        raise TrainingError(
            f"{run_dir} holds a run on other faces than {data_dir}. Choose another --out, or remove it."
        )


def _resume(
    out_dir: Path, data_dir: Path, parameters: Hyperparameters, steps: int, origin: Mapping[str, Any]
) -> tuple[keras.Model, int] | None:
    """Load the last checkpoint of the same run, if there is one."""
    state, checkpoint = out_dir / "state.json", out_dir / "checkpoint.keras"
    if not (state.exists() and checkpoint.exists()):
        return None
    record = json.loads((out_dir / "run.json").read_text(encoding="utf-8"))
    if not has_same_numbers(record["hyperparameters"], parameters):
        raise TrainingError(
            f"{out_dir} holds a run with other hyperparameters. Choose another --out, or remove it."
        )
    if any(record.get(name, origin[name]) != origin[name] for name in ("start", "teachers")):
        raise TrainingError(
            f"{out_dir} holds a run that started from, or was taught by, other models. Choose another "
            "--out, or remove it."
        )
    check_data(out_dir, data_dir)
    saved = load_network(checkpoint, _REMOVE, with_optimizer=True)
    # Into a network built anew: a loaded optimizer has forgotten which weights are not to decay.
    model = build_network(parameters, steps, is_started=saved.name == "seed_cnn")
    model.optimizer.build(model.trainable_variables)
    if [variable.shape for variable in _state(saved)] != [variable.shape for variable in _state(model)]:
        raise TrainingError(f"{checkpoint} is of another version's network. {_REMOVE}")
    for old, new in zip(_state(saved), _state(model), strict=True):
        new.assign(old)
    return model, int(json.loads(state.read_text(encoding="utf-8"))["epoch"])


def has_same_numbers(before: dict[str, Any], parameters: Hyperparameters) -> bool:
    """Tell whether the numbers in the record of a run are these."""
    now = json.loads(json.dumps(dataclasses.asdict(parameters)))
    # A number that an older record does not know had the value that is the default today.
    return before == {name: now[name] for name in before if name in now}


def _state(model: keras.Model) -> list[Any]:
    """Return all that changes while a network trains: weights, running averages, the optimizer's moments."""
    return [*model.variables, *model.optimizer.variables]


def _write_record(
    out_dir: Path,
    parameters: Hyperparameters,
    data_dir: Path,
    faces: int,
    origin: Mapping[str, Any],
) -> None:
    """Write all that is needed to repeat the run."""
    packages = ("keras", "tensorflow", "jax", "torch", "numpy", "opencv-python-headless")
    versions = {}
    for package in packages:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    record = {
        "hyperparameters": dataclasses.asdict(parameters),
        **origin,
        "backend": keras.backend.backend(),
        "packages": versions,
        "data": {"manifest_sha256": hash_prepared(data_dir), "training_faces": faces},
    }
    with atomic_write(out_dir / "run.json") as partial:
        partial.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
