"""The page in a browser, with a small bot behind it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import expect
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

    from playwright.async_api import Page
    from telegram import Bot

    from playground import Playground
    from tests.conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
BUTTONS = InlineKeyboardMarkup(
    [
        [
            InlineKeyboardButton("Why?", callback_data="why"),
            InlineKeyboardButton("Details", callback_data="more"),
        ]
    ]
)


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


@pytest_asyncio.fixture(loop_scope="session")
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


@pytest.fixture
def photos(tmp_path: Path, astronaut_jpeg: bytes) -> list[str]:
    paths = [tmp_path / "one.jpg", tmp_path / "two.jpg"]
    for path in paths:
        path.write_bytes(astronaut_jpeg)
    return [str(path) for path in paths]


@asynccontextmanager
async def seeing(page: Page, selector: str, text: str) -> AsyncIterator[None]:
    """Have the page itself watch, from before it happens, for what it shows for some seconds only."""
    shown = asyncio.create_task(
        page.wait_for_function(
            "([selector, text]) => document.querySelector(selector)?.textContent.includes(text)",
            arg=[selector, text],
        )
    )
    await asyncio.sleep(0)  # the page watches before anything else is asked of it
    yield
    await shown


async def test_a_photo_is_answered_and_its_buttons_answer(
    echo: Playground, open_page: OpenPage, photos: list[str]
) -> None:
    """A photo goes out in several sizes; picture, quote, reaction and both kinds of answers come back."""
    page = await open_page(echo.page_url)
    chat = page.locator("#chat-private")
    await expect(chat.locator(".empty")).to_contain_text("Drop a photo here")
    await chat.locator("input[type=file]").set_input_files(photos[0])
    await chat.get_by_role("combobox", name="Message").fill("Look")
    await page.keyboard.press("Enter")
    await expect(chat.locator(".own .reaction")).to_have_text("😁")
    answer = chat.locator(".from-bot")
    await expect(answer.locator(".text")).to_have_text("1 · looks happy")
    await expect(answer.locator(".text b")).to_have_text("1")
    await expect(answer.locator(".quote")).to_contain_text("Look")
    async with seeing(page, ".toast", "Because of the mouth"):
        await answer.get_by_role("button", name="Why?").click()
    await answer.get_by_role("button", name="Details").click()
    alert = page.get_by_role("dialog")
    await expect(alert.locator("p")).to_have_text("Because of the mouth")
    await alert.get_by_role("button", name="OK").click()
    await answer.get_by_role("button", name="Enlarge the photo").click()
    await expect(page.locator("dialog.lightbox img")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_have_count(0)
    (sent,) = echo.messages(echo.private, from_bot=False)
    assert [size["width"] for size in sent.fields["photo"]] == [90, 320, 512]


async def test_the_group_shows_albums_and_takes_commands(
    echo: Playground, open_page: OpenPage, photos: list[str]
) -> None:
    """Ben sends an album that the bot is not shown; Ana replies to it with a command from the menu."""
    page = await open_page(echo.page_url)
    chat = page.locator("#chat-group")
    await chat.locator(".speakers").get_by_text("Ben").click()
    await chat.locator("input[type=file]").set_input_files(photos)
    await chat.get_by_role("combobox", name="Message").fill("Saturday")
    await page.keyboard.press("Enter")
    await expect(chat.locator(".album .photo img")).to_have_count(2)
    await expect(chat.locator(".unseen")).to_be_visible()
    await chat.locator(".speakers").get_by_text("Ana").click()
    await expect(chat.locator(".block.other .name")).to_have_text("Ben")
    await chat.locator(".block").hover()
    await chat.get_by_role("button", name="Reply").click()
    await chat.get_by_role("combobox", name="Message").press_sequentially("/")
    await expect(chat.get_by_role("listbox").get_by_role("option", selected=True)).to_contain_text("/emotion")
    await page.keyboard.press("Enter")
    await expect(chat.locator(".own .text")).to_have_text("/emotion@happy_or_sad_bot")
    await expect(chat.locator(".from-bot .quote")).to_contain_text("Saturday")


async def test_what_people_write_stays_text(echo: Playground, open_page: OpenPage) -> None:
    """Markup in messages, names and captions is shown, never run."""
    attack = "<img src=x onerror=\"document.title='owned'\"><b>x</b>"
    await echo.send_text(echo.private, echo.ana, attack)
    echo.ben.first_name = attack
    await echo.send_text(echo.group, echo.ben, "hi")
    page = await open_page(echo.page_url)
    await expect(page.locator("#chat-private .own .text")).to_have_text(attack)
    await expect(page.locator("#chat-group .name")).to_have_text(attack)
    await expect(page.locator(".bubble img")).to_have_count(0)
    await expect(page).to_have_title("Playground")


async def test_a_file_goes_unchanged_and_a_caption_can_be_edited(
    echo: Playground, open_page: OpenPage, photos: list[str], astronaut_jpeg: bytes
) -> None:
    """Sent as a file the bytes are the same; editing changes the caption in place."""
    page = await open_page(echo.page_url)
    chat = page.locator("#chat-private")
    await chat.locator("input[type=file]").set_input_files(photos[0])
    await chat.locator(".tray").get_by_text("File").click()
    await chat.get_by_role("combobox", name="Message").fill("before")
    await page.keyboard.press("Enter")
    await expect(chat.locator(".document b")).to_have_text("one.jpg")
    await chat.locator(".own").hover()
    await chat.get_by_role("button", name="Edit the caption").click()
    await chat.get_by_role("combobox", name="Message").fill("after")
    await page.keyboard.press("Enter")
    await expect(chat.locator(".own .text")).to_have_text("after")
    await expect(chat.locator(".own .meta")).to_contain_text("edited")
    (sent,) = echo.messages(echo.private, from_bot=False)
    stored = echo.world.files.find(sent.fields["document"]["file_id"])
    assert stored is not None
    assert (stored.content, sent.text) == (astronaut_jpeg, "after")


async def test_the_page_says_what_the_bot_is_doing(echo: Playground, bot: Bot, open_page: OpenPage) -> None:
    """A chat action shows under the bot's name."""
    page = await open_page(echo.page_url)
    await echo.send_text(echo.private, echo.ana, "hello")
    async with seeing(page, "#chat-private .status.acting", "is sending a photo"):
        await bot.send_chat_action(echo.ana.id, "upload_photo")


async def test_settings_reach_the_bot(echo: Playground, open_page: OpenPage) -> None:
    """The bot can be removed from the group, and a person's language changed, by hand."""
    page = await open_page(echo.page_url)
    await page.get_by_role("button", name="Settings").click()
    settings = page.get_by_role("dialog")
    await settings.get_by_role("switch", name="In the group").uncheck()
    await expect(page.locator("#chat-group .service")).to_have_text("Ana removed Happy or Sad")
    async with page.expect_response("**/actions/set_language"):
        await settings.get_by_role("combobox", name="Ana").select_option("Deutsch")
    await page.keyboard.press("Escape")
    await expect(settings).to_have_count(0)
    assert echo.group.status_of(echo.world.bot.id) == "kicked"
    assert echo.ana.language_code == "de"


async def test_a_phone_shows_one_chat_at_a_time(echo: Playground, open_page: OpenPage) -> None:
    """At 360 pixels there are tabs, nothing overflows, and news in the hidden chat is marked."""
    page = await open_page(
        echo.page_url, viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True
    )
    await echo.send_text(echo.group, echo.ben, "W" * 300)
    tab = page.get_by_role("tab", name=echo.group.title)
    await expect(tab.locator(".badge")).to_be_visible()
    await tab.click()
    await expect(page.locator("#chat-group")).to_be_visible()
    await expect(page.locator("#chat-private")).to_be_hidden()
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
