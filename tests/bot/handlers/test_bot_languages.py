"""Languages in chats: whose language is spoken, and how it is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE, until

from bot.config.settings import LANGUAGES
from bot.messages.catalogue import Catalogue

if TYPE_CHECKING:
    from bot.runtime.serving import RunningBot
    from playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_each_person_is_answered_in_their_language(bot: RunningBot, playground: Playground):
    """The language of a person's Telegram is spoken; in each it is said that an automatic system answers."""
    for language in LANGUAGES:
        person = playground.create_user("P", language_code=language.lower())
        chat = playground.private_chat(person)
        say = Catalogue("en").texts(language)
        start = await playground.send_text(chat, person, "/start")
        photo = await playground.send_photo(chat, person, PICTURE)

        assert (await playground.wait_for_reply(start)).text == say("start").strip()
        assert (await playground.wait_for_reply(photo)).text == say("face-happy", share=0.97)


async def test_an_unknown_language_gets_the_default(bot: RunningBot, playground: Playground):
    """Who speaks none of ours is answered in the host's default language."""
    person = playground.create_user("K", language_code="tlh")
    message = await playground.send_text(playground.private_chat(person), person, "nuqneH")

    assert (await playground.wait_for_reply(message)).text.startswith("Send me a photo")


async def test_a_person_can_choose_another_language(bot: RunningBot, playground: Playground):
    """/language overrides Telegram's, at once and until it is changed back."""
    asked = await playground.send_text(playground.private, playground.ana, "/language")
    menu = await playground.wait_for_reply(asked)
    assert len([button for row in menu.buttons for button in row]) == len(LANGUAGES) + 1
    await (await playground.press_button(menu, "Deutsch")).answer()
    await until(lambda: menu.text == "Ab jetzt spreche ich Deutsch.")

    photo = await playground.send_photo(playground.private, playground.ana, PICTURE)

    assert (await playground.wait_for_reply(photo)).text.startswith("Sieht fröhlich aus")


async def test_the_menu_marks_the_present_language(bot: RunningBot, playground: Playground):
    """One tick: at the chosen language, or at the button that chooses none, which says whose is spoken."""
    channel = playground.create_channel("News", with_bot=True)
    await bot.services.storage.preferences.set_user_language(playground.ana.id, "de")
    menus = {}
    for chat in (playground.private, playground.group, channel):
        as_chat = channel if chat is channel else None
        asked = await playground.send_text(chat, playground.ana, "/language", as_chat=as_chat)
        menu = await playground.wait_for_reply(asked)
        labels = [button.text for row in menu.buttons for button in row]
        menus[chat.id] = [label for label in labels if label.startswith("✓")]

    assert menus[playground.private.id] == ["✓ Deutsch"]
    assert menus[playground.group.id] == ["✓ Wie im Telegram derer, die fragen"]
    assert menus[channel.id] == ["✓ As the host has set it"]


async def test_a_group_has_one_language_that_its_admins_choose(bot: RunningBot, playground: Playground):
    """The group's language goes before the asker's, and members cannot change it."""
    refused = await playground.send_text(playground.group, playground.ben, "/language")
    assert (await playground.wait_for_reply(refused)).text.startswith("Only the admins")
    opened = await playground.send_text(playground.group, playground.ana, "/settings")
    menu = await playground.wait_for_reply(opened)
    await (await playground.press_button(menu, "settings:language", user=playground.ana)).answer()
    await until(lambda: menu.text.startswith("Which language"))
    await (await playground.press_button(menu, "Español", user=playground.ana)).answer()
    await until(lambda: menu.text.startswith("Cómo me comporto"))

    photo = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")

    assert (await playground.wait_for_reply(photo)).text == "Parece alegre: 97\u00a0% de seguridad"


async def test_an_admin_sets_the_groups_language_by_command(bot: RunningBot, playground: Playground):
    """/language in a group is the group's, and its buttons are for admins only."""
    opened = await playground.send_text(playground.group, playground.ana, "/language")
    menu = await playground.wait_for_reply(opened)
    refused = await playground.press_button(menu, "Français", user=playground.ben)
    assert (await refused.answer())["text"].startswith("Only the admins")
    await (await playground.press_button(menu, "Deutsch", user=playground.ana)).answer()
    await until(lambda: menu.text == "Ab jetzt spreche ich Deutsch.")

    photo = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")

    assert (await playground.wait_for_reply(photo)).text.startswith("Sieht fröhlich aus")


async def test_names_and_captions_cannot_inject_markup(bot: RunningBot, playground: Playground):
    """Whatever people call themselves, the bot's messages carry no markup made of it."""
    person = playground.create_user("<b>*bold*</b> [x](http://x)", language_code="en")
    chat = playground.private_chat(person)
    photo = await playground.send_photo(chat, person, PICTURE, caption="<a href='http://x'>`x`</a>")

    answer = await playground.wait_for_reply(photo)

    assert answer.text == "Looks happy — 97% sure"
    assert all("parse_mode" not in call.parameters for call in playground.call_log.calls("sendPhoto"))
