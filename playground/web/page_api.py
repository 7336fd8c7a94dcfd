"""The page, and what it and outside scripts call: ``/`` and ``/playground/...``."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tornado.web import HTTPError

from playground.events import describe_message
from playground.faults import read_fault
from playground.guard import GuardedHandler
from playground.page_actions import ACTIONS, send_from_page
from playground.pictures import guess_media_type

if TYPE_CHECKING:
    from playground.chats import Chat
    from playground.server import Playground

PAGE = Path(__file__).parent / "page"
MESSAGES_SHOWN = 200
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class PageHandler(GuardedHandler):
    """What every page route shares."""

    def initialize(self, playground: Playground) -> None:
        """Take the playground to show."""
        self.playground = playground

    def read_json(self) -> dict[str, Any]:
        """Return the body, a JSON object.

        Raises:
            HTTPError: It is none.
        """
        try:
            body = json.loads(self.request.body)
        except ValueError:
            raise HTTPError(400, reason="The body must be JSON") from None
        if not isinstance(body, dict):
            raise HTTPError(400, reason="The body must be a JSON object")
        return body


class StaticHandler(PageHandler):
    """The page's own files."""

    async def get(self, name: str) -> None:
        """Serve one file, under a policy that lets the page load nothing from elsewhere."""
        path = PAGE / (name or "index.html")
        if path.parent != PAGE or path.suffix not in _TYPES or not path.is_file():
            raise HTTPError(404, reason="Not Found")
        self.set_header("Content-Type", f"{_TYPES[path.suffix]}; charset=utf-8")
        self.set_header("Content-Security-Policy", _PAGE_POLICY)
        self.set_header("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
        self.finish(path.read_bytes())


class StateHandler(PageHandler):
    """Everything the page shows, as of now."""

    async def get(self) -> None:
        """Return people, chats, messages and the number of the last event."""
        playground = self.playground
        world = playground.world
        description = world.account.text("description", playground.ana.language_code)
        self.finish(
            {
                "number": world.events.last,
                "bot": world.account.to_json() | {"description": description},
                "connected": bool(world.webhook.url) or world.updates.is_polled,
                "people": [user.to_json() for user in (playground.ana, playground.ben)],
                "chats": [self._describe(chat) for chat in (playground.private, playground.current_group)],
            }
        )

    def _describe(self, chat: Chat) -> dict[str, Any]:
        account = self.playground.world.account
        people = [member.user for member in chat.members.values() if not member.user.is_bot]
        newest = list(chat.messages.values())[-MESSAGES_SHOWN:]
        return chat.to_json() | {
            "bot_status": chat.status_of(account.user.id),
            "bot_reads_all": chat.bot_reads_all,
            "commands": {str(user.id): account.commands_for(chat, user) for user in people},
            "messages": [describe_message(message) for message in newest],
        }


class EventsHandler(PageHandler):
    """What happens, as server-sent events."""

    _reading: asyncio.Task[None] | None = None

    async def get(self) -> None:
        """Stream the events after ``since`` until the page goes."""
        since = self.request.headers.get("Last-Event-ID") or self.get_query_argument("since", "0")
        if not since.isdigit():
            raise HTTPError(400, reason="since must be a number")
        self.set_header("Content-Type", "text/event-stream")
        self._reading = asyncio.ensure_future(self._stream(int(since)))
        try:
            await self._reading
        except asyncio.CancelledError:
            self._reading.cancel()

    async def _stream(self, since: int) -> None:
        await self.flush()
        async for number, event in self.playground.world.events.read(since):
            self.write(f"id: {number}\ndata: {event}\n\n")
            await self.flush()

    def on_connection_close(self) -> None:
        """Stop when the page goes."""
        if self._reading is not None:
            self._reading.cancel()


class PictureHandler(PageHandler):
    """Files for the page's own eyes."""

    async def get(self, file_id: str) -> None:
        """Serve a file by identifier; what is no picture or video is only ever downloaded."""
        file = self.playground.world.files.find(file_id)
        if file is None or file.content is None:
            raise HTTPError(404, reason="Not Found")
        media_type = guess_media_type(file.content)
        self.set_header("Content-Type", media_type)
        self.set_header("Content-Security-Policy", "default-src 'none'; sandbox")
        self.set_header("Cache-Control", "private, max-age=3600, immutable")
        if media_type == "application/octet-stream":
            self.set_header("Content-Disposition", "attachment")
        self.finish(file.content)


class MessagesHandler(PageHandler):
    """What a person sends from the page."""

    async def post(self) -> None:
        """Send one message; an album comes as several with one ``media_group_id``."""
        fields = {name: self.get_argument(name, strip=False) for name in self.request.arguments}
        parts = {name: [part.body for part in files] for name, files in self.request.files.items()}
        names = [part.filename for part in self.request.files.get("file", [])]
        types = [part.content_type for part in self.request.files.get("file", [])]
        try:
            message = await send_from_page(self.playground, fields, parts, names, types)
        except (LookupError, ValueError) as error:
            raise HTTPError(400, reason=" ".join(str(error).split())) from None
        self.finish({"ok": True, "message_id": message.id})


class ActionHandler(PageHandler):
    """Everything else a person does on the page."""

    async def post(self, name: str) -> None:
        """Carry out one action of ``page_actions``."""
        action = ACTIONS.get(name)
        if action is None:
            raise HTTPError(404, reason="Not Found")
        try:
            result = await action(self.playground, self.read_json())
        except (LookupError, TypeError, ValueError) as error:
            raise HTTPError(400, reason=f"{type(error).__name__}: {' '.join(str(error).split())}") from None
        self.finish({"ok": True} | (result or {}))


class FaultsHandler(PageHandler):
    """Failures on order, over HTTP."""

    async def get(self) -> None:
        """Return the orders that stand."""
        self.finish({"faults": [vars(fault) for fault in self.playground.faults.orders]})

    async def post(self) -> None:
        """Order a failure: the fields of ``Fault``."""
        try:
            self.playground.fail(read_fault(self.read_json()))
        except (TypeError, ValueError) as error:
            raise HTTPError(400, reason=str(error)) from None
        await self.get()

    async def delete(self) -> None:
        """Let everything go well again."""
        self.playground.faults.clear()
        await self.get()


class LedgerHandler(PageHandler):
    """What the bot called, over HTTP."""

    async def get(self) -> None:
        """Return the calls, of one method when ``method`` is given."""
        calls = self.playground.ledger.calls(self.get_query_argument("method", None))
        counts = dict(self.playground.ledger.counts)
        self.finish({"counts": counts, "calls": [call.to_json() for call in calls]})

    async def delete(self) -> None:
        """Start over."""
        self.playground.ledger.clear()
        self.finish({"ok": True})


class PulseHandler(PageHandler):
    """Whether a bot is there."""

    async def get(self) -> None:
        """Return whether a bot polls or has a webhook, and how much waits for it."""
        world = self.playground.world
        connected = bool(world.webhook.url) or world.updates.is_polled
        self.finish({"connected": connected, "pending": len(world.updates)})


def build_page_handlers(playground: Playground) -> list[Any]:
    """Return the routes of the page."""
    routes: list[tuple[str, type[PageHandler]]] = [
        (r"/()", StaticHandler),
        (r"/page/([\w.-]+)", StaticHandler),
        (r"/playground/state", StateHandler),
        (r"/playground/events", EventsHandler),
        (r"/playground/pulse", PulseHandler),
        (r"/playground/files/([\w-]+)", PictureHandler),
        (r"/playground/messages", MessagesHandler),
        (r"/playground/faults", FaultsHandler),
        (r"/playground/ledger", LedgerHandler),
        (r"/playground/actions/(\w+)", ActionHandler),
        (r".*", NowhereHandler),
    ]
    return [(pattern, handler, {"playground": playground}) for pattern, handler in routes]


class NowhereHandler(PageHandler):
    """Every other path."""

    def prepare(self) -> None:
        """Answer 404 as the Bot API does."""
        super().prepare()
        raise HTTPError(404, reason="Not Found")
