"""The playground's page in a browser, with the real bot and the real classifier behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

if TYPE_CHECKING:
    from pathlib import Path

    from bot.runtime.serving import RunningBot
    from playground import Playground
    from tests.conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture
def photo_file(tmp_path: Path, astronaut_jpeg: bytes) -> str:
    path = tmp_path / "astronaut.jpg"
    path.write_bytes(astronaut_jpeg)
    return str(path)


async def test_a_photo_sent_through_the_page_is_answered_there(
    seeing_bot: RunningBot, playground: Playground, open_page: OpenPage, photo_file: str
):
    """A newcomer's first minute: send a photo, see the numbered answer, press "Details"."""
    page = await open_page(playground.page_url)
    chat = page.locator("#chat-private")
    await chat.locator("input[type=file]").set_input_files(photo_file)
    await chat.get_by_role("combobox", name="Message").fill("Look")
    await page.keyboard.press("Enter")
    answer = chat.locator(".from-bot")
    await expect(answer.locator(".photo img")).to_be_visible()
    await expect(answer.locator(".text").filter(has_text="Looks ")).to_be_visible()
    await answer.get_by_role("button", name="Details").click()
    await expect(answer.locator(".text").filter(has_text="How each expression looks:")).to_be_visible()


async def test_the_group_is_answered_and_set_up_through_the_page(
    seeing_bot: RunningBot, playground: Playground, open_page: OpenPage, photo_file: str
):
    """In the group: a photo with the command, and the settings menu by its buttons."""
    page = await open_page(playground.page_url)
    chat = page.locator("#chat-group")
    await chat.locator("input[type=file]").set_input_files(photo_file)
    await chat.get_by_role("combobox", name="Message").fill("/emotion@happy_or_sad_bot")
    await page.keyboard.press("Enter")
    await expect(chat.locator(".from-bot .text").filter(has_text="Looks ")).to_be_visible()
    await chat.get_by_role("combobox", name="Message").fill("/settings@happy_or_sad_bot")
    await page.keyboard.press("Enter")
    await chat.get_by_role("button", name="When I answer").click()
    await chat.get_by_role("button", name="every photo").click()
    await expect(
        chat.locator(".from-bot .text").filter(has_text="Telegram hides those messages")
    ).to_be_visible()
    settings = await seeing_bot.services.storage.preferences.get_chat_settings(playground.group.id)
    assert settings.when == "every"
