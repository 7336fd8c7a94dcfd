"""The webhook: POST updates to the bot's own URL."""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest

from playground.origin_check import LOOPBACK_HOSTS
from playground.rules.api_errors import bad_request

if TYPE_CHECKING:
    from playground.world.updates import Update, UpdateQueue

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # https://core.telegram.org/bots/api#setwebhook
_FIRST_PAUSE, _MAX_PAUSE = 0.1, 5.0  # seconds between two tries; Telegram waits longer, tests should not
DEFAULT_CONNECTIONS = 40  # of max_connections


class Webhook:
    """Sends each update by POST, again and again until the bot answers with a 2xx status.

    Attributes:
        url: The bot's URL; empty when there is no webhook.
    """

    def __init__(self, updates: UpdateQueue) -> None:
        self._updates = updates
        self._task: asyncio.Task[None] | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self._last_error: tuple[int, str] | None = None
        self._secret = ""
        self._connections = DEFAULT_CONNECTIONS
        self.url = ""

    def set(self, url: str, secret: str, connections: int) -> None:
        """Deliver to ``url`` from now on; an empty one removes the webhook.

        Raises:
            ApiError: The URL is not on this machine, or the secret has characters that Telegram forbids.
        """
        parts = urlsplit(url)
        if url and (parts.scheme not in {"http", "https"} or parts.hostname not in LOOPBACK_HOSTS):
            raise bad_request("bad webhook: the playground delivers to this machine only")
        if secret and not _SECRET.fullmatch(secret):
            raise bad_request("secret token contains unallowed characters")
        self.stop()
        self.url, self._secret, self._last_error = url, secret, None
        self._connections = connections or DEFAULT_CONNECTIONS
        self.start()

    def start(self) -> None:
        """Begin to deliver, when a URL is set."""
        if self.url and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._deliver())

    def stop(self) -> None:
        """Stop delivering; updates that the bot has not accepted stay in the queue."""
        for task in [self._task, *self._sending]:
            if task is not None:
                task.cancel()
        self._task = None
        self._sending.clear()

    def to_json(self) -> dict[str, Any]:
        """Return the answer of ``getWebhookInfo``."""
        info: dict[str, Any] = {
            "url": self.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates),
        }
        if self.url:
            info |= {"max_connections": self._connections, "ip_address": "127.0.0.1"}
        if self._updates.allowed:
            info["allowed_updates"] = list(self._updates.allowed)
        if self._last_error:
            info["last_error_date"], info["last_error_message"] = self._last_error
        return info

    async def _deliver(self) -> None:
        """Send the updates of each chat in order, and of all chats at most ``max_connections`` at a time.

        Telegram's server does the same (tdlib/telegram-bot-api, WebhookActor.cpp): an update that the bot
        does not accept holds up its own chat only.
        """
        client = AsyncHTTPClient(force_instance=True, max_clients=self._connections)
        free = asyncio.Semaphore(self._connections)
        queues: dict[str, deque[Update]] = {}
        seen = 0
        try:
            while True:
                await self._updates.wait_for_more(seen)
                for update in self._updates.after(seen):
                    seen = update.id
                    if update.ordering_key in queues:
                        queues[update.ordering_key].append(update)
                        continue
                    queues[update.ordering_key] = deque([update])
                    task = asyncio.create_task(self._send_in_order(client, free, queues, update.ordering_key))
                    self._sending.add(task)
                    task.add_done_callback(self._sending.discard)
        finally:
            client.close()

    async def _send_in_order(
        self, client: AsyncHTTPClient, free: asyncio.Semaphore, queues: dict[str, deque[Update]], key: str
    ) -> None:
        """Send the updates of one ordering key until none waits, then forget the key."""
        while queues[key]:
            await self._send(client, free, queues[key].popleft())
        del queues[key]

    async def _send(self, client: AsyncHTTPClient, free: asyncio.Semaphore, update: Update) -> None:
        """Send one update until the bot accepts it."""
        headers = {"Content-Type": "application/json"}
        if self._secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self._secret
        request = HTTPRequest(
            self.url,
            method="POST",
            headers=headers,
            body=update.body,
            request_timeout=60,
            follow_redirects=False,
        )
        pause = _FIRST_PAUSE
        while True:
            try:
                async with free:
                    await client.fetch(request)
            except HTTPClientError as error:
                reason = f"Wrong response from the webhook: {error.code} {error.message}"
            except OSError as error:
                reason = error.strerror or "Connection failed"
            else:
                self._updates.remove(update.id)
                return
            self._last_error = int(time.time()), reason
            await asyncio.sleep(pause)
            pause = min(2 * pause, _MAX_PAUSE)
