"""Why Telegram cannot be reached, in the words of whoever hosts the bot."""

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
# How a TLS server begins its complaint about a request that is not encrypted.
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
    """Describe a failed call: the host that was to be reached, through which proxy, and the cause.

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
    """Say in a few words what failed: the most telling of an error and everything it came from."""
    causes = list(_walk(error))
    for kind, describe in _DESCRIPTIONS:
        for cause in causes:
            if isinstance(cause, kind):
                return describe(cause)
    return type(causes[-1]).__name__


def find_wrong_scheme(error: BaseException, address: str) -> str | None:
    """Say so when https is spoken to a server that knows http alone, or the other way round.

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
    """Whether https was spoken to a server that knows http alone, or the other way round."""
    return any(find_wrong_scheme(error, f"{scheme}://host") for scheme in ("http", "https"))


def _walk(error: BaseException) -> Iterator[BaseException]:
    """Go through an error and everything it came from, the outermost first."""
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
