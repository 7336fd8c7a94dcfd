"""/readyz of the running bot: what it says when its workers hang or die, and that it recovers by itself."""

from __future__ import annotations

import asyncio
import dataclasses
import multiprocessing
import os
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from bot_fakes import run_bot_in, until

from bot.config.settings import load_settings
from classifier.workers.worker_pool import ClassifierPool, PoolOptions

if TYPE_CHECKING:
    from playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROOT = Path(__file__).parents[3]


@pytest.fixture
def model_dir(tmp_path: Path) -> Path:
    """A copy of the shipped model, to be taken away."""
    copy: Path = shutil.copytree(ROOT / load_settings().model_dir, tmp_path / "model")
    return copy


@pytest.fixture
def others() -> set[int]:
    """Workers that other tests of this run keep open."""
    return {child.pid for child in multiprocessing.active_children() if child.pid is not None}


def find_workers(others: set[int]) -> set[int]:
    return {child.pid for child in multiprocessing.active_children() if child.pid is not None} - others


@pytest.mark.parametrize("end", [signal.SIGSTOP, signal.SIGKILL], ids=["hung", "dead"])
async def test_without_a_worker_that_answers_the_bot_is_not_ready(
    playground: Playground,
    tmp_path: Path,
    model_dir: Path,
    others: set[int],
    unused_tcp_port: int,
    astronaut_jpeg: bytes,
    end: signal.Signals,
):
    """No photo is needed to notice; once a worker can be started again, the bot is ready and answers."""
    options = PoolOptions(model_dir=model_dir, workers=1, check_seconds=0.2, answer_seconds=2)
    classifier = ClassifierPool(options)
    async with (
        run_bot_in(playground, tmp_path / "data", classifier, health_port=unused_tcp_port),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{unused_tcp_port}", timeout=60) as client,
    ):
        await until(lambda: classifier.ready_workers)
        # So that what is found out is not put right at once.
        away = await asyncio.to_thread(model_dir.rename, tmp_path / "away")
        for worker_id in find_workers(others):
            os.kill(worker_id, end)
        await until(lambda: not classifier.ready_workers, seconds=60)
        not_ready, live = await client.get("/readyz"), await client.get("/healthz")
        # On a busy machine, too, the next worker is to start and to stay.
        for worker in classifier._workers:
            worker._options = dataclasses.replace(options, answer_seconds=60.0)
        await asyncio.to_thread(away.rename, model_dir)
        await until(lambda: classifier.ready_workers, seconds=60)
        ready = await client.get("/readyz")
        assert classifier.confinement is not None
        assert ready.json().get("notes", {}).get("confinement", "") == classifier.confinement.describe()
        photo = await playground.send_photo(playground.private, playground.ana, astronaut_jpeg)

        assert (await playground.wait_for_reply(photo)).text.startswith("Looks ")
    assert (not_ready.status_code, live.status_code) == (503, 200)
    assert not_ready.json()["problems"]["workers"] == "No worker answers."
    assert "workers" not in ready.json()["problems"]
