"""A playground for each test, and the bot running in it."""

from __future__ import annotations

import dataclasses
import os
import sys
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
import structlog
from bot_fakes import BACKEND, ScriptedClassifier, SharedClassifier, run_bot_in
from correction_steps import run_learning_bot
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.routing import PathMatches, Rule, RuleRouter

from bot.config.settings import load_settings
from bot.runtime.lifecycle import build_pool
from bot.storage.database import Storage
from playground import Playground
from tests.free_ports import find_free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from bot.runtime.serving import RunningBot


# By default structlog has `rich` draw a traceback with all its variables. On a busy machine that took more
# than a minute, during which the event loop stood still and whatever was under test seemed to have failed.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S.%f", utc=False),
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what has a bot talk to the playground on SQLite and on PostgreSQL.

    BOT_BACKEND=sqlite or BOT_BACKEND=postgres in the environment chooses one of the two.
    """
    chosen = os.environ.get("BOT_BACKEND")
    is_end_to_end = "playground" in metafunc.fixturenames and "hosts" not in metafunc.fixturenames
    if is_end_to_end:
        backends = [chosen] if chosen else ["sqlite", "postgres"]
        metafunc.parametrize("_backend", backends, indirect=True)


@pytest.fixture(autouse=True)
def _backend(request: pytest.FixtureRequest) -> Iterator[None]:
    """Set where the bots of a test keep what must last."""
    if getattr(request, "param", "sqlite") == "postgres":
        BACKEND.server = request.getfixturevalue("postgres_server")
    yield
    BACKEND.drop_databases()
    BACKEND.server = None


@pytest.fixture(autouse=True)
def _process_as_before() -> Iterator[None]:
    """Put back what the program sets for its process, where a test runs one of its commands in this one."""
    umask, interval = os.umask(0o022), sys.getswitchinterval()
    os.umask(umask)
    yield
    os.umask(umask)
    sys.setswitchinterval(interval)


@pytest.fixture(autouse=True)
def _people_who_wait_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine photos wait for seconds: a notice that they do would count as an answer."""
    monkeypatch.setattr("bot.answers.backlog_notices._FELT_SECONDS", 3_600.0)


@pytest_asyncio.fixture(loop_scope="session")
async def playground() -> AsyncIterator[Playground]:
    server = Playground(port=find_free_port())  # some tests stop it, and start it again on the same port
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def other() -> AsyncIterator[Playground]:
    """Another bot's playground."""
    server = Playground(bot_username="other_emotion_bot")
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def api_url(playground: Playground, other: Playground) -> AsyncIterator[str]:
    """One address for both, as Telegram has: the token says which of them is meant."""
    rules = [
        Rule(PathMatches(rf"/(file/)?bot{world.token}/.*"), world._server.request_callback)
        for world in (playground, other)
    ]
    front = HTTPServer(RuleRouter(rules))
    sockets = bind_sockets(0, "127.0.0.1")
    front.add_sockets(sockets)
    yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    front.stop()
    await front.close_all_connections()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def real_classifier(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SharedClassifier]:
    """The real classifier in worker processes, with the model that the bot uses by default."""
    data_dir = tmp_path_factory.mktemp("data")
    pool = build_pool(dataclasses.replace(load_settings(), data_dir=data_dir, classify_seconds=120))
    # No test with a real face is about how long that may take.
    pool._options = dataclasses.replace(pool._options, clip_seconds=120.0, answer_seconds=120.0)
    await pool.start()
    yield SharedClassifier(pool)
    await pool.close()


@pytest_asyncio.fixture(loop_scope="session")
async def classifier() -> ScriptedClassifier:
    return ScriptedClassifier()


@pytest_asyncio.fixture(loop_scope="session")
async def bot(
    playground: Playground, classifier: ScriptedClassifier, tmp_path: Path
) -> AsyncIterator[RunningBot]:
    """The real bot, told what it sees."""
    async with run_bot_in(playground, tmp_path, classifier) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def learning_bot(
    playground: Playground, classifier: ScriptedClassifier, tmp_path: Path
) -> AsyncIterator[RunningBot]:
    """The real bot with KEEP_CORRECTIONS on, told what it sees."""
    async with run_learning_bot(playground, tmp_path, classifier) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def seeing_bot(
    playground: Playground, real_classifier: SharedClassifier, tmp_path: Path
) -> AsyncIterator[RunningBot]:
    """The real bot with the real classifier."""
    async with run_bot_in(playground, tmp_path, real_classifier) as running:
        yield running


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    opened = await Storage.open(tmp_path)
    yield opened
    await opened.close()
