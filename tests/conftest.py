"""What several rooms' tests share."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from skimage.data import astronaut
from xdist.scheduler import LoadFileScheduling

from tests.free_ports import find_free_port
from tests.postgres_server import PostgresServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from playwright.async_api import Browser, BrowserContext, Page
    from xdist.remote import Producer

    OpenPage = Callable[..., Awaitable[Page]]

CHROMIUM = "/usr/bin/chromium"
PAGE_TIMEOUT = 60_000  # milliseconds; only a failing test waits so long
# Without these, Chromium asks Google's hosts about updates and accounts; as root it has no sandbox.
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
)
# On a busy machine any example may take long, to make and to test: time decides no test. Each run tries the
# same examples, so that what fails once fails again; tests/fuzz searches for new ones.
settings.register_profile(
    "same everywhere", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("same everywhere")

# Of what needs PostgreSQL `make test` runs these; the rest runs as on SQLite, or takes minutes.
POSTGRES_SMOKE = "tests/bot/postgres/test_pg_smoke.py"
# Fixtures that train one more network, or several; `make test` trains one.
TRAINED_ANEW = frozenset({"challenger", "month_dir", "runs", "second_run"})
# These share networks that take long to train: one process has them all, from the beginning.
IN_ONE_PROCESS = "tests/training/"


class FileScheduling(LoadFileScheduling):
    """Gives each file to one process, and all of training to one.

    So what a file starts, kills and patches disturbs no other. Ports are free ones, folders and databases
    each test's own; each process has its own PostgreSQL, Chromium and classifier. (pytest-xdist's own
    `loadgroup` groups nothing under pytest 9.2: it writes the group where that does not look.)
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(IN_ONE_PROCESS):
            return IN_ONE_PROCESS
        return str(super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FileScheduling:
    """Share the tests out between the processes."""
    return FileScheduling(config, log)


@pytest.hookimpl(tryfirst=True)  # before pytest leaves out what is marked
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what only `make test-all` runs, and begin with what takes longest."""
    for item in items:
        is_twin = needs_postgres(item) and not item.nodeid.startswith(POSTGRES_SMOKE)
        if is_twin or TRAINED_ANEW & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: not item.nodeid.startswith(IN_ONE_PROCESS))


def needs_postgres(item: pytest.Item) -> bool:
    """Whether a test has a PostgreSQL started."""
    fixtures = {"postgres_server", "postgres_url"} & set(getattr(item, "fixturenames", ()))
    case = getattr(item, "callspec", None)
    return bool(fixtures) or (case is not None and case.params.get("_backend") == "postgres")


@pytest.fixture(name="unused_tcp_port")
def _unused_tcp_port() -> int:
    """Give a port in the place of pytest-asyncio's, which the system may give away meanwhile."""
    return find_free_port()


@pytest.fixture(scope="session")
def astronaut_jpeg() -> bytes:
    """The one real face of the tests: Eileen Collins, NASA, public domain."""
    done, encoded = cv2.imencode(".jpg", cv2.cvtColor(astronaut(), cv2.COLOR_RGB2BGR))
    assert done
    return encoded.tobytes()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One headless Chromium for all tests of a run."""
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"needs {CHROMIUM}: install Debian's package `chromium`")
    from playwright.async_api import (  # slow, and only browser tests need it
        async_playwright,
        expect,
    )

    expect.set_options(timeout=PAGE_TIMEOUT)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(chromium: Browser) -> AsyncIterator[OpenPage]:
    """Open addresses in contexts of a desktop's size, without motion."""
    usual = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
    async with open_pages(chromium, usual) as open_page:
        yield open_page


@asynccontextmanager
async def open_pages(
    browser: Browser, usual: dict[str, Any], ignored: str | None = None
) -> AsyncIterator[OpenPage]:
    """Open addresses in fresh contexts, which share nothing; a page that complained fails the test.

    Complaints are errors on the page's console, its own policy's refusals included, and uncaught exceptions.

    Args:
        browser: Where they open.
        usual: Options of each context, unless the test gives others.
        ignored: Part of a line on the console that is no complaint.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    async def open_page(url: str, **options: Any) -> Page:
        context = await browser.new_context(**(usual | options))
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(PAGE_TIMEOUT)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        await page.goto(url)
        await page.wait_for_selector("html[data-ready]")
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert [text for text in complaints if not (ignored and ignored in text)] == []


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL of the tests' own. Whoever stops it starts it again."""
    if PostgresServer.find_programs() is None:
        pytest.skip("needs PostgreSQL: install Debian's package `postgresql`")
    # Not in pytest's folder: only its own account may pass through that, each new run of pytest sees to it.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = PostgresServer(Path(folder) / "server")
        server.create()
        yield server
        server.stop("immediate")


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """An empty database of the test's own."""
    name = f"test_{secrets.token_hex(4)}"
    postgres_server.execute(f"CREATE DATABASE {name}")
    yield postgres_server.url(name)
    postgres_server.execute(f"DROP DATABASE {name} WITH (FORCE)")
