"""LiteRT's own line about its delegate reaches nobody; every other line does."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from classifier.litert import hide_delegate_line

if TYPE_CHECKING:
    import pytest

DELEGATE_LINE = b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n"


def test_only_the_line_about_the_delegate_is_kept_back(capfd: pytest.CaptureFixture[str]) -> None:
    """What LiteRT says of a fault is what a host needs to read."""
    with hide_delegate_line():
        os.write(2, b"WARNING: before\n" + DELEGATE_LINE + b"ERROR: after")
    os.write(2, b", and later\n")
    assert capfd.readouterr().err == "WARNING: before\nERROR: after, and later\n"


def test_more_lines_than_a_pipe_holds_stop_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """Waiting for a reader that comes later would be waiting for ever."""
    line = b"WARNING: again and again\n"
    with hide_delegate_line():
        assert os.write(2, line * 100_000) < len(line) * 100_000
    assert capfd.readouterr().err.startswith("WARNING: again and again\n")


FAILING = """
import os
from classifier.litert import hide_delegate_line

before = os.listdir("/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd")
for _ in range(3):
    try:
        with hide_delegate_line():
            raise ValueError
    except ValueError:
        pass
print(os.listdir("/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd") == before)
os.write(2, b"still there")
"""


def test_a_failure_leaves_standard_error_as_it_was() -> None:
    """No descriptor stays open. Looked at in a process of its own, where nobody else closes any."""
    done = subprocess.run([sys.executable, "-c", FAILING], capture_output=True, check=True)
    assert done.stdout.split() == [b"True"]
    assert done.stderr == b"still there"
