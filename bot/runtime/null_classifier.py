"""The classifier of a process that only receives messages: it refuses every photo."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from pathlib import Path

_SENTENCE = "This process receives messages and classifies no photos; `python -m bot worker` does."


class NullClassifier:
    """A classifier without workers."""

    ready_workers = 0
    confinement = None

    @property
    def info(self) -> NoReturn:
        """Refuse: there is no model.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError(_SENTENCE)

    async def start(self) -> None:
        """Do nothing: there is nothing to start."""

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""

    async def classify(self, *_: object, **__: object) -> NoReturn:
        """Refuse.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError(_SENTENCE)

    async def watch(self, *_: object, **__: object) -> NoReturn:
        """Refuse.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError(_SENTENCE)

    async def reload(self, model_dir: Path) -> None:
        """Do nothing: there is no model to change."""
