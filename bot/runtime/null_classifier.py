"""What stands for the classifier in a process that only receives messages."""

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
        """Need no warming up."""

    async def close(self) -> None:
        """Leave nothing behind."""

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
        """Have no model to change."""
