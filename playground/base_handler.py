"""What every answer of the playground shares."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from tornado.web import HTTPError, RequestHandler

if TYPE_CHECKING:
    from types import TracebackType

log = logging.getLogger("playground")


class BaseHandler(RequestHandler):
    """A handler that says nothing about the server and never logs an address."""

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
