"""The health server: /healthz, /readyz and /metrics over HTTP."""

from __future__ import annotations

import math
from http import HTTPStatus
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from prometheus_client import CONTENT_TYPE_LATEST
from tornado.web import HTTPError

from bot.observability.heartbeat import MAX_LAG_SECONDS, MAX_SILENCE_SECONDS
from bot.observability.http_server import PortServer, QuietHandler

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.observability.heartbeat import Heartbeat, Heartbeats, LoopLag
    from bot.observability.metrics import Metrics

_MAX_CONNECTIONS = 64
_PRIVATE_ENDINGS = (".localhost", ".local", ".internal")


class HealthServer(PortServer):
    """Serves health checks and metrics on a separate port.

    Args:
        heartbeat: Beats with each completed call to or from Telegram.
        loop_lag: How late the event loop is.
        metrics: What /metrics shows.
        checks: By name; each returns a sentence when something is wrong, else None.
        notes: By name; each returns a sentence that a host should know although the bot is ready, else None.
        look: Awaited before checks and metrics are read, to update numbers from elsewhere (the database).
        max_silence: With no heartbeat for so many seconds, the bot is not ready.
        max_lag: With a longer delay of the event loop, in seconds, the bot is not ready.
    """

    def __init__(
        self,
        *,
        heartbeat: Heartbeat | Heartbeats,
        loop_lag: LoopLag,
        metrics: Metrics,
        checks: Mapping[str, Callable[[], str | None]],
        notes: Mapping[str, Callable[[], str | None]] | None = None,
        look: Callable[[], Awaitable[None]] | None = None,
        max_silence: float = MAX_SILENCE_SECONDS,
        max_lag: float = MAX_LAG_SECONDS,
    ) -> None:
        self._heartbeat = heartbeat
        self._loop_lag = loop_lag
        self._metrics = metrics
        self._checks = checks
        self._notes = notes or {}
        self._look = look
        self._max_silence = max_silence
        self._max_lag = max_lag
        metrics.watch(
            "bot_loop_lag_seconds", lambda: loop_lag.worst, "Longest delay of the event loop in 10 s."
        )
        metrics.watch("bot_loop_lag_p99_seconds", lambda: loop_lag.p99, "99th percentile of it.")
        metrics.watch("bot_telegram_silence_seconds", lambda: heartbeat.age, "Since Telegram was heard of.")

    async def start(self, port: int, address: str = "127.0.0.1") -> int:
        """Listen, and return the port: with port 0 the system picks one.

        Raises:
            OSError: The port is taken or the address is not this machine's.
        """
        routes: list[Any] = [
            (r"/healthz", _LiveHandler),
            (r"/readyz", _ReadyHandler, {"server": self}),
            (r"/metrics", _MetricsHandler, {"render": self.render_metrics}),
        ]
        return self._listen(port, address, routes, max_connections=_MAX_CONNECTIONS, max_body_size=0)

    async def render_metrics(self) -> bytes:
        """Return the metrics in the format of Prometheus."""
        if self._look is not None:
            await self._look()
        return self._metrics.render()

    async def find_problems(self) -> dict[str, str]:
        """Return the problems by name; empty when the bot is ready."""
        if self._look is not None:
            await self._look()
        found = _ask(self._checks)
        silence = self._heartbeat.age
        if silence > self._max_silence:
            since = "since the start" if math.isinf(silence) else f"for {silence:.0f} s"
            found["telegram"] = f"No call to or from Telegram was completed {since}."
        lag = self._loop_lag.worst
        if lag > self._max_lag:
            found["event loop"] = f"The event loop was {lag:.1f} s late."
        return found

    def find_notes(self) -> dict[str, str]:
        """Return the notes by name."""
        return _ask(self._notes)


def is_inside_name(host: str, own_name: str = "") -> bool:
    """Whether a Host header is an IP address or a name that public DNS cannot resolve (DNS rebinding).

    Args:
        host: The header, with or without a port.
        own_name: A further allowed name: the one that the server listens at.
    """
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    try:
        ip_address(name)
    except ValueError:
        is_private = "." not in name or name.endswith(_PRIVATE_ENDINGS)
        return name != "" and (is_private or name == own_name.lower())
    return True


def _ask(checks: Mapping[str, Callable[[], str | None]]) -> dict[str, str]:
    """Run the checks and return the sentences by name."""
    return {name: sentence for name, check in checks.items() if (sentence := check()) is not None}


class _LiveHandler(QuietHandler):
    """Answers /healthz, which shows that the process lives and its event loop runs."""

    def get(self) -> None:
        self.write({"status": "live"})


class _InsideHandler(QuietHandler):
    """Answers only requests whose Host is an address or a name of the bot's own network.

    A web page that the host visits can have its own name lead here (DNS rebinding), and read the answer.
    """

    def prepare(self) -> None:
        if not is_inside_name(self.request.host, self.settings["own_name"]):
            raise HTTPError(HTTPStatus.FORBIDDEN)


class _ReadyHandler(_InsideHandler):
    """Answers /readyz: whether the bot can answer photos, and why not."""

    def initialize(self, server: HealthServer) -> None:
        self._server = server

    async def get(self) -> None:
        problems, notes = await self._server.find_problems(), self._server.find_notes()
        if problems:
            self.set_status(HTTPStatus.SERVICE_UNAVAILABLE)
        status = {"status": "not ready" if problems else "ready", "problems": problems}
        self.write({**status, "notes": notes} if notes else status)


class _MetricsHandler(_InsideHandler):
    """Shows the numbers to Prometheus."""

    def initialize(self, render: Callable[[], Awaitable[bytes]]) -> None:
        self._render = render

    async def get(self) -> None:
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.write(await self._render())
