"""The files of given faces in one folder: written whole or not at all, readable by the bot's user alone."""

from __future__ import annotations

import asyncio
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import aiofiles
import aiofiles.os

from bot.storage.engine import StorageError
from classifier.atomic_write import atomic_write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class FaceFiles:
    """The files of one folder. Every method may raise `StorageError`.

    Args:
        folder: Made when first needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def names(self) -> set[str]:
        """List all files, also what was left of writing one."""
        with self._translate_errors():
            if not await aiofiles.os.path.isdir(self._folder):
                return set()
            return set(await aiofiles.os.listdir(self._folder))

    async def write(self, name: str, content: bytes) -> None:
        """Write a file so that a crash leaves all of it or none under its name."""
        path = self._folder / name
        writing = asyncio.create_task(asyncio.to_thread(_write, path, content))
        with self._translate_errors():
            try:
                await asyncio.shield(writing)
            except BaseException:
                # Cancelled, the thread goes on: what it writes must go, for nobody will know of it.
                await asyncio.wait([writing])
                path.unlink(missing_ok=True)
                raise

    async def written_at(self, name: str) -> float:
        """Tell when a file was written, in seconds since 1970; 0 when it is gone."""
        with self._translate_errors():
            try:
                return (await aiofiles.os.stat(self._folder / name)).st_mtime
            except FileNotFoundError:
                return 0.0

    async def read(self, name: str) -> bytes | None:
        """Read a file; None when it is gone."""
        with self._translate_errors():
            try:
                async with aiofiles.open(self._folder / name, "rb") as file:
                    return await file.read()
            except FileNotFoundError:
                return None

    async def remove(self, name: str) -> None:
        """Delete a file, if it is there."""
        with self._translate_errors():
            if await aiofiles.os.path.exists(self._folder / name):
                await aiofiles.os.remove(self._folder / name)

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageError(
                f"The folder {self._folder} cannot be used ({error.strerror}). "
                "Is there room on the disk, and may the bot's user read and write there?"
            ) from error


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with atomic_write(path) as partial, open(partial, "wb", opener=_open_privately) as file:
        file.write(content)


def _open_privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
