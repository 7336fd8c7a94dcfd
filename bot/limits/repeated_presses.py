"""Button presses: a second press counts for nothing if it comes before the first has removed the button."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bot.limits.idempotency import IdempotencyKeys


class ButtonPress(NamedTuple):
    """What a button does, and where it is."""

    chat_id: int
    message_id: int
    action: str

    @property
    def key(self) -> str:
        """Write it as an idempotency key."""
        return f"press {self.message_id} {self.action}"


class ButtonPresses:
    """Remembers presses for a day, in all processes of a bot. Every method may raise `StorageError`."""

    def __init__(self, keys: IdempotencyKeys) -> None:
        self._keys = keys

    async def acquire(self, press: ButtonPress, update_id: int) -> bool:
        """Remember a press; False when another one was made before."""
        return await self._keys.acquire(press.chat_id, press.key, update_id)

    async def was_pressed(self, press: ButtonPress) -> bool:
        """Tell whether a press was made."""
        return await self._keys.has(press.chat_id, press.key)

    async def release(self, press: ButtonPress) -> None:
        """Forget a press whose action failed, so that it can be made again."""
        await self._keys.release(press.chat_id, press.key)
