"""Write a network with Keras, and read it back, or say what is wrong with its file."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import numpy as np

from training.errors import TrainingError
from training.networks.architectures import seed_cnn
from training.networks.quiet_keras import keras

if TYPE_CHECKING:
    from pathlib import Path


def save_network(network: keras.Model, path: Path) -> None:
    """Save a network that training can go on from; a `seed_cnn` in half precision, at half the size."""
    # Of 3.7 million weights three digits are enough to start from; the served file is made from the full
    # ones.
    if network.name == "seed_cnn":
        half = seed_cnn(dtype="float16")
        half.set_weights([weights.astype(np.float16) for weights in network.get_weights()])
        network = half
    network.save(path)


def load_network(path: Path, advice: str, *, with_optimizer: bool = False) -> keras.Model:
    """Load a `.keras` file.

    Args:
        path: The file.
        advice: What to do when it cannot be read, a sentence.
        with_optimizer: Compiled as it was saved, to be trained on.

    Raises:
        TrainingError: It is missing, cut off, or something else.
    """
    try:
        network = keras.saving.load_model(path, compile=with_optimizer)
    except (OSError, ValueError, TypeError, KeyError, zipfile.BadZipFile) as error:
        state = "is damaged" if path.exists() else "is missing"
        raise TrainingError(f"{path} {state}. {advice}") from error
    return _widen(network) if network.name == "seed_cnn" else network


def _widen(network: keras.Model) -> keras.Model:
    """Return a `seed_cnn` in single precision, whatever it was saved in."""
    weights = network.get_weights()
    if all(part.dtype == np.float32 for part in weights):
        return network
    wide = seed_cnn()
    wide.set_weights([part.astype(np.float32) for part in weights])
    return wide


def load_trained(run_dir: Path) -> keras.Model:
    """Load the network of a finished run.

    Raises:
        TrainingError: The run has not finished, or its file is damaged.
    """
    return load_network(run_dir / "trained.keras", "Give the train command again: it goes on where it was.")
