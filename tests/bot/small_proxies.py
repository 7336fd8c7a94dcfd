"""Proxies small enough to read: what a client asks of them is noted, and leads to one server here."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_BY_NAME, _CONNECT, _SOCKS5, _NO_LOGIN, _LOGIN = 3, 1, 5, 0, 2


@dataclass
class SmallProxy:
    """What a proxy is told and was asked.

    Attributes:
        target: The port of the server here that stands for every host.
        login: The user and password that it asks for; None for none.
        asked: The hosts and ports that it was asked for.
        port: Where it listens.
    """

    target: int
    login: tuple[str, str] | None = None
    asked: list[tuple[str, int]] = field(default_factory=list)
    port: int = 0

    async def serve_socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak SOCKS5 (RFC 1928), with names looked up by the proxy, and the login of RFC 1929."""
        _version, count = await reader.readexactly(2)
        offered = await reader.readexactly(count)
        method = _LOGIN if self.login else _NO_LOGIN
        assert method in offered
        writer.write(bytes([_SOCKS5, method]))
        if self.login:
            _version, length = await reader.readexactly(2)
            user = (await reader.readexactly(length)).decode()
            [length] = await reader.readexactly(1)
            is_known = (user, (await reader.readexactly(length)).decode()) == self.login
            writer.write(bytes([1, 0 if is_known else 1]))
            if not is_known:
                return
        _version, command, _reserved, kind = await reader.readexactly(4)
        assert (command, kind) == (_CONNECT, _BY_NAME)
        [length] = await reader.readexactly(1)
        host = (await reader.readexactly(length)).decode()
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.asked.append((host, port))
        writer.write(bytes([_SOCKS5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
        await self._join(reader, writer, b"")

    async def serve_http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on requests for http:// addresses, which name the whole address."""
        head = await reader.readuntil(b"\r\n")
        parts = urlsplit(head.split()[1].decode())
        assert parts.hostname, "a proxy is told whom to reach"
        self.asked.append((parts.hostname, parts.port or 80))
        await self._join(reader, writer, head)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bytes) -> None:
        """Copy both ways. The server stands for the host, and is called by its own name."""
        there, to_there = await asyncio.open_connection("127.0.0.1", self.target)
        host = "{}:{}".format(*self.asked[-1]).encode()
        names = ((b" http://" + host, b" "), (b"Host: " + host, b"Host: 127.0.0.1"))
        await asyncio.gather(_copy(reader, to_there, first, names), _copy(there, writer))


async def _copy(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    piece: bytes = b"",
    names: tuple[tuple[bytes, bytes], ...] = (),
) -> None:
    """Copy from one to the other, after what was read already, with names replaced."""
    with contextlib.suppress(ConnectionError):
        while piece := piece + await reader.read(65_536):
            for name, other in names:
                piece = piece.replace(name, other)
            writer.write(piece)
            await writer.drain()
            piece = b""
    writer.close()


@asynccontextmanager
async def running_proxy(
    kind: str, target: int, login: tuple[str, str] | None = None
) -> AsyncIterator[SmallProxy]:
    """Run a proxy of a kind, "socks" or "http", in front of one server of this machine."""
    proxy = SmallProxy(target, login)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await (proxy.serve_socks if kind == "socks" else proxy.serve_http)(reader, writer)
        except (asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        for task in tasks:
            task.cancel()
