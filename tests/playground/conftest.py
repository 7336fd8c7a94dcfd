"""A running playground and a bot connected to it."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_asyncio
import telegram
from no_tls import NO_TLS
from telegram.request import HTTPXRequest

from playground import Playground
from tests.free_ports import find_free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Call = Callable[..., Awaitable[dict[str, Any]]]


def build_png(width: int, height: int) -> bytes:
    """Return a grey PNG of a size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = zlib.compress((b"\0" + b"\x80\x80\x80" * width) * height)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture
def png() -> bytes:
    return build_png(64, 48)


@pytest_asyncio.fixture(loop_scope="session")
async def playground() -> AsyncIterator[Playground]:
    playground = Playground(port=find_free_port())  # a test stops it, and starts it again on the same port
    await playground.start()
    yield playground
    await playground.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def bot(playground: Playground) -> AsyncIterator[telegram.Bot]:
    """python-telegram-bot's own client, talking HTTP to the playground."""
    async with telegram.Bot(
        playground.token,
        playground.base_url,
        playground.base_file_url,
        request=HTTPXRequest(connection_pool_size=8, read_timeout=60, httpx_kwargs={"verify": NO_TLS}),
        get_updates_request=HTTPXRequest(2, read_timeout=60, httpx_kwargs={"verify": NO_TLS}),
    ) as bot:
        yield bot


@pytest_asyncio.fixture(loop_scope="session")
async def call(playground: Playground) -> AsyncIterator[Call]:
    """Give a way to call methods by hand, with what no library would send."""
    async with httpx.AsyncClient(timeout=60, verify=NO_TLS) as client:

        async def call(method: str, **parameters: Any) -> dict[str, Any]:
            answer = await client.post(f"{playground.base_url}{playground.token}/{method}", json=parameters)
            body: dict[str, Any] = answer.json()
            assert answer.status_code == (200 if body["ok"] else body["error_code"])
            return body

        yield call
