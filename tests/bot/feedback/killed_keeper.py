"""Keeps faces until it is killed: python killed_keeper.py DIRECTORY NUMBER.

Prints the number of each once it is kept.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path

import structlog

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from bot.feedback.correction_store import Correction, CorrectionStore
from bot.storage.database import Storage

_FACE = bytes(100_000)
# Standard output is for the numbers: what is logged, such as that a half was removed, goes beside it.
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))


async def keep_forever(directory: Path, kept: int) -> None:
    """Go on after the last number that was confirmed; the one after it may be there as well."""
    storage = await Storage.open(directory)
    store = CorrectionStore(storage.engine, directory / "corrections")
    await store.repair()
    for number in itertools.count(kept + 1):
        if await store.find(7, number) is None:
            correction = Correction(f"{number:032x}", 7, number, "sad", "2026-11-22", "2999-01-01")
            await store.keep(correction, _FACE, await store.begin(7, number))
        print(number, flush=True)  # what the test reads


asyncio.run(keep_forever(Path(sys.argv[1]), int(sys.argv[2])))
