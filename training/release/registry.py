"""The registry, `models/index.json`: each model's versions, their origin and figures, and the one in use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from classifier.atomic_write import atomic_write
from classifier.model_info import FILE_NAME, load_model_info
from training.errors import TrainingError

if TYPE_CHECKING:
    from pathlib import Path

    from classifier.model_info import ModelInfo

INDEX_FILE = "index.json"
PREVIOUS_SUFFIX = ".previous"
FORMAT_VERSION = 1
_FIGURES = ("happy", "sad", "balanced_accuracy", "calibration_error")
_DIGITS = 4


def load_index(models_dir: Path) -> dict[str, Any]:
    """Read the index; return an empty one when there is no file.

    Raises:
        TrainingError: The file is damaged or has another format.
    """
    path = models_dir / INDEX_FILE
    if not path.exists():
        return {"format_version": FORMAT_VERSION, "current": {}, "models": []}
    try:
        index: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if index["format_version"] != FORMAT_VERSION:
            raise TrainingError(f"{path} is of another format version; expected {FORMAT_VERSION}.")
        if not isinstance(index["current"], dict) or not isinstance(index["models"], list):
            raise TrainingError(f"{path} has fields of another kind. Restore it, or remove it.")
    except (ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"{path} is not understood ({error}). Restore it, or remove it.") from error
    return index


def describe_model(info: ModelInfo) -> dict[str, Any]:
    """Return a model's entry: the data that it was trained on, its parent, and its figures."""
    return {
        "name": info.name,
        "version": info.version,
        "date": info.created,
        "parent": info.parent,
        "weights_sha256": info.weights_sha256,
        "data": {
            "manifest_sha256": info.training_data.get("manifest_sha256"),
            "training_faces": info.training_data.get("training_faces"),
        },
        "metrics": {
            name: {key: _round(report[key]) for key in _FIGURES if key in report}
            for name, report in info.metrics.items()
            # Validation faces chose the thresholds, so their figures are too good to compare models by.
            if name == "test" or name.startswith("test/")
        },
    }


def record_current(models_dir: Path, info: ModelInfo) -> None:
    """Record that a model is in use under its name; replaces an entry with the same version."""
    index = load_index(models_dir)
    others = [
        entry for entry in index["models"] if (entry["name"], entry["version"]) != (info.name, info.version)
    ]
    index["models"] = sorted(
        [*others, describe_model(info)], key=lambda entry: (entry["name"], entry["date"], entry["version"])
    )
    index["current"] = dict(sorted({**index["current"], info.name: info.version}.items()))
    # Sorted, so that a commit shows only the lines that changed; written whole or not at all.
    with atomic_write(models_dir / INDEX_FILE) as partial:
        partial.write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")


def record_all(models_dir: Path) -> list[ModelInfo]:
    """Record every model folder that exists now.

    Raises:
        TrainingError: There is no model folder.
    """
    infos = [
        load_model_info(path.parent)
        # A name with a dot in front is a folder that `promote` has not finished.
        for path in sorted(models_dir.glob(f"[!.]*/{FILE_NAME}"))
        if not path.parent.name.endswith(PREVIOUS_SUFFIX)
    ]
    if not infos:
        raise TrainingError(f"{models_dir} holds no model folder.")
    for info in infos:
        record_current(models_dir, info)
    return infos


def list_versions(models_dir: Path, name: str) -> list[str]:
    """Return all versions of a model that were ever in use."""
    return [entry["version"] for entry in load_index(models_dir)["models"] if entry["name"] == name]


def _round(value: float) -> float:
    """Round a figure to four digits; a count stays a whole number."""
    return value if isinstance(value, int) else round(value, _DIGITS)
