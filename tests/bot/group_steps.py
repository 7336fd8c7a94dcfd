"""Steps that tests of groups share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.storage.chat_records import ChatSettings

if TYPE_CHECKING:
    from bot.runtime.serving import RunningBot
    from playground import Chat, Message, Playground


async def wait_until_quiet(playground: Playground, chat: Chat) -> list[Message]:
    """Everything the bot wrote in a chat, once it has dealt with all that came before a last command."""
    before = len(playground.messages(chat, from_bot=True))
    last = await playground.send_text(chat, playground.ana, "/help")
    await playground.wait_for_reply(last)
    # Albums wait for their parts; what is answered later than that would be a fault of its own.
    return playground.messages(chat, from_bot=True)[before:-1]


async def see_everything(playground: Playground, chat: Chat) -> None:
    """Switch privacy mode off, as a host does in BotFather, and add the bot again."""
    await playground.set_privacy_mode(False, readd_to=chat)
    await wait_until_quiet(playground, chat)


async def set_chat(bot: RunningBot, chat: Chat, **changes: object) -> None:
    await bot.services.storage.preferences.save_chat_settings(chat.id, ChatSettings(**changes))
