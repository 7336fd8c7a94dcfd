"""Data for the page: the state, the events after it, and the files of messages."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tornado.web import HTTPError

from playground.rules.pictures import guess_media_type
from playground.web.page_handler import PageHandler
from playground.world.events import describe_message

if TYPE_CHECKING:
    from playground.world.chats import Chat

MESSAGES_SHOWN = 200  # of each chat, so that the page loads fast


class StateHandler(PageHandler):
    """The current state, for a page that is loaded."""

    async def get(self) -> None:
        """Return people, chats, messages and the number of the last event."""
        people, world = self.people, self.world
        description = world.account.text("description", people.ana.language_code)
        self.finish(
            {
                "number": world.events.last,
                "bot": world.account.to_json() | {"description": description},
                "connected": bool(world.webhook.url) or world.updates.is_polled,
                "live_url": world.live_url,
                "people": [user.to_json() for user in (people.ana, people.ben)],
                "chats": [self._describe(chat) for chat in people.list_chats()],
            }
        )

    def _describe(self, chat: Chat) -> dict[str, Any]:
        account = self.world.account
        members = [member.user for member in chat.members.values() if not member.user.is_bot]
        newest = list(chat.messages.values())[-MESSAGES_SHOWN:]
        return chat.to_json() | {
            "bot_status": chat.status_of(account.user.id),
            "bot_reads_all": chat.bot_reads_all,
            "members": [user.id for user in members],
            "topics": [{"id": thread_id, "name": name} for thread_id, name in chat.topics.items()],
            "commands": {str(user.id): account.commands_for(chat, user) for user in members},
            "messages": [describe_message(message) for message in newest],
        }


class EventsHandler(PageHandler):
    """The events, as server-sent events (SSE)."""

    _reading: asyncio.Task[None] | None = None

    async def get(self) -> None:
        """Stream the events after number ``since`` until the page closes the connection."""
        # A browser that reconnects by itself sends the number of the last event that it received.
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
        async for number, event in self.world.events.read(since):
            self.write(f"id: {number}\ndata: {event}\n\n")
            await self.flush()

    def on_connection_close(self) -> None:
        """Stop streaming when the page closes the connection."""
        if self._reading is not None:
            self._reading.cancel()


class StoredFileHandler(PageHandler):
    """The files of messages, for the page. Unlike the Bot API it needs no token and no download link."""

    async def get(self, file_id: str) -> None:
        """Send a file; the browser may show pictures and videos, and only download any other."""
        file = self.world.files.find(file_id)
        if file is None or file.content is None:
            raise HTTPError(404, reason="Not Found")
        media_type = guess_media_type(file.content)
        self.set_header("Content-Type", media_type)
        # Anybody can send a file. Whatever it holds, it may run no script on this origin.
        self.set_header("Content-Security-Policy", "default-src 'none'; sandbox")
        self.set_header("Cache-Control", "private, max-age=3600, immutable")
        if media_type == "application/octet-stream":
            self.set_header("Content-Disposition", "attachment")
        self.finish(file.content)


class BotStatusHandler(PageHandler):
    """Whether a bot is connected."""

    async def get(self) -> None:
        """Return whether a bot polls or has a webhook, and how many updates wait for it."""
        world = self.world
        connected = bool(world.webhook.url) or world.updates.is_polled
        self.finish({"connected": connected, "pending": len(world.updates)})
