"""Explain to the host why Telegram cannot be reached."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.config.settings import Settings

_PLAIN_ANSWER = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST")
# Start of a TLS server's answer to an unencrypted request.
_TLS_ALERT = r"\x15\x03"
# The first kind that occurs decides: a proxy's refusal, for example, may come from a refused connection.
_DESCRIPTIONS: tuple[tuple[type[BaseException], Callable[[Any], str]], ...] = (
    (socket.gaierror, lambda _: "the name was not found"),
    (ssl.SSLError, lambda error: f"TLS failed: {error.reason or type(error).__name__}"),
    (ConnectionRefusedError, lambda _: "the connection was refused"),
    (httpx.ProxyError, lambda error: f"the proxy refused: {error}"),
    (TimeoutError, lambda _: "no answer in time"),
    (httpx.TimeoutException, lambda _: "no answer in time"),
    (OSError, lambda error: error.strerror or type(error).__name__),
)


def describe_failure(error: BaseException, settings: Settings) -> dict[str, str]:
    """Describe a failed call: the host, the proxy and the cause.

    Args:
        error: What python-telegram-bot raised.
        settings: They name the host. A proxy's password is left out.
    """
    described = {"host": urlsplit(settings.telegram_api_url).hostname or "", "cause": find_cause(error)}
    if settings.telegram_proxy is not None:
        proxy = urlsplit(settings.telegram_proxy)
        described["proxy"] = f"{proxy.scheme}://{proxy.hostname}:{proxy.port or 'default port'}"
    return described


def find_cause(error: BaseException) -> str:
    """Name the cause in a few words: the most specific error among an error and its causes."""
    causes = list(_walk(error))
    for kind, describe in _DESCRIPTIONS:
        for cause in causes:
            if isinstance(cause, kind):
                return describe(cause)
    return type(causes[-1]).__name__


def find_wrong_scheme(error: BaseException, address: str) -> str | None:
    """Return a sentence when https was used for an http server, or http for an https server; else None.

    It does not pass by waiting.
    """
    scheme, host = urlsplit(address).scheme, urlsplit(address).netloc
    for cause in _walk(error):
        if scheme == "https" and isinstance(cause, ssl.SSLError) and cause.reason in _PLAIN_ANSWER:
            return (
                f"TELEGRAM_API_URL begins with https://, but {host} answers without TLS. Write http://{host}."
            )
        if scheme == "http" and isinstance(cause, httpx.RemoteProtocolError) and _TLS_ALERT in str(cause):
            return f"TELEGRAM_API_URL begins with http://, but {host} asks for TLS. Write https://{host}."
    return None


def has_wrong_scheme(error: BaseException) -> bool:
    """Whether https was used for an http server, or http for an https server."""
    return any(find_wrong_scheme(error, f"{scheme}://host") for scheme in ("http", "https"))


def _walk(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and its causes, the outermost first."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        current = waiting.pop(0)
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            waiting += current.exceptions
        waiting += [current.__cause__, current.__context__]
