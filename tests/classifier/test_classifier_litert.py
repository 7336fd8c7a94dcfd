"""LiteRT's own line about its delegate reaches nobody; every other line does."""

from __future__ import annotations

import gc
import os

import pytest

from classifier.litert import hide_delegate_line

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


def test_a_failure_leaves_standard_error_as_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    """No descriptor stays open, whatever happens meanwhile."""
    gc.collect()  # not between the two looks: descriptors of earlier tests may become free by it
    before = os.dup(2)
    os.close(before)
    for _ in range(3):
        with pytest.raises(ValueError, match="unreadable"), hide_delegate_line():
            raise ValueError("unreadable")
    after = os.dup(2)
    os.close(after)
    os.write(2, b"still there\n")
    assert after == before
    assert capfd.readouterr().err == "still there\n"
