"""The files that people and the bot have sent."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from playground.rules.api_errors import NOT_FOUND, bad_request
from playground.rules.pictures import read_picture_size

DOWNLOAD_LIMIT = 20_000_000  # bytes that getFile gives a bot: https://core.telegram.org/bots/api#getfile
_EXTENSIONS = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif",
    "video/mp4": ".mp4", "video/webm": ".webm", "application/x-tgsticker": ".tgs",
}  # fmt: skip


@dataclass
class StoredFile:
    """One file. ``content`` becomes None when newer files take its place, see ``FileStore``."""

    id: str
    unique_id: str
    path: str
    content: bytes | None
    file_size: int
    width: int = 0
    height: int = 0
    name: str = ""
    mime_type: str = ""
    kind: str = "document"
    link_expires_at: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the fields that every file object of the Bot API has."""
        return {"file_id": self.id, "file_unique_id": self.unique_id, "file_size": self.file_size}

    def to_photo_size(self) -> dict[str, Any]:
        """Return a ``PhotoSize``."""
        return self.to_json() | {"width": self.width, "height": self.height}


class FileStore:
    """All files by identifier; only the newest ``keep`` have their bytes, so that memory stays bounded.

    Args:
        keep: How many files keep their bytes; ``getFile`` refuses older ones.
        link_lifetime: Seconds a download link works after ``getFile``; an hour at Telegram.
    """

    def __init__(self, keep: int, link_lifetime: float = 3600.0) -> None:
        self.keep = keep
        self.link_lifetime = link_lifetime
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}
        self._with_bytes: OrderedDict[str, StoredFile] = OrderedDict()

    def add(
        self,
        content: bytes,
        kind: str,
        *,
        name: str = "",
        mime_type: str = "",
        size: tuple[int, int] | None = None,
        declared_size: int | None = None,
    ) -> StoredFile:
        """Store a file.

        Args:
            content: The bytes; they are stored unchanged.
            kind: ``photo``, ``document``, ...; its plural is the folder in the download path.
            name: The file name of a document.
            mime_type: The media type that the sender states.
            size: Width and height; read from the content when left out.
            declared_size: A false ``file_size``, to test a bot that trusts it.
        """
        width, height = size or read_picture_size(content) or (0, 0)
        extension = _EXTENSIONS.get(mime_type) or _extension_of(name)
        number = len(self._by_id) + 1
        # As at Telegram, a file that is sent twice has two identifiers, but one file_unique_id.
        unique = hashlib.blake2b(content, digest_size=9, person=kind.encode()[:16]).hexdigest()
        file = StoredFile(
            id=f"AgACAgQAAxk{secrets.token_urlsafe(36)}",
            unique_id=f"AQAD{unique}",
            path=f"{kind}s/file_{number}{extension}",
            content=content,
            file_size=len(content) if declared_size is None else declared_size,
            width=width,
            height=height,
            name=name,
            mime_type=mime_type,
            kind=kind,
        )
        self._by_id[file.id] = self._by_path[file.path] = self._with_bytes[file.id] = file
        while len(self._with_bytes) > self.keep:
            self._with_bytes.popitem(last=False)[1].content = None
        return file

    def find(self, file_id: str) -> StoredFile | None:
        """Return a file, or None when the identifier is unknown."""
        return self._by_id.get(file_id)

    def open_link(self, file_id: str) -> dict[str, Any]:
        """Answer ``getFile``: the download link works from now on.

        Raises:
            ApiError: The identifier is unknown, or the file is too big or too old.
        """
        file = self.find(file_id)
        if file is None:
            raise bad_request("invalid file_id")
        if file.file_size > DOWNLOAD_LIMIT:
            raise bad_request("file is too big")
        if file.content is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        file.link_expires_at = time.monotonic() + self.link_lifetime
        return file.to_json() | {"file_path": file.path}

    def follow_link(self, path: str) -> StoredFile:
        """Return the file of a download link.

        Raises:
            ApiError: There is no such link, or it has expired.
        """
        file = self._by_path.get(path)
        if file is None or file.content is None or time.monotonic() >= file.link_expires_at:
            raise NOT_FOUND
        return file

    def expire_links(self) -> None:
        """Let every download link expire now."""
        for file in self._with_bytes.values():
            file.link_expires_at = 0.0


def _extension_of(name: str) -> str:
    """Return a file name's extension when it is safe in a path: ASCII letters and digits only."""
    extension = name.rpartition(".")[2]
    return f".{extension.lower()}" if "." in name and extension.isascii() and extension.isalnum() else ""
