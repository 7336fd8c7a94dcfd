"""A network between a host and PostgreSQL that can be cut without anybody being told."""

from __future__ import annotations

import asyncio
from contextlib import suppress

_CHUNK = 65_536


class FailingLink:
    """Forwards connections to a port of this machine; when cut, bytes go nowhere and connections stay open.

    Args:
        target: The port.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._is_whole = asyncio.Event()
        self._is_whole.set()
        self._server: asyncio.Server | None = None
        self._pumps: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> int:
        """Listen, and return the port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def cut(self) -> None:
        """Let nothing through."""
        self._is_whole.clear()

    def mend(self) -> None:
        """Let new connections through; the old ones are gone, as after a real partition."""
        self._drop()
        self._is_whole.set()

    async def stop(self) -> None:
        """End it all."""
        if self._server is not None:
            self._server.close()
        self._drop()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        await self._is_whole.wait()
        with suppress(OSError):
            there = await asyncio.open_connection("127.0.0.1", self._target)
            self._writers.add(there[1])
            for source, sink in ((reader, there[1]), (there[0], writer)):
                pump = asyncio.create_task(self._pump(source, sink))
                self._pumps.add(pump)
                pump.add_done_callback(self._pumps.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await source.read(_CHUNK):
                await self._is_whole.wait()
                sink.write(chunk)
                await sink.drain()
        sink.close()

    def _drop(self) -> None:
        for pump in self._pumps:
            pump.cancel()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
