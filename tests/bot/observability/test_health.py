from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
import structlog
from bot_fakes import until
from telegram import Bot
from telegram.error import InvalidToken, TelegramError, TimedOut
from telegram_doubles import TOKEN, OfflineRequest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from bot.config.settings import Settings
from bot.healthcheck import name_address
from bot.observability.health_server import HealthServer
from bot.observability.heartbeat import Heartbeat, LoopLag
from bot.observability.metrics import Metrics
from bot.transport.polling_request import BeatingRequest, watch_webhook
from classifier.workers.confinement import Confinement

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

_ROOT = Path(__file__).parents[3]
# The same program, for an answer from here that may be held up: it waits three seconds.
PATIENT = (
    "-c",
    "import sys; from bot import healthcheck as check; check._SECONDS = 60; sys.exit(check.main())",
)


@asynccontextmanager
async def serving(
    heartbeat: Heartbeat,
    checks: Mapping[str, Callable[[], str | None]] | None = None,
    loop_lag: LoopLag | None = None,
    notes: Mapping[str, Callable[[], str | None]] | None = None,
    **limits: float,
) -> AsyncIterator[httpx.AsyncClient]:
    """Serve on a free port and give a client for it."""
    server = HealthServer(
        heartbeat=heartbeat,
        loop_lag=loop_lag or LoopLag(),
        metrics=Metrics(),
        checks=checks or {},
        notes=notes,
        **limits,
    )
    port = await server.start(0)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        yield client
    await server.stop()


async def poll_freely() -> None:
    """Nothing has to be committed before a poll."""


async def test_a_bot_is_ready_once_telegram_was_heard_of() -> None:
    """Live from the start; ready after the first completed call, and not when too much time has passed."""
    heartbeat = Heartbeat()
    async with serving(heartbeat) as client:
        assert (await client.get("/healthz")).status_code == 200
        before = await client.get("/readyz")
        heartbeat.beat()
        after = await client.get("/readyz")
    async with serving(heartbeat, max_silence=0.0) as client:
        late = await client.get("/readyz")
    assert (before.status_code, after.status_code, late.status_code) == (503, 200, 503)
    assert "since the start" in before.json()["problems"]["telegram"]
    assert after.json() == {"status": "ready", "problems": {}}
    assert "No call to or from Telegram was completed for" in late.json()["problems"]["telegram"]


async def test_what_is_worth_knowing_keeps_no_bot_from_being_ready() -> None:
    """Such as a kernel that offers less to confine workers with; what has nothing to say is left out."""
    heartbeat = Heartbeat()
    heartbeat.beat()
    less = Confinement(no_new_privileges=True, system_calls=True, landlock=0, limits=True)
    async with serving(heartbeat, notes={"confinement": less.describe, "nothing": lambda: None}) as client:
        answer = await client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["notes"] == {
        "confinement": "Workers are confined without Landlock: not offered here."
    }


async def test_each_problem_is_told_by_name() -> None:
    """Workers, inbox and the like say themselves what is wrong; what is well is not listed."""
    heartbeat = Heartbeat()
    heartbeat.beat()
    checks = {"workers": lambda: "No worker answers.", "inbox": lambda: None}
    async with serving(heartbeat, checks) as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["problems"] == {"workers": "No worker answers."}


async def test_a_blocked_event_loop_is_noticed() -> None:
    """The delay is measured, shown in the metrics, and makes the bot not ready."""
    heartbeat, lag = Heartbeat(), LoopLag()
    heartbeat.beat()
    lag.start()
    async with serving(heartbeat, loop_lag=lag, max_lag=0.2) as client:
        await asyncio.sleep(0.05)
        time.sleep(0.5)  # noqa: ASYNC251 - this is the fault to be found
        await asyncio.sleep(0.2)
        problems = (await client.get("/readyz")).json()["problems"]
        shown = (await client.get("/metrics")).text
    await lag.stop()
    assert lag.worst > 0.2
    assert "late" in problems["event loop"]
    [line] = [line for line in shown.splitlines() if line.startswith("bot_loop_lag_seconds ")]
    assert float(line.split()[1]) > 0.2


async def test_metrics_are_served_for_prometheus() -> None:
    """With the type of content that it expects."""
    async with serving(Heartbeat()) as client:
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "bot_telegram_silence_seconds +Inf" in answer.text


@asynccontextmanager
async def telegram_that_says(status: int, body: str) -> AsyncIterator[str]:
    """Serve one answer to every method."""

    class Handler(RequestHandler):
        def post(self) -> None:
            self.set_status(status)
            self.finish(body)

    listening, port = bind_unused_port()
    server = HTTPServer(Application([(r"/.*", Handler)]))
    server.add_sockets([listening])
    yield f"http://127.0.0.1:{port}/bot"
    server.stop()
    await server.close_all_connections()


async def poll(heartbeat: Heartbeat, address: str) -> None:
    request = BeatingRequest(heartbeat, poll_freely, read_timeout=60)
    bot = Bot(TOKEN, base_url=address, request=OfflineRequest(), get_updates_request=request)
    try:
        await bot.get_updates(timeout=0)
    finally:
        await request.shutdown()


async def test_only_an_answered_poll_is_a_sign_of_life() -> None:
    """A refused call, as at a conflict with another instance, is none."""
    heartbeat = Heartbeat()
    async with telegram_that_says(
        409, '{"ok": false, "error_code": 409, "description": "Conflict"}'
    ) as address:
        with pytest.raises(TelegramError):
            await poll(heartbeat, address)
    assert heartbeat.age == float("inf")
    async with telegram_that_says(200, '{"ok": true, "result": []}') as address:
        await poll(heartbeat, address)
    assert heartbeat.age < 60


async def test_a_poll_that_hangs_is_said_and_is_no_sign_of_life() -> None:
    """python-telegram-bot itself tells nobody of a poll that timed out."""
    heartbeat, hanging = Heartbeat(), asyncio.Event()

    class Handler(RequestHandler):
        async def post(self) -> None:
            await hanging.wait()

    listening, port = bind_unused_port()
    server = HTTPServer(Application([(r"/.*", Handler)]))
    server.add_sockets([listening])
    request = BeatingRequest(heartbeat, poll_freely, read_timeout=0.2)
    bot = Bot(TOKEN, f"http://127.0.0.1:{port}/bot", request=OfflineRequest(), get_updates_request=request)
    with structlog.testing.capture_logs() as lines, pytest.raises(TimedOut):
        await bot.get_updates(timeout=0)
    hanging.set()
    await request.shutdown()
    server.stop()
    await server.close_all_connections()
    assert [line["event"] for line in lines] == ["Telegram does not answer; trying again"]
    assert heartbeat.age == float("inf")


@pytest.mark.parametrize("status", [401, 404])
async def test_a_refused_token_is_noted_when_polling(status: int) -> None:
    """Polling ends with it, so that somebody must hear of it."""
    heartbeat = Heartbeat()
    body = f'{{"ok": false, "error_code": {status}, "description": "Unauthorized"}}'
    async with telegram_that_says(status, body) as address:
        with pytest.raises(InvalidToken):
            await poll(heartbeat, address)
    assert heartbeat.refused.is_set()


async def test_a_refused_token_is_noted_with_a_webhook() -> None:
    """Nothing would come any more, and nothing could be answered."""
    heartbeat = Heartbeat()

    class Refusing:
        async def get_webhook_info(self) -> None:
            raise InvalidToken("Unauthorized")

    watching = asyncio.create_task(watch_webhook(Refusing(), heartbeat, 0.01))
    await asyncio.wait_for(heartbeat.refused.wait(), 60)
    watching.cancel()


async def test_a_webhook_that_nobody_uses_is_alive_as_long_as_telegram_answers() -> None:
    """Silence may only mean that nobody writes: asking Telegram tells the difference."""
    heartbeat = Heartbeat()

    class Answering:
        async def get_webhook_info(self) -> None:
            """Answer."""

    class Failing:
        async def get_webhook_info(self) -> None:
            raise TelegramError("no")

    watching = asyncio.create_task(watch_webhook(Failing(), heartbeat, 0.01))
    await asyncio.sleep(0.05)
    assert heartbeat.age == float("inf")
    watching.cancel()
    watching = asyncio.create_task(watch_webhook(Answering(), heartbeat, 0.01))
    await until(lambda: heartbeat.age < 60)
    watching.cancel()


async def test_dockers_check_asks_without_curl() -> None:
    """Exit status 0 when well, 1 when not ready and when nobody answers, with the reason on one line."""
    heartbeat = Heartbeat()
    async with serving(heartbeat) as client:
        assert await run_check(f"{client.base_url}/healthz", *PATIENT) == (0, '{"status": "live"}')
        status, text = await run_check(f"{client.base_url}/readyz", *PATIENT)
        assert status == 1
        assert "No call to or from Telegram" in text
    status, text = await run_check(f"{client.base_url}/healthz")
    assert status == 1
    assert "does not answer" in text


async def test_dockers_check_follows_the_settings() -> None:
    """A host may move the health port, or want none; the check must not call that an illness."""
    heartbeat = Heartbeat()
    heartbeat.beat()
    async with serving(heartbeat) as client:
        moved = {"HEALTH_PORT": str(client.base_url.port), "HEALTH_HOST": "0.0.0.0"}  # noqa: S104
        assert await run_check("", *PATIENT, environment=moved) == (0, '{"status": "ready", "problems": {}}')
    status, text = await run_check(environment={"HEALTH_PORT": "0"})
    assert status == 0
    assert "cannot be asked" in text
    for host, named in (("::", "[::1]"), ("fd00::7", "[fd00::7]"), ("10.0.0.7", "10.0.0.7")):
        assert name_address(Settings(health_host=host)) == f"http://{named}:8081/readyz"
    status, text = await run_check(environment={"HEALTH_PORT": "many"})
    assert status == 1
    assert "HEALTH_PORT is wrong" in text


async def run_check(
    address: str = "", *program: str, environment: dict[str, str] | None = None
) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *(program or ("-m", "bot.healthcheck")),
        *([address] if address else []),
        cwd=_ROOT,
        env={**os.environ, **(environment or {})},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode().strip()
