"""Each wall around a worker stands by itself, and what a worker sends is measured at the very border."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from classifier_pictures import build_many_scans, encode

from classifier.classification import (
    AnswerError,
    Classification,
    _check_picture,
    read_classification,
    read_clip_classification,
    take_boolean,
    take_integer,
    take_list,
    take_number,
    take_text,
    write_classification,
)
from classifier.types import (
    Box,
    Clip,
    DamagedImageError,
    Face,
    Keypoints,
    Point,
    Prediction,
    UnsupportedFormatError,
    WorkerError,
)
from classifier.worker_messages import LENGTH, MAXIMUM_JSON_BYTES, Frame, FrameError, pack_frame, read_frame
from classifier.workers.confinement import Confinement
from classifier.workers.landlock import _measure
from classifier.workers.seccomp import _ALLOWED, _MACHINES, _build_filter
from classifier.workers.worker_jobs import (
    CHECK,
    CLASSIFY,
    DECODE,
    START,
    WATCH,
    write_error,
)
from classifier.workers.worker_pool_options import PoolOptions
from classifier.workers.worker_process import WorkerProcess
from classifier.workers.worker_queue import WorkerQueue

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[3]
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="workers are confined on Linux only")
NO_LANDLOCK = 77  # how a program ends in a kernel without it
OPTIONS = PoolOptions(Path("nowhere"), workers=1)
READ = """
def attempt(what, *arguments):
    try:
        what(*arguments)
    except OSError as error:
        return error.errno
    return 0
"""


def run(program: str) -> None:
    """Run a program in a process of its own, as what it gives up it never gets back."""
    command = [sys.executable, "-c", "import errno, os, resource, signal, socket, sys\n" + READ + program]
    done = subprocess.run(
        command, cwd=ROOT, input="heard", capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode == NO_LANDLOCK:
        pytest.skip("this kernel has no Landlock")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


@on_linux
def test_resource_limits_alone_leave_no_file_and_no_process() -> None:
    """Whatever else fails: nothing is opened, nothing written, nobody started."""
    run(
        "from classifier.workers.confinement import _limit_to_nothing\n"
        "assert _limit_to_nothing()\n"
        "for limit in (resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE):\n"
        "    assert resource.getrlimit(limit) == (0, 0), limit\n"
        "assert attempt(os.open, '/dev/null', os.O_RDONLY) == errno.EMFILE\n"
    )


@on_linux
def test_landlock_alone_leaves_no_file_and_no_address() -> None:
    """A file is opened neither to be read nor to be written, nor is a folder listed; nobody is called."""
    run(
        "from classifier.workers.confinement import _control\n"
        "from classifier.workers.landlock import give_up_files\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "client = socket.socket()\n"
        "assert _control(38, 1)\n"
        "version = give_up_files()\n"
        "if not version: sys.exit(77)\n"
        "assert attempt(os.open, '/etc/hostname', os.O_RDONLY) == errno.EACCES\n"
        "assert attempt(os.open, '/tmp', os.O_RDONLY) == errno.EACCES\n"
        "assert attempt(os.open, '/dev/null', os.O_WRONLY) == errno.EACCES\n"
        "assert attempt(os.mkdir, '/tmp/by-landlock') == errno.EACCES\n"
        "assert attempt(os.execv, '/bin/true', ['true']) == errno.EACCES\n"
        "if version >= 4:\n"
        "    assert attempt(client.connect, server.getsockname()) == errno.EACCES\n"
        "if version >= 6:\n"
        "    assert attempt(os.kill, os.getppid(), 0) == errno.EPERM\n"
    )


@on_linux
def test_seccomp_alone_leaves_no_call_that_reaches_out() -> None:
    """No file, no socket, no process, no signal; what computing takes still works."""
    run(
        "import mmap, threading\n"
        "from classifier.workers.confinement import _control\n"
        "from classifier.workers.seccomp import give_up_system_calls\n"
        "assert _control(38, 1)\n"
        "if not give_up_system_calls(): sys.exit(77)\n"
        "assert attempt(os.open, '/dev/null', os.O_RDONLY) == errno.EPERM\n"
        "assert attempt(socket.socket) == errno.EPERM\n"
        "assert attempt(os.kill, os.getppid(), 0) == errno.EPERM\n"
        "assert attempt(os.fork) in (errno.EPERM, errno.ENOSYS)\n"
        "assert attempt(os.pipe) == errno.EPERM\n"
        "private, program = mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_EXEC\n"
        "assert attempt(mmap.mmap, -1, 4096, private, program) == errno.EPERM\n"
        "assert attempt(mmap.mmap, -1, 4096) == 0\n"
        "assert len(bytes(10_000_000)) and os.getpid() and os.urandom(4)\n"
        "os._exit(0)\n"
    )


@on_linux
def test_a_worker_begins_by_making_itself_killable_bounded_and_hidden() -> None:
    """Before it loads a thing: no core dump, so much memory, dead with its parent, deaf to Ctrl-C."""
    run(
        "import ctypes\n"
        "from pathlib import Path\n"
        "from classifier.workers.worker_main import _start\n"
        "from classifier.workers.worker_pool_options import PoolOptions\n"
        "ours, theirs = socket.socketpair()\n"
        "other = os.open('/dev/null', os.O_RDONLY)\n"
        "_start(theirs, PoolOptions(Path(), workers=1, address_space_bytes=3_000_000_000))\n"
        "assert resource.getrlimit(resource.RLIMIT_AS) == (3_000_000_000, 3_000_000_000)\n"
        "assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)\n"
        "assert signal.getsignal(signal.SIGINT) == signal.getsignal(signal.SIGHUP) == signal.SIG_IGN\n"
        "assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL\n"
        "libc, number = ctypes.CDLL(None), ctypes.c_int()\n"
        "assert libc.prctl(3, 0, 0, 0, 0) == 0, 'dumpable'\n"
        "assert libc.prctl(2, ctypes.byref(number), 0, 0, 0) == 0\n"
        "assert number.value == signal.SIGKILL, 'its parent'\n"
        "assert attempt(os.fstat, other) == errno.EBADF, 'inherited'\n"
        "assert os.fstat(theirs.fileno())\n"
        "os._exit(0)\n"
    )


@on_linux
def test_all_walls_stand_once_a_process_is_confined() -> None:
    """In the order in which none of them keeps another from being built; its output leads nowhere."""
    run(
        "import ctypes\n"
        "from classifier.workers.confinement import confine\n"
        "version = ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), ctypes.c_uint32(1))\n"
        "found = confine()\n"
        "told = found.no_new_privileges and found.system_calls and found.limits\n"
        "told = told and found.landlock == max(0, version)\n"
        "closed = attempt(os.open, '/dev/null', os.O_RDONLY) in (errno.EPERM, errno.EACCES, errno.EMFILE)\n"
        "silent = os.read(0, 9) == b'' and os.write(1, b'told') and os.write(2, b'told')\n"
        "os._exit(0 if told and closed and silent else 1)\n"
    )


@pytest.mark.parametrize(
    "missing",
    [{"no_new_privileges": False}, {"system_calls": False}, {"landlock": 0}, {"limits": False}],
    ids=str,
)
def test_confinement_without_any_one_of_its_walls_is_not_complete(missing: dict[str, Any]) -> None:
    """And the host is told which one is missing."""
    complete = Confinement(no_new_privileges=True, system_calls=True, landlock=1, limits=True)
    assert complete.is_complete
    assert not complete.describe()
    partial = replace(complete, **missing)
    assert not partial.is_complete
    assert len(partial.describe().split(",")) == 1
    assert "without" in partial.describe()


def test_a_kernel_is_handed_as_much_as_it_knows() -> None:
    """Of the structure of Landlock: files, from version 4 on TCP, from 6 on signals."""
    assert [_measure(version) for version in range(1, 8)] == [8, 8, 8, 16, 16, 24, 24]


def decide(machine: str, call: int, arguments: tuple[int, ...] = (0,) * 6, audit: int | None = None) -> int:
    """Run the filter for one call, as the kernel would."""
    known = _MACHINES[machine]
    memory = {0: call, 4: known.audit if audit is None else audit}
    memory |= {16 + 8 * n: value & 0xFFFFFFFF for n, value in enumerate(arguments)}
    program, at, value = _build_filter(known, sorted(_ALLOWED[machine].values())), 0, 0
    while True:
        step = program[at]
        at += 1
        if step.code == 0x20:
            value = memory[step.k]
        elif step.code == 0x06:
            return step.k
        else:
            is_true = value == step.k if step.code == 0x15 else bool(value & step.k)
            at += step.jt if is_true else step.jf


ALLOW, KILL = 0x7FFF0000, 0x80000000
REFUSE, UNKNOWN = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS


@pytest.mark.parametrize("machine", _MACHINES)
def test_the_filter_lets_through_what_is_named_and_nothing_else(machine: str) -> None:
    """A call of another kind of program ends the process: its numbers mean something else."""
    known, allowed = _MACHINES[machine], set(_ALLOWED[machine].values())
    looked_into = {known.mmap, known.mprotect, known.tgkill, known.clone3}
    for call in range(500):
        if call not in looked_into:
            assert decide(machine, call) == (ALLOW if call in allowed else REFUSE), call
    assert decide(machine, 0, audit=0x40000003) == KILL
    assert decide(machine, known.clone3) == UNKNOWN


@pytest.mark.parametrize("machine", _MACHINES)
def test_no_memory_becomes_a_program_and_nobody_else_is_signalled(machine: str) -> None:
    """Readable and writable memory is allowed; abort() signals this very process."""
    known = _MACHINES[machine]
    for call in (known.mmap, known.mprotect):
        for protection, action in ((0, ALLOW), (3, ALLOW), (4, REFUSE), (5, REFUSE), (7, REFUSE)):
            assert decide(machine, call, (4, 4, protection, 4, 4, 4)) == action
    assert decide(machine, known.tgkill, (os.getpid(), 1, 6, 0, 0, 0)) == ALLOW
    assert decide(machine, known.tgkill, (os.getpid() + 1, os.getpid(), 6, 0, 0, 0)) == REFUSE


@pytest.mark.parametrize("machine", _ALLOWED)
def test_no_call_that_reaches_out_is_named(machine: str) -> None:
    """To open, connect, start, trace, signal or change limits; the numbers are each of one call."""
    named = (
        "open openat openat2 creat execve execveat fork vfork clone clone3 socket connect bind listen accept "
        "kill tkill tgkill ptrace process_vm_readv process_vm_writev prlimit64 setrlimit prctl mmap mprotect "
        "memfd_create ioctl dup dup2 pipe pipe2 sendmsg recvmsg unlink unlinkat rename mkdir chmod mount "
        "io_uring_setup bpf pidfd_open pidfd_getfd seccomp landlock_restrict_self fcntl"
    )
    reaching = set(named.split())
    assert not reaching & _ALLOWED[machine].keys()
    assert len(set(_ALLOWED[machine].values())) == len(_ALLOWED[machine])


def test_each_job_has_the_time_that_is_set_for_it() -> None:
    """A photo, a clip, a check whether the worker still answers; and a minute to start."""
    options = replace(OPTIONS, deadline_seconds=1.5, clip_seconds=2.5, answer_seconds=3.5)
    assert [job.seconds(options) for job in (CLASSIFY, DECODE, WATCH, CHECK, START)] == [
        1.5,
        1.5,
        2.5,
        3.5,
        60,
    ]


async def test_a_worker_is_replaced_after_its_share_of_photos_or_once_it_is_lost() -> None:
    """Not one photo later; never once it is stopped."""
    worker = WorkerProcess(replace(OPTIONS, photos_per_worker=3))
    for jobs, is_due in ((0, False), (2, False), (3, True), (4, True)):
        worker._jobs = jobs
        assert worker.needs_renewal == is_due
    worker._jobs, worker._lost = 0, True
    assert worker.needs_renewal
    assert not worker.is_alive
    worker._stopped = True
    assert not worker.needs_renewal


async def test_an_idle_worker_goes_to_the_photo_that_waits_longest() -> None:
    """Those who left are passed over; what has low priority comes after all photos."""
    queue, workers = WorkerQueue(), [WorkerProcess(OPTIONS) for _ in range(3)]
    names = ["frame", "left", "first", "second"]
    waiting = [asyncio.create_task(queue.get(low_priority=name == "frame")) for name in names]
    await asyncio.sleep(0)
    assert (queue.count_waiting(low_priority=False), queue.count_waiting(low_priority=True)) == (3, 1)
    waiting[1].cancel()
    await asyncio.sleep(0)
    for worker in workers:
        queue.put(worker)
    frame, _, first, second = await asyncio.gather(*waiting, return_exceptions=True)
    assert [first, second, frame] == workers
    assert queue.is_empty


async def test_a_worker_given_to_somebody_who_has_left_goes_to_the_next() -> None:
    """It is not lost between the two."""
    queue, worker = WorkerQueue(), WorkerProcess(OPTIONS)
    leaving, next_ = (asyncio.create_task(queue.get(low_priority=False)) for _ in range(2))
    await asyncio.sleep(0)
    queue.put(worker)
    leaving.cancel()
    assert await asyncio.wait_for(next_, 5) is worker
    assert queue.take_all() == []


POINT = Point(1.0, 2.0)
FACE = Face(Box(0, 0, 64, 64), Keypoints(*[POINT] * 6), 0.9, 0.5, 1.0, "happy", 0.5, sure=True, doubt=None)


def build_fields(**changes: Any) -> dict[str, Any]:
    answer = Classification(Prediction(64, 64, (FACE,)), model_name="m", model_version="1")
    fields = json.loads(json.dumps(write_classification(answer)[0]))
    face = {name: changes.pop(name) for name in list(changes) if name in fields["faces"][0]}
    return {**fields, **changes, **({"faces": [{**fields["faces"][0], **face}]} if face else {})}


@pytest.mark.parametrize(
    ("taken", "refused"),
    [
        ({"width": 1_000_000}, {"width": 1_000_001}),
        ({"height": 1_000_000}, {"height": 1_000_001}),
        ({"box": [63, 63, 1, 1]}, {"box": [64, 63, 1, 1]}),
        ({"box": [0, 0, 64, 64]}, {"box": [1, 0, 64, 64]}),
        ({"box": [0, 0, 1, 1]}, {"box": [0, 0, 1, 0]}),
        ({"model_name": "x" * 200}, {"model_name": "x" * 201}),
        ({"model_version": "x" * 200}, {"model_version": "x" * 201}),
        ({"keypoints": [[1e7, -1e7]] * 6}, {"keypoints": [[1e7, -1e7 - 1]] * 6}),
        ({"detection_score": 1}, {"detection_score": 1.0001}),
        ({"probability_happy": 0}, {"probability_happy": -0.0001}),
        ({"evidence": 1.001}, {"evidence": 1.0011}),
        ({"evidence": -0.001}, {"evidence": -0.0011}),
        ({"confidence": 0.5}, {"confidence": 0.4999}),
        ({"confidence": 1}, {"confidence": 1.0001}),
        ({"sure": False, "doubt": "covered"}, {"sure": True, "doubt": "covered"}),
        ({"sure": True, "doubt": None}, {"sure": False, "doubt": None}),
    ],
    ids=str,
)
def test_an_answer_at_the_border_is_read_and_one_beyond_it_refused(
    taken: dict[str, Any], refused: dict[str, Any]
) -> None:
    """Nothing of it is believed beyond that."""
    assert read_classification(Frame(build_fields(**taken), {})).prediction.faces
    with pytest.raises(AnswerError):
        read_classification(Frame(build_fields(**refused), {}))


def test_an_answer_has_a_hundred_faces_and_no_more() -> None:
    """Of a larger crowd a sound worker tells of the largest."""
    faces = build_fields()["faces"]
    assert (
        len(read_classification(Frame(build_fields() | {"faces": faces * 100}, {})).prediction.faces) == 100
    )
    with pytest.raises(AnswerError):
        read_classification(Frame(build_fields() | {"faces": faces * 101}, {}))


@pytest.mark.parametrize(
    ("clip", "is_read"),
    [
        ({"seconds": 70, "moments": 16, "times": [70]}, True),
        ({"seconds": 70.1, "moments": 16, "times": [1]}, False),
        ({"seconds": 5, "moments": 2, "times": [5.0]}, True),
        ({"seconds": 5, "moments": 2, "times": [5.01]}, False),
        ({"seconds": 5, "moments": 1, "times": [1]}, False),
        ({"seconds": 5, "moments": 17, "times": [1]}, False),
        ({"seconds": 5, "moments": 2, "times": []}, False),
    ],
    ids=str,
)
def test_an_answer_to_a_clip_at_the_border(clip: dict[str, Any], is_read: bool) -> None:
    """As long as clips may be and ten seconds more, 2 to 16 moments, one time a face."""
    frame = Frame(build_fields() | {"clip": clip}, {})
    if is_read:
        assert read_clip_classification(frame).clip == Clip(
            float(clip["seconds"]), clip["moments"], tuple(map(float, clip["times"]))
        )
    else:
        with pytest.raises(AnswerError):
            read_clip_classification(frame)


def test_what_is_drawn_is_at_most_ten_thousand_pixels_a_side_in_one_pass() -> None:
    """And a crop of just the size of crops."""
    _check_picture("picture", encode(np.zeros((2, 10_000, 3), dtype=np.uint8)))
    _check_picture("crop", encode(np.zeros((256, 256, 3), dtype=np.uint8), "PNG"))
    grey = np.full((64, 64, 3), 90, dtype=np.uint8)
    for name, content in (
        ("picture", encode(np.zeros((2, 10_001, 3), dtype=np.uint8))),
        ("heat_map", build_many_scans(grey, 2)),
        ("crop", encode(np.zeros((256, 255, 3), dtype=np.uint8), "PNG")),
        ("crop", encode(np.zeros((255, 256, 3), dtype=np.uint8), "PNG")),
    ):
        with pytest.raises(AnswerError):
            _check_picture(name, content)


def test_values_are_taken_up_to_their_bounds() -> None:
    """Both bounds belong to them; a truth value is no number."""
    assert [take_integer(value, 3, 5) for value in (3, 5)] == [3, 5]
    assert [take_number(value, 3, 5) for value in (3, 5.0)] == [3.0, 5.0]
    assert take_list([1, 2], 2, 2) == [1, 2]
    assert take_text("abc", 3) == "abc"
    refused: list[tuple[Callable[..., object], object, tuple[float, ...]]] = [
        *((take_integer, value, (3, 5)) for value in (2, 6, 4.0, "4")),
        *((take_number, value, (3, 5)) for value in (2.999, 5.001, "4", float("nan"))),
        (take_integer, True, (0, 5)),
        (take_number, True, (0, 5)),
        (take_number, float("inf"), (3, float("inf"))),
        *((take_list, value, (2, 2)) for value in ([1], [1, 2, 3], (1, 2))),
        *((take_boolean, value, ()) for value in (1, "true", None)),
        *((take_text, value, (3,)) for value in ("abcd", "a\u202e", 3)),
    ]
    for take, value, bounds in refused:
        with pytest.raises(AnswerError):
            take(value, *bounds)


def exchange(sent: bytes, limits: dict[str, int]) -> Frame:
    """Send bytes through a socket, and read them as a message."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2_000_000)
        theirs.settimeout(0)
        theirs.send(sent)
        theirs.close()
        return read_frame(ours, limits)


def test_a_message_of_just_the_longest_json_is_read() -> None:
    """One byte more is refused, before it is waited for."""
    body = b'{"fields": {}, "blobs": {}}'
    assert MAXIMUM_JSON_BYTES == 1 << 18
    padded = body + b" " * (1000 - len(body))
    assert exchange(LENGTH.pack(1000) + padded, {}).fields == {}
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(LENGTH.pack(MAXIMUM_JSON_BYTES))
        theirs.close()
        with pytest.raises(EOFError):
            read_frame(ours, {})
    with pytest.raises(FrameError):
        exchange(LENGTH.pack(MAXIMUM_JSON_BYTES + 1), {})


def test_a_blob_of_just_its_limit_is_read() -> None:
    """An empty one, a longer one and an unknown one are not."""
    assert exchange(pack_frame({}, {"a": b"xyz"}), {"a": 3}).blobs == {"a": b"xyz"}
    for blobs, limits in (({"a": b"xyz"}, {"a": 2}), ({"a": b""}, {"a": 2}), ({"b": b"x"}, {"a": 2})):
        with pytest.raises(FrameError):
            exchange(pack_frame({}, blobs), limits)


def test_an_answer_is_to_the_request_that_was_made() -> None:
    """Its number is that of the request; true is not 1. An error brings no blobs."""
    error = write_error(DamagedImageError("Broken."))
    for number in (2, True, "1", None):
        with pytest.raises(AnswerError):
            CLASSIFY.read_answer(Frame({"number": number, "error": error}, {}), 1)
    with pytest.raises(DamagedImageError, match="Broken"):
        CLASSIFY.read_answer(Frame({"number": 1, "error": error}, {}), 1)
    with pytest.raises(AnswerError, match="blobs"):
        CLASSIFY.read_answer(Frame({"number": 1, "error": error}, {"picture": b"x"}), 1)


def test_an_error_crosses_with_a_sentence_of_one_line_and_bounded_length() -> None:
    """Whatever a decoder put into it."""
    written = write_error(UnsupportedFormatError("a\nb" + "x" * 3000, "HEIC"))
    assert (written["sentence"][:3], len(written["sentence"]), written["format_name"]) == (
        "a b",
        2000,
        "HEIC",
    )
    assert write_error(WorkerError("x"))["kind"] == "worker_error"


@pytest.mark.parametrize(("missing", "is_read"), [(0, True), (1, False), (-1, False)])
def test_decoded_pixels_are_as_many_as_their_sides_say(missing: int, is_read: bool) -> None:
    """Three bytes each: a worker could otherwise have others read memory that is not there."""
    sides = {"width": 5, "height": 4, "rows": 4, "columns": 5}
    frame = Frame({"number": 1, "result": {**sides, "damaged": False}}, {"pixels": bytes(60 - missing)})
    if is_read:
        assert DECODE.read_answer(frame, 1).columns == 5
    else:
        with pytest.raises(AnswerError):
            DECODE.read_answer(frame, 1)
