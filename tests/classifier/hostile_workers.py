"""Workers that a bug in a decoder has handed to whoever sent the photo: what a pool under attack runs.

Each is loaded, confined and asked as a real one. The "photo" is JSON that says what it is to try, and it
answers with what it got, as the model's name; or the photo is what it sends instead of an answer.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import pickle
import platform
import socket
import subprocess
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifier.classification import Classification, write_classification
from classifier.types import DamagedImageError, Prediction
from classifier.worker_messages import LENGTH
from classifier.workers.worker_main import WORKS, classify_photo, decode_picture, run_decoder, run_worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from classifier.decoding.image import Decode
    from classifier.predictor import Classifier
    from classifier.worker_messages import Frame
    from classifier.workers.worker_main import Result
    from classifier.workers.worker_pool_options import PoolOptions

_LIBC = ctypes.CDLL(None, use_errno=True)
_READ_MEMORY_OF_ANOTHER = {"x86_64": 310, "aarch64": 270}  # process_vm_readv
_IO_URING_SETUP = 425
HANG = b"hang"
LINGER = b"linger"
_LINGER_SECONDS = 2.0  # longer than a process takes to start


def run_without_memory(connection: socket.socket, options: PoolOptions) -> None:
    """A worker that has no memory left whenever it is asked whether it still works."""
    run_worker(connection, options, {**WORKS, "check": _fail})


def run_attacker(connection: socket.socket, options: PoolOptions) -> None:
    """A worker that tries what its photo says, and tells what it got."""
    run_worker(connection, options, {**WORKS, "classify": _attack})


def run_liar(connection: socket.socket, options: PoolOptions) -> None:
    """A worker that sends, instead of an answer, what its photo says."""
    run_worker(connection, options, {**WORKS, "classify": partial(_lie, connection)})


def run_hanging(connection: socket.socket, options: PoolOptions) -> None:
    """A worker that is never done with the photo `HANG`, late with `LINGER`, and classifies any other."""
    run_worker(connection, options, {**WORKS, "classify": _hang})


def run_hostile_decoder(connection: socket.socket, options: PoolOptions) -> None:
    """A decoder that does what its picture says: hang, die, lie, or attack."""
    run_decoder(connection, options, {"decode": _decode})


def attempt(attack: str, arguments: dict[str, Any]) -> str:
    """Try one attack; give what it got, or which error kept it from that."""
    try:
        got = ATTACKS[attack](**arguments)
    except OSError as error:
        return f"refused: {type(error).__name__}"
    return f"got: {got}"


def _fail(_classifier: Classifier, _request: Frame) -> Result:
    raise MemoryError


def _attack(_classifier: Classifier, request: Frame) -> Result:
    said = attempt(**json.loads(request.blobs["input"]))
    return write_classification(Classification(Prediction(1, 1, ()), model_name=said[:200]))


def _lie(connection: socket.socket, _classifier: Classifier, request: Frame) -> Result:
    connection.sendall(request.blobs["input"])
    time.sleep(60)  # whoever believes it has a minute
    return {}, {}


def _hang(classifier: Classifier, request: Frame) -> Result:
    while request.blobs["input"] == HANG:
        time.sleep(60)
    if request.blobs["input"].endswith(LINGER):  # behind a whole photo, where decoders do not look
        time.sleep(_LINGER_SECONDS)
    return classify_photo(classifier, request)


def _decode(decode: Decode, request: Frame) -> Result:
    content = request.blobs["input"]
    while content == HANG:
        time.sleep(60)
    if content == b"die":
        os._exit(1)
    if content == b"lie":
        sides = dict.fromkeys(("width", "height", "rows", "columns"), 100)
        return {**sides, "damaged": False}, {"pixels": bytes(3)}
    if content.startswith(b"{"):
        raise DamagedImageError(attempt(**json.loads(content)))
    return decode_picture(decode, request)


class _Command:
    """What a pickle makes of itself when it is read: a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self._path,)


def build_pickle(path: Path) -> bytes:
    """Build a pickle that makes a file where it is read."""
    return pickle.dumps(_Command(path))


def frame(encoded: bytes) -> bytes:
    """Put its length before what is not JSON."""
    return LENGTH.pack(len(encoded)) + encoded


def _read_file(path: str, at: int = 0, length: int = 64) -> str:
    with Path(path).open("rb", buffering=0) as file:
        file.seek(at)
        return file.read(length).hex()


def _read_memory(process_id: int, address: int, length: int) -> str:
    """Read another process's memory, without a file."""
    into = ctypes.create_string_buffer(length)
    spans = [(ctypes.c_size_t * 2)(where, length) for where in (ctypes.addressof(into), address)]
    pointers = [ctypes.byref(spans[0]), ctypes.c_ulong(1), ctypes.byref(spans[1]), ctypes.c_ulong(1)]
    number = _READ_MEMORY_OF_ANOTHER[platform.machine()]
    _check(_LIBC.syscall(number, ctypes.c_int(process_id), *pointers, ctypes.c_ulong(0)))
    return into.raw.hex()


def _write_file(path: str) -> str:
    return str(Path(path).write_bytes(b"written"))


def _connect(port: int) -> str:
    with socket.socket(socket.AF_INET) as client:
        client.connect(("127.0.0.1", port))
        return "connected"


def _connect_to_file(path: str) -> str:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        return "connected"


def _start_shell() -> str:
    return subprocess.run(["/bin/sh", "-c", "echo shell"], capture_output=True, check=True).stdout.hex()


def _become_shell() -> str:
    os.execv("/bin/sh", ["sh", "-c", "exit 0"])  # noqa: S606 - what is tried


def _fork() -> str:
    process_id = os.fork()
    if not process_id:
        os._exit(0)
    os.waitpid(process_id, 0)
    return "forked"


def _signal(process_id: int) -> str:
    os.kill(process_id, 0)
    return "signalled"


def _map_program() -> str:
    with mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC):
        return "mapped"


def _make_memory_file() -> str:
    os.close(os.memfd_create("program"))
    return "made"


def _set_up_ring() -> str:
    """Ask for a queue through which the kernel would open and connect without further calls."""
    parameters = ctypes.create_string_buffer(120)
    os.close(_check(_LIBC.syscall(_IO_URING_SETUP, ctypes.c_uint(1), parameters)))
    return "set up"


def _check(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), "system call")
    return result


ATTACKS: dict[str, Callable[..., str]] = {
    "read a file": _read_file,
    "look for a file": lambda path: str(os.stat(path).st_size),  # noqa: PTH116 - what is tried
    "list a folder": lambda path: str(len(os.listdir(path))),  # noqa: PTH208
    "read memory": _read_memory,
    "write a file": _write_file,
    "connect": _connect,
    "connect to a file": _connect_to_file,
    "start a shell": _start_shell,
    "become a shell": _become_shell,
    "fork": _fork,
    "signal": _signal,
    "map a program": _map_program,
    "make a memory file": _make_memory_file,
    "set up a ring": _set_up_ring,
}
