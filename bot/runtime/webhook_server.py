"""The HTTP server at which Telegram delivers messages: one for all bots of the program, a path for each."""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler

from bot.inbox.base import InboxWriteError
from bot.transport.update_parser import read_update

if TYPE_CHECKING:
    from bot.context import BotApplication, Services

# Far more than any update has.
_MAX_BODY_BYTES = 4_000_000
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
        self._server: HTTPServer | None = None

    async def start(self, port: int, address: str) -> None:
        """Listen.

        Raises:
            OSError: The port is taken or the address is not this machine's.
        """
        sockets = bind_sockets(port, address)
        routes = [(r"/(.*?)/?", _DeliveryHandler, {"webhooks": self})]
        self._server = HTTPServer(
            Application(routes, log_function=_log_nothing), max_body_size=_MAX_BODY_BYTES
        )
        self._server.add_sockets(sockets)

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.stop()
            await self._server.close_all_connections()

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


class _DeliveryHandler(RequestHandler):
    """Takes one update."""

    def initialize(self, webhooks: WebhookServer) -> None:
        self._webhooks = webhooks

    async def post(self, path: str) -> None:
        if not self._webhooks.knows(self.request.headers.get(_SECRET_HEADER, "")):
            raise HTTPError(HTTPStatus.FORBIDDEN)
        application, services = self._webhooks.find_receiver(path)
        update = read_update(self.request.body, application.bot)
        if update is None:
            raise HTTPError(HTTPStatus.BAD_REQUEST)
        try:
            await services.inbox.put(update)
        except InboxWriteError as error:
            services.metrics.count_polling_failure("inbox")
            _log.error("messages cannot be kept, so Telegram keeps them; trying again", reason=str(error))
            raise HTTPError(HTTPStatus.SERVICE_UNAVAILABLE) from None

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log faults of our own; what is turned away is no event, and may be anybody's."""
        if not isinstance(value, HTTPError):
            _log.error("a delivery failed", exc_info=(typ, value, tb))


def _log_nothing(_handler: RequestHandler) -> None:
    """Each update has its own line later."""
