"""Average the weights of networks that were trained from the same start.

    python -m training average runs/second models/first --out runs/average

A run that started from a model (`train --start`) ends not far from it. The mean of the two often generalizes
better than either of them, because it lies in a flatter part of the loss, and it costs no more to run.
Networks that were trained apart cannot be averaged: filter 7 of the one has nothing to do with filter 7 of
the other.

Source: Izmailov et al. 2018, "Averaging Weights Leads to Wider Optima", arXiv 1803.05407.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
from rich.progress import track

from training.data.dataset import load_prepared
from training.errors import TrainingError
from training.fit.batches import FaceBatches, draw_weights
from training.fit.train import check_data
from training.fit.warm_start import (
    describe_weights,
    load_weights,
    read_hyperparameters,
    read_own_hyperparameters,
)
from training.networks.architectures import deepen, emotion_core
from training.networks.keras_files import load_trained

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import keras

    from training.fit.hyperparameters import Hyperparameters

_STATISTICS_BATCHES = 200
"""Batches from which batch normalization measures its means and variances anew. After 23 half of an old value
is forgotten, so after 200 hardly anything of it is left."""


def average(run_dir: Path, model_dirs: Sequence[Path], data_dir: Path, out_dir: Path) -> keras.Model:
    """Write a run whose network is the mean of a run's and of models'.

    Args:
        run_dir: A finished run of `happy_sad_net`.
        model_dirs: Model folders: ancestors of the run, or models with the same ancestor.
        data_dir: The prepared set that the run learnt from.
        out_dir: A run's folder, for `export`. Its record is that of `run_dir` and names the averaged models.

    Returns:
        The network, also saved as `out_dir/trained.keras`.

    Raises:
        TrainingError: There is nothing to average, a network of another shape, another prepared set, an
            unfinished run, or `out_dir` is the run's.
    """
    if out_dir.resolve() == run_dir.resolve():
        raise TrainingError("The mean would take the place of the run. Choose another --out.")
    check_data(run_dir, data_dir)
    record = json.loads((run_dir / "run.json").read_text(encoding="utf-8"))
    parameters = read_hyperparameters(record["hyperparameters"])
    network = load_trained(run_dir)
    others = [_load_as_deep(path, network, parameters) for path in model_dirs]
    mean = _average_weights([network.get_weights(), *others], model_dirs)
    network.set_weights(mean)

    # The means and variances of batch normalization belong to the weights that they were measured with. No
    # run has measured these weights yet: show the network training faces, and change nothing else.
    faces = load_prepared(data_dir).select_split("train")
    size = parameters.sizes[-1][1]
    numbers = dataclasses.replace(parameters, seed=parameters.seed + 1)
    batches = FaceBatches(faces, faces.votes, draw_weights(faces, numbers), size, numbers, 0)
    for number in track(range(_STATISTICS_BATCHES), "Normalization"):
        network(batches[number % len(batches)][0], training=True)

    out_dir.mkdir(parents=True, exist_ok=True)
    network.save(out_dir / "trained.keras")
    shutil.copy(run_dir / "log.jsonl", out_dir)
    record["averaged_with"] = [describe_weights(path) for path in model_dirs]
    (out_dir / "run.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return network


def _load_as_deep(model_dir: Path, network: keras.Model, parameters: Hyperparameters) -> Sequence[np.ndarray]:
    """Load a model's weights; of one with fewer blocks, those of a network like this that answers as it does.

    The blocks that it lacks are the run's own, but add nothing to what goes past them.
    """
    weights = load_weights(model_dir)
    if len(weights) >= len(network.weights):
        return weights
    twin = emotion_core(parameters.widths, parameters.dropout, parameters.bottlenecks)
    twin.set_weights(network.get_weights())
    try:
        deepen(twin, weights, read_own_hyperparameters(model_dir).bottlenecks)
    except ValueError as error:
        raise _refuse_shape(model_dir) from error
    return list(twin.get_weights())


def _refuse_shape(model_dir: Path) -> TrainingError:
    return TrainingError(f"{model_dir} has another shape. Average only what came from one network.")


def _average_weights(
    networks: Sequence[Sequence[np.ndarray]], model_dirs: Sequence[Path]
) -> list[np.ndarray]:
    """Return the mean of each weight."""
    if not model_dirs:
        raise TrainingError("Name at least one model to average the run with.")
    shapes = [[weights.shape for weights in network] for network in networks]
    for others, path in zip(shapes[1:], model_dirs, strict=True):
        if others != shapes[0]:
            raise _refuse_shape(path)
    return [np.mean(parts, axis=0) for parts in zip(*networks, strict=True)]
