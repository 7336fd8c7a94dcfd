"""The HTTP handlers of the Bot API: method calls and file downloads."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
import socket
import struct
from typing import TYPE_CHECKING, Any

from tornado.httputil import HTTPInputError
from tornado.web import HTTPError

from playground.api.methods import METHODS
from playground.api.parameters import Parameters, read_parameters
from playground.api.update_methods import get_updates
from playground.base_handler import BaseHandler
from playground.rules.api_errors import NOT_FOUND, UNAUTHORIZED, ApiError, bad_request
from playground.world.faults import FILE_DOWNLOAD

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from playground.world.faults import Fault
    from playground.world.updates import Update
    from playground.world.world import World

BODY_LIMIT = 52 * 1024 * 1024  # the largest document, 50 MiB, and room for the other parts of the form
_TOKEN = re.compile(r"[1-9]\d*:[\w-]{1,79}")
# What a proxy in front of Telegram sends when Telegram does not answer: no JSON.
_PROXY_PAGE = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>\r\n"


class BotHandler(BaseHandler):
    """The base of method calls and downloads: the token, the injected faults, the error answers."""

    def initialize(self, world: World, token: str) -> None:
        """Receive the state and the bot's token from the routes."""
        self.world = world
        self.token = token
        self._waiting: asyncio.Future[Any] | None = None

    def check_token(self, token: str) -> None:
        """Refuse every token but the bot's.

        Raises:
            ApiError: The token is malformed or wrong.
        """
        if not _TOKEN.fullmatch(token):
            raise ApiError(401, "Unauthorized: invalid token specified")
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            raise UNAUTHORIZED

    def answer_error(self, error: ApiError) -> None:
        """Send an error answer."""
        self.set_status(error.code, error.description.partition(":")[0])
        self.set_header("Content-Type", "application/json")
        if "retry_after" in error.parameters:
            self.set_header("Retry-After", str(error.parameters["retry_after"]))
        self.finish(json.dumps(error.to_json()))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer errors outside the methods: an unreadable body, an HTTP verb other than GET and POST."""
        cause = kwargs.get("exc_info", (None, None))[1]
        if cause is not None and isinstance(cause.__cause__, HTTPInputError):
            self.answer_error(bad_request(f"can't read the request body: {cause.__cause__}"))
        elif isinstance(cause, HTTPError):
            self.answer_error(ApiError(status_code, self._reason))
        else:
            self.answer_error(ApiError(500, "Internal Server Error"))

    def on_connection_close(self) -> None:
        """Cancel a waiting call when the client disconnects."""
        if self._waiting is not None:
            self._waiting.cancel()

    async def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Await ``work``; answer with its ``ApiError``, end silently when the client has disconnected."""
        try:
            await work
        except ApiError as error:
            self.answer_error(error)
        except asyncio.CancelledError:
            if self._waiting is None or not self._waiting.cancelled():
                raise

    async def wait_while_connected(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Await ``work``; ``on_connection_close`` cancels it when the client disconnects."""
        self._waiting = asyncio.ensure_future(work)
        return await self._waiting

    def reset_connection(self) -> None:
        """Drop the connection without an answer."""
        stream = self.detach()
        if stream.socket is not None:
            # Linger on, for 0 seconds: close() then sends a TCP reset (RST) instead of a normal end (FIN).
            stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        stream.close()

    async def send_truncated(self, body: bytes, headers: dict[str, str]) -> None:
        """Announce the whole body in Content-Length, send half of it and close the connection."""
        for name, value in headers.items():
            self.set_header(name, value)
        self.set_header("Content-Length", str(len(body)))
        self.write(body[: len(body) // 2])
        await self.flush()
        self.detach().close()

    async def apply_fault(self, fault: Fault) -> bool:
        """Apply a fault before the call is carried out; return whether the call ends here.

        Raises:
            ApiError: The fault is an error answer of the Bot API.
        """
        error = fault.to_error()
        if error is not None:
            raise error
        if fault.kind == "hang":
            await self.wait_while_connected(asyncio.sleep(fault.seconds))
            return False
        if fault.kind == "reset":
            self.reset_connection()
        elif fault.kind == "bad_gateway":
            self.set_status(502)
            self.set_header("Content-Type", "text/html")
            self.finish(_PROXY_PAGE)
        elif fault.kind == "malformed":
            self.set_header("Content-Type", "application/json")
            self.finish('{"ok":true,"result":{"message_id":')
        else:
            return False
        return True


class MethodHandler(BotHandler):
    """``/bot<token>/<method>``."""

    async def get(self, token: str, method: str) -> None:
        """Call a method."""
        await self.run(self._call(token, method))

    post = get

    async def _call(self, token: str, method: str) -> None:
        self.check_token(token)
        if len(self.request.body) > BODY_LIMIT:
            raise ApiError(413, "Request Entity Too Large")
        name = method.lower()  # method names are case-insensitive: https://core.telegram.org/bots/api
        if name != "getupdates" and name not in METHODS:
            raise NOT_FOUND
        parameters = read_parameters(self.request)
        sizes = {name: len(upload.content) for name, upload in parameters.uploads.items()}
        record = self.world.call_log.record(method, parameters.values, sizes)
        try:
            fault = self.world.faults.take(method, parameters.text("chat_id"))
            if fault is not None and await self.apply_fault(fault):
                record.error = fault.kind
                return
            body = await self._run_method(name, parameters)
        except ApiError as error:
            record.error = error.description
            raise
        if fault is not None and fault.kind == "lost_answer":
            self.reset_connection()
        elif fault is not None and fault.kind == "truncated":
            await self.send_truncated(body.encode(), {"Content-Type": "application/json"})
        else:
            self.set_header("Content-Type", "application/json")
            self.finish(body)

    async def _run_method(self, name: str, parameters: Parameters) -> str:
        """Run a method and return the JSON of its successful answer."""
        if name == "getupdates":
            # The one method that waits. Its updates are JSON already.
            updates: list[Update] = await self.wait_while_connected(get_updates(self.world, parameters))
            return f'{{"ok":true,"result":[{",".join(update.body for update in updates)}]}}'
        result = METHODS[name](self.world, parameters)
        return json.dumps({"ok": True, "result": result}, ensure_ascii=False)


class FileHandler(BotHandler):
    """``/file/bot<token>/<path>``."""

    async def get(self, token: str, path: str) -> None:
        """Send a file whose download link has not expired."""
        await self.run(self._serve(token, path))

    async def _serve(self, token: str, path: str) -> None:
        self.check_token(token)
        fault = self.world.faults.take(FILE_DOWNLOAD)
        if fault is not None and await self.apply_fault(fault):
            return
        content = self.world.files.follow_link(path).content or b""
        if fault is not None and fault.kind == "truncated":
            await self.send_truncated(content, {"Content-Type": "application/octet-stream"})
            return
        self.set_header("Content-Type", "application/octet-stream")
        self.finish(content)
