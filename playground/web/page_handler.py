"""The base of the page's HTTP handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tornado.web import HTTPError

from playground.base_handler import BaseHandler
from playground.rules.json_text import load_json

if TYPE_CHECKING:
    from playground.people.people import People


class PageHandler(BaseHandler):
    """Has the people and the state, and reads JSON bodies."""

    def initialize(self, people: People) -> None:
        """Receive the people, and through them the state, from the routes."""
        self.people = people
        self.world = people.world

    def read_json(self) -> dict[str, Any]:
        """Return the body as a JSON object.

        Raises:
            HTTPError: The body is no JSON object.
        """
        try:
            body = load_json(self.request.body)
        except ValueError:
            raise HTTPError(400, reason="The body must be JSON") from None
        if not isinstance(body, dict):
            raise HTTPError(400, reason="The body must be a JSON object")
        return body


class NotFoundHandler(PageHandler):
    """Answers every unknown path."""

    def prepare(self) -> None:
        """Answer 404 as the Bot API does."""
        super().prepare()
        raise HTTPError(404, reason="Not Found")
