"""Copy given faces from the database to a folder for training, and delete there what was forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from bot.feedback.correction_store import FILE_SUFFIX
from bot.feedback.face_files import FaceFiles
from bot.storage.database import Storage
from bot.storage.engine import StorageError, connect, name_driver
from bot.storage.tables import corrections

if TYPE_CHECKING:
    from pathlib import Path


async def copy_corrections(database_url: str, folder: Path) -> int:
    """Make a folder hold exactly the sealed faces of the database. Returns how many these are.

    Args:
        database_url: The database, `postgresql://`.
        folder: A folder of nothing else; made when there is none.

    Raises:
        StorageError: The database or the folder cannot be used, or the folder holds something else.
    """
    files = FaceFiles(folder)
    before = await files.names()
    others = sorted(name for name in before if not name.endswith(FILE_SUFFIX))
    if others:
        raise StorageError(
            f"{folder} holds something else than sealed faces: {others[0]}. Name a folder of their own: "
            "what is not in the database is deleted there."
        )
    storage = await Storage.open(name_driver(database_url))
    try:
        async with connect(storage.engine) as connection:
            ids = (await connection.execute(select(corrections.c.id))).scalars().all()
        for number in ids:
            of_face = select(corrections.c.sealed).where(corrections.c.id == number)
            async with connect(storage.engine) as connection:
                sealed = await connection.scalar(of_face)
            if sealed:
                await files.write(f"{number}{FILE_SUFFIX}", sealed)
                before.discard(f"{number}{FILE_SUFFIX}")
        for name in before:
            await files.remove(name)
    finally:
        await storage.close()
    return len(await files.names())
