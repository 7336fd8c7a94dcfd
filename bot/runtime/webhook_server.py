"""The HTTP server at which Telegram delivers messages: one for all bots of the program, a path for each."""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, stream_request_body

from bot.inbox.base import InboxWriteError
from bot.observability.http_connections import BoundedServer, QuietHandler, UnknownPathHandler, log_nothing
from bot.transport.update_parser import read_update

if TYPE_CHECKING:
    from bot.context import BotApplication, Services

# Far more than any update has: its texts are some thousand characters.
_MAX_BODY_BYTES = 1_000_000
# Telegram opens 40 for a bot at most, unless it is asked for more.
_MAX_CONNECTIONS = 256
_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
_Receiver = tuple["BotApplication", "Services"]
_log = structlog.get_logger(__name__)


class WebhookServer:
    """Puts what is delivered into the inbox of the bot whose path it is, and acknowledges it then.

    Args:
        secret: What Telegram sends along; without it nothing is taken.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._receivers: dict[str, _Receiver | None] = {}
        self._server: BoundedServer | None = None

    async def start(self, port: int, address: str) -> None:
        """Listen.

        Raises:
            OSError: The port is taken or the address is not this machine's.
        """
        sockets = bind_sockets(port, address)
        routes = [(r"/(.+?)/?", _DeliveryHandler, {"webhooks": self})]
        application = Application(routes, log_function=log_nothing, default_handler_class=UnknownPathHandler)
        self._server = BoundedServer(
            application, max_connections=_MAX_CONNECTIONS, max_body_size=_MAX_BODY_BYTES
        )
        self._server.add_sockets(sockets)

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            await self._server.shut()

    def open_path(self, path: str, application: BotApplication, services: Services) -> None:
        """Take what is delivered at a path."""
        self._receivers[path] = (application, services)

    def close_path(self, path: str) -> None:
        """Take no more at a path: Telegram keeps it, or another process takes it."""
        self._receivers[path] = None

    def find_receiver(self, path: str) -> _Receiver:
        """Find who takes what is delivered at a path.

        Raises:
            HTTPError: Nobody does.
        """
        if path not in self._receivers:
            raise HTTPError(HTTPStatus.NOT_FOUND)
        receiver = self._receivers[path]
        if receiver is None:
            raise HTTPError(HTTPStatus.SERVICE_UNAVAILABLE)
        return receiver

    def knows(self, secret: str) -> bool:
        """Whether a secret is the one that only Telegram has."""
        return hmac.compare_digest(secret.encode(), self._secret)


@stream_request_body
class _DeliveryHandler(QuietHandler):
    """Takes one update. Who does not know the secret is turned away when the headers are in."""

    def initialize(self, webhooks: WebhookServer) -> None:
        self._webhooks = webhooks
        self._body = bytearray()

    def prepare(self) -> None:
        if self.request.method != "POST":
            raise HTTPError(HTTPStatus.METHOD_NOT_ALLOWED)
        if not self._webhooks.knows(self.request.headers.get(_SECRET_HEADER, "")):
            raise HTTPError(HTTPStatus.FORBIDDEN)
        self._webhooks.find_receiver(self.path_args[0])

    def data_received(self, chunk: bytes) -> None:
        """Gather the body: the server refuses a longer one."""
        self._body += chunk

    async def post(self, path: str) -> None:
        application, services = self._webhooks.find_receiver(path)
        update = read_update(bytes(self._body), application.bot)
        if update is None:
            raise HTTPError(HTTPStatus.BAD_REQUEST)
        try:
            await services.inbox.add(update)
        except InboxWriteError as error:
            services.metrics.count_polling_failure("inbox")
            _log.error("messages cannot be kept, so Telegram keeps them; trying again", reason=str(error))
            raise HTTPError(HTTPStatus.SERVICE_UNAVAILABLE) from None

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log faults of our own; what is turned away is no event, and may be anybody's."""
        if not isinstance(value, HTTPError):
            _log.error("a delivery failed", exc_info=(typ, value, tb))
