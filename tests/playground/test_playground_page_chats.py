"""What can be sent from the page, and to which chats, in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from playwright.async_api import expect
from telegram import BotCommand

from playground.rules.pictures import guess_media_type, read_picture_size

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Locator, Page
    from telegram import Bot

    from playground import Playground
    from tests.conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture(scope="session")
def clip_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Half a second of WebM, twice as wide as high."""
    path = str(tmp_path_factory.mktemp("clips") / "clip.webm")
    writer = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*"VP80"), 10, (160, 80))
    for shade in range(0, 250, 50):
        writer.write(np.full((80, 160, 3), shade, np.uint8))
    writer.release()
    return path


@pytest.fixture
def photo_file(tmp_path: Path, astronaut_jpeg: bytes) -> str:
    path = tmp_path / "astronaut.jpg"
    path.write_bytes(astronaut_jpeg)
    return str(path)


async def send_file(chat: Locator, path: str, kind: str, text: str = "") -> None:
    """Choose a file and what it is sent as, write a text and send."""
    await chat.locator("input[type=file]").set_input_files(path)
    await chat.locator(".tray").get_by_text(kind, exact=True).click()
    await chat.get_by_role("combobox", name="Message").fill(text)
    await chat.get_by_role("button", name="Send", exact=True).click()
    await expect(chat.locator(".tray")).to_be_hidden()


async def make_chat(page: Page, kind: str, title: str) -> None:
    """Make a chat by its dialog."""
    await page.get_by_role("button", name="New chat").click()
    dialog = page.get_by_role("dialog", name="New chat")
    await dialog.get_by_text(kind, exact=True).click()
    await dialog.get_by_label("Name").fill(title)
    await dialog.get_by_role("button", name="Create").click()
    await expect(page.locator("#title-group")).to_have_text(title)


async def test_the_command_menu_closes_when_a_text_is_sent(
    playground: Playground, bot: Bot, open_page: OpenPage
) -> None:
    """Sent by the button while the menu is open, a command leaves no menu over the answer's buttons."""
    await bot.set_my_commands([BotCommand("help", "What I can do"), BotCommand("hello", "Greet")])
    page = await open_page(playground.page_url)
    chat = page.locator("#chat-private")
    await chat.get_by_role("combobox", name="Message").press_sequentially("/he")
    await expect(chat.get_by_role("listbox").get_by_role("option")).to_have_count(2)
    await chat.get_by_role("button", name="Send", exact=True).click()
    await expect(chat.locator(".own .text")).to_have_text("/he")
    await expect(chat.get_by_role("listbox")).to_be_hidden()
    await expect(chat.get_by_role("combobox", name="Message")).to_have_attribute("aria-expanded", "false")


async def test_the_command_menu_closes_when_somebody_goes_elsewhere(
    playground: Playground, bot: Bot, open_page: OpenPage
) -> None:
    """A click on the messages closes the menu and keeps what was typed."""
    await bot.set_my_commands([BotCommand("help", "What I can do")])
    await playground.send_text(playground.private, playground.ana, "hello")
    page = await open_page(playground.page_url)
    chat = page.locator("#chat-private")
    await chat.get_by_role("combobox", name="Message").press_sequentially("/")
    await expect(chat.get_by_role("listbox")).to_be_visible()
    await chat.locator(".own .text").click()
    await expect(chat.get_by_role("listbox")).to_be_hidden()
    await expect(chat.get_by_role("combobox", name="Message")).to_have_value("/")


async def test_a_picture_goes_as_a_sticker(
    playground: Playground, open_page: OpenPage, photo_file: str
) -> None:
    """WebP, 512 pixels on its long side; the text follows, for a sticker carries no caption."""
    page = await open_page(playground.page_url)
    chat = page.locator("#chat-private")
    await send_file(chat, photo_file, "Sticker", "how about this?")
    await expect(chat.get_by_role("img", name="Sticker")).to_be_visible()
    await expect(chat.locator(".own .text")).to_have_text("how about this?")
    sticker, text = playground.messages(playground.private)
    stored = playground.world.files.find(sticker.fields["sticker"]["file_id"])
    assert stored is not None
    assert stored.content is not None
    assert (guess_media_type(stored.content), read_picture_size(stored.content)) == ("image/webp", (512, 512))
    assert (sticker.text, text.text) == ("", "how about this?")


@pytest.mark.parametrize(
    ("kind", "field", "cover", "caption"),
    [
        ("Video", "video", (160, 80), "look"),
        ("GIF", "animation", (160, 80), "look"),
        ("Round", "video_note", (320, 320), ""),
        ("Sticker", "sticker", (160, 80), ""),
    ],
)
async def test_a_clip_goes_as_what_was_chosen(
    playground: Playground,
    open_page: OpenPage,
    clip_file: str,
    kind: str,
    field: str,
    cover: tuple[int, int],
    caption: str,
) -> None:
    """Video, GIF, round video or moving sticker, with the cover that Telegram would have made."""
    page = await open_page(playground.page_url)
    chat = page.locator("#chat-private")
    await send_file(chat, clip_file, kind, "look")
    await expect(chat.locator(".own .text")).to_have_text("look")
    first, *_ = playground.messages(playground.private)
    thumbnail = first.fields[field]["thumbnail"]
    assert (thumbnail["width"], thumbnail["height"]) == cover
    assert first.text == caption


async def test_a_gif_goes_as_an_animation(
    playground: Playground, open_page: OpenPage, tmp_path: Path
) -> None:
    """As in Telegram's apps, a GIF is sent as one unless it is wanted as a file."""
    pixel = b"GIF89a\1\0\1\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
    path = tmp_path / "dot.gif"
    path.write_bytes(pixel)
    page = await open_page(playground.page_url)
    chat = page.locator("#chat-private")
    await send_file(chat, str(path), "GIF")
    await expect(chat.get_by_role("img", name="GIF")).to_be_visible()
    await send_file(chat, str(path), "File")
    await expect(chat.locator(".document b")).to_have_text("dot.gif")
    animation, document = playground.messages(playground.private)
    assert "animation" in animation.fields
    assert "animation" not in document.fields


async def test_a_channel_can_be_made_and_posted_to(
    playground: Playground, bot: Bot, open_page: OpenPage, photo_file: str
) -> None:
    """The bot joins a new channel as an administrator, gets the post and answers it there."""
    page = await open_page(playground.page_url)
    chat = page.locator("#chat-group")
    await make_chat(page, "Channel", "News")
    await expect(chat.locator(".speakers")).to_be_hidden()
    await send_file(chat, photo_file, "Photo", "today")
    await expect(chat.locator(".own .text")).to_have_text("today")
    joined, posted = await bot.get_updates()
    assert joined.my_chat_member is not None
    assert joined.my_chat_member.new_chat_member.status == "administrator"
    assert posted.channel_post is not None
    assert (posted.channel_post.chat.title, len(posted.channel_post.photo)) == ("News", 3)
    await posted.channel_post.reply_text("looks happy", do_quote=True)
    await expect(chat.locator(".from-bot .text")).to_have_text("looks happy")
    await page.get_by_label("Chat", exact=True).select_option("Weekend friends")
    await expect(chat.locator(".block")).to_have_count(0)


async def test_a_forum_keeps_topics_apart(
    playground: Playground, bot: Bot, open_page: OpenPage, photo_file: str
) -> None:
    """A photo in a topic is answered in it; the general topic shows neither."""
    page = await open_page(playground.page_url)
    chat = page.locator("#chat-group")
    await make_chat(page, "Forum", "Club")
    await chat.get_by_role("button", name="New topic").click()
    dialog = page.get_by_role("dialog", name="New topic")
    await dialog.get_by_label("Name").fill("Photos")
    await page.keyboard.press("Enter")
    topic = chat.locator(".topics").get_by_role("button", name="Photos")
    await expect(topic).to_have_attribute("aria-pressed", "true")
    await send_file(chat, photo_file, "Photo", "/emotion")
    await expect(chat.locator(".own .photo")).to_have_count(1)
    message = (await bot.get_updates())[-1].message
    assert message is not None
    assert message.is_topic_message
    await chat.get_by_role("button", name="General").click()
    await expect(chat.locator(".block")).to_have_count(0)
    await message.reply_text("looks happy", do_quote=True)
    await expect(topic).to_have_text("Photos •")
    await topic.click()
    await expect(chat.locator(".from-bot .text")).to_have_text("looks happy")
    await expect(topic).to_have_text("Photos")


async def test_both_people_have_a_private_chat(playground: Playground, open_page: OpenPage) -> None:
    """Who is chosen on the left writes to the bot from a chat of their own."""
    await playground.send_text(playground.private, playground.ana, "from Ana")
    page = await open_page(playground.page_url)
    chat = page.locator("#chat-private")
    await expect(chat.locator(".own .text")).to_have_text("from Ana")
    await chat.locator(".speakers").get_by_text("Ben").click()
    await expect(chat.locator(".block")).to_have_count(0)
    await chat.get_by_role("combobox", name="Message").fill("from Ben")
    await page.keyboard.press("Enter")
    await expect(chat.locator(".own .text")).to_have_text("from Ben")
    (message,) = playground.messages(playground.private_chat(playground.ben))
    assert message.sender_id == playground.ben.id


async def test_news_in_another_chat_are_marked(playground: Playground, bot: Bot, open_page: OpenPage) -> None:
    """A chat that is not shown gets a dot in the list until it is looked at."""
    team = playground.create_group("Team", [playground.ana, playground.ben], supergroup=True)
    page = await open_page(playground.page_url)
    await bot.send_message(team.id, "hello")
    chooser = page.get_by_label("Chat", exact=True)
    await expect(chooser.locator("option", has_text="Team •")).to_have_count(1)
    await chooser.select_option(str(team.id))
    await expect(page.locator("#chat-group .from-bot .text")).to_have_text("hello")
    await expect(chooser.locator("option", has_text="•")).to_have_count(0)


async def test_a_group_that_grows_stays_the_one_that_is_shown(
    playground: Playground, open_page: OpenPage
) -> None:
    """Turned into a supergroup by the settings, the chosen group is followed."""
    page = await open_page(playground.page_url)
    await make_chat(page, "Group", "Cousins")
    await page.get_by_role("button", name="Settings").click()
    await page.get_by_role("button", name="Turn the group into a supergroup").click()
    await expect(page.locator("#chat-group .service").last).to_have_text(
        "This supergroup grew out of a group"
    )
    await expect(page.locator("#title-group")).to_have_text("Cousins")


async def test_on_a_phone_nothing_overflows(
    playground: Playground, open_page: OpenPage, clip_file: str
) -> None:
    """At 360 pixels the head of a forum and the longest choice of kinds fit."""
    forum = playground.create_group("A club with a long name", [playground.ana, playground.ben], forum=True)
    playground.create_topic(forum, "Portraits of everybody")
    page = await open_page(
        playground.page_url, viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True
    )
    await page.get_by_role("tab").last.click()
    await page.get_by_label("Chat", exact=True).select_option(str(forum.id))
    await expect(page.get_by_role("tab").last).to_have_text("A club with a long name")
    await page.locator("#chat-group input[type=file]").set_input_files(clip_file)
    kinds = page.locator("#chat-group .tray label")
    await expect(kinds).to_have_count(5)
    for part in (*await kinds.all(), page.get_by_role("button", name="New chat")):
        box = await part.bounding_box()
        assert box is not None
        assert 0 <= box["x"] < box["x"] + box["width"] <= 360


async def test_a_chat_is_made_with_the_keyboard_alone(playground: Playground, open_page: OpenPage) -> None:
    """Focus goes into the dialog, Enter makes the chat, and one can write at once."""
    page = await open_page(playground.page_url)
    await page.get_by_role("button", name="New chat").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.type("Runners")
    await page.keyboard.press("Enter")
    await expect(page.locator("#title-group")).to_have_text("Runners")
    await page.keyboard.type("hello")
    await page.keyboard.press("Enter")
    await expect(page.locator("#chat-group .own .text")).to_have_text("hello")
    assert [chat.title for chat in playground.world.chats.values() if chat.title == "Runners"] == ["Runners"]
