"""The routes: ``/page/...`` for the page's files, ``/playground/...`` for its HTTP API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.web.page_actions import ActionHandler
from playground.web.page_handler import NotFoundHandler, PageHandler
from playground.web.page_messages import MessagesHandler
from playground.web.page_state import BotStatusHandler, EventsHandler, StateHandler, StoredFileHandler
from playground.web.script_api import CallLogHandler, FaultsHandler
from playground.web.static_files import StaticHandler

if TYPE_CHECKING:
    from playground.people.people import People

# The first pattern that matches counts, so the one that matches everything is last.
_ROUTES: tuple[tuple[str, type[PageHandler]], ...] = (
    (r"/()", StaticHandler),
    (r"/page/([\w./-]+)", StaticHandler),
    (r"/playground/state", StateHandler),
    (r"/playground/events", EventsHandler),
    (r"/playground/bot-status", BotStatusHandler),
    (r"/playground/files/([\w-]+)", StoredFileHandler),
    (r"/playground/messages", MessagesHandler),
    (r"/playground/actions/(\w+)", ActionHandler),
    (r"/playground/faults", FaultsHandler),
    (r"/playground/calls", CallLogHandler),
    (r".*", NotFoundHandler),
)


def build_page_routes(people: People) -> list[Any]:
    """Return the routes of the page, for ``tornado.web.Application``."""
    return [(pattern, handler, {"people": people}) for pattern, handler in _ROUTES]
