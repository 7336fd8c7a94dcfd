"""The attack on the bot's two HTTP servers: nothing is read from strangers, and little from others."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from bot_fakes import until
from tornado.iostream import IOStream
from tornado.netutil import bind_sockets
from tornado.web import Application

from bot.observability.health_server import HealthServer, is_inside_name
from bot.observability.heartbeat import Heartbeat, LoopLag
from bot.observability.http_server import BoundedServer, QuietHandler
from bot.observability.metrics import Metrics
from bot.runtime.webhook_server import WebhookServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SECRET = "only-telegram-knows-this"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


class NothingInside:
    """Stands for a bot whose updates must not be reached."""

    bot: Any = None


@asynccontextmanager
async def webhook_server(unused_tcp_port: int) -> AsyncIterator[str]:
    server = WebhookServer(SECRET)
    await server.start(unused_tcp_port, "127.0.0.1")
    server.open_path("telegram", NothingInside(), NothingInside())
    yield f"127.0.0.1:{unused_tcp_port}"
    await server.stop()


async def connect(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = address.partition(":")
    return await asyncio.open_connection(host, int(port))


async def read_answer(reader: asyncio.StreamReader) -> bytes:
    """Read an answer's headers; nothing where the connection was cut off while the body was still sent."""
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        return await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
    return b""


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Counter[IOStream]:
    """How many bytes a server has taken from each of its connections."""
    taken: Counter[IOStream] = Counter()
    read = IOStream.read_from_fd

    def read_and_count(stream: IOStream, buffer: bytearray | memoryview) -> int | None:
        number = read(stream, buffer)
        taken[stream] += number or 0
        return number

    monkeypatch.setattr(IOStream, "read_from_fd", read_and_count)
    return taken


async def test_bodies_without_the_secret_are_not_kept(unused_tcp_port: int, taken: Counter[IOStream]):
    """Sixty senders of 900 kB each, whose last byte never comes, once took 236 MiB."""
    length = 900_000
    head = f"POST /telegram HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode()
    body = bytes(length - 1)
    async with webhook_server(unused_tcp_port) as address:
        peers = [await connect(address) for _ in range(60)]
        for _, writer in peers:
            writer.write(head)
            writer.write(body)
        answers = [await read_answer(reader) for reader, _ in peers]
        for _, writer in peers:
            writer.close()

    assert all(answer.startswith(b"HTTP/1.1 403 ") or not answer for answer in answers)
    assert len(taken) == len(peers)
    assert max(taken.values()) < 200_000, "what is not taken is not kept"


async def test_the_secret_is_checked_before_any_of_the_body_is_sent(unused_tcp_port: int):
    """The answer is there when the headers are."""
    async with webhook_server(unused_tcp_port) as address:
        reader, writer = await connect(address)
        writer.write(b"POST /telegram HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
        writer.close()

    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"\r\nServer:" not in answer


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/telegram", b"[" * 60_000, 400),
        ("/telegram", b'{"update_id":' * 60_000, 400),
        ("/telegram", b"no JSON", 400),
        ("/elsewhere", b"{}", 404),
        ("/", b"{}", 404),
    ],
    ids=["lists", "objects", "text", "elsewhere", "root"],
)
async def test_even_with_the_secret_nonsense_is_refused(
    unused_tcp_port: int, path: str, body: bytes, status: int
):
    """Nested too deep, no JSON, or for nobody; and no answer tells which program gave it."""
    async with webhook_server(unused_tcp_port) as address, httpx.AsyncClient(timeout=60) as client:
        answer = await client.post(f"http://{address}{path}", content=body, headers={HEADER: SECRET})

    assert answer.status_code == status
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    "sent", [b"", b"POST /telegram HT", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhal"]
)
async def test_what_is_sent_by_halves_ends(sent: bytes):
    """A connection that says nothing, half-sent headers and half-sent bodies are closed in time."""

    class Handler(QuietHandler):
        def post(self) -> None:
            self.finish("whole")

    server = BoundedServer(
        Application([(r"/", Handler)]),
        max_connections=8,
        max_body_size=100,
        idle_seconds=0.2,
        body_seconds=0.2,
    )
    [bound] = bind_sockets(0, "127.0.0.1")
    server.add_sockets([bound])
    reader, writer = await connect(f"127.0.0.1:{bound.getsockname()[1]}")
    writer.write(sent)

    rest = await asyncio.wait_for(reader.read(), 60)

    writer.close()
    server.stop()
    assert b"whole" not in rest


async def test_connections_are_bounded():
    """One more than there may be is closed; when one of the others ends, there is room again."""

    class Handler(QuietHandler):
        def get(self) -> None:
            self.finish("hello")

    server = BoundedServer(
        Application([(r"/", Handler)]), max_connections=3, max_body_size=0, idle_seconds=600
    )
    [bound] = bind_sockets(0, "127.0.0.1")
    server.add_sockets([bound])
    address = f"127.0.0.1:{bound.getsockname()[1]}"
    peers = [await connect(address) for _ in range(3)]
    refused, writer = await connect(address)
    assert await asyncio.wait_for(refused.read(), 60) == b""
    writer.close()
    for _, writer in peers:
        writer.close()
    await until(lambda: not server._connections)
    async with httpx.AsyncClient(timeout=60) as client:
        assert (await client.get(f"http://{address}/")).text == "hello"
    await server.close_all_connections()
    server.stop()


@asynccontextmanager
async def health_server() -> AsyncIterator[httpx.AsyncClient]:
    server = HealthServer(heartbeat=Heartbeat(), loop_lag=LoopLag(), metrics=Metrics(), checks={})
    port = await server.start(0)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        yield client
    await server.stop()


async def test_the_health_server_tells_no_foreign_page_anything():
    """A page whose own name leads here is refused; Prometheus and probes inside are answered."""
    async with health_server() as client:
        for path in ("/metrics", "/readyz"):
            refused = await client.get(path, headers={"Host": "evil.example"})
            answered = await client.get(path, headers={"Host": "worker:8081"})
            assert refused.status_code == 403
            assert answered.status_code != 403
            assert "server" not in {*refused.headers, *answered.headers}


@pytest.mark.parametrize(
    ("host", "is_inside"),
    [
        ("127.0.0.1:8081", True),
        ("[::1]:8081", True),
        ("10.1.2.3", True),
        ("localhost", True),
        ("ingress:8081", True),
        ("bot.internal:8081", True),
        ("health.example.org", True),
        ("evil.example:8081", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
        ("[half", False),
    ],
)
def test_names_of_the_own_network_are_told_from_others(host: str, *, is_inside: bool):
    """Addresses, names without a dot, and the name that the server was told to listen at."""
    assert is_inside_name(host, "health.example.org") == is_inside


@pytest.mark.parametrize(
    "rest",
    [b"Content-Length: 100000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n"],
    ids=["announced", "in-pieces"],
)
@pytest.mark.parametrize("line", [b"GET /metrics", b"POST /elsewhere"])
async def test_the_health_server_takes_no_bodies(line: bytes, rest: bytes, monkeypatch: pytest.MonkeyPatch):
    """Whoever announces one, or sends one in pieces, is refused before it has come."""
    for limit in ("idle_seconds", "body_seconds"):
        monkeypatch.setitem(BoundedServer.initialize.__kwdefaults__, limit, 3_600.0)
    async with health_server() as client:
        reader, writer = await connect(f"127.0.0.1:{client.base_url.port}")
        writer.write(line + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n" + rest)
        answer = await read_answer(reader)
        await asyncio.wait_for(reader.read(), 60)  # closed at once, not for being idle
        writer.close()

    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 404 "))
