"""Decode strangers' pictures in a worker process, for programs that wait: training reads archives with it.

The worker is confined as the bot's are: a bug in a decoder is no way into the program that trains. Whoever
waits for one picture at a time needs no asyncio, whose many small reads would take longer than decoding.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from classifier.classification import AnswerError
from classifier.decoding.image import UprightImage
from classifier.types import (
    DamagedImageError,
    ImageLimits,
    TooComplexError,
    WorkerError,
    WorkerUnavailableError,
)
from classifier.worker_messages import FrameError, pack_frame, read_exactly, read_frame
from classifier.workers.worker_jobs import DECODE, START, TAKEN
from classifier.workers.worker_main import run_decoder
from classifier.workers.worker_pool_options import PoolOptions
from classifier.workers.worker_process import launch_process

if TYPE_CHECKING:
    import socket
    from multiprocessing.process import BaseProcess

    from classifier.workers.worker_jobs import DecodedPixels
    from classifier.workers.worker_process import RunWorker

_DEADLINE = 60.0  # seconds; nobody waits at the other end of a chat
_NO_MODEL = Path()  # a decoder loads none
_log = logging.getLogger(__name__)


class ConfinedDecoder:
    """Decodes like `decode_image`, in another process. A context manager; not thread-safe.

    Args:
        limits: Which pictures are refused; the defaults of `ImageLimits` if None.
        deadline_seconds: A worker that is silent for longer is killed.
        run: What the worker's process runs.
    """

    def __init__(
        self,
        limits: ImageLimits | None = None,
        deadline_seconds: float = _DEADLINE,
        run: RunWorker = run_decoder,
    ) -> None:
        self._options = PoolOptions(
            _NO_MODEL, workers=1, deadline_seconds=deadline_seconds, limits=limits or ImageLimits()
        )
        self._run = run
        self._worker: tuple[BaseProcess, socket.socket] | None = None
        self._number = 0

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def decode(self, image_bytes: bytes, *, reduce: bool = False) -> UprightImage:
        """Decode a file, upright; as `decode_image`.

        Raises:
            ImageError: The picture cannot be decoded; also where it takes too long, or the worker died of it.
            WorkerUnavailableError: No worker could be started.
        """
        connection = self._start() if self._worker is None else self._worker[1]
        try:
            decoded = self._exchange(connection, image_bytes, reduce=reduce)
        except TimeoutError as error:
            self._end()
            raise TooComplexError("The picture takes too long to decode. Leave it out.") from error
        except (EOFError, OSError, FrameError, AnswerError) as error:
            self._end()
            raise DamagedImageError("The picture broke what decodes it. Leave it out.") from error
        except WorkerError as error:
            raise DamagedImageError("The picture cannot be decoded. Leave it out.") from error
        pixels = np.frombuffer(decoded.pixels, dtype=np.uint8).reshape(decoded.rows, decoded.columns, 3)
        return UprightImage(pixels, decoded.width, decoded.height, decoded.damaged)

    def _exchange(self, connection: socket.socket, image_bytes: bytes, *, reduce: bool) -> DecodedPixels:
        """Send a picture, and read the answer."""
        self._number += 1
        fields = {"job": DECODE.name, "number": self._number, "arguments": {"reduce": reduce}}
        connection.sendall(pack_frame(fields, {"input": image_bytes} if image_bytes else {}))
        if read_exactly(connection, len(TAKEN)) != TAKEN:
            raise AnswerError("the request was not acknowledged")
        return DECODE.read_answer(read_frame(connection, DECODE.blobs), self._number)

    def _start(self) -> socket.socket:
        """Start a worker, and give the socket to it."""
        self._number = 0
        try:
            self._worker = _, connection = launch_process(self._options, self._run)
            connection.settimeout(START.seconds(self._options))
            confinement = START.read_answer(read_frame(connection, START.blobs), 0)
        except (OSError, EOFError, RuntimeError, FrameError, AnswerError, WorkerError) as error:
            self._end()
            raise WorkerUnavailableError(
                "No process to decode pictures in could be started. Is there enough memory?"
            ) from error
        connection.settimeout(self._options.deadline_seconds)
        if not confinement.is_complete:
            _log.warning("%s", confinement.describe())
        return connection

    def _end(self) -> None:
        """End the worker, whatever it does."""
        if self._worker is not None:
            process, connection = self._worker
            self._worker = None
            process.kill()
            connection.close()
            process.join()
            process.close()
