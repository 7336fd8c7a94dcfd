"""Read a network that Keras saved, or say what is wrong with its file."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import keras

from training.errors import TrainingError

if TYPE_CHECKING:
    from pathlib import Path


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
        return keras.saving.load_model(path, compile=with_optimizer)
    except (OSError, ValueError, TypeError, KeyError, zipfile.BadZipFile) as error:
        state = "is damaged" if path.exists() else "is missing"
        raise TrainingError(f"{path} {state}. {advice}") from error


def load_trained(run_dir: Path) -> keras.Model:
    """Load the network of a finished run.

    Raises:
        TrainingError: The run has not finished, or its file is damaged.
    """
    return load_network(run_dir / "trained.keras", "Give the train command again: it goes on where it was.")
