"""Logs: one line for each event, as JSON or as text; never a token, a photo, a name or a caption."""

from __future__ import annotations

import logging
import re
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from telegram import TelegramObject, Update

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from structlog.typing import EventDict, Processor, WrappedLogger

# The form of BotFather's tokens; in URLs the colon may be encoded.
_TOKEN = re.compile(r"\d{3,}(?::|%3[Aa])[A-Za-z0-9_-]{30,}")
_HIDDEN = "[secret]"
# Libraries that log URLs (which contain the token) or messages (which contain names and captions).
_QUIET = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "telegram": logging.INFO,
    "alembic": logging.WARNING,
    "procrastinate": logging.WARNING,
}
# Libraries whose log arguments contain messages or the values of SQL statements.
_WITH_CONTENT = ("telegram", "aiosqlite")
_LONGEST_PLAIN_TEXT = 200
# Logs Telegram's answer when it is no JSON.
_WITH_ANSWERS = "telegram.request"


@dataclass
class UpdateNotes:
    """Facts about the update being handled, for its line in the log.

    Attributes:
        outcome: How it ended.
        seconds: How long each step took.
    """

    outcome: str = "handled"
    seconds: dict[str, float] = field(default_factory=dict)


_notes: ContextVar[UpdateNotes | None] = ContextVar("notes", default=None)


class Redactor:
    """Hides everything that looks like a token, and the given secrets.

    Args:
        secrets: Texts to hide whatever they look like.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = [re.escape(secret) for secret in sorted(filter(None, secrets), key=len, reverse=True)]
        self._pattern = re.compile("|".join([*known, _TOKEN.pattern]))

    def redact(self, text: str) -> str:
        """Hide the secrets in a text."""
        return self._pattern.sub(_HIDDEN, text)


class RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    """Renders a record, and hides the secrets in all of it: message, values, exception and stack."""

    def __init__(self, redactor: Redactor, processors: list[Processor]) -> None:
        super().__init__(processors=processors, foreign_pre_chain=_SHARED)
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """Render one record."""
        return self._redactor.redact(super().format(record))


def configure_logging(*, level: str = "INFO", as_json: bool, secrets: Iterable[str] = ()) -> None:
    """Send all logs, the libraries' too, through one redacting handler to standard error.

    Args:
        level: Of the bot's own logs; libraries that would tell too much stay quieter.
        as_json: One JSON object a line instead of text for the eye.
        secrets: Texts to hide besides everything that looks like a token.
    """
    redactor = Redactor(secrets)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(redactor, _build_renderers(as_json=as_json)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, quietest in _QUIET.items():
        logging.getLogger(name).setLevel(max(quietest, root.level))
    _redact_records(redactor)
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


@contextmanager
def update_context(update: object) -> Iterator[UpdateNotes]:
    """Name the update in every line that is logged within this context."""
    notes = UpdateNotes()
    token = _notes.set(notes)
    try:
        with structlog.contextvars.bound_contextvars(
            update_id=update.update_id if isinstance(update, Update) else None,
            chat_kind=name_chat_kind(update) if isinstance(update, Update) else None,
        ):
            yield notes
    finally:
        _notes.reset(token)


def name_chat_kind(update: Update) -> str | None:
    """Name the kind of an update's chat: "guest" where the bot is no member, None where there is no chat."""
    if update.guest_message is not None:
        return "guest"
    return str(update.effective_chat.type) if update.effective_chat else None


def note_outcome(outcome: str) -> None:
    """Note how the update being handled ended, in a word without content."""
    notes = _notes.get()
    if notes is not None:
        notes.outcome = outcome


def note_duration(step: str, seconds: float) -> None:
    """Note how long a step of handling took; the same step again adds up."""
    notes = _notes.get()
    if notes is not None:
        notes.seconds[step] = notes.seconds.get(step, 0.0) + seconds


def _build_renderers(*, as_json: bool) -> list[Processor]:
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if as_json:
        renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
        return [remove, renderer]
    return [remove, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]


def _drop_empty(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    return {key: value for key, value in event.items() if value is not None}


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
    _drop_empty,
]


def _redact_records(redactor: Redactor) -> None:
    """Hide secrets in every record as it is made: handlers that others add see it, too."""

    def build_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = logging.LogRecord(*args, **kwargs)
        if isinstance(record.msg, dict):  # from structlog
            record.msg = {key: _render_value(value, redactor) for key, value in record.msg.items()}
        else:
            _render_message(record, redactor)
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = redactor.redact(logging.Formatter().formatException(record.exc_info))
        return record

    logging.setLogRecordFactory(build_record)


def _render_message(record: logging.LogRecord, redactor: Redactor) -> None:
    """Format the message now and redact it: formatted later, its arguments could still reveal a token."""
    if record.args and str(record.name).startswith(_WITH_CONTENT):
        # When a mapping is the only argument, logging stores it without a tuple around it.
        arguments = record.args if isinstance(record.args, tuple) else (record.args,)
        longest = 0 if str(record.name).startswith(_WITH_ANSWERS) else _LONGEST_PLAIN_TEXT
        record.args = tuple(_strip_content(argument, longest) for argument in arguments)
    try:
        message = record.getMessage()
    except (TypeError, ValueError):  # arguments that do not fit are reported by the handler
        return
    record.msg, record.args = redactor.redact(message), None


def _render_value(value: object, redactor: Redactor) -> object:
    return value if isinstance(value, (int, float)) else redactor.redact(str(value))


def _strip_content(argument: object, longest: int) -> object:
    """Replace objects that may contain a message, and texts longer than `longest`, by their type."""
    has_content = isinstance(argument, (TelegramObject, dict, list, tuple, bytes, partial))
    is_long = isinstance(argument, str) and len(argument) > longest
    return f"<{type(argument).__name__}>" if has_content or is_long else argument
