"""A reverse proxy before several processes that receive: each request goes to the next of them in turn."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADERS = ("Content-Type", "X-Telegram-Bot-Api-Secret-Token")
_SECONDS = 60.0


class Balancer:
    """Forwards. Where nobody listens it asks the next; a request that breaks off is answered with 502.

    Args:
        ports: Where the processes listen.

    Attributes:
        url: Where it listens itself.
        taken: Each update that one of them took, after the port of that one.
        answers_to_lose: So many times still it says that an update was not taken although it was.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = ports
        self._turn = 0
        # No connection is used twice: one left open to a process that died would fail when it is.
        self._client = httpx.AsyncClient(timeout=_SECONDS, limits=httpx.Limits(max_keepalive_connections=0))
        self._server: HTTPServer | None = None
        self.url = ""
        self.taken: list[tuple[int, dict[str, Any]]] = []
        self.answers_to_lose = 0

    async def start(self) -> None:
        """Listen."""
        routes = [(r".*", _ForwardingHandler, {"balancer": self})]
        self._server = HTTPServer(Application(routes, log_function=lambda _: None))
        sockets = bind_sockets(0, "127.0.0.1")
        self._server.add_sockets(sockets)
        self.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.stop()
            await self._server.close_all_connections()
        await self._client.aclose()

    async def forward(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        """Forward one update, and return the status of the answer."""
        for _ in self._ports:
            port = self._ports[self._turn % len(self._ports)]
            self._turn += 1
            try:
                answer = await self._client.post(
                    f"http://127.0.0.1:{port}{path}", content=body, headers=headers
                )
            except httpx.ConnectError:
                continue
            except httpx.HTTPError:
                break
            if answer.is_success:
                self.taken.append((port, json.loads(body)))
                if self.answers_to_lose:
                    self.answers_to_lose -= 1
                    break
            return answer.status_code
        return HTTPStatus.BAD_GATEWAY


class _ForwardingHandler(RequestHandler):
    def initialize(self, balancer: Balancer) -> None:
        self._balancer = balancer

    async def post(self) -> None:
        headers = {name: self.request.headers.get(name, "") for name in _HEADERS}
        self.set_status(await self._balancer.forward(self.request.path, self.request.body, headers))
