"""The page in a browser, with a small bot behind it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from telegram import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Update,
)
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from selenium.webdriver import Chrome
    from telegram import Bot

    from playground import Playground

pytestmark = pytest.mark.browser
BUTTONS = InlineKeyboardMarkup(
    [
        [
            InlineKeyboardButton("Why?", callback_data="why"),
            InlineKeyboardButton("Details", callback_data="more"),
        ]
    ]
)
WITHIN = 20


async def send_back(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    """Answer a photo, or the photo that a command replies to, with itself."""
    message = update.effective_message
    assert message is not None
    asked = message.reply_to_message or message
    file = await asked.photo[-1].get_file()
    content = bytes(await file.download_as_bytearray())
    await asked.set_reaction("😁")
    await asked.reply_photo(
        content, caption="<b>1</b> · looks happy", parse_mode="HTML", reply_markup=BUTTONS, do_quote=True
    )


async def answer_button(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    """Answer one button with a notice, the other with an alert."""
    query = update.callback_query
    assert query is not None
    await query.answer("Because of the mouth", show_alert=query.data == "more")


@pytest.fixture
async def echo(playground: Playground) -> AsyncIterator[Playground]:
    """A playground with a bot that sends photos back."""
    builder = Application.builder().token(playground.token)
    application = builder.base_url(playground.base_url).base_file_url(playground.base_file_url).build()
    application.add_handler(CommandHandler("emotion", send_back))
    application.add_handler(MessageHandler(filters.PHOTO, send_back))
    application.add_handler(CallbackQueryHandler(answer_button))
    async with application:
        scope = BotCommandScopeAllGroupChats()
        await application.bot.set_my_commands([BotCommand("emotion", "Look at a photo")], scope=scope)
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling(poll_interval=0)
        yield playground
        await application.updater.stop()
        await application.stop()


class Page:
    """What a person does with the page."""

    def __init__(self, driver: Chrome, url: str, size: tuple[int, int] = (1440, 900)) -> None:
        self.driver = driver
        driver.get("about:blank")
        self.errors()  # what the page of the test before had to say
        driver.set_window_size(*size)
        driver.get(url)
        self.wait("html[data-ready]")

    def wait(self, selector: str, text: str = "") -> object:
        """Wait for an element, with a text in it, and return it."""
        from selenium.webdriver.support.ui import WebDriverWait  # noqa: PLC0415 - only where there is a browser

        def find(driver: Chrome) -> object:
            found = driver.find_elements("css selector", selector)
            return next(
                (element for element in found if text in (element.get_attribute("textContent") or "")), None
            )

        return WebDriverWait(self.driver, WITHIN).until(find, f"{selector} {text}")

    def click(self, selector: str, text: str = "") -> None:
        """Click an element."""
        self.driver.execute_script("arguments[0].click()", self.wait(selector, text))

    def type(self, selector: str, keys: str) -> None:
        """Type into an element, or choose files in a file field."""
        for _ in range(5):
            # The page may draw an element anew between finding and using it.
            with contextlib.suppress(StaleElementReferenceException):
                self.wait(selector).send_keys(keys)  # type: ignore[attr-defined]
                return
        raise AssertionError(f"{selector} is drawn anew again and again")

    def count(self, selector: str) -> int:
        """Return how many elements there are."""
        return len(self.driver.find_elements("css selector", selector))

    def errors(self) -> list[str]:
        """Return what the page complained about, refusals by its own policy included."""
        entries = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]


@pytest.fixture
def photos(tmp_path: Path, astronaut_jpeg: bytes) -> list[str]:
    paths = [tmp_path / "one.jpg", tmp_path / "two.jpg"]
    for path in paths:
        path.write_bytes(astronaut_jpeg)
    return [str(path) for path in paths]


async def test_a_photo_is_answered_and_its_buttons_answer(
    echo: Playground, chromium: Chrome, photos: list[str]
) -> None:
    """A photo goes out in several sizes; picture, quote, reaction and both kinds of answers come back."""

    def act() -> list[str]:
        page = Page(chromium, echo.page_url)
        page.wait("#chat-private .empty", "Drop a photo here")
        page.type("#chat-private input[type=file]", photos[0])
        page.type("#chat-private textarea", "Look\ue007")
        page.wait("#chat-private .own .reaction", "😁")
        answer = page.wait("#chat-private .from-bot .text", "1 · looks happy")
        assert answer.find_element("css selector", "b").text == "1"  # type: ignore[attr-defined]
        page.wait("#chat-private .from-bot .photo img")
        page.wait("#chat-private .from-bot .quote", "Look")
        page.click("#chat-private .key", "Why?")
        page.wait(".toast", "Because of the mouth")
        page.click("#chat-private .key", "Details")
        page.wait("dialog.alert p", "Because of the mouth")
        page.click("dialog.alert button", "OK")
        page.click("#chat-private .from-bot .photo")
        page.wait("dialog.lightbox img")
        page.type("dialog.lightbox", "\ue00c")
        return page.errors()

    assert await asyncio.to_thread(act) == []
    (sent,) = echo.messages(echo.private, from_bot=False)
    assert [size["width"] for size in sent.fields["photo"]] == [90, 320, 512]


async def test_the_group_shows_albums_and_takes_commands(
    echo: Playground, chromium: Chrome, photos: list[str]
) -> None:
    """Ben sends an album that the bot is not shown; Ana replies to it with a command from the menu."""

    def act() -> list[str]:
        page = Page(chromium, echo.page_url)
        page.click("#chat-group .speakers label", "Ben")
        page.type("#chat-group input[type=file]", "\n".join(photos))
        page.type("#chat-group textarea", "Saturday\ue007")
        page.wait("#chat-group .album .photo:nth-child(2) img")
        page.wait("#chat-group .unseen")
        page.click("#chat-group .speakers label", "Ana")
        page.wait("#chat-group .block.other .name", "Ben")
        page.click("#chat-group .block .tools button[aria-label=Reply]")
        page.type("#chat-group textarea", "/")
        page.wait("#chat-group [role=option][aria-selected=true]", "/emotion")
        page.type("#chat-group textarea", "\ue007")
        page.wait("#chat-group .own .text", "/emotion@happy_or_sad_bot")
        page.wait("#chat-group .from-bot .quote", "Saturday")
        return page.errors()

    assert await asyncio.to_thread(act) == []


async def test_what_people_write_stays_text(echo: Playground, chromium: Chrome) -> None:
    """Markup in messages, names and captions is shown, never run."""
    attack = "<img src=x onerror=\"document.title='owned'\"><b>x</b>"
    await echo.send_text(echo.private, echo.ana, attack)
    echo.ben.first_name = attack
    await echo.send_text(echo.group, echo.ben, "hi")

    def act() -> tuple[str, int]:
        page = Page(chromium, echo.page_url)
        page.wait("#chat-private .own .text", attack)
        page.wait("#chat-group .name", attack)
        return page.driver.title, page.count(".bubble img")

    assert await asyncio.to_thread(act) == ("Playground", 0)


async def test_a_file_goes_unchanged_and_a_caption_can_be_edited(
    echo: Playground, chromium: Chrome, photos: list[str], astronaut_jpeg: bytes
) -> None:
    """Sent as a file the bytes are the same; editing changes the caption in place."""

    def act() -> list[str]:
        page = Page(chromium, echo.page_url)
        page.type("#chat-private input[type=file]", photos[0])
        page.click("#chat-private .tray label", "File")
        page.type("#chat-private textarea", "before\ue007")
        page.wait("#chat-private .document b", "one.jpg")
        page.click("#chat-private .own .tools button[aria-label='Edit the caption']")
        page.type("#chat-private textarea", "\ue009a\ue000after\ue007")
        page.wait("#chat-private .own .text", "after")
        page.wait("#chat-private .own .meta", "edited")
        return page.errors()

    assert await asyncio.to_thread(act) == []
    (sent,) = echo.messages(echo.private, from_bot=False)
    stored = echo.world.files.find(sent.fields["document"]["file_id"])
    assert stored is not None
    assert (stored.content, sent.text) == (astronaut_jpeg, "after")


async def test_the_page_says_what_the_bot_is_doing(echo: Playground, chromium: Chrome, bot: Bot) -> None:
    """A chat action shows under the bot's name."""
    page = await asyncio.to_thread(Page, chromium, echo.page_url)
    await echo.send_text(echo.private, echo.ana, "hello")
    await bot.send_chat_action(echo.ana.id, "upload_photo")
    await asyncio.to_thread(page.wait, "#chat-private .status.acting", "is sending a photo")


async def test_settings_reach_the_bot(echo: Playground, chromium: Chrome) -> None:
    """The bot can be removed from the group, and a person's language changed, by hand."""

    def act() -> None:
        page = Page(chromium, echo.page_url)
        page.click("#open-settings")
        page.click("dialog.settings .toggle", "In the group")
        page.wait("#chat-group .service", "Ana removed Happy or Sad")
        page.type("dialog.settings select", "Deutsch")
        page.type("dialog.settings", "\ue00c")

    await asyncio.to_thread(act)
    assert echo.group.status_of(echo.world.bot.id) == "kicked"
    assert echo.ana.language_code == "de"


async def test_a_phone_shows_one_chat_at_a_time(echo: Playground, chromium: Chrome) -> None:
    """At 360 pixels there are tabs, nothing overflows, and news in the hidden chat is marked."""

    def open_page() -> Page:
        page = Page(chromium, echo.page_url, (500, 800))
        chromium.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True},
        )
        return page

    def act(page: Page) -> tuple[bool, bool, int]:
        page.wait("#tabs button:nth-child(2) .badge:not([hidden])")
        page.click("#tabs button", echo.group.title)
        shown = chromium.find_element("css selector", "#chat-group").is_displayed()
        hidden = chromium.find_element("css selector", "#chat-private").is_displayed()
        width = chromium.execute_script("return document.documentElement.scrollWidth")
        chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        return shown, hidden, width

    page = await asyncio.to_thread(open_page)
    await echo.send_text(echo.group, echo.ben, "W" * 300)
    assert await asyncio.to_thread(act, page) == (True, False, 360)
