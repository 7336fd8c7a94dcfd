"""Which buttons were pressed lately: a second press, made before the first took the button away, is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bot.limits.idempotency import Notes


class Press(NamedTuple):
    """What a button does, and where it is."""

    chat_id: int
    message_id: int
    action: str

    @property
    def note(self) -> str:
        """Write it for the notes."""
        return f"press {self.message_id} {self.action}"


class Presses:
    """Remembers presses for a day, in all processes of a bot. Every method may raise `StorageError`."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    async def take(self, press: Press, update_id: int) -> bool:
        """Note a press; False when another one was made before."""
        return await self._notes.take(press.chat_id, press.note, update_id)

    async def was_taken(self, press: Press) -> bool:
        """Tell whether a press was made."""
        return await self._notes.has(press.chat_id, press.note)

    async def give_back(self, press: Press) -> None:
        """Forget a press that came to nothing, so that it can be made again."""
        await self._notes.give_back(press.chat_id, press.note)
