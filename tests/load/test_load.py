"""The load test itself, small: the whole bot in its own processes, killed over a backlog, under bombs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.load.__main__ import read_arguments, run
from tests.load.report import check_bars

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
PHOTOS = 30


async def test_a_bot_killed_over_a_backlog_with_bombs_answers_all(tmp_path: Path):
    """Of each photo and each bomb the playground's call log shows an answer, however often the bot died."""
    arguments = ["--backlog", "--photos", str(PHOTOS), "--chats", "6", "--bombs", "0.2", "--kills", "2"]
    report = await run(read_arguments([*arguments, "--workers", "1"]), tmp_path)

    assert (report["sent"], report["answered"], report["lost"]) == (PHOTOS, PHOTOS, 0)
    assert report["kills"] == {"all": 2, "with_answers_owed": 2}
    assert report["outcomes"]["refused"] > 0
    assert report["memory_mib"]["most"] > 0
    assert report["loop_lag_ms"]["p50_below"] > 0
    assert check_bars(report, rate=None, has_bombs=False) == {"none lost": "met"}


async def test_a_bot_told_to_stop_over_a_backlog_answers_each_photo_once(tmp_path: Path):
    """SIGTERM lets it answer what is in flight; the next start does the rest, and repeats nothing."""
    arguments = ["--backlog", "--photos", str(PHOTOS), "--chats", "6", "--bombs", "0", "--stops", "2"]
    report = await run(read_arguments([*arguments, "--workers", "1"]), tmp_path)

    assert (report["answered"], report["lost"], report["doubled"]) == (PHOTOS, 0, 0)
    assert report["stops"]["with_answers_owed"] > 0


async def test_a_stream_tells_what_each_part_costs(tmp_path: Path):
    """Where nothing was killed, each photo is answered once, and the processor time is told apart."""
    arguments = ["--photos", "12", "--rate", "4", "--chats", "4", "--bombs", "0", "--workers", "1"]
    report = await run(read_arguments(arguments), tmp_path)

    assert (report["answered"], report["lost"], report["doubled"]) == (12, 0, 0)
    parts = report["cpu_ms_per_photo"]
    assert set(parts) == {"bot", "workers", "playground and load"}
    assert all(milliseconds > 0 for milliseconds in parts.values())
