"""Variants of the hyperparameters, each with a name, read from a TOML file.

    [base]                              # for all runs: values that differ from the defaults
    epochs = 12

    [variants."nothing covered"]         # one table for each variant
    augmentation = { cover = 0.0 }

    [variants."taught"]
    teachers = ["models/happy-sad-net"]

The keys are the fields of `Hyperparameters`, and `teachers`. Inside `augmentation`, `keep_share` and
`source_repeats`, a key that is not named keeps its value.
"""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from training.fit.hyperparameters import Hyperparameters

BASE = "base"


@dataclass(frozen=True)
class Variant:
    """One set of hyperparameters with a name.

    Attributes:
        name: Name of the change, or BASE.
        parameters: The hyperparameters, changed.
        teachers: Model folders whose answers the network learns.
    """

    name: str
    parameters: Hyperparameters
    teachers: tuple[Path, ...] = ()


def read_variants(path: Path, defaults: Hyperparameters) -> list[Variant]:
    """Return the base, then the variants in the order of the file.

    Raises:
        TrainingError: The file is no TOML, or has an unknown key or a value of another type.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path} is no TOML file ({error}).") from error
    variants = found.get("variants", {})
    if (
        set(found) - {BASE, "variants"}
        or not variants
        or not all(isinstance(c, dict) for c in variants.values())
    ):
        raise TrainingError(
            f"{path} has {', '.join(found) or 'nothing'}. Expected [base], if anything is to differ from the "
            'defaults in all runs, and a table such as [variants."no dropout"] for each change.'
        )
    base = derive_variant(Variant(BASE, defaults), BASE, found.get(BASE, {}))
    return [base, *(derive_variant(base, name, numbers) for name, numbers in variants.items())]


def derive_variant(before: Variant, name: str, numbers: Mapping[str, Any]) -> Variant:
    """Return a copy of a variant with another name and some other values.

    Raises:
        TrainingError: A key is unknown, or a value is of another type.
    """
    others = {key: value for key, value in numbers.items() if key != "teachers"}
    teachers = tuple(Path(path) for path in numbers["teachers"]) if "teachers" in numbers else before.teachers
    try:
        return Variant(name, _replace(before.parameters, others), teachers)
    except TrainingError as error:
        raise TrainingError(f'Change "{name}": {error}') from error


def _replace(before: Any, numbers: Mapping[str, Any]) -> Any:
    """Return a copy of a dataclass with some other values, converted to the types of the old ones."""
    known = [field.name for field in dataclasses.fields(before)]
    # A misspelt key must not pass: the ablation would compare the base with itself.
    unknown = sorted(set(numbers) - set(known))
    if unknown:
        raise TrainingError(f"there is no {unknown[0]!r}. There are {', '.join(known)}.")
    return dataclasses.replace(
        before, **{name: _convert(name, getattr(before, name), value) for name, value in numbers.items()}
    )


def _convert(name: str, before: Any, value: Any) -> Any:
    """Convert a value of a TOML file to the type of the value that it replaces."""
    if isinstance(value, dict) and dataclasses.is_dataclass(before):
        return _replace(before, value)
    if isinstance(value, dict) and isinstance(before, dict):
        return {**before, **value}
    # TOML has lists, frozen dataclasses need tuples.
    if isinstance(value, list) and isinstance(before, tuple):
        return tuple(tuple(part) if isinstance(part, list) else part for part in value)
    if isinstance(before, float) and type(value) is int:  # "dropout = 0" is meant as 0.0
        return float(value)
    # Not isinstance: to Python, true is an int, so "epochs = true" would train for one epoch.
    if type(value) is not type(before):
        raise TrainingError(f"{name} is {value!r}, expected something like {before!r}.")
    return value
