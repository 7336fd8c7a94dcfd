"""Workers that a bug in a decoder has handed to whoever sent the photo: what a pool under attack runs.

Each is loaded, confined and asked as a real one; the "photo" is the name of what it is to try.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.worker import WORKS, run_worker

if TYPE_CHECKING:
    import socket

    from classifier.frames import Frame
    from classifier.pool_options import PoolOptions
    from classifier.predictor import Classifier
    from classifier.worker import Result


def run_without_memory(connection: socket.socket, options: PoolOptions) -> None:
    """A worker that has no memory left whenever it is asked whether it still works."""
    run_worker(connection, options, {**WORKS, "check": _fail})


def _fail(_classifier: Classifier, _request: Frame) -> Result:
    raise MemoryError
