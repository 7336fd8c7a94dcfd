from __future__ import annotations

import json
import logging
import warnings
from typing import TYPE_CHECKING

import httpx
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot
from telegram.error import InvalidToken, TelegramError
from telegram.request import HTTPXRequest
from telegram_doubles import TOKEN, OfflineRequest, build_update
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from bot.observability.logs import (
    Redactor,
    configure_logging,
    note_duration,
    note_outcome,
    update_context,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"


@pytest.fixture
def configure() -> Iterator[Callable[..., None]]:
    """Configure logging for one test, and put everything back after it."""
    root = logging.getLogger()
    handlers, level, factory = root.handlers[:], root.level, logging.getLogRecordFactory()
    levels = {name: logging.getLogger(name).level for name in ("httpx", "httpcore", "telegram")}
    structure = structlog.get_config()
    yield configure_logging
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.setLogRecordFactory(factory)
    logging.captureWarnings(capture=False)
    for name, former in levels.items():
        logging.getLogger(name).setLevel(former)
    structlog.configure(**structure)


async def fetch_with_token_in_address() -> None:
    """Make a real request whose address holds the token, as each call to Telegram does."""

    class Handler(RequestHandler):
        def get(self) -> None:
            self.set_header("Location", f"/bot{TOKEN}/elsewhere")

    listening, port = bind_unused_port()
    server = HTTPServer(Application([(r"/.*", Handler)]))
    server.add_sockets([listening])
    async with httpx.AsyncClient(timeout=60) as client:
        await client.get(f"http://127.0.0.1:{port}/bot{TOKEN}/getMe")
    server.stop()
    await server.close_all_connections()


@pytest.mark.parametrize("as_json", [True, False])
async def test_no_library_writes_the_token_even_at_debug(
    configure: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    *,
    as_json: bool,
) -> None:
    """Real requests with everything turned up, read from the bot's handler and from somebody else's."""
    configure(level="DEBUG", as_json=as_json)
    logging.getLogger().addHandler(caplog.handler)
    for name in ("httpx", "httpcore", "telegram", "asyncio"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    await fetch_with_token_in_address()
    async with Bot(TOKEN, request=OfflineRequest(), get_updates_request=OfflineRequest()) as bot:
        logging.getLogger("anything").debug("A bot: %r", bot)
    written = capsys.readouterr().err
    assert "HTTP Request: GET" in written, "httpx has stopped logging: this shows nothing"
    assert "receive_response_headers" in written, "httpcore has stopped logging: this shows nothing"
    for text in (written, caplog.text):
        assert TOKEN not in text
        assert TOKEN.split(":")[1] not in text


def fail_with_the_token() -> None:
    try:
        fail(InvalidToken(f"The token `{TOKEN}` was rejected by the server."))
    except InvalidToken as error:
        raise ValueError(f"https://api.telegram.org/file/bot{TOKEN}/photo.jpg") from error


def fail(error: Exception) -> None:
    raise error


@pytest.mark.filterwarnings("always:careful with")
@pytest.mark.parametrize("as_json", [True, False])
def test_no_exception_writes_the_token(
    configure: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    *,
    as_json: bool,
) -> None:
    """Neither the error's text, nor its cause's, nor a stack, from structlog and from the library's own."""
    configure(level="DEBUG", as_json=as_json)
    logging.getLogger().addHandler(caplog.handler)
    try:
        fail_with_the_token()
    except ValueError:
        logging.getLogger("telegram.ext").exception("Failed with %s", TOKEN, stack_info=True)
        structlog.get_logger("bot").exception("failed", address=f"/bot{TOKEN}/")
    warnings.warn(f"careful with {TOKEN}", stacklevel=1)
    written = capsys.readouterr().err
    assert written.count("rejected by the server") >= 2
    assert "careful with" in written
    assert TOKEN not in written
    assert TOKEN not in caplog.text


def test_given_secrets_are_hidden_whatever_they_look_like(
    configure: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """The webhook's secret looks like any word."""
    configure(level="INFO", as_json=True, secrets=["swordfish", ""])
    structlog.get_logger("bot").info("got", header="swordfish")
    logging.getLogger("telegram").info("wrong secret: %s", "swordfish")
    written = capsys.readouterr().err
    assert "swordfish" not in written
    assert written.count("[secret]") == 2


@given(
    before=st.text(),
    number=st.integers(1_000, 10**12),
    key=st.text(_ALPHABET, min_size=35, max_size=35),
    colon=st.sampled_from([":", "%3A", "%3a"]),
    after=st.text(),
)
def test_whatever_looks_like_a_token_is_hidden(
    before: str, number: int, key: str, colon: str, after: str
) -> None:
    """Wherever it stands in a text, also as it is written in addresses."""
    token = f"{number}{colon}{key}"
    assert token not in Redactor().redact(f"{before}{token} {after}")


def test_libraries_do_not_write_messages(
    configure: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """python-telegram-bot logs whole updates when something fails: names and captions are left out."""
    configure(level="DEBUG", as_json=False)
    logging.getLogger("telegram").setLevel(logging.DEBUG)
    update = build_update(1, caption="my diary")
    logger = logging.getLogger("telegram.ext.Application")
    logger.critical("Error while building context for update %s", update)
    logger.critical("Received data was: %r", update.to_dict())
    logger.debug("Webhook received data: %s", update.to_json())
    written = capsys.readouterr().err
    assert len(written.splitlines()) == 3
    assert "<Update>" in written
    assert "diary" not in written
    assert "Ana" not in written


@pytest.mark.parametrize("answer", [b'{"ok":true,"result":[{"text":"my secret', b"<html>my secret</html>"])
async def test_an_answer_that_is_no_json_is_not_written_however_short(
    configure: Callable[..., None], capsys: pytest.CaptureFixture[str], answer: bytes
) -> None:
    """It may be a cut one, with what somebody wrote."""
    configure(as_json=True, level="DEBUG")
    with pytest.raises(TelegramError):
        HTTPXRequest.parse_json_payload(answer)
    written = capsys.readouterr()
    assert "JSON" in written.out + written.err
    assert "secret" not in written.out + written.err


def test_json_is_one_object_a_line(
    configure: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """An exception with its traceback is one line, too; values cannot forge another line."""
    configure(level="INFO", as_json=True)
    log = structlog.get_logger("bot.somewhere")
    with update_context(build_update(77)):
        log.info("update", outcome="fine\n{}")
        try:
            fail(ValueError("no"))
        except ValueError:
            log.exception("failed")
    log.debug("below the level")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    expected = {
        "event": "update",
        "update_id": 77,
        "chat_kind": "private",
        "level": "info",
        "logger": "bot.somewhere",
        "outcome": "fine\n{}",
    }
    assert {**first, "timestamp": None} == {**expected, "timestamp": None}
    assert "ValueError: no" in second["exception"]


def test_quiet_libraries_stay_quiet_at_debug(configure: Callable[..., None]) -> None:
    """Addresses and messages are not even put together."""
    configure(level="DEBUG", as_json=True)
    assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
    assert not logging.getLogger("telegram.ext.Application").isEnabledFor(logging.DEBUG)
    configure(level="ERROR", as_json=True)
    assert not logging.getLogger("telegram").isEnabledFor(logging.WARNING)


def test_notes_belong_to_the_update_being_handled() -> None:
    """Outside an update there is nothing to note, and one update does not see another's notes."""
    note_outcome("lost")
    note_duration("classify", 1.0)
    with update_context(build_update(1)) as first:
        note_outcome("answered")
        with update_context(build_update(2)) as second:
            note_duration("classify", 1.0)
    assert (first.outcome, first.seconds) == ("answered", {})
    assert (second.outcome, second.seconds) == ("handled", {"classify": 1.0})


def test_the_same_step_again_adds_up() -> None:
    """An album has each of its photos fetched."""
    with update_context(build_update(1)) as notes:
        note_duration("download", 1.0)
        note_duration("download", 0.5)
    assert notes.seconds == {"download": 1.5}


def test_of_two_secrets_the_longer_is_hidden_whole() -> None:
    """A password is part of the address that holds it: what is left of that would tell the rest."""
    assert Redactor(["word", "pass-word-and-host"]).redact("at pass-word-and-host") == "at [secret]"


def test_values_that_are_no_text_are_redacted_as_text(
    configure: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """An error's text may hold the secret; numbers stay numbers."""
    configure(level="INFO", as_json=True, secrets=["swordfish"])
    structlog.get_logger("bot").info("failed", reason=OSError("swordfish"), count=3)
    written = capsys.readouterr().err
    assert "swordfish" not in written
    assert '"count": 3' in written


@pytest.mark.parametrize("content", [b"diary", ("diary",), ["diary"], {"text": "diary"}, "diary " * 34])
def test_whatever_may_hold_a_message_is_left_out(
    configure: Callable[..., None], capsys: pytest.CaptureFixture[str], content: object
) -> None:
    """Of python-telegram-bot's and of the database driver's lines; a short plain text is no message."""
    configure(level="DEBUG", as_json=False)
    for name in ("telegram.ext", "aiosqlite"):
        logging.getLogger(name).warning("got %s and %s", content, "x" * 200)
    written = capsys.readouterr().err
    assert "diary" not in written
    assert written.count("x" * 200) == 2


@pytest.mark.parametrize("library", ["httpx", "httpcore", "alembic", "procrastinate"])
def test_libraries_that_write_addresses_or_jobs_stay_quiet(
    configure: Callable[..., None], library: str
) -> None:
    """Each line of theirs would tell what was asked of whom; a warning still comes."""
    configure(level="DEBUG", as_json=True)
    assert not logging.getLogger(library).isEnabledFor(logging.INFO)
    assert logging.getLogger(library).isEnabledFor(logging.WARNING)
