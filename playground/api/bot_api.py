"""The HTTP side of the Bot API: methods and file downloads."""

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

BODY_LIMIT = 52 * 1024 * 1024
_TOKEN = re.compile(r"[1-9]\d*:[\w-]{1,79}")
_PROXY_PAGE = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>\r\n"


class BotHandler(BaseHandler):
    """What methods and downloads share: the token, the faults, the shape of an error."""

    def initialize(self, world: World, token: str) -> None:
        """Take the world to act on and the token that opens it."""
        self.world = world
        self.token = token
        self._waiting: asyncio.Future[Any] | None = None

    def check_token(self, token: str) -> None:
        """Let only the bot in.

        Raises:
            ApiError: The token is malformed or another.
        """
        if not _TOKEN.fullmatch(token):
            raise ApiError(401, "Unauthorized: invalid token specified")
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            raise UNAUTHORIZED

    def answer_error(self, error: ApiError) -> None:
        """Answer with an error."""
        self.set_status(error.code, error.description.partition(":")[0])
        self.set_header("Content-Type", "application/json")
        if "retry_after" in error.parameters:
            self.set_header("Retry-After", str(error.parameters["retry_after"]))
        self.finish(json.dumps(error.to_json()))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer what never reached a method: a body that cannot be read, a verb that is not known."""
        cause = kwargs.get("exc_info", (None, None))[1]
        if cause is not None and isinstance(cause.__cause__, HTTPInputError):
            self.answer_error(bad_request(f"can't read the request body: {cause.__cause__}"))
        elif isinstance(cause, HTTPError):
            self.answer_error(ApiError(status_code, self._reason))
        else:
            self.answer_error(ApiError(500, "Internal Server Error"))

    def on_connection_close(self) -> None:
        """Stop waiting for somebody who has gone."""
        if self._waiting is not None:
            self._waiting.cancel()

    async def answer(self, work: Coroutine[Any, Any, None]) -> None:
        """Do the work of a request; a refusal becomes its answer, a caller who has gone its end."""
        try:
            await work
        except ApiError as error:
            self.answer_error(error)
        except asyncio.CancelledError:
            if self._waiting is None or not self._waiting.cancelled():
                raise

    async def wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Wait for something, unless the caller goes first."""
        self._waiting = asyncio.ensure_future(work)
        return await self._waiting

    def reset(self) -> None:
        """Drop the connection without an answer: the other side sees a reset."""
        stream = self.detach()
        if stream.socket is not None:
            stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        stream.close()

    async def cut(self, body: bytes, headers: dict[str, str]) -> None:
        """Promise a whole body, send half of it and go."""
        for name, value in headers.items():
            self.set_header(name, value)
        self.set_header("Content-Length", str(len(body)))
        self.write(body[: len(body) // 2])
        await self.flush()
        self.detach().close()

    async def fail(self, fault: Fault) -> bool:
        """Act out a fault that needs no result; return whether the call ends here."""
        error = fault.to_error()
        if error is not None:
            raise error
        if fault.kind == "hang":
            await self.wait(asyncio.sleep(fault.seconds))
            return False
        if fault.kind == "reset":
            self.reset()
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
        await self.answer(self._call(token, method))

    post = get

    async def _call(self, token: str, method: str) -> None:
        self.check_token(token)
        if len(self.request.body) > BODY_LIMIT:
            raise ApiError(413, "Request Entity Too Large")
        name = method.lower()
        if name != "getupdates" and name not in METHODS:
            raise NOT_FOUND
        parameters = read_parameters(self.request)
        sizes = {name: len(upload.content) for name, upload in parameters.uploads.items()}
        record = self.world.call_log.record(method, parameters.values, sizes)
        try:
            fault = self.world.faults.take(method, parameters.text("chat_id"))
            if fault is not None and await self.fail(fault):
                record.error = fault.kind
                return
            body = await self._carry_out(name, parameters)
        except ApiError as error:
            record.error = error.description
            raise
        if fault is not None and fault.kind == "lost_answer":
            self.reset()
        elif fault is not None and fault.kind == "cut":
            await self.cut(body.encode(), {"Content-Type": "application/json"})
        else:
            self.set_header("Content-Type", "application/json")
            self.finish(body)

    async def _carry_out(self, name: str, parameters: Parameters) -> str:
        """Return the whole body of a successful answer."""
        if name == "getupdates":
            updates: list[Update] = await self.wait(get_updates(self.world, parameters))
            return f'{{"ok":true,"result":[{",".join(update.body for update in updates)}]}}'
        result = METHODS[name](self.world, parameters)
        return json.dumps({"ok": True, "result": result}, ensure_ascii=False)


class FileHandler(BotHandler):
    """``/file/bot<token>/<path>``."""

    async def get(self, token: str, path: str) -> None:
        """Serve a file whose link is alive."""
        await self.answer(self._serve(token, path))

    async def _serve(self, token: str, path: str) -> None:
        self.check_token(token)
        fault = self.world.faults.take(FILE_DOWNLOAD)
        if fault is not None and await self.fail(fault):
            return
        content = self.world.files.follow_link(path).content or b""
        if fault is not None and fault.kind == "cut":
            await self.cut(content, {"Content-Type": "application/octet-stream"})
            return
        self.set_header("Content-Type", "application/octet-stream")
        self.finish(content)
