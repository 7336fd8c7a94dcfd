"""The page's own files."""

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


# Looked up, not joined to a path: no name leads out of the folder.
_FILES = {path.relative_to(PAGE).as_posix(): path for path in PAGE.rglob("*") if path.suffix in _TYPES}


class StaticHandler(PageHandler):
    """The page's own files."""

    async def get(self, name: str) -> None:
        """Serve one file, under a policy that lets the page load nothing from elsewhere."""
        path = _FILES.get(name or "index.html")
        if path is None:
            raise HTTPError(404, reason="Not Found")
        self.set_header("Content-Type", f"{_TYPES[path.suffix]}; charset=utf-8")
        self.set_header("Content-Security-Policy", _PAGE_POLICY)
        self.set_header("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
        self.finish(path.read_bytes())
