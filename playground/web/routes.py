"""Which address leads where: ``/page/...`` to the page's files, ``/playground/...`` to what it calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.web.page_actions import ActionHandler
from playground.web.page_handler import NowhereHandler, PageHandler
from playground.web.page_messages import MessagesHandler
from playground.web.page_state import EventsHandler, PictureHandler, PulseHandler, StateHandler
from playground.web.script_api import CallLogHandler, FaultsHandler
from playground.web.static_files import StaticHandler

if TYPE_CHECKING:
    from playground.people.cast import Cast

# A further page is one HTML file in `page/` and one line here.
_ROUTES: tuple[tuple[str, type[PageHandler]], ...] = (
    (r"/()", StaticHandler),
    (r"/page/([\w./-]+)", StaticHandler),
    (r"/playground/state", StateHandler),
    (r"/playground/events", EventsHandler),
    (r"/playground/pulse", PulseHandler),
    (r"/playground/files/([\w-]+)", PictureHandler),
    (r"/playground/messages", MessagesHandler),
    (r"/playground/actions/(\w+)", ActionHandler),
    (r"/playground/faults", FaultsHandler),
    (r"/playground/calls", CallLogHandler),
    (r".*", NowhereHandler),
)


def build_page_routes(cast: Cast) -> list[Any]:
    """Return the routes of the page, for ``tornado.web.Application``."""
    return [(pattern, handler, {"cast": cast}) for pattern, handler in _ROUTES]
