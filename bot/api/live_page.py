"""The live page: its files, and its words in the language of whoever opens it."""

from __future__ import annotations

import asyncio
import re
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from tornado.web import HTTPError

from bot.observability.http_server import OpenHandler

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.messages.catalogue import Catalogue, Texts

_PAGE = Path(__file__).parent / "page"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
# Looked up, not joined to a path: no name leads out of the folder.
_FILES = {path.name: path for path in _PAGE.iterdir() if path.suffix in _TYPES}
_PLACEHOLDER = re.compile(r"\{\{([\w-]+)\}\}")
# Telegram's web client shows a Mini App in a frame; nobody else may.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors https://web.telegram.org"
)
_WORDS = (
    "live-title",
    "live-what",
    "automatic-system",
    "live-sent",
    "live-line-kept",
    "live-open",
    "live-line",
    "live-turn",
    "live-stop",
    "live-script",
    "live-happy",
    "live-sad",
)
_SCRIPT_WORDS = {
    "happy": "live-happy",
    "sad": "live-sad",
    "unsure": "live-unsure",
    "no-face": "live-no-face",
    "starting": "live-starting",
    "denied": "live-denied",
    "missing": "live-missing",
    "unreachable": "live-unreachable",
    "busy": "live-busy",
    "expired": "live-expired",
    "not-admitted": "live-not-admitted",
}


def render_page(say: Texts) -> str:
    """Put the words of a language into the page."""
    items = (f'<li data-word="{name}">{escape(say(message))}</li>' for name, message in _SCRIPT_WORDS.items())
    filled: Mapping[str, str] = {
        **{message: escape(say(message)) for message in _WORDS},
        "words": "".join(items),
        "language": say.language,
        "direction": say.direction,
    }
    page = (_PAGE / "index.html").read_text(encoding="utf-8")
    return _PLACEHOLDER.sub(lambda found: filled[found[1]], page)


class _PageHandler(OpenHandler):
    """What page and files share: nothing is loaded from elsewhere, nothing is kept."""

    def set_default_headers(self) -> None:
        """Let the page load nothing from elsewhere."""
        super().set_default_headers()
        self.set_header("Content-Security-Policy", _POLICY)
        self.set_header("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")


class LivePageHandler(_PageHandler):
    """The page itself."""

    def initialize(self, catalogue: Catalogue) -> None:
        """Take the words. Tornado has a route's arguments come here."""
        self._catalogue = catalogue

    async def get(self) -> None:
        """Give the page in the language of the address, else of the browser."""
        wanted = self.get_query_argument("language", "") or self._find_browser_language()
        # In a thread: reading a language for the first time would hold up everybody's answers.
        say = await asyncio.to_thread(self._catalogue.texts, wanted)
        page = await asyncio.to_thread(render_page, say)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(page)

    def _find_browser_language(self) -> str:
        return self.request.headers.get("Accept-Language", "").partition(",")[0].partition(";")[0].strip()


class LiveFileHandler(_PageHandler):
    """The page's scripts, styles and mark."""

    async def get(self, name: str) -> None:
        """Give one file."""
        path = _FILES.get(name)
        if path is None:
            raise HTTPError(HTTPStatus.NOT_FOUND)
        self.set_header("Content-Type", f"{_TYPES[path.suffix]}; charset=utf-8")
        self.finish(await asyncio.to_thread(path.read_bytes))
