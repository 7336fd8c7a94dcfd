"""What a training run writes down after each epoch: a line for machines, and scalars for TensorBoard."""

from __future__ import annotations

import itertools
import json
import time
from typing import TYPE_CHECKING, Any

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class RunLog:
    """Writes `log.jsonl` and TensorBoard events, on any Keras backend.

    Args:
        run_dir: Of the run; `tensorboard --logdir` its parent shows several runs.
    """

    def __init__(self, run_dir: Path) -> None:
        self._path = run_dir / "log.jsonl"
        self._events = run_dir / "tensorboard"

    def write(self, line: Mapping[str, Any]) -> None:
        """Add one epoch: its number as "epoch", and figures by name."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        values = [
            Summary.Value(tag=name.replace("*", "all"), simple_value=value)
            for name, value in line.items()
            if name != "epoch" and value is not None
        ]
        # Opened for each epoch: a run that is stopped leaves no event behind in a buffer.
        writer = EventFileWriter(str(self._events), filename_suffix=f".epoch{line['epoch']}")
        writer.add_event(Event(wall_time=time.time(), step=line["epoch"], summary=Summary(value=values)))
        writer.close()

    def read(self) -> dict[int, dict[str, Any]]:
        """Return the line of each epoch; of one that was repeated after a stop, the last.

        Raises:
            FileNotFoundError: Nothing has been written yet.
        """
        lines = self._path.read_text(encoding="utf-8").splitlines()
        return {line["epoch"]: line for line in map(json.loads, lines)}

    def total_minutes(self) -> float:
        """Return the minutes that were trained, over all starts of the run; 0.0 before any.

        A start goes on counting where the last one ended; those of earlier versions counted from 0 again. An
        epoch that was stopped halfway is not counted.
        """
        if not self._path.exists():
            return 0.0
        minutes = [
            json.loads(line)["minutes"] for line in self._path.read_text(encoding="utf-8").splitlines()
        ]
        ends = [now for now, after in itertools.pairwise([*minutes, 0.0]) if after < now]
        return float(sum(ends))

    def find_best_epoch(self) -> int:
        """Return the first epoch with the highest balanced accuracy on validation; 0 before any."""
        if not self._path.exists():
            return 0
        history = {epoch: line["balanced_accuracy/*"] for epoch, line in self.read().items()}
        return max(history, key=lambda epoch: (history[epoch], -epoch))
