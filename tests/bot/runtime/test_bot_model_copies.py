"""Copies of models: each process has its own, and those of processes that have ended go."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from bot.config.settings import Settings
from bot.runtime.lifecycle import build_pool, delete_ended_copies

if TYPE_CHECKING:
    from pathlib import Path


def test_a_process_leaves_the_models_of_living_ones_alone(tmp_path: Path):
    """What an earlier run, or an earlier version, has left is removed."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        for name in (str(other.pid), "0123456789abcdef", "4194305"):  # the last is beyond Linux's numbers
            (tmp_path / "model" / name).mkdir(parents=True)
        delete_ended_copies(tmp_path)
        assert [path.name for path in (tmp_path / "model").iterdir()] == [str(other.pid)]
        other.communicate(b"\n")

    delete_ended_copies(tmp_path)
    pool = build_pool(dataclasses.replace(Settings(), data_dir=tmp_path))
    assert list((tmp_path / "model").iterdir()) == []
    assert pool._options.copies_dir == tmp_path / "model" / str(os.getpid())
