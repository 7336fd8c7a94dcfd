"""The bot's small HTTP servers: few and short connections, and no body where none is expected."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler, stream_request_body

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tornado.iostream import IOStream

_HEADER_BYTES = 16_384
_PIECE_BYTES = 16_384
# Until all headers of a request have arrived: ends connections that send half a request and wait.
_HEADER_SECONDS = 10.0
_BODY_SECONDS = 10.0


class BoundedServer(HTTPServer):
    """An HTTP server with a limited number of connections; further ones are closed at once.

    Args:
        application: Answers the requests.
        max_connections: Largest number of connections at the same time.
        max_body_size: Bytes that a body may have.
        idle_seconds: The time that headers may take to come.
        body_seconds: The time that a body may take to come.
    """

    def initialize(  # type: ignore[override]
        self,
        application: Application,
        *,
        max_connections: int,
        max_body_size: int,
        idle_seconds: float = _HEADER_SECONDS,
        body_seconds: float = _BODY_SECONDS,
    ) -> None:
        """Set the limits. Tornado passes the constructor's arguments to this method."""
        super().initialize(
            application,
            chunk_size=_PIECE_BYTES,
            max_header_size=_HEADER_BYTES,
            max_body_size=max_body_size,
            max_buffer_size=_HEADER_BYTES + 4 * _PIECE_BYTES,
            idle_connection_timeout=idle_seconds,
            body_timeout=body_seconds,
        )
        self._max_connections = max_connections

    def handle_stream(self, stream: IOStream, address: tuple[str, int]) -> None:
        """Accept a connection, or close it when there are too many."""
        if len(self._connections) >= self._max_connections:
            stream.close()
            return
        super().handle_stream(stream, address)


class PortServer:
    """A server on a port of its own."""

    _server: BoundedServer | None = None

    def _listen(self, port: int, address: str, routes: Sequence[Any], **limits: Any) -> int:
        """Listen within the limits of `BoundedServer`, and return the port.

        Raises:
            OSError: The port is taken or the address is not this machine's.
        """
        sockets = bind_sockets(port, address)
        application = Application(
            list(routes),
            log_function=lambda _: None,  # each update has its own line in the log, and a probe is no event
            default_handler_class=UnknownPathHandler,
            own_name=address,
        )
        self._server = BoundedServer(application, **limits)
        self._server.add_sockets(sockets)
        bound: int = sockets[0].getsockname()[1]
        return bound

    async def stop(self) -> None:
        """Stop listening, and close all connections."""
        if self._server is not None:
            self._server.stop()
            await self._server.close_all_connections()


class QuietHandler(RequestHandler):
    """Answers without naming the server program."""

    def set_default_headers(self) -> None:
        """Leave out the program's name and version."""
        self.clear_header("Server")


@stream_request_body
class OpenHandler(QuietHandler):
    """Answers GET to anybody, and takes no body."""

    def prepare(self) -> None:
        """Refuse what is no question, and who sends a body with it."""
        if self.request.method not in {"GET", "HEAD"}:
            raise HTTPError(HTTPStatus.METHOD_NOT_ALLOWED)

    def data_received(self, chunk: bytes) -> None:
        """Drop a body."""


@stream_request_body
class UnknownPathHandler(QuietHandler):
    """Refuses every unknown path as soon as the headers have arrived."""

    def prepare(self) -> None:
        """Refuse."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def data_received(self, chunk: bytes) -> None:
        """Drop a body."""
