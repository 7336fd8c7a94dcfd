"""Telegram out of reach: the host and the cause are said; what waiting does not mend ends the start."""

from __future__ import annotations

import asyncio
import socket

import pytest
from telegram import Bot
from telegram.error import NetworkError
from telegram.request import HTTPXRequest

from bot.config.parsers import Secret
from bot.config.settings import Settings
from bot.transport.failure_causes import describe_failure, find_wrong_scheme
from bot.transport.retrying_rate_limiter import is_worth_repeating

TOKEN = Secret("123456789:AAabcdefghijklmnopqrstuvwxyz0123456")


async def fail_to_call(settings: Settings) -> dict[str, str]:
    request = HTTPXRequest(proxy=settings.telegram_proxy, httpx_kwargs={"trust_env": False})
    bot = Bot(TOKEN, base_url=f"{settings.telegram_api_url}/bot", request=request)
    with pytest.raises(NetworkError) as failure:
        await bot.get_me()
    await request.shutdown()
    return describe_failure(failure.value, settings)


async def test_a_refused_connection_is_said(unused_tcp_port: int):
    """With the host's name."""
    settings = Settings(telegram_api_url=f"http://127.0.0.1:{unused_tcp_port}")

    assert await fail_to_call(settings) == {"host": "127.0.0.1", "cause": "the connection was refused"}


async def test_a_name_that_nobody_knows_is_said(monkeypatch: pytest.MonkeyPatch):
    """As after a slip of the pen, or where the name server is blocked. None is asked: it may be slow."""

    def know_nobody(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", know_nobody)
    described = await fail_to_call(Settings(telegram_api_url="http://telegram.invalid"))

    assert described == {"host": "telegram.invalid", "cause": "the name was not found"}


async def test_a_proxy_that_is_not_there_is_said_without_its_password(unused_tcp_port: int):
    """Else one would look for the fault at Telegram."""
    proxy = Secret(f"socks5://ana:secret@127.0.0.1:{unused_tcp_port}")

    described = await fail_to_call(Settings(telegram_api_url="https://telegram.invalid", proxy_url=proxy))

    assert described["proxy"] == f"socks5://127.0.0.1:{unused_tcp_port}"
    assert described["cause"] == "the connection was refused"


async def test_https_against_a_server_without_tls_is_not_tried_again():
    """It does not pass by waiting. One that stays silent cannot be told from a dead network."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    bot = Bot(TOKEN, base_url=f"https://{host}/bot", request=HTTPXRequest(httpx_kwargs={"trust_env": False}))
    with pytest.raises(NetworkError) as failure:
        await bot.get_me()
    server.close()

    sentence = find_wrong_scheme(failure.value, f"https://{host}")
    assert sentence == (
        f"TELEGRAM_API_URL begins with https://, but {host} answers without TLS. Write http://{host}."
    )
    assert not is_worth_repeating(failure.value)
