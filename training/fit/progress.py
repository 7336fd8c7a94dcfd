"""A progress bar for each epoch of a training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from training.networks.quiet_keras import keras

if TYPE_CHECKING:
    from collections.abc import Mapping


class ProgressBar(keras.callbacks.Callback):
    """Shows an epoch's batches with the loss, and leaves a line with what was measured after it.

    Used as a context manager it restores the terminal however training ends: Keras calls no callback on
    Ctrl-C.
    """

    _bar: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def on_epoch_begin(self, epoch: int, _logs: dict[str, float] | None = None) -> None:
        """Start a bar."""
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[figures]}"),
        )
        title = f"Epoch {epoch + 1}/{self.params['epochs']}"
        self._task = self._bar.add_task(title, total=self.params["steps"], figures="")
        self._bar.start()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Move the bar on."""
        if self._bar is not None:
            self._bar.update(self._task, completed=batch + 1, figures=_format_figures(logs))

    def on_epoch_end(self, _epoch: int, logs: dict[str, float] | None = None) -> None:
        """Leave the bar with the epoch's figures."""
        if self._bar is not None:
            self._bar.update(self._task, figures=_format_figures(logs))
            self._bar.stop()


def _format_figures(logs: Mapping[str, float] | None) -> str:
    """Give what Keras reports in a few words."""
    return ", ".join(f"{name.replace('_', ' ')} {value:.4f}" for name, value in (logs or {}).items())
