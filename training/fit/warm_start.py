"""Warm start: what a new model takes over from an older one, its weights, its numbers and its version."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

from classifier.model_info import FILE_NAME, load_model_info, parse_model_info
from training.errors import TrainingError
from training.fit.augment import Augmentation
from training.fit.hyperparameters import Hyperparameters
from training.networks.keras_files import load_network
from training.networks.quiet_keras import keras

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from classifier.model_info import ModelInfo

KERAS_FILE = "model.keras"
RESTORE = "Restore it, or export the model again."

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


def load_weights(model_dir: Path) -> tuple[NDArray[np.float32], ...]:
    """Take the trained weights out of a model folder, in the order of Keras's `get_weights`.

    The served network of `happy_sad_net` wraps the trained one as the one network among its layers.

    Raises:
        TrainingError: The folder has no Keras file, or a damaged one.
    """
    served = load_network(model_dir / KERAS_FILE, RESTORE)
    inner = [layer for layer in served.layers if isinstance(layer, keras.Model)]
    return tuple((inner[0] if inner else served).get_weights())


def describe_weights(model_dir: Path) -> dict[str, str]:
    """Say whose weights a run starts from or learns from, for its record."""
    info = load_model_info(model_dir)
    return {"name": info.name, "version": info.version, "weights_sha256": info.weights_sha256}


_PARENT = "parent.json"


def keep_parent(model_dir: Path, run_dir: Path) -> None:
    """Keep the `model.json` of the model that a run starts from: the export may have to fall back on it."""
    run_dir.mkdir(parents=True, exist_ok=True)
    text = (model_dir / FILE_NAME).read_text(encoding="utf-8")
    (run_dir / _PARENT).write_text(text, encoding="utf-8")


def read_parent(run_dir: Path) -> ModelInfo | None:
    """Read what `keep_parent` kept; None for a run that began with random weights.

    Raises:
        ModelError: The file is damaged.
    """
    path = run_dir / _PARENT
    return parse_model_info(path.read_text(encoding="utf-8")) if path.exists() else None


BASE_NUMBERS = "base_hyperparameters"
"""Key in a fine-tuned model's record: the numbers of the last full training among its ancestors."""


def read_base_hyperparameters(info: ModelInfo) -> Hyperparameters:
    """Return the numbers of a model's last full training; a fine-tuned model names those of its ancestor.

    Numbers that an old record does not know have their defaults.
    """
    recorded: dict[str, Any] = info.training.get(BASE_NUMBERS) or info.training.get("hyperparameters", {})
    # With enough faces again, all of the network learns.
    return read_hyperparameters({**recorded, "architecture": info.architecture, "last_layer_only": False})


def read_own_hyperparameters(model_dir: Path) -> Hyperparameters:
    """Return the numbers of a model's last round of training."""
    return read_hyperparameters(load_model_info(model_dir).training.get("hyperparameters", {}))


def read_hyperparameters(recorded: dict[str, Any]) -> Hyperparameters:
    """Return the numbers of a record; those that it does not know have their defaults."""
    # JSON has no tuples and no classes: both are built again, or two equal runs would seem to differ.
    known = {field.name for field in dataclasses.fields(Hyperparameters)}
    numbers = {name: value for name, value in recorded.items() if name in known}
    if "augmentation" in numbers:
        numbers["augmentation"] = Augmentation(**numbers["augmentation"])
    for name in ("widths", "bottlenecks"):
        if name in numbers:
            numbers[name] = tuple(numbers[name])
    if "sizes" in numbers:
        numbers["sizes"] = tuple((share, size) for share, size in numbers["sizes"])
    return Hyperparameters(**numbers)


def next_version(current: str, taken: Iterable[str]) -> str:
    """Return the version of the next weights: the second number goes up, over all that were ever given.

    Raises:
        TrainingError: A version is not of three numbers.
    """
    versions = [_split_version(version) for version in (current, *taken)]
    major, minor, _ = max(versions)
    return f"{major}.{minor + 1}.0"


def _split_version(version: str) -> tuple[int, int, int]:
    """Read a version such as 1.0.0."""
    match = _VERSION.fullmatch(version)
    if match is None:
        raise TrainingError(f"Version {version!r} is not of the form 1.0.0. Export with one that is.")
    major, minor, patch = (int(part) for part in match.groups())
    return major, minor, patch
