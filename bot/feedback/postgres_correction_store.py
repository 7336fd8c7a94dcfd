"""The faces that people gave, where several hosts keep them: sealed in the rows of the database."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import and_, delete, insert, select, update

from bot.feedback.correction_store import FILE_SUFFIX, CorrectionStore
from bot.storage.engine import connect, insert_into
from bot.storage.tables import corrections, idempotency_keys

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from bot.feedback.correction_store import Correction

# A bot on SQLite, which may still run on this folder, writes its file moments before the row.
_HALF_AFTER_SECONDS = 3_600.0
_log = structlog.get_logger(__name__)


class SharedCorrectionStore(CorrectionStore):
    """The rows, with the faces in them; every method may raise `StorageError`.

    `begin` writes an idempotency key, and `forget` deletes it, on whichever host it runs. Without its key a
    face is not kept.
    """

    async def repair(self) -> None:
        """Move faces that are files from the time of SQLite into the database; delete expired ones."""
        for name in await self._files.names():
            await self._take_in(name)
        await self.purge()

    async def begin(self, user_id: int, message_id: int) -> int:
        """Note that a face is about to be kept."""
        giving = insert_into(self._engine, idempotency_keys).values(
            bot_id=self._bot_id,
            chat_id=user_id,
            what=_name_giving(message_id),
            update_id=0,
            noted_at=time.time(),
        )
        async with connect(self._engine) as connection:
            await connection.execute(giving.on_conflict_do_nothing())
        return 0

    async def keep(self, correction: Correction, sealed: bytes, generation: int) -> bool:  # noqa: ARG002
        """Keep a face; False when its owner has had all forgotten since `begin`."""
        async with connect(self._engine) as connection:
            begun = (
                delete(idempotency_keys)
                .where(self._is_giving(correction))
                .returning(idempotency_keys.c.chat_id)
            )
            if await connection.scalar(begun) is None:
                return False
            values = {**asdict(correction), "bot_id": self._bot_id, "sealed": sealed}
            await connection.execute(insert(corrections).values(**values))
        return True

    async def read(self, correction: Correction) -> bytes | None:
        """Read a sealed face; None when it is gone."""
        sealed = select(corrections.c.sealed).where(corrections.c.id == correction.id)
        async with connect(self._engine) as connection:
            found: bytes | None = await connection.scalar(sealed)
        return found or await super().read(correction)

    async def forget(self, user_id: int) -> int:
        """Delete all that somebody gave, also what any host is about to keep; give the number."""
        # The note first: whoever keeps a face at this moment has deleted it already, and is waited for.
        giving = and_(
            idempotency_keys.c.chat_id == user_id, idempotency_keys.c.what.startswith(_name_giving(""))
        )
        async with connect(self._engine) as connection:
            await connection.execute(delete(idempotency_keys).where(giving))
        return await super().forget(user_id)

    async def _take_in(self, name: str) -> None:
        """Move a file into its row; remove it when it has none."""
        age = time.time() - await self._files.written_at(name)
        sealed = await self._files.read(name)
        is_row = corrections.c.id == name.partition(".")[0]
        async with connect(self._engine) as connection:
            found = await connection.scalar(select(corrections.c.id).where(is_row))
            is_known = found is not None and name == f"{found}{FILE_SUFFIX}"
            if is_known and sealed:
                is_empty = and_(is_row, corrections.c.sealed.is_(None))
                await connection.execute(update(corrections).where(is_empty).values(sealed=sealed))
        if is_known or age > _HALF_AFTER_SECONDS:
            await self._files.remove(name)
            _log.info(
                "a kept face was taken into the database" if is_known else "half of a kept face removed"
            )

    def _is_giving(self, correction: Correction) -> ColumnElement[bool]:
        return and_(
            idempotency_keys.c.bot_id == self._bot_id,
            idempotency_keys.c.chat_id == correction.user_id,
            idempotency_keys.c.what == _name_giving(correction.message_id),
        )


def _name_giving(message_id: int | str) -> str:
    return f"giving {message_id}"
