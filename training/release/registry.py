"""The registry, `models/index.json`: each model's versions, their origin and figures, and which is used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from classifier.model_info import FILE_NAME, load_model_info
from classifier.whole_file import write_whole
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
    """Read the index; an empty one where there is none yet.

    Raises:
        TrainingError: It is not understood.
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
    """Return a model's entry: enough to find out what it was made of and how it did."""
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
            if name == "test" or name.startswith("test/")
        },
    }


def record_current(models_dir: Path, info: ModelInfo) -> None:
    """Enter a model as the one in use of its name, in place of an older entry of the same version."""
    index = load_index(models_dir)
    others = [
        entry for entry in index["models"] if (entry["name"], entry["version"]) != (info.name, info.version)
    ]
    index["models"] = sorted(
        [*others, describe_model(info)], key=lambda entry: (entry["name"], entry["date"], entry["version"])
    )
    index["current"] = dict(sorted({**index["current"], info.name: info.version}.items()))
    with write_whole(models_dir / INDEX_FILE) as partial:
        partial.write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")


def record_all(models_dir: Path) -> list[ModelInfo]:
    """Enter every model folder as it lies there now.

    Raises:
        TrainingError: There is none.
    """
    infos = [
        load_model_info(path.parent)
        for path in sorted(models_dir.glob(f"[!.]*/{FILE_NAME}"))
        if not path.parent.name.endswith(PREVIOUS_SUFFIX)
    ]
    if not infos:
        raise TrainingError(f"{models_dir} holds no model folder.")
    for info in infos:
        record_current(models_dir, info)
    return infos


def list_versions(models_dir: Path, name: str) -> list[str]:
    """Return all versions that a model ever had in use."""
    return [entry["version"] for entry in load_index(models_dir)["models"] if entry["name"] == name]


def _round(value: float) -> float:
    """Keep counts whole and figures short."""
    return value if isinstance(value, int) else round(value, _DIGITS)
