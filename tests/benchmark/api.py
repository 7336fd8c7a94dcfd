"""What the HTTP API adds to the call from Python: one picture classified here, in a worker, and over HTTP.

    python -m tests.benchmark.api --repeats 200

The three ways take turns, so that what else the machine does falls on all of them. What a way adds is the
median of its differences to the way above it: the worker's process is there for what strangers send, the API
is what other programs need besides. The client is a bare connection that is kept, as programs keep theirs.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from bot.api.api_server import ApiServer
from bot.api.callers import ApiKey, Callers, hash_key
from bot.api.faces_handler import FacesService
from bot.observability.metrics import Metrics
from classifier.__main__ import default_model_dir
from classifier.predictor import Classifier
from classifier.workers.worker_pool import ClassifierPool, PoolOptions
from tests.benchmark.speed import build_photo

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEY = "a-key-of-the-benchmark"
_PORT = 0
_WARM_UP = 5
_PER_MINUTE = 1_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the three ways and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark.api", description="Overhead of the API.")
    parser.add_argument("--model", type=Path, default=default_model_dir(), help="default: %(default)s")
    parser.add_argument("--repeats", type=int, default=200, help="of each way (default: %(default)s)")
    options = parser.parse_args(arguments)
    photo = build_photo()
    times = asyncio.run(_measure(photo, options.model, options.repeats))
    table = Table(title=f"JPEG of {len(photo) // 1024} KB, one face, {options.model.name}")
    table.add_column("way")
    for column in ("ms: least", "median", "added, ms: median"):
        table.add_column(column, justify="right")
    before: list[float] | None = None
    for name, taken in times.items():
        added = [after - earlier for earlier, after in zip(before or taken, taken, strict=True)]
        table.add_row(
            name, f"{min(taken):.2f}", f"{median(taken):.2f}", f"{median(added):.2f}" if before else "-"
        )
        before = taken
    Console().print(table)
    return 0


async def _measure(photo: bytes, model_dir: Path, repeats: int) -> dict[str, list[float]]:
    """Give the milliseconds of each repeat by way."""
    classifier = Classifier.load(model_dir)
    times: dict[str, list[float]] = {
        "Classifier.predict": [],
        "ClassifierPool.classify": [],
        "POST /v1/faces": [],
    }
    async with ClassifierPool(PoolOptions(model_dir=model_dir, workers=1)) as pool:
        callers = Callers((ApiKey("benchmark", hash_key(_KEY)),), per_minute=_PER_MINUTE)
        server = ApiServer(FacesService(pool, callers, Metrics()), max_bytes=20_000_000, body_seconds=30)
        reader, writer = await asyncio.open_connection("127.0.0.1", await server.start(_PORT))
        for _ in range(_WARM_UP + repeats):
            begin = time.perf_counter()
            classifier.predict(photo)
            predicted = time.perf_counter()
            await pool.classify(photo)
            classified = time.perf_counter()
            await _post(reader, writer, photo)
            answered = time.perf_counter()
            for taken, seconds in zip(
                times.values(),
                (predicted - begin, classified - predicted, answered - classified),
                strict=True,
            ):
                taken.append(1000 * seconds)
        writer.close()
        await server.stop()
    return {name: taken[_WARM_UP:] for name, taken in times.items()}


async def _post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, photo: bytes) -> None:
    """Send a picture and read the whole answer."""
    head = f"POST /v1/faces HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {_KEY}\r\n"
    writer.write(f"{head}Content-Length: {len(photo)}\r\n\r\n".encode() + photo)
    answer = await reader.readuntil(b"\r\n\r\n")
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(answer.decode())
    length = answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length))


if __name__ == "__main__":
    sys.exit(main())
