"""What people change: edits, deletions, reactions and button presses."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from playground.rules.markup import finish_entities

if TYPE_CHECKING:
    from playground.world.chats import Message
    from playground.world.users import User
    from playground.world.world import ButtonPress, World


class Changes:
    """Does for a person what touches a message that is there already."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def edit_text(self, message: Message, text: str) -> Message:
        """Change the text of a person's message."""
        return self._edit(message, "text", "entities", text)

    async def edit_caption(self, message: Message, caption: str) -> Message:
        """Change the caption of a person's message."""
        return self._edit(message, "caption", "caption_entities", caption)

    async def delete_message(self, message: Message) -> None:
        """Delete a message; bots are not told."""
        self.world.remove(message)

    async def react(self, message: Message, user: User, emoji: str) -> None:
        """React to a message, or take the reaction back with an empty ``emoji``."""
        before = message.reactions.pop(user.id, "")
        if emoji:
            message.reactions[user.id] = emoji
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
        """Press an inline button, named by its data or its text; ``await press.answer()`` for the answer.

        Args:
            message: The bot's message.
            data: The button's callback data, or the text on it.
            user: Who presses; the person whom the bot answered when left out.
            forged: Send the data although no such button is there, as a modified app could.
        """
        buttons = [button for row in message.buttons for button in row]
        found = next((b for b in buttons if data in {b.data, b.text} and b.data is not None), None)
        if found is None and not forged:
            raise ValueError(f"no such button: {data!r}; there are {[button.text for button in buttons]}")
        if user is None:
            asked = message.reply_to.sender_id if message.reply_to else 0
            people = [m.user for m in message.chat.members.values() if not m.user.is_bot]
            user = next((person for person in people if person.id == asked), people[0])
        return self.world.press(message, user, (found.data or "") if found else data)

    async def expire_buttons(self) -> None:
        """Let every unanswered button press grow too old to answer."""
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
