"""Strangers' pictures decoded in a worker process, for programs that wait: training reads archives with it.

The worker is confined as the bot's are: a bug in a decoder is no way into the program that trains.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from classifier.image import UprightImage
from classifier.jobs import DECODE
from classifier.pool_options import PoolOptions
from classifier.types import (
    DamagedImageError,
    DeadlineExceededError,
    TooComplexError,
    WorkerError,
    WorkerUnavailableError,
)
from classifier.worker import run_decoder
from classifier.worker_process import WorkerProcess

if TYPE_CHECKING:
    from classifier.types import ImageLimits

_DEADLINE = 60.0  # seconds; nobody waits at the other end of a chat
_NO_MODEL = Path()  # a decoder loads none


class ConfinedDecoder:
    """Does what `decode_image` does, elsewhere. A context manager; not thread-safe.

    Args:
        limits: Which pictures are refused; the defaults of `ImageLimits` if None.
    """

    def __init__(self, limits: ImageLimits | None = None) -> None:
        options = PoolOptions(_NO_MODEL, workers=1, deadline_seconds=_DEADLINE)
        if limits is not None:
            options = replace(options, limits=limits)
        self._worker = WorkerProcess(options, run_decoder)
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        self._runner.run(self._worker.start())
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._worker.stop())
        self._runner.close()

    def decode(self, image_bytes: bytes, *, reduce: bool = False) -> UprightImage:
        """Decode a file, upright; as `decode_image`.

        Raises:
            ImageError: The picture cannot be decoded; also where it takes too long, or the worker died of it.
            WorkerUnavailableError: No worker could be started.
        """
        try:
            decoded = self._runner.run(self._worker.do(DECODE, {"reduce": reduce}, image_bytes))
        except DeadlineExceededError as error:
            raise TooComplexError(f"The picture is not decoded after {_DEADLINE:g} seconds.") from error
        except WorkerUnavailableError:
            raise
        except WorkerError as error:
            raise DamagedImageError("The picture broke what decodes it.") from error
        pixels = np.frombuffer(decoded.pixels, dtype=np.uint8).reshape(decoded.rows, decoded.columns, 3)
        return UprightImage(pixels, decoded.width, decoded.height, decoded.damaged)
