"""The origin check: refuse requests from other machines and from pages of other sites.

It runs as soon as a request's headers have arrived, before any of its body is read.
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

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
# Only these two paths receive files: Bot API calls, and messages that the page sends.
_UPLOAD_PATHS = ("/bot", "/playground/messages")
_JSON_BODY_LIMIT = 1024 * 1024  # bytes, for every other path: far more than any of its JSON bodies needs


def is_loopback_host(host: str) -> bool:
    """Whether a Host header, or the host of a URL, names this machine."""
    try:
        return urlsplit(f"//{host}").hostname in LOOPBACK_HOSTS
    except ValueError:  # such as "[::1", an IPv6 address without its second bracket
        return False


class OriginCheck(Router):
    """Refuses other hosts, other origins and too large bodies.

    A page of another site that is open in the same browser could otherwise act as Ana or read the
    chats: by a host name of its own that resolves to 127.0.0.1 (DNS rebinding), or by a form that it posts
    here (cross-site request forgery).

    Args:
        application: Answers the requests that are not refused.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate | None:
        """Return the handler for a request whose headers have arrived."""
        refusal = _find_refusal(request)
        if refusal is not None:
            return _Refusal(request, *refusal)
        return self._application.find_handler(request, **kwargs)


def _find_refusal(request: HTTPServerRequest) -> tuple[int, str] | None:
    """Return status and reason of a refusal, None when the request is allowed."""
    if not is_loopback_host(request.host):
        return 403, "only this machine"
    # Browsers send Origin with every POST; programs such as the bot send none.
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"{request.protocol}://{request.host}":
        return 403, "only this page"
    if not request.path.startswith(_UPLOAD_PATHS) and _declared_length(request.headers) > _JSON_BODY_LIMIT:
        return 413, "Request Entity Too Large"
    return None


def _declared_length(headers: HTTPHeaders) -> float:
    """Return how many bytes of body the headers announce; infinity for a chunked body of unknown length."""
    if "Transfer-Encoding" in headers:
        return float("inf")
    length = headers.get("Content-Length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


class _Refusal(HTTPMessageDelegate):
    """Sends the refusal at once and closes the connection without reading the body."""

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
