"""Edits, deletions, reactions and button presses by people."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from playground.rules.markup import finish_entities

if TYPE_CHECKING:
    from playground.world.chats import Message
    from playground.world.users import User
    from playground.world.world import ButtonPress, World


class Changes:
    """Changes existing messages on behalf of a person."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def edit_text(self, message: Message, text: str) -> Message:
        """Change the text of a person's message."""
        return self._edit(message, "text", "entities", text)

    async def edit_caption(self, message: Message, caption: str) -> Message:
        """Change the caption of a person's message."""
        return self._edit(message, "caption", "caption_entities", caption)

    async def delete_message(self, message: Message) -> None:
        """Delete a message; the bot receives no update."""
        self.world.remove(message)

    async def react(self, message: Message, user: User, emoji: str) -> None:
        """React to a message; an empty ``emoji`` removes the reaction."""
        before = message.reactions.pop(user.id, "")
        if emoji:
            message.reactions[user.id] = emoji
        # Telegram sends message_reaction to administrators only.
        if message.chat.status_of(self.world.bot.id) == "administrator":
            sides = {
                "old_reaction": [{"type": "emoji", "emoji": before}] if before else [],
                "new_reaction": [{"type": "emoji", "emoji": emoji}] if emoji else [],
            }
            place = {"chat": message.chat.to_json(), "message_id": message.id, "date": int(time.time())}
            self.world.updates.put("message_reaction", place | {"user": user.to_json()} | sides)
        self.world.events.publish("edit", message)

    async def press_button(
        self, message: Message, data: str, user: User | None = None, *, forged: bool = False
    ) -> ButtonPress:
        """Press an inline button; ``await press.answer()`` waits for the bot's answer.

        Args:
            message: The bot's message.
            data: The button's callback data, or the text on it.
            user: Who presses; when left out, the person whose message the bot replied to.
            forged: Send the data even when there is no such button, as a modified app could.
        """
        buttons = [button for row in message.buttons for button in row]
        found = next((b for b in buttons if data in {b.data, b.text} and b.data is not None), None)
        if found is None and not forged:
            raise ValueError(f"no such button: {data!r}; there are {[button.text for button in buttons]}")
        if user is None:
            asked = message.reply_to.sender_id if message.reply_to else 0
            people = [m.user for m in message.chat.members.values() if not m.user.is_bot]
            user = next((person for person in people if person.id == asked), people[0])
        return self.world.queue_callback_query(message, user, (found.data or "") if found else data)

    async def expire_buttons(self) -> None:
        """Let every unanswered button press expire now."""
        self.world.presses.clear()

    def _edit(self, message: Message, name: str, entities_name: str, text: str) -> Message:
        plain, entities = finish_entities(text, [])
        message.fields = {k: v for k, v in message.fields.items() if k not in {name, entities_name}}
        if plain:
            message.fields[name] = plain
        if entities:
            message.fields[entities_name] = entities
        self.world.record_edit(message, tell_bot=True)
        return message
