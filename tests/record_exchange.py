"""Make the animated picture of the README: one real exchange, filmed from the playground's page.

    python -m tests.record_exchange

Starts the bot as `make run` does, sends it a photo by hand of a browser, presses a button, and writes
docs/exchange.webp. Needs Chromium.
"""

from __future__ import annotations

import asyncio
import io
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.async_api import async_playwright, expect
from skimage.data import astronaut

from tests.bot.program_steps import ROOT, read_until_ready, start_program
from tests.conftest import CHROMIUM, CHROMIUM_FLAGS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

PICTURE = ROOT / "docs/exchange.webp"
_VIEW = {"width": 430, "height": 800}
_QUALITY = 70  # of WebP, 0 to 100


@dataclass
class Film:
    """Pictures of a page, each shown for a while."""

    page: Page
    frames: list[Image.Image] = field(default_factory=list)
    milliseconds: list[int] = field(default_factory=list)

    async def take(self, seconds: float) -> None:
        """Add what the page shows now."""
        picture = Image.open(io.BytesIO(await self.page.screenshot())).convert("RGB")
        self.frames.append(picture)
        self.milliseconds.append(round(seconds * 1000))

    def save(self, path: Path) -> None:
        """Write an animation that begins anew for ever."""
        first, *others = self.frames
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=self.milliseconds,
            loop=0,
            quality=_QUALITY,
            method=6,
        )


@asynccontextmanager
async def run_bot(folder: Path) -> AsyncIterator[str]:
    """Run the bot with its playground; give the page's address."""
    program = await start_program(folder, PLAYGROUND_PORT="0")
    try:
        _, ready = await read_until_ready(program)
        yield ready[1].decode()
    finally:
        program.terminate()
        await program.communicate()


async def film(page: Page, photo: Path) -> Film:
    """Play the exchange."""
    made = Film(page)
    chat = page.locator("#chat-private")
    await expect(page.get_by_text("Bot connected")).to_be_attached(timeout=60_000)
    await made.take(1.2)
    await chat.locator("input[type=file]").set_input_files(photo)
    await expect(chat.locator(".tray img")).to_be_visible()
    await made.take(0.8)
    message = chat.get_by_role("combobox", name="Message")
    text = "How does she look?"
    for end in range(3, len(text) + 3, 3):
        await message.fill(text[:end])
        await made.take(0.12)
    await message.press("Enter")
    await expect(chat.locator(".own .photo img")).to_be_visible()
    await made.take(0.6)
    answer = chat.locator(".from-bot")
    await expect(answer.locator("img").last).to_be_visible()
    await page.wait_for_function("[...document.images].every((image) => image.complete)")
    await made.take(2.8)
    await answer.get_by_role("button", name="Why?").click()
    await expect(chat.locator(".from-bot")).to_have_count(2, timeout=30_000)
    await page.wait_for_function("[...document.images].every((image) => image.complete)")
    await made.take(4.0)
    return made


async def main() -> None:
    """Film it."""
    with tempfile.TemporaryDirectory() as name:
        photo = Path(name) / "astronaut.jpg"
        Image.fromarray(astronaut()).save(photo, quality=92)
        async with run_bot(Path(name)) as url, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
            context = await browser.new_context(viewport=_VIEW, reduced_motion="reduce")
            page = await context.new_page()
            await page.goto(url)
            await page.wait_for_selector("html[data-ready]")
            made = await film(page, photo)
            await browser.close()
    made.save(PICTURE)
    print(  # a command says what it made
        f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size // 1000} kB, {len(made.frames)} pictures"
    )


if __name__ == "__main__":
    asyncio.run(main())
