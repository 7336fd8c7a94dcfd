"""What every route of the page shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tornado.web import HTTPError

from playground.base_handler import BaseHandler
from playground.rules.json_text import load_json

if TYPE_CHECKING:
    from playground.people.cast import Cast


class PageHandler(BaseHandler):
    """What every page route shares."""

    def initialize(self, cast: Cast) -> None:
        """Take the people for whom the page acts, and their world."""
        self.cast = cast
        self.world = cast.world

    def read_json(self) -> dict[str, Any]:
        """Return the body, a JSON object.

        Raises:
            HTTPError: It is none.
        """
        try:
            body = load_json(self.request.body)
        except ValueError:
            raise HTTPError(400, reason="The body must be JSON") from None
        if not isinstance(body, dict):
            raise HTTPError(400, reason="The body must be a JSON object")
        return body


class NowhereHandler(PageHandler):
    """Every other path."""

    def prepare(self) -> None:
        """Answer 404 as the Bot API does."""
        super().prepare()
        raise HTTPError(404, reason="Not Found")
