"""Idempotency keys: remember an action so that it is not repeated, in all processes of a bot."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, or_, select

from bot.storage.engine import connect, insert_into
from bot.storage.tables import idempotency_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncEngine

# An update may come again for 24 hours.
_ARE_KEPT_SECONDS = 25 * 3_600.0
_PURGE_SECONDS = 600.0


def build_press_key(message_id: int, action: str) -> str:
    """Build the key of a button press: a second one may come before the first has removed the button."""
    return f"press {message_id} {action}"


class IdempotencyKeys:
    """Keys of one bot, each kept for a day. Every method may raise `StorageError`.

    Args:
        engine: The database.
        bot_id: Whose keys.
        clock: Seconds since 1970; may jump.
    """

    def __init__(self, engine: AsyncEngine, bot_id: int, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._bot_id = bot_id
        self._clock = clock
        self._purged_at = float("-inf")

    async def acquire(
        self, chat_id: int, what: str, update_id: int, *, again_after_seconds: float = _ARE_KEPT_SECONDS
    ) -> bool:
        """Remember that an update does something in a chat. False if another update has done it lately.

        The same update, tried again after a crash, may go on.

        Args:
            chat_id: The chat.
            what: The action.
            update_id: The update.
            again_after_seconds: After so long another update may do the same.
        """
        now = self._clock()
        if time.monotonic() - self._purged_at >= _PURGE_SECONDS:
            await self.delete_expired()
        statement = insert_into(self._engine, idempotency_keys).values(
            bot_id=self._bot_id, chat_id=chat_id, what=what, update_id=update_id, noted_at=now
        )
        taken = statement.on_conflict_do_update(
            index_elements=list(idempotency_keys.primary_key),
            set_={name: statement.excluded[name] for name in ("update_id", "noted_at")},
            where=or_(
                idempotency_keys.c.update_id == statement.excluded.update_id,
                _is_expired(now, again_after_seconds),
            ),
        ).returning(idempotency_keys.c.update_id)
        async with connect(self._engine, autocommit=True) as connection:
            return await connection.scalar(taken) is not None

    async def has(self, chat_id: int, what: str) -> bool:
        """Whether something was done in a chat."""
        found = select(idempotency_keys.c.update_id).where(self._is_key(chat_id, what))
        async with connect(self._engine, autocommit=True) as connection:
            return await connection.scalar(found) is not None

    async def release(self, chat_id: int, what: str) -> None:
        """Forget an action that failed, so that it can be done again."""
        async with connect(self._engine, autocommit=True) as connection:
            await connection.execute(delete(idempotency_keys).where(self._is_key(chat_id, what)))

    async def delete_expired(self) -> None:
        """Delete the expired keys of all bots."""
        self._purged_at = time.monotonic()
        is_old = _is_expired(self._clock(), _ARE_KEPT_SECONDS)
        async with connect(self._engine, autocommit=True) as connection:
            await connection.execute(delete(idempotency_keys).where(is_old))

    def _is_key(self, chat_id: int, what: str) -> ColumnElement[bool]:
        return and_(
            idempotency_keys.c.bot_id == self._bot_id,
            idempotency_keys.c.chat_id == chat_id,
            idempotency_keys.c.what == what,
        )


def _is_expired(now: float, seconds: float) -> ColumnElement[bool]:
    """Select keys older than so many seconds, and those that a clock that jumped has dated far ahead."""
    noted_at = idempotency_keys.c.noted_at
    return or_(noted_at < now - seconds, noted_at > now + _ARE_KEPT_SECONDS)
