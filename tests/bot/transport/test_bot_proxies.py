"""Proxies: Telegram is reached through them, this machine never is, and what is no proxy is said."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from bot_fakes import PICTURE, ScriptedClassifier, run_bot_in
from small_proxies import running_proxy

from bot.config.parsers import Secret
from bot.config.settings import SettingsError, load_settings

if TYPE_CHECKING:
    from playground import Playground

TOKEN = "123456789:AAabcdefghijklmnopqrstuvwxyz0123456"
NO_FILE = Path("there-is-no-such-file")
# A host that only the proxy can reach: no name server knows it.
BLOCKED = "http://telegram.invalid:8081"


@pytest.mark.parametrize(
    ("kind", "address", "login"),
    [
        ("socks", "socks5://127.0.0.1:{port}", None),
        ("socks", "socks5h://ana:se%20cret@127.0.0.1:{port}", ("ana", "se cret")),
        ("http", "http://127.0.0.1:{port}", None),
    ],
)
@pytest.mark.asyncio(loop_scope="session")
async def test_a_photo_is_answered_through_a_proxy(
    playground: Playground, tmp_path: Path, kind: str, address: str, login: tuple[str, str] | None
):
    """Updates, the photo and the answer go through it; names are looked up by the proxy."""
    async with running_proxy(kind, playground.port, login) as proxy:
        url = Secret(address.format(port=proxy.port))
        async with run_bot_in(
            playground, tmp_path, ScriptedClassifier(), telegram_api_url=BLOCKED, proxy_url=url
        ):
            photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
            answer = await playground.wait_for_reply(photo)

    assert answer.text.startswith("Looks happy")
    assert set(proxy.asked) == {("telegram.invalid", 8081)}


@pytest.mark.asyncio(loop_scope="session")
async def test_the_playground_is_never_asked_through_a_proxy(
    playground: Playground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Whatever the environment and PROXY_URL say: the proxy could not reach it."""
    nobody = "http://127.0.0.1:9"
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, nobody)
    async with run_bot_in(playground, tmp_path, ScriptedClassifier(), proxy_url=Secret(nobody)):
        photo = await playground.send_photo(playground.private, playground.ana, PICTURE)

        assert (await playground.wait_for_reply(photo)).text.startswith("Looks happy")


@pytest.mark.parametrize(
    ("environment", "proxy"),
    [
        ({"ALL_PROXY": "socks5://p:1080"}, "socks5://p:1080"),
        ({"all_proxy": "socks5h://p:1080/"}, "socks5h://p:1080"),
        ({"ALL_PROXY": "socks://p:1080"}, "socks5://p:1080"),
        ({"HTTPS_PROXY": "p:3128"}, "http://p:3128"),
        ({"https_proxy": "http://p:3128", "ALL_PROXY": "socks5://q:1"}, "http://p:3128"),
        ({"HTTP_PROXY": "http://p:3128"}, None),
        ({"ALL_PROXY": "socks5://p:1080", "NO_PROXY": "telegram.org"}, None),
        ({"ALL_PROXY": "socks5://p:1080", "PROXY_URL": "http://q:1"}, "http://q:1"),
        ({"ALL_PROXY": "nonsense://", "PROXY_URL": "q:1"}, "http://q:1"),
        ({"ALL_PROXY": "socks5://p:1080", "TELEGRAM_API_URL": "http://localhost:8081"}, None),
        ({"ALL_PROXY": "socks5://p:1080", "TELEGRAM_API_URL": "http://[::1]:8081"}, None),
    ],
)
def test_the_proxy_is_found_however_it_is_written(environment: dict[str, str], proxy: str | None):
    """PROXY_URL first, then the variables that other programs know, but never for this machine."""
    settings = load_settings({"BOT_TOKEN": TOKEN, **environment}, NO_FILE)

    assert settings.telegram_proxy == proxy
    if proxy:
        httpx.AsyncClient(proxy=settings.telegram_proxy)  # takes it


@pytest.mark.parametrize("name", ["PROXY_URL", "ALL_PROXY", "https_proxy"])
@pytest.mark.parametrize("value", ["socks4://p:1080", "p:port", "http://", "ftp://p:21", "a b:80"])
def test_what_is_no_proxy_is_refused_by_a_sentence(name: str, value: str):
    """It names the variable and what is expected; a password in it is not repeated."""
    with pytest.raises(SettingsError, match=rf"^{name} is wrong: expected a proxy such as socks5://"):
        load_settings({"BOT_TOKEN": TOKEN, name: value}, NO_FILE)


def test_without_a_token_a_proxy_of_the_environment_is_nobodys_concern():
    """There is only the playground to talk to."""
    assert load_settings({"ALL_PROXY": "nonsense://"}, NO_FILE).telegram_proxy is None


def test_the_password_of_a_proxy_is_a_secret():
    """It is hidden in the log, as written and as meant."""
    settings = load_settings({"BOT_TOKEN": TOKEN, "PROXY_URL": "socks5://ana:se%20cret@p:1080"}, NO_FILE)

    assert {"se%20cret", "se cret"} <= set(settings.secrets)
    assert "se%20cret" not in repr(settings)
