"""Read the messages of a chat and wait for the bot's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.world.world import WAIT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.world.chats import Chat, Message
    from playground.world.world import World


class Observer:
    """Lets a script read messages and wait for the bot."""

    def __init__(self, world: World) -> None:
        self.world = world

    def messages(self, chat: Chat, *, from_bot: bool | None = None) -> list[Message]:
        """Return the messages of a chat, oldest first: all, the bot's (True) or the people's (False)."""
        bot_id = self.world.bot.id
        kept = chat.messages.values()
        return [m for m in kept if from_bot is None or (m.sender_id == bot_id) == from_bot]

    def replies(self, message: Message) -> list[Message]:
        """Return the bot's answers to a message."""
        return [m for m in self.messages(message.chat, from_bot=True) if m.reply_to is message]

    def album(self, message: Message) -> list[Message]:
        """Return all messages of the album that a message belongs to, at least itself."""
        if message.album_id is None:
            return [message]
        return [m for m in message.chat.messages.values() if m.album_id == message.album_id]

    async def wait_for_reply(
        self, message: Message, *, within: float = WAIT_SECONDS, number: int = 1
    ) -> Message:
        """Wait for the bot's reply to a message, or for its ``number``-th reply.

        Raises:
            TimeoutError: There is none within ``within`` seconds.
        """
        if len(self.replies(message)) < number:
            await self.world.wait_for(lambda _: len(self.replies(message)) >= number, within)
        return self.replies(message)[number - 1]

    async def wait_for_message(
        self,
        chat: Chat,
        wanted: Callable[[Message], bool] = lambda _: True,
        *,
        within: float = WAIT_SECONDS,
    ) -> Message:
        """Return the bot's first message in a chat that ``wanted`` accepts; wait for it if need be."""

        def is_wanted(message: Message) -> bool:
            return message.chat is chat and message.sender_id == self.world.bot.id and wanted(message)

        found = next((message for message in chat.messages.values() if is_wanted(message)), None)
        return found or await self.world.wait_for(is_wanted, within)

    async def wait_for_edit(
        self,
        message: Message,
        wanted: Callable[[Message], bool] = lambda _: True,
        *,
        within: float = WAIT_SECONDS,
    ) -> Message:
        """Wait for the next edit of a message or the next reaction to it."""
        return await self.world.wait_for(lambda changed: changed is message and wanted(changed), within)

    async def wait_for_reaction(self, message: Message, *, within: float = WAIT_SECONDS) -> str:
        """Wait for the bot's reaction to a message and return its emoji."""
        bot_id = self.world.bot.id
        if bot_id not in message.reactions:
            await self.wait_for_edit(message, lambda changed: bot_id in changed.reactions, within=within)
        return message.reactions[bot_id]
