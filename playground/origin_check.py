"""The origin check: only this machine, and no other site's page, may come in.

It runs when a request's headers are in, before any of its body is read.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, ResponseStartLine
from tornado.routing import Router

if TYPE_CHECKING:
    from tornado.httputil import HTTPServerRequest
    from tornado.web import Application

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
# Only calls of the bot and messages from the page carry files.
_WITH_FILES = ("/bot", "/playground/messages")
_LARGEST_ORDER = 1024 * 1024


def is_loopback_host(host: str) -> bool:
    """Whether a Host header, or the host of an address, names this machine."""
    try:
        return urlsplit(f"//{host}").hostname in LOOPBACK_NAMES
    except ValueError:  # such as half an IPv6 address
        return False


class OriginCheck(Router):
    """Refuses other hosts (DNS rebinding), other origins (forged requests) and bodies nobody asked for.

    Args:
        application: Answers what is let through.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate | None:
        """Return what answers a request whose headers are in."""
        refusal = _find_refusal(request)
        if refusal is not None:
            return _Refusal(request, *refusal)
        return self._application.find_handler(request, **kwargs)


def _find_refusal(request: HTTPServerRequest) -> tuple[int, str] | None:
    """Return status and reason when a request may not come in, else None."""
    if not is_loopback_host(request.host):
        return 403, "only this machine"
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"{request.protocol}://{request.host}":
        return 403, "only this page"
    if not request.path.startswith(_WITH_FILES) and _announce_length(request.headers) > _LARGEST_ORDER:
        return 413, "Request Entity Too Large"
    return None


def _announce_length(headers: HTTPHeaders) -> float:
    """Return how many bytes of body follow; without end when a client does not say."""
    if "Transfer-Encoding" in headers:
        return float("inf")
    length = headers.get("Content-Length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


class _Refusal(HTTPMessageDelegate):
    """Answers at once; the connection is closed with the body unread."""

    def __init__(self, request: HTTPServerRequest, status: int, reason: str) -> None:
        self._request = request
        self._status = status
        self._reason = reason

    def headers_received(self, *_: object) -> None:
        """Write the whole answer, in the shape of the Bot API."""
        error = {"ok": False, "error_code": self._status, "description": self._reason}
        body = json.dumps(error).encode()
        fields = {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Connection": "close",
            "X-Content-Type-Options": "nosniff",
        }
        connection = self._request.connection
        if connection is not None:
            start = ResponseStartLine("HTTP/1.1", self._status, self._reason)
            connection.write_headers(start, HTTPHeaders(fields), body)
            connection.finish()
