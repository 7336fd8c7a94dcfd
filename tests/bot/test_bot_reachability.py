"""Telegram out of reach: the host and the cause are said; what waiting does not mend ends the start."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from bot_fakes import ScriptedJudge, run_bot_in
from telegram import Bot
from telegram.error import NetworkError
from telegram.request import HTTPXRequest

from bot.config.settings import Secret, Settings
from bot.runtime.lifecycle import StartError
from bot.transport.reachability import describe_failure

if TYPE_CHECKING:
    from pathlib import Path

    from playground import Playground

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


async def test_a_name_that_nobody_knows_is_said():
    """As after a slip of the pen, or where the name server is blocked."""
    described = await fail_to_call(Settings(telegram_api_url="http://telegram.invalid"))

    assert described == {"host": "telegram.invalid", "cause": "the name was not found"}


async def test_a_proxy_that_is_not_there_is_said_without_its_password(unused_tcp_port: int):
    """Else one would look for the fault at Telegram."""
    proxy = Secret(f"socks5://ana:secret@127.0.0.1:{unused_tcp_port}")

    described = await fail_to_call(Settings(telegram_api_url="https://telegram.invalid", proxy_url=proxy))

    assert described["proxy"] == f"socks5://127.0.0.1:{unused_tcp_port}"
    assert described["cause"] == "the connection was refused"


@pytest.mark.asyncio(loop_scope="session")
async def test_https_against_a_server_without_tls_ends_the_start(playground: Playground, tmp_path: Path):
    """At once: it does not pass by waiting."""
    address = playground.api_url.replace("http://", "https://")
    with pytest.raises(StartError, match=r"begins with https://, but 127\.0\.0\.1:\d+ answers without TLS"):
        async with (
            asyncio.timeout(30),
            run_bot_in(playground, tmp_path, ScriptedJudge(), telegram_api_url=address),
        ):
            pass
