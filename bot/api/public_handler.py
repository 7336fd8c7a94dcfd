"""What answers everybody: a question by GET, without a body."""

from __future__ import annotations

from http import HTTPStatus

from tornado.web import HTTPError, stream_request_body

from bot.observability.http_connections import QuietHandler


@stream_request_body
class OpenHandler(QuietHandler):
    """Answers GET to anybody, and takes no body."""

    def prepare(self) -> None:
        """Refuse what is no question, and who sends a body with it."""
        if self.request.method not in {"GET", "HEAD"}:
            raise HTTPError(HTTPStatus.METHOD_NOT_ALLOWED)

    def data_received(self, chunk: bytes) -> None:
        """Drop a body."""
