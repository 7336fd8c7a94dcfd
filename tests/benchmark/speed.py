"""How long one photo takes, and which step of it: a JPEG of 1280 x 960 with one face, on one core.

    python -m tests.benchmark.speed --repeats 100

Processor time does not count what other programs take of the core; the least of many repeats does not count
what they take of its caches. That is the machine's figure. The median and the wall clock say what it was like
to wait.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table
from skimage.data import astronaut

from classifier.__main__ import default_model_dir
from classifier.decoding.image import decode_image
from classifier.faces.face_search import FaceSearch
from classifier.faces.face_verification import FaceVerifier
from classifier.model import Model
from classifier.opencv import cv2
from classifier.predictor import Classifier

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_WIDTH, _HEIGHT = 1280, 960
_QUALITY = 85
_WARM_UP = 3


@dataclass(frozen=True)
class Timing:
    """Milliseconds of one step: processor time at least and in the median, wall clock at least."""

    processor: float
    processor_median: float
    wall: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every step and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark.speed", description="Time of one photo.")
    parser.add_argument("--model", type=Path, default=default_model_dir(), help="default: %(default)s")
    parser.add_argument("--repeats", type=int, default=100, help="of each step (default: %(default)s)")
    options = parser.parse_args(arguments)
    photo = build_photo()
    table = Table(
        title=f"{_WIDTH} x {_HEIGHT} JPEG of {len(photo) // 1024} KB, one face, {options.model.name}"
    )
    table.add_column("step")
    for column in ("processor, ms: least", "median", "wall clock, ms: least"):
        table.add_column(column, justify="right")
    for name, step in list_steps(photo, options.model).items():
        timing = measure_step(step, options.repeats)
        table.add_row(name, f"{timing.processor:.2f}", f"{timing.processor_median:.2f}", f"{timing.wall:.2f}")
    Console().print(table)
    return 0


def build_photo() -> bytes:
    """Put the astronaut into a wide photo, as JPEG."""
    portrait = cv2.resize(astronaut(), (_HEIGHT, _HEIGHT), interpolation=cv2.INTER_CUBIC)
    side = (_WIDTH - _HEIGHT) // 2
    photo = cv2.copyMakeBorder(portrait, 0, 0, side, side, cv2.BORDER_REFLECT_101)
    quality = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    return bytes(cv2.imencode(".jpg", cv2.cvtColor(photo, cv2.COLOR_RGB2BGR), quality)[1].tobytes())


def list_steps(photo: bytes, model_dir: Path) -> dict[str, Callable[[], object]]:
    """Return each step alone, and all of them together as the bot takes them."""
    classifier, search, model = Classifier.load(model_dir), FaceSearch(), Model(model_dir)
    image = decode_image(photo).pixels
    (found,) = search.find(image)
    batch = found.align(image)[np.newaxis]
    verifier = FaceVerifier()
    return {
        "decode": lambda: decode_image(photo, reduce=True),
        "find and verify faces": lambda: search.find(image),
        "verify one face": lambda: verifier.verify(image, found.face),
        "align": lambda: found.align(image),
        "network, one crop": lambda: model.answer(batch),
        "bytes to prediction": lambda: classifier.predict(photo),
    }


def measure_step(step: Callable[[], object], repeats: int) -> Timing:
    """Repeat a step, after a few times that do not count."""
    for _ in range(_WARM_UP):
        step()
    processor, wall = [], []
    for _ in range(repeats):
        before, before_processor = time.perf_counter(), time.process_time()
        step()
        processor.append(1000 * (time.process_time() - before_processor))
        wall.append(1000 * (time.perf_counter() - before))
    return Timing(min(processor), median(processor), min(wall))


if __name__ == "__main__":
    sys.exit(main())
