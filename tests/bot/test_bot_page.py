"""The playground's page in a browser, with the real bot and the real classifier behind it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.support.ui import WebDriverWait

if TYPE_CHECKING:
    from pathlib import Path

    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

    from bot.runtime.serving import RunningBot
    from playground import Playground

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
WITHIN = 90


# One step in the browser: the page may draw an element anew between finding and using it.
FIND = """
    const all = [...document.querySelectorAll(arguments[0])];
    const found = all.find(each => each.textContent.includes(arguments[1]));
    if (found && arguments[2]) found.click();
    return found || null;
"""


def find(browser: Chrome, selector: str, text: str = "", *, click: bool = False) -> WebElement:
    """Wait for an element with a text in it; click it at once if wanted."""
    wait = WebDriverWait(browser, WITHIN)
    return wait.until(lambda driver: driver.execute_script(FIND, selector, text, click), f"{selector} {text}")


@pytest.fixture
def photo_file(tmp_path: Path, astronaut_jpeg: bytes) -> str:
    path = tmp_path / "astronaut.jpg"
    path.write_bytes(astronaut_jpeg)
    return str(path)


async def test_a_photo_sent_through_the_page_is_answered_there(
    seeing_bot: RunningBot, playground: Playground, chromium: Chrome, photo_file: str
):
    """A newcomer's first minute: send a photo, see the numbered answer, press "Details"."""

    def act() -> None:
        chromium.set_window_size(1440, 900)
        chromium.get(playground.page_url)
        find(chromium, "html[data-ready]")
        find(chromium, "#chat-private input[type=file]").send_keys(photo_file)
        find(chromium, "#chat-private textarea").send_keys("Look\ue007")
        find(chromium, "#chat-private .from-bot .photo img")
        find(chromium, "#chat-private .from-bot .text", "Looks ")
        find(chromium, "#chat-private .key", "Details", click=True)
        find(chromium, "#chat-private .from-bot .text", "How each expression looks:")

    await asyncio.to_thread(act)


async def test_the_group_is_answered_and_set_up_through_the_page(
    seeing_bot: RunningBot, playground: Playground, chromium: Chrome, photo_file: str
):
    """In the group: a photo with the command, and the settings menu by its buttons."""

    def act() -> None:
        chromium.set_window_size(1440, 900)
        chromium.get(playground.page_url)
        find(chromium, "html[data-ready]")
        find(chromium, "#chat-group input[type=file]").send_keys(photo_file)
        find(chromium, "#chat-group textarea").send_keys("/emotion@happy_or_sad_bot\ue007")
        find(chromium, "#chat-group .from-bot .text", "Looks ")
        find(chromium, "#chat-group textarea").send_keys("/settings@happy_or_sad_bot\ue007")
        find(chromium, "#chat-group .key", "When I answer", click=True)
        find(chromium, "#chat-group .key", "every photo", click=True)
        find(chromium, "#chat-group .from-bot .text", "Telegram hides those messages")

    await asyncio.to_thread(act)
    settings = await seeing_bot.services.storage.get_chat_settings(playground.group.id)
    assert settings.when == "every"
