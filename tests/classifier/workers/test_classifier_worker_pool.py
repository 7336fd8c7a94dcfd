"""Photos are classified in processes that can be killed, and no photo is lost with them."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import io
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from classifier_pictures import build_many_scans, build_pixel_bomb, encode
from hostile_workers import HANG, LINGER, run_hanging, run_without_memory
from PIL import Image

from classifier.model_info import load_model_info
from classifier.types import (
    BusyError,
    DeadlineExceededError,
    ImageError,
    ModelError,
    NotAnImageError,
    WorkerLostError,
    WorkerUnavailableError,
)
from classifier.workers.worker_pool import Classification, ClassifierPool, PoolOptions
from tests.bot.time_lapse import TimeLapseLoop, run_in_time_lapse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[3]
NOBODY = encode(np.full((120, 160, 3), 90, dtype=np.uint8))


@pytest.fixture(scope="module")
def slow_photo() -> bytes:
    """A JPEG of 200 kB whose decoding takes seconds, within all limits."""
    return build_many_scans(np.full((6000, 6000, 3), 90, dtype=np.uint8), 85)


_WORKERS_OF_OTHERS: set[int] = set()


@pytest.fixture(autouse=True)
def _remember_workers_of_others() -> None:
    """A pool that other tests of this run keep open is not what these tests are about."""
    _WORKERS_OF_OTHERS.clear()
    _WORKERS_OF_OTHERS.update(list_worker_ids())


@pytest.fixture
async def pool(model_dir: Path) -> AsyncIterator[ClassifierPool]:
    options = PoolOptions(model_dir=model_dir, workers=1, max_waiting=2, deadline_seconds=600)
    async with ClassifierPool(options, run_hanging) as pool:
        yield pool


def list_worker_ids() -> set[int]:
    """Find the workers that this process started since the test began."""
    found = {child.pid for child in multiprocessing.active_children() if child.pid is not None}
    return found - _WORKERS_OF_OTHERS


async def wait_until_busy(
    pool: ClassifierPool, taken: asyncio.Event, photo: bytes = HANG
) -> asyncio.Task[Classification]:
    """Give the only worker something to do that it is never done with."""
    taken.clear()
    task = asyncio.create_task(pool.classify(photo))
    await asyncio.wait_for(taken.wait(), 60)
    return task


async def test_a_photo_is_classified_and_drawn(pool: ClassifierPool, astronaut: NDArray[np.uint8]) -> None:
    """What was asked for comes back, and nothing else."""
    photo = encode(astronaut)
    plain = await pool.classify(photo)
    assert len(plain.prediction.faces) == 1
    assert (plain.picture, plain.heat_map) == (None, None)
    rich = await pool.classify(photo, draw=True, explain=True)
    assert rich.prediction == plain.prediction
    for picture in (rich.picture, rich.heat_map):
        assert picture is not None
        assert Image.open(io.BytesIO(picture)).format == "JPEG"
    nobody = await pool.classify(NOBODY, draw=True, explain=True)
    assert (nobody.prediction.faces, nobody.picture, nobody.heat_map) == ((), None, None)
    assert pool.info.name == "bright-is-happy"


async def test_what_is_wrong_with_a_photo_crosses_from_the_worker(pool: ClassifierPool) -> None:
    """The error is the classifier's own, and the worker goes on."""
    before = list_worker_ids()
    with pytest.raises(NotAnImageError, match="Send"):
        await pool.classify(b"nothing")
    await pool.classify(NOBODY)
    assert list_worker_ids() == before


def test_a_photo_that_takes_too_long_loses_its_worker_and_no_other_photo(
    model_dir: Path, taken: asyncio.Event
) -> None:
    """The deadline is the sender's answer; those who waited get theirs."""
    options = PoolOptions(model_dir=model_dir, workers=1, deadline_seconds=90.5)

    async def live_through(loop: TimeLapseLoop) -> None:
        async with ClassifierPool(options, run_hanging) as pool:
            before = list_worker_ids()
            slow = await wait_until_busy(pool, taken)
            waiting = asyncio.create_task(pool.classify(NOBODY))
            loop.run_at(100)
            with pytest.raises(DeadlineExceededError, match=r"90\.5 seconds"):
                await slow
            loop.run_at(1)
            assert (await waiting).prediction.width == 160
            assert not before & list_worker_ids()

    run_in_time_lapse(live_through)


async def test_a_worker_killed_with_a_photo_is_replaced(pool: ClassifierPool, taken: asyncio.Event) -> None:
    """The photo is told to be the reason; the next one is classified."""
    slow = await wait_until_busy(pool, taken)
    (worker_id,) = list_worker_ids()
    os.kill(worker_id, signal.SIGKILL)
    with pytest.raises(WorkerLostError):
        await slow
    assert (await pool.classify(NOBODY)).prediction.width == 160
    assert pool.ready_workers == 1


async def test_a_worker_killed_between_photos_costs_none(pool: ClassifierPool) -> None:
    """The host may kill what is idle; nobody who sends a photo notices."""
    (worker_id,) = list_worker_ids()
    os.kill(worker_id, signal.SIGKILL)
    async with asyncio.timeout(60):
        while pool.ready_workers:
            await asyncio.sleep(0.01)
    assert (await pool.classify(NOBODY)).prediction.width == 160


async def test_a_worker_that_hangs_before_it_takes_a_photo_does_not_keep_it(model_dir: Path) -> None:
    """The deadline holds from the moment a photo is handed over, and the worker is replaced."""
    async with ClassifierPool(PoolOptions(model_dir=model_dir, workers=1, deadline_seconds=2)) as pool:
        (worker_id,) = list_worker_ids()
        os.kill(worker_id, signal.SIGSTOP)
        with pytest.raises(WorkerLostError):
            await pool.classify(NOBODY)
        async with asyncio.timeout(60):
            while not pool.ready_workers:  # other processes change it
                await asyncio.sleep(0.05)
        assert list_worker_ids() - {worker_id}


async def test_whoever_stops_waiting_frees_the_worker(
    pool: ClassifierPool, taken: asyncio.Event, slow_photo: bytes
) -> None:
    """A photo that nobody wants any more is not finished, although its decoder hears nobody."""
    slow = await wait_until_busy(pool, taken, slow_photo)
    slow.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await slow
    assert (await asyncio.wait_for(pool.classify(NOBODY), 60)).prediction.width == 160


async def test_too_many_waiting_photos_are_refused_at_once(
    pool: ClassifierPool, taken: asyncio.Event
) -> None:
    """The queue is bounded; what waits in it is classified in order."""
    slow = await wait_until_busy(pool, taken)
    waiting = [asyncio.create_task(pool.classify(NOBODY)) for _ in range(2)]
    await asyncio.sleep(0)
    assert pool.waiting_photos == 2
    with pytest.raises(BusyError, match="again"):
        await pool.classify(NOBODY)
    slow.cancel()
    assert [classification.prediction.width for classification in await asyncio.gather(*waiting)] == [
        160,
        160,
    ]


async def test_photos_go_before_what_has_low_priority(model_dir: Path, taken: asyncio.Event) -> None:
    """What came earlier and can wait, such as a camera's frame, comes after photos that came later."""
    options = PoolOptions(model_dir=model_dir, workers=1, low_priority_seconds=200, deadline_seconds=200)
    async with ClassifierPool(options, run_hanging) as pool:
        slow = await wait_until_busy(pool, taken)
        done: list[str] = []

        async def classify(name: str, *, low_priority: bool) -> None:
            await pool.classify(NOBODY, low_priority=low_priority)
            done.append(name)

        waiting = [asyncio.create_task(classify(f"frame {number}", low_priority=True)) for number in range(2)]
        await asyncio.sleep(0)
        waiting += [
            asyncio.create_task(classify(f"photo {number}", low_priority=False)) for number in range(2)
        ]
        await asyncio.sleep(0)
        assert pool.waiting_photos == 2, "low priority takes no photo's place"
        slow.cancel()
        await asyncio.gather(*waiting)
        assert done == ["photo 0", "photo 1", "frame 0", "frame 1"]


async def test_what_has_low_priority_is_refused_when_no_worker_has_time(
    model_dir: Path, taken: asyncio.Event
) -> None:
    """It does not wait for ever, and leaves the photo in hand alone."""
    options = PoolOptions(model_dir=model_dir, workers=1, low_priority_seconds=0.05, deadline_seconds=200)
    async with ClassifierPool(options, run_hanging) as pool:
        slow = await wait_until_busy(pool, taken)
        with pytest.raises(BusyError, match="go first"):
            await pool.classify(NOBODY, low_priority=True)
        assert not slow.done()
        slow.cancel()
        assert (await pool.classify(NOBODY)).prediction.width == 160


async def test_a_picture_that_needs_too_much_memory_is_refused(model_dir: Path) -> None:
    """Within the pixel limit, beyond the address space: refused, and the worker lives."""
    options = PoolOptions(
        model_dir=model_dir, workers=1, address_space_bytes=500_000_000, deadline_seconds=120
    )
    async with ClassifierPool(options) as pool:
        before = list_worker_ids()
        with pytest.raises(ImageError):
            await pool.classify(encode(np.zeros((6300, 6300, 4), dtype=np.uint8), "PNG", compress_level=1))
        with pytest.raises(ImageError):
            await pool.classify(build_pixel_bomb(6400))
        await pool.classify(NOBODY)
        assert list_worker_ids() == before


async def test_workers_are_replaced_after_their_share(model_dir: Path) -> None:
    """What a worker may have leaked goes with it, and every photo is answered."""
    options = PoolOptions(model_dir=model_dir, workers=1, photos_per_worker=2)
    async with ClassifierPool(options) as pool:
        before = list_worker_ids()
        widths = [
            classification.prediction.width
            for classification in await asyncio.gather(*(pool.classify(NOBODY) for _ in range(5)))
        ]
        assert widths == [160] * 5
        assert not before & list_worker_ids()


async def test_the_model_changes_without_losing_a_photo(
    pool: ClassifierPool, tmp_path: Path, model_dir: Path
) -> None:
    """Photos in hand and in the queue are answered across the change."""
    other = shutil.copytree(model_dir, tmp_path / "other")
    info = dataclasses.replace(load_model_info(other), name="other", version="2.0.0")
    (other / "model.json").write_text(info.to_json(), encoding="utf-8")
    photos = [asyncio.create_task(pool.classify(NOBODY)) for _ in range(2)]
    await pool.reload(other)
    assert len(await asyncio.gather(*photos, pool.classify(NOBODY))) == 3
    assert pool.info == info


async def test_a_process_that_is_replaced_finishes_what_it_has_in_hand(
    pool: ClassifierPool, taken: asyncio.Event, model_dir: Path
) -> None:
    """However soon the new one is ready."""
    slow = await wait_until_busy(pool, taken, NOBODY + LINGER)
    await pool.reload(model_dir)
    assert (await asyncio.wait_for(slow, 60)).prediction.faces == ()


async def test_a_model_that_cannot_be_used_is_not_changed_to(
    pool: ClassifierPool, tmp_path: Path, model_dir: Path
) -> None:
    """The old one stays and goes on answering."""
    broken = shutil.copytree(model_dir, tmp_path / "broken")
    (broken / "model.tflite").write_bytes(b"broken")
    for folder in (broken, tmp_path / "missing"):
        with pytest.raises(ModelError):
            await pool.reload(folder)
    assert pool.info.name == "bright-is-happy"
    await pool.classify(NOBODY)


async def test_a_start_without_a_usable_model_is_refused(tmp_path: Path, model_dir: Path) -> None:
    """With the model's own sentence, and no process left."""
    broken = shutil.copytree(model_dir, tmp_path / "broken")
    (broken / "model.tflite").write_bytes(b"broken")
    for folder in (broken, tmp_path / "missing"):
        with pytest.raises(ModelError):
            await ClassifierPool(PoolOptions(model_dir=folder, workers=2)).start()
    assert list_worker_ids() == set()


async def test_a_worker_that_answers_with_any_error_is_replaced(model_dir: Path) -> None:
    """One that has no memory left, say; and the watch goes on."""
    options = PoolOptions(model_dir=model_dir, workers=1, check_seconds=0.1)
    async with ClassifierPool(options, run_without_memory) as pool:
        (before,) = list_worker_ids()
        async with asyncio.timeout(60):
            while list_worker_ids() <= {before}:  # other processes change it
                await asyncio.sleep(0.05)
        assert (await pool.classify(NOBODY)).prediction.width == 160
        assert pool._watching is not None
        assert not pool._watching.done()


async def test_closing_leaves_no_photo_without_an_answer(model_dir: Path, taken: asyncio.Event) -> None:
    """What is in hand and what waits fails in so many words, and so does what comes later."""
    pool = ClassifierPool(PoolOptions(model_dir=model_dir, workers=1, deadline_seconds=200), run_hanging)
    await pool.start()
    photos = [await wait_until_busy(pool, taken), asyncio.create_task(pool.classify(NOBODY))]
    await asyncio.sleep(0)
    await pool.close()
    answers = await asyncio.wait_for(asyncio.gather(*photos, return_exceptions=True), 60)
    assert [type(answer) for answer in answers] == [WorkerUnavailableError, WorkerUnavailableError]
    with pytest.raises(WorkerUnavailableError):
        await pool.classify(NOBODY)
    assert list_worker_ids() == set()


@pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc")
def test_workers_end_with_their_parent(model_dir: Path) -> None:
    """Even when it is killed and can tell them nothing."""
    program = (
        "import asyncio, multiprocessing, pathlib, sys, time\n"
        "from classifier.workers.worker_pool import ClassifierPool, PoolOptions\n"
        "assert not {'cv2', 'numpy', 'ai_edge_litert'} & set(sys.modules), 'loaded in the parent'\n"
        "async def main():\n"
        "    await ClassifierPool(PoolOptions(model_dir=pathlib.Path(sys.argv[1]), workers=2)).start()\n"
        "    print(*[child.pid for child in multiprocessing.active_children()], flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", program, str(model_dir)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker_ids = [int(word) for word in parent.stdout.readline().split()]
        parent.kill()
    assert len(worker_ids) == 2
    for _ in range(600):
        if not any(is_running(worker_id) for worker_id in worker_ids):
            return
        time.sleep(0.1)
    pytest.fail("workers outlived their parent")


@pytest.mark.skipif(sys.platform != "linux", reason="there is a server to fork from on Linux only")
def test_a_closed_terminal_ends_no_worker(model_dir: Path) -> None:
    """It reaches everybody in the group; whoever started the workers decides."""
    program = (
        "import asyncio, io, multiprocessing, os, pathlib, signal, sys\n"
        "from PIL import Image\n"
        "from classifier.workers.worker_pool import ClassifierPool, PoolOptions\n"
        "signal.signal(signal.SIGHUP, lambda *_: None)  # heard, not passed on to children\n"
        "picture = io.BytesIO()\n"
        "Image.new('RGB', (64, 64)).save(picture, 'PNG')\n"
        "def ids():\n"
        "    return {child.pid for child in multiprocessing.active_children()}\n"
        "async def main():\n"
        "    async with ClassifierPool(PoolOptions(pathlib.Path(sys.argv[1]), workers=1)) as pool:\n"
        "        before = ids()\n"
        "        os.killpg(0, signal.SIGHUP)\n"
        "        await pool.classify(picture.getvalue())\n"
        "        print(len(before), ids() == before, flush=True)\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", program, str(model_dir)]
    answer = subprocess.run(
        command, cwd=ROOT, start_new_session=True, capture_output=True, text=True, timeout=120, check=False
    )
    assert answer.stdout == "1 True\n", answer.stderr


def is_running(process_id: int) -> bool:
    """Tell whether a process exists and is more than a zombie."""
    state = Path(f"/proc/{process_id}/stat")
    with contextlib.suppress(OSError):
        return state.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    return False
