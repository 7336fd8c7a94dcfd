"""The HTTP server that receives Telegram's webhook calls: one for all bots, with a path for each."""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog
from tornado.web import HTTPError, stream_request_body

from bot.inbox.base import InboxWriteError
from bot.observability.http_server import PortServer, QuietHandler
from bot.transport.update_parser import read_update

if TYPE_CHECKING:
    from bot.context import BotApplication, Services

# Far larger than any update, whose texts have a few thousand characters.
_MAX_BODY_BYTES = 1_000_000
# Telegram opens at most 40 connections for a bot (max_connections of setWebhook), so six bots fit.
_MAX_CONNECTIONS = 256
_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
_Receiver = tuple["BotApplication", "Services"]
_log = structlog.get_logger(__name__)


class WebhookServer(PortServer):
    """Stores each delivered update in the inbox of its bot, then acknowledges it to Telegram.

    Args:
        secret: The token that Telegram sends in a header; requests without it are refused.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._receivers: dict[str, _Receiver | None] = {}

    async def start(self, port: int, address: str) -> None:
        """Listen.

        Raises:
            OSError: The port is taken or the address is not this machine's.
        """
        routes = [(r"/(.+?)/?", _DeliveryHandler, {"webhooks": self})]
        self._listen(port, address, routes, max_connections=_MAX_CONNECTIONS, max_body_size=_MAX_BODY_BYTES)

    def open_path(self, path: str, application: BotApplication, services: Services) -> None:
        """Accept updates at a path."""
        self._receivers[path] = (application, services)

    def close_path(self, path: str) -> None:
        """Answer 503 at a path from now on: Telegram delivers again later, perhaps to another process."""
        self._receivers[path] = None

    def find_receiver(self, path: str) -> _Receiver:
        """Return the bot that receives updates at a path.

        Raises:
            HTTPError: 404 for an unknown path, 503 for a closed one.
        """
        if path not in self._receivers:
            raise HTTPError(HTTPStatus.NOT_FOUND)
        receiver = self._receivers[path]
        if receiver is None:
            raise HTTPError(HTTPStatus.SERVICE_UNAVAILABLE)
        return receiver

    def knows(self, secret: str) -> bool:
        """Whether this is the secret that only Telegram knows; compared in constant time."""
        return hmac.compare_digest(secret.encode(), self._secret)


@stream_request_body
class _DeliveryHandler(QuietHandler):
    """Receives one update. Without the secret the request is refused before its body is read."""

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
        """Collect the body; the server limits its length."""
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
        """Log only our own errors: anybody can send requests that are refused, and would fill the log."""
        if not isinstance(value, HTTPError):
            _log.error("a delivery failed", exc_info=(typ, value, tb))
