"""Errors by slice: on which kinds of faces (such as dark or tilted ones) is the model wrong most often?"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from classifier.faces.face_detection import FaceFinder
from training.data.dataset import load_prepared
from training.data.slices import DESCRIPTIONS, NOT_TOLD, SLICES, name_slices
from training.errors import TrainingError
from training.evaluation.accuracy_metrics import wilson_interval
from training.evaluation.inference import Predictor
from training.feedback.press_counts import Agreement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from training.feedback.correction_set import Given

_FINDER_SCORE = 0.5  # of the detector: each crop holds a face for certain
ALL = "all"
"""Name of the row with all faces together."""

_OF_KEPT = (
    "Of the faces that people let us keep. Most of them are kept because the answer was wrong: compare a row "
    'with "all", not with an error rate.\n'
)
_OF_HELD_OUT = (
    "Of the happy and sad test faces of `--data`, where the model has to choose. How large and how tilted "
    "these were in a photo is not known.\n"
)


def measure_slices(given: Sequence[Given]) -> dict[str, Agreement]:
    """Count the kept faces by slice: those answered happy or sad, and those where the label agrees."""
    finder = FaceFinder(_FINDER_SCORE)
    answered = [one for one in given if one.face.answer != "unsure"]
    return _count_by_slice(
        (
            name_slices(one.crop, finder, tilt=one.face.tilt, face_pixels=one.face.face_pixels),
            one.face.answer == one.face.label,
        )
        for one in answered
    )


def measure_held_out_slices(champion: Path, data_dir: Path) -> dict[str, Agreement]:
    """Count by slice how many happy and sad test faces a model gets right when it must choose.

    Raises:
        ModelError: The model folder is incomplete.
        TrainingError: The set has no such faces.
    """
    faces = load_prepared(data_dir).select_split("test")
    faces = faces.select(faces.is_happy_or_sad)
    if not len(faces):
        raise TrainingError(f"{data_dir} has no happy or sad test faces. Name another --data, or none.")
    predictions, finder = Predictor(champion).predict_faces(faces), FaceFinder(_FINDER_SCORE)
    # Forced choice: a model that often says "hard to tell" would otherwise look better than it is.
    is_right = (predictions.probabilities >= 1 / 2) == predictions.is_happy
    return _count_by_slice(
        (name_slices(crop, finder), bool(one)) for crop, one in zip(faces.crops, is_right, strict=True)
    )


def _count_by_slice(found: Iterable[tuple[frozenset[str], bool]]) -> dict[str, Agreement]:
    """Count right answers by slice; a face can be in several slices, and is always in ALL."""
    right: Counter[str] = Counter()
    everything: Counter[str] = Counter()
    for names, is_right in found:
        for name in (ALL, *names):
            everything[name] += 1
            right[name] += is_right
    return {name: Agreement(right[name], everything[name]) for name in (ALL, *SLICES) if everything[name]}


def format_slices(slices: Mapping[str, Agreement], held_out: Mapping[str, Agreement]) -> list[str]:
    """Format the tables of both kinds of faces, and the slices that cannot be recognised."""
    lines = ["## Which faces do worst\n"]
    if slices:
        lines += [_OF_KEPT, *_tabulate_slices(slices)]
    else:
        lines.append("Slices of the kept faces need `--corrections` and `--key-file`.\n")
    if held_out:
        lines += [_OF_HELD_OUT, *_tabulate_slices(held_out)]
    else:
        lines.append("Error rates by slice need held-out faces: give `--data`.\n")
    return [*lines, "Not told: " + "; ".join(f"{name} ({why})" for name, why in NOT_TOLD.items()) + ".\n"]


def _tabulate_slices(slices: Mapping[str, Agreement]) -> list[str]:
    """Format a table with one row for each slice."""
    return [
        "| slice | faces | answered wrongly | meaning |",
        "|---|---:|---:|---|",
        *(
            f"| {name} | {one.all:,} | {format_share(Agreement(one.all - one.right, one.all))} | "
            f"{DESCRIPTIONS.get(name, 'every face with an answer')} |"
            for name, one in slices.items()
        ),
        "",
    ]


def format_share(agreement: Agreement) -> str:
    """Format a share with its 95% interval."""
    # Wilson, not the normal approximation: slices are small, and shares are close to 0 (Wilson 1927).
    low, high = wilson_interval(agreement.right, agreement.all)
    return f"{agreement.share:.1%} [{low:.1%}, {high:.1%}]"
