"""A worker that a photo has taken over gets nothing of the bot: neither its secrets nor the machine."""

from __future__ import annotations

import asyncio
import ctypes
import json
import multiprocessing
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import pytest_asyncio
from classifier_pictures import encode
from hostile_workers import attempt, build_pickle, frame, run_attacker, run_liar

from classifier.classification import AnswerError, Classification, read_classification, write_classification
from classifier.types import (
    Box,
    ClassifierError,
    DeadlineExceededError,
    Face,
    Keypoints,
    Point,
    Prediction,
    UnsupportedFormatError,
    WorkerLostError,
)
from classifier.worker_messages import LENGTH, Frame, FrameError, pack_frame, read_frame
from classifier.workers.worker_jobs import CLASSIFY
from classifier.workers.worker_pool import ClassifierPool, PoolOptions
from tests.bot.time_lapse import TimeLapseLoop, run_in_time_lapse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="workers are confined on Linux only")
SECRET = b"123456:what-nobody-but-the-bot-may-see"
GREY = np.full((64, 64, 3), 90, dtype=np.uint8)
JPEG = encode(GREY)
PNG = encode(np.full((256, 256, 3), 90, dtype=np.uint8), "PNG")
FACE = Face(
    box=Box(1, 2, 30, 40),
    keypoints=Keypoints(*(Point(float(n), n + 0.5) for n in range(6))),
    detection_score=0.9,
    probability_happy=0.1 + 0.2,
    evidence=1.0,
    emotion="sad",
    confidence=0.7,
    sure=False,
    doubt="neither",
)
CLASSIFICATION = Classification(Prediction(64, 64, (FACE,)), JPEG, JPEG, PNG, "a model", "1.0.0")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def attacker(model_dir: Path) -> AsyncIterator[ClassifierPool]:
    async with ClassifierPool(PoolOptions(model_dir=model_dir, workers=1), run_attacker) as pool:
        yield pool


@pytest.fixture
def port() -> Iterator[int]:
    """Of a server that takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def socket_file(tmp_path: Path) -> Iterator[Path]:
    """Of a server that takes connections, as the one that forks the workers has."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        server.listen()
        yield tmp_path / "socket"


@pytest.fixture
def arguments(
    request: pytest.FixtureRequest, tmp_path: Path, port: int, socket_file: Path, attacker: ClassifierPool
) -> Iterator[dict[str, Any]]:
    """What an attack needs to know, as if whoever wrote it had found out."""
    memory = ctypes.create_string_buffer(SECRET)
    address = ctypes.addressof(memory)
    secret_file, written = tmp_path / ".env", tmp_path / "written"
    secret_file.write_bytes(b"BOT_TOKEN=" + SECRET)
    assert attacker.ready_workers
    yield {
        "environment of the bot": {"path": f"/proc/{os.getpid()}/environ"},
        "its own environment": {"path": "/proc/self/environ"},
        "memory of the bot": {"path": f"/proc/{os.getpid()}/mem", "at": address, "length": len(SECRET)},
        "a file": {"path": str(secret_file)},
        "a folder": {"path": str(tmp_path)},
        "a new file": {"path": str(written)},
        "memory": {"process_id": os.getpid(), "address": address, "length": len(SECRET)},
        "a server": {"port": port},
        "a socket's file": {"path": str(socket_file)},
        "the bot": {"process_id": os.getpid()},
        "nothing": {},
    }[request.param]
    assert memory.value == SECRET, "it must live as long as the test"


@on_linux
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("attack", "arguments"),
    [
        ("read a file", "environment of the bot"),
        ("read a file", "its own environment"),
        ("read a file", "memory of the bot"),
        ("read a file", "a file"),
        ("look for a file", "a file"),
        ("list a folder", "a folder"),
        ("read memory", "memory"),
        ("write a file", "a new file"),
        ("connect", "a server"),
        ("connect to a file", "a socket's file"),
        ("start a shell", "nothing"),
        ("signal", "the bot"),
        ("map a program", "nothing"),
        ("make a memory file", "nothing"),
    ],
    indirect=["arguments"],
)
async def test_an_attack_that_works_elsewhere_gets_nothing_in_a_worker(
    attacker: ClassifierPool, attack: str, arguments: dict[str, Any]
) -> None:
    """Unconfined it succeeds, so it is none that could not; the worker is refused, and lives on."""
    photo = json.dumps({"attack": attack, "arguments": arguments}).encode()

    assert (await attacker.classify(photo)).model_name.startswith("refused: ")
    assert attempt(attack, arguments).startswith("got: ")
    assert attacker.ready_workers == 1


@on_linux
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("attack", ["become a shell", "fork", "set up a ring"])
async def test_what_cannot_be_tried_here_is_refused_too(attacker: ClassifierPool, attack: str) -> None:
    """They would end this program, or leave its threads behind; and few kernels have rings."""
    photo = json.dumps({"attack": attack, "arguments": {}}).encode()

    assert (await attacker.classify(photo)).model_name.startswith("refused: ")


def list_worker_ids() -> set[int]:
    return {child.pid for child in multiprocessing.active_children() if child.pid is not None}


def read_status(process_id: int) -> dict[str, str]:
    """Read what the kernel says of a process."""
    lines = Path(f"/proc/{process_id}/status").read_text(encoding="utf-8").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@on_linux
@pytest.mark.asyncio(loop_scope="module")
async def test_the_pool_says_what_its_workers_have_given_up(attacker: ClassifierPool) -> None:
    """And it is what the kernel says of the process."""
    confinement = attacker.confinement
    assert confinement is not None
    status = read_status(max(list_worker_ids()))

    assert confinement.no_new_privileges == (status["NoNewPrivs"] == "1")
    assert confinement.system_calls == (status["Seccomp"] == "2")
    assert status["Threads"] == "1", "Landlock holds the thread that asks for it, and those that it starts"
    assert bool(confinement.describe()) != confinement.is_complete


def lies(marker: Path) -> dict[str, bytes]:
    """What a worker might send instead of an answer."""
    whole = pack_frame({"number": 1, "result": write_classification(CLASSIFICATION)[0]}, {"picture": JPEG})
    bomb = build_pickle(marker)
    return {
        "a pickle": bomb,
        "a pickle with its length": frame(bomb),
        "a pickle as picture": pack_frame(
            {"number": 1, "result": write_classification(CLASSIFICATION)[0]}, {"picture": bomb}
        ),
        "four gigabytes": LENGTH.pack(0xFFFFFFFF) + b"{}",
        "deep JSON": frame(b"[" * 60_000 + b"]" * 60_000),
        "another's answer": whole.replace(b'"number": 1', b'"number": 7'),
        "NaN": whole.replace(b'"confidence": 0.7', b'"confidence": NaN'),
        "a page for a picture": whole.replace(JPEG, b"<script>".ljust(len(JPEG))),
    }


@pytest.mark.parametrize("lie", lies(Path("nowhere")))
async def test_a_lie_costs_the_worker_and_nothing_else(model_dir: Path, tmp_path: Path, lie: str) -> None:
    """Nothing that a worker sends is run, believed or waited for; the next photo has a fresh one."""
    marker, others = tmp_path / "marker", list_worker_ids()
    async with ClassifierPool(PoolOptions(model_dir, workers=1, deadline_seconds=50), run_liar) as pool:
        before = list_worker_ids() - others
        with pytest.raises(WorkerLostError):
            await pool.classify(lies(marker)[lie])
        with pytest.raises(WorkerLostError):
            await pool.classify(b"another lie")
        assert not before & list_worker_ids()
    assert not marker.exists()


def test_a_worker_that_stops_in_the_middle_of_an_answer_is_not_waited_for(
    model_dir: Path, taken: asyncio.Event
) -> None:
    """The deadline holds until the last byte."""
    options = PoolOptions(model_dir=model_dir, workers=1, deadline_seconds=90)

    async def live_through(loop: TimeLapseLoop) -> None:
        async with ClassifierPool(options, run_liar) as pool:
            judging = asyncio.create_task(pool.classify(LENGTH.pack(1000) + b'{"fields": '))
            await asyncio.wait_for(taken.wait(), 60)
            loop.run_at(100)
            with pytest.raises(DeadlineExceededError):
                await judging
            loop.run_at(1)

    run_in_time_lapse(live_through)


def read_answer(fields: dict[str, Any], blobs: dict[str, bytes] | None = None) -> Classification:
    """Read a result as the main process does."""
    return CLASSIFY.read_answer(Frame({"number": 3, "result": fields}, blobs or {}), 3)


def test_an_answer_crosses_unchanged() -> None:
    """Every number to its last bit, and every byte of the pictures."""
    fields, blobs = write_classification(CLASSIFICATION)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(pack_frame(fields, {"crop": PNG}))
        crossed = read_frame(ours, CLASSIFY.blobs)

    assert read_classification(Frame(crossed.fields, blobs)) == CLASSIFICATION
    assert crossed.blobs == {"crop": PNG}


@pytest.mark.parametrize(
    "change",
    [
        lambda fields: fields.pop("width"),
        lambda fields: fields.update(more=1),
        lambda fields: fields.update(width=True),
        lambda fields: fields.update(width=64.0),
        lambda fields: fields.update(height=0),
        lambda fields: fields.update(damaged=0),
        lambda fields: fields.update(faces={}),
        lambda fields: fields.update(faces=fields["faces"] * 101),
        lambda fields: fields.update(faces=[None]),
        lambda fields: fields.update(model_name="two\nlines"),
        lambda fields: fields.update(model_name="long" * 100),
        lambda fields: fields.update(model_version=1),
        lambda fields: fields["faces"][0].update(box=[0, 0, 65, 1]),
        lambda fields: fields["faces"][0].update(box=[-1, 0, 2, 2]),
        lambda fields: fields["faces"][0].update(box=[0, 0, 2]),
        lambda fields: fields["faces"][0].update(box=[0, 0, 2, 2.5]),
        lambda fields: fields["faces"][0].update(keypoints=[[0, 0]] * 5),
        lambda fields: fields["faces"][0].update(keypoints=[[0, 1e99]] * 6),
        lambda fields: fields["faces"][0].update(detection_score=float("inf")),
        lambda fields: fields["faces"][0].update(probability_happy=1.5),
        lambda fields: fields["faces"][0].update(probability_happy=float("nan")),
        lambda fields: fields["faces"][0].update(evidence="1"),
        lambda fields: fields["faces"][0].update(confidence=0.2),
        lambda fields: fields["faces"][0].update(emotion="angry"),
        lambda fields: fields["faces"][0].update(emotion=["sad"]),
        lambda fields: fields["faces"][0].update(sure=1),
        lambda fields: fields["faces"][0].update(sure=True),
        lambda fields: fields["faces"][0].update(doubt=None),
    ],
)
def test_an_answer_that_no_worker_would_give_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    """Each field has its type and its range, and there are no others."""
    fields = json.loads(json.dumps(write_classification(CLASSIFICATION)[0]))
    assert read_answer(fields).prediction == CLASSIFICATION.prediction
    change(fields)

    with pytest.raises(AnswerError):
        read_answer(fields)


@pytest.mark.parametrize(
    "blobs",
    [
        {"picture": PNG},
        {"picture": JPEG[:-2]},
        {"picture": b"\xff\xd8\xff"},
        {"heat_map": b"GIF89a"},
        {"crop": JPEG},
        {"crop": encode(GREY, "PNG")},
        {"crop": PNG[:-12]},
        {"crop": encode(np.full((256, 256, 4), 90, dtype=np.uint8), "PNG")},
    ],
    ids=["a PNG", "cut off", "too short", "a GIF", "a JPEG as crop", "another size", "no end", "transparent"],
)
def test_a_picture_that_no_worker_would_draw_is_refused(blobs: dict[str, bytes]) -> None:
    """A whole JPEG for a chat, a whole PNG of a crop's size, and nothing else."""
    with pytest.raises(AnswerError):
        read_answer(write_classification(CLASSIFICATION)[0], blobs)


@pytest.mark.parametrize(
    "error",
    [
        {"kind": "worker_unavailable", "sentence": "", "format_name": ""},
        {"kind": "__class__", "sentence": "", "format_name": ""},
        {"kind": ["damaged"], "sentence": "", "format_name": ""},
        {"kind": "damaged", "sentence": "a\x1b[31m", "format_name": ""},
        {"kind": "damaged", "sentence": "long" * 1000, "format_name": ""},
        {"kind": "damaged", "sentence": ""},
        {"kind": "unsupported_format", "sentence": "", "format_name": "long" * 20},
        "damaged",
    ],
    ids=str,
)
def test_an_error_is_one_of_a_table(error: object) -> None:
    """A worker can name no other class, and its sentence is a line."""
    with pytest.raises(AnswerError):
        CLASSIFY.read_answer(Frame({"number": 3, "error": error}, {}), 3)


def test_an_error_of_the_table_is_raised() -> None:
    """With its sentence and what belongs to it."""
    error = {"kind": "unsupported_format", "sentence": "Send a JPEG.", "format_name": "HEIC"}
    with pytest.raises(UnsupportedFormatError, match="JPEG") as caught:
        CLASSIFY.read_answer(Frame({"number": 3, "error": error}, {}), 3)
    assert caught.value.format_name == "HEIC"
    assert isinstance(caught.value, ClassifierError)


@pytest.mark.parametrize(
    "sent",
    [
        frame(b"no JSON"),
        frame(b"[]"),
        frame(b'{"fields": {}}'),
        frame(b'{"fields": {}, "blobs": {}, "more": 1}'),
        frame(b'{"fields": [], "blobs": {}}'),
        frame(b'{"fields": {"a": NaN}, "blobs": {}}'),
        frame(b'{"fields": {"a": Infinity}, "blobs": {}}'),
        frame(b'{"fields": {"a": ' + b"9" * 10_000 + b'}, "blobs": {}}'),
        frame(b'{"fields": {}, "blobs": {"film": 1}}') + b"x",
        frame(b'{"fields": {}, "blobs": {"picture": 8000001}}'),
        frame(b'{"fields": {}, "blobs": {"picture": -1}}'),
        frame(b'{"fields": {}, "blobs": {"picture": 0}}'),
        frame(b'{"fields": {}, "blobs": {"picture": true}}') + b"x",
        frame(b"\xff\xfe"),
        LENGTH.pack((1 << 18) + 1),
    ],
    ids=lambda sent: repr(sent[4:44]),
)
def test_what_is_not_a_message_is_refused_before_it_is_kept(sent: bytes) -> None:
    """No length is believed beyond its limit."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(sent)
        with pytest.raises(FrameError):
            read_frame(ours, CLASSIFY.blobs)
