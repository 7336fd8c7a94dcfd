"""Files from Telegram: no larger than allowed, no other address than Telegram's, no longer than may be."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from bot.messages.media import Source
from bot.messages.problems import PhotoError
from bot.transport.downloads import _RETRIES, Downloader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LIMIT = 1_000
FAST = replace(_RETRIES, first_pause=0.001, longest_pause=0.001)


class _Handler(RequestHandler):
    """Serves so many bytes, or says something else."""

    asked: list[str]

    async def get(self, what: str) -> None:
        self.asked.append(what)
        if what.isdigit():
            self.write(b"x" * int(what))
        elif what == "stuck":
            await asyncio.sleep(0.3)
            self.set_status(502)
        elif what == "moved":
            self.redirect("/10")
        elif (what == "once" and self.asked.count(what) < 3) or what == "never":
            self.set_status(502)


class FileServer:
    """Where files are, as a Bot API names them."""

    def __init__(self, address: str, asked: list[str]) -> None:
        self.address, self.asked, self.named = address, asked, 0

    async def get_file(self, file_id: str) -> Any:
        """Name a file's address."""
        self.named += 1
        return SimpleNamespace(file_path=f"{self.address}/{file_id}")


@asynccontextmanager
async def serve(seconds: float = 30) -> AsyncIterator[tuple[Any, Downloader]]:
    """Serve files on a free port, and give what fetches them."""
    handler = type("Handler", (_Handler,), {"asked": []})
    server, sockets = HTTPServer(Application([(r"/(.*)", handler)])), bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    downloader = Downloader(LIMIT, seconds)
    yield FileServer(f"http://127.0.0.1:{sockets[0].getsockname()[1]}", handler.asked), downloader
    await downloader.close()
    server.stop()
    await server.close_all_connections()


@pytest.mark.parametrize("said", [None, 10, LIMIT])
async def test_a_file_of_the_largest_size_is_fetched(said: int | None) -> None:
    """Whatever Telegram said of its size; one byte more is refused."""
    async with serve() as (server, downloader):
        assert len(await downloader.fetch(server, Source(str(LIMIT), said))) == LIMIT
        with pytest.raises(PhotoError) as refusal:
            await downloader.fetch(server, Source(str(LIMIT + 1), said))
    assert refusal.value.kind == "too_many_bytes"


async def test_what_is_said_to_be_too_large_is_not_even_asked_for() -> None:
    """Nor is a cover that there is none of."""
    async with serve() as (server, downloader):
        with pytest.raises(PhotoError) as large:
            await downloader.fetch(server, Source("10", LIMIT + 1))
        with pytest.raises(PhotoError) as missing:
            await downloader.fetch(server, Source(None, None))
    assert (large.value.kind, missing.value.kind) == ("too_many_bytes", "no_cover")
    assert (server.named, server.asked) == (0, [])


@pytest.mark.parametrize(("file_id", "attempts"), [("never", 3), ("moved", 3)])
async def test_three_attempts_are_made_each_at_a_new_address(
    monkeypatch: pytest.MonkeyPatch, file_id: str, attempts: int
) -> None:
    """A link expires; and one that leads elsewhere is not followed, for it may lead into the own network."""
    monkeypatch.setattr("bot.transport.downloads._RETRIES", FAST)
    async with serve() as (server, downloader):
        with pytest.raises(PhotoError) as failed:
            await downloader.fetch(server, Source(file_id, None))
    assert failed.value.kind == "download_failed"
    assert (server.named, server.asked) == (attempts, [file_id] * attempts)


async def test_the_third_attempt_may_succeed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes then is the file."""
    monkeypatch.setattr("bot.transport.downloads._RETRIES", FAST)
    async with serve() as (server, downloader):
        assert await downloader.fetch(server, Source("once", None)) == b""
    assert server.named == 3


async def test_the_attempts_share_one_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one each: a photo that never comes would hold its place three times as long."""
    monkeypatch.setattr("bot.transport.downloads._RETRIES", FAST)
    async with serve(seconds=0.5) as (server, downloader):
        with pytest.raises(PhotoError) as failed:
            await downloader.fetch(server, Source("stuck", None))
    assert failed.value.kind == "download_failed"
    assert server.named == 2  # the first fails after 0.3 s; the second is cut off when 0.5 s are over


async def test_the_log_of_a_failure_has_no_address(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Telegram's addresses of files hold the token."""
    monkeypatch.setattr("bot.transport.downloads._RETRIES", FAST)
    async with serve() as (server, downloader):
        with pytest.raises(PhotoError):
            await downloader.fetch(server, Source("never", None))
    told = [record.getMessage() for record in caplog.records if record.name == "bot.transport.downloads"]
    assert told == ["Download failed: HTTPStatusError"] * 3
