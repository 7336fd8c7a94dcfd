"""The base of every HTTP handler: response headers, logging and the shape of an error."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from tornado.web import HTTPError, RequestHandler

if TYPE_CHECKING:
    from types import TracebackType

log = logging.getLogger("playground")


class BaseHandler(RequestHandler):
    """Sends no server name, allows no caching, and never logs a URL."""

    def set_default_headers(self) -> None:
        """Hide the server's name; forbid guessing the content type, caching and use by other sites."""
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
        """Log only errors of the playground itself, and never a URL: the bot's URLs hold its token."""
        # An HTTPError is an answer that a handler chose, such as 404: no error of the playground.
        if not isinstance(value, HTTPError) and typ is not None and value is not None:
            log.error("The playground failed", exc_info=(typ, value, tb))

    def write_error(self, status_code: int, **_: Any) -> None:
        """Answer with ``ok``, ``error_code`` and ``description``, as the Bot API does."""
        self.finish({"ok": False, "error_code": status_code, "description": self._reason})
