"""The door: only this machine, and no other site's page, may come in."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tornado.web import HTTPError, RequestHandler

if TYPE_CHECKING:
    from types import TracebackType

log = logging.getLogger("playground")

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


def is_loopback_host(host: str) -> bool:
    """Whether a Host header, or the host of an address, names this machine."""
    return urlsplit(f"//{host}").hostname in LOOPBACK_NAMES


class GuardedHandler(RequestHandler):
    """A handler that refuses other hosts (DNS rebinding) and other origins (forged requests)."""

    def prepare(self) -> None:
        """Let only requests through that come from here."""
        if not is_loopback_host(self.request.host):
            raise HTTPError(403, "only this machine")
        origin = self.request.headers.get("Origin")
        if origin is not None and origin != f"{self.request.protocol}://{self.request.host}":
            raise HTTPError(403, "only this page")

    def set_default_headers(self) -> None:
        """Say nothing about the server and let nothing be guessed or kept."""
        self.clear_header("Server")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log faults of the playground itself; never an address, which holds the token."""
        if not isinstance(value, HTTPError) and typ is not None and value is not None:
            log.error("The playground failed", exc_info=(typ, value, tb))

    def write_error(self, status_code: int, **_: Any) -> None:
        """Answer in the shape of the Bot API."""
        self.finish({"ok": False, "error_code": status_code, "description": self._reason})
