"""The page's own files: HTML, styles and scripts."""

from __future__ import annotations

from pathlib import Path

from tornado.web import HTTPError

from playground.web.page_handler import PageHandler

PAGE = Path(__file__).parent / "page"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


# A requested name is looked up here and never joined to a path: "../" in it cannot leave the folder.
_FILES = {path.relative_to(PAGE).as_posix(): path for path in PAGE.rglob("*") if path.suffix in _TYPES}


class StaticHandler(PageHandler):
    """Sends the page's own files."""

    async def get(self, name: str) -> None:
        """Send one file, with a policy under which the page loads nothing from other sites."""
        path = _FILES.get(name or "index.html")
        if path is None:
            raise HTTPError(404, reason="Not Found")
        self.set_header("Content-Type", f"{_TYPES[path.suffix]}; charset=utf-8")
        self.set_header("Content-Security-Policy", _PAGE_POLICY)
        self.set_header("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
        self.finish(path.read_bytes())
