"""How many of the camera's pictures the live page has answered each second, and how long each takes.

    python -m tests.benchmark.live --seconds 20

A real Chromium, whose fake camera shows the astronaut, looks through the page; the server and its one worker
share one core, the browser has the others. `taskset --cpu-list 0` before it puts all three on one core. The
page itself sends no more than 15 pictures a second. The time is from taking a picture until its boxes are
drawn.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from playwright.async_api import async_playwright

from classifier.__main__ import default_model_dir
from classifier.workers.worker_pool import ClassifierPool, PoolOptions
from tests.bot.live_steps import build_camera_flags, serve_live_page, write_film
from tests.conftest import CHROMIUM, CHROMIUM_FLAGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.async_api import Page

_WARM_UP_SECONDS = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark.live", description="Speed of the page.")
    parser.add_argument("--model", type=Path, default=default_model_dir(), help="default: %(default)s")
    parser.add_argument("--seconds", type=int, default=20, help="default: %(default)s")
    options = parser.parse_args(arguments)
    rates = asyncio.run(_measure(options.model, options.seconds))
    frames, milliseconds = zip(*rates, strict=True)
    print(  # a benchmark speaks on the terminal
        f"{options.model.name}: pictures a second, median {median(frames):.0f}, least {min(frames)}; "
        f"ms from picture to boxes, median {median(milliseconds):.0f}, most {max(milliseconds)}"
    )
    return 0


async def _measure(model_dir: Path, seconds: int) -> list[tuple[int, int]]:
    """Give (pictures of the last second, milliseconds of the middle one) once a second."""
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "astronaut.mjpeg"
        write_film(film)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=[*CHROMIUM_FLAGS, *build_camera_flags(film)]
            )
            core = min(os.sched_getaffinity(0))
            os.sched_setaffinity(0, {core})  # of this process and its worker; the browser runs already
            options = PoolOptions(model_dir=model_dir, workers=1)
            async with ClassifierPool(options) as pool, serve_live_page(pool) as address:
                page = await browser.new_page(permissions=["camera"])
                await page.goto(address)
                rates = await _read_rates(page, seconds)
            await browser.close()
    return rates


async def _read_rates(page: Page, seconds: int) -> list[tuple[int, int]]:
    await page.get_by_role("button", name="Open the camera").click()
    await page.locator("#rate").filter(has_text="ms").wait_for()
    await asyncio.sleep(_WARM_UP_SECONDS)
    rates = []
    for _ in range(seconds):
        await asyncio.sleep(1)
        frames, milliseconds = map(int, re.findall(r"\d+", await page.locator("#rate").inner_text()))
        rates.append((frames, milliseconds))
    return rates


if __name__ == "__main__":
    sys.exit(main())
