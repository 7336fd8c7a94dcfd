"""The server: one port for the Bot API and the page."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from playground.bot_api import FileHandler, MethodHandler
from playground.chats import User
from playground.guard import is_loopback_host
from playground.page_api import build_page_handlers
from playground.standing import Standing
from playground.world import World

if TYPE_CHECKING:
    from playground.chats import Chat
    from playground.faults import Fault, Faults
    from playground.ledger import Ledger

# More than the Bot API takes, so that too large a body is answered and not cut off.
_SERVER_BODY_LIMIT = 100 * 1024 * 1024


class Playground(Standing):
    """A stand-in for Telegram on this machine, with people to script and a page to try it by hand.

    Args:
        host: A name of this machine; anything else is refused.
        port: Where to listen; 0 for a free port.
        token: The bot's token; one is made up when left out.
        bot_name: The bot's first name.
        bot_username: The bot's username, without @.
        introduce: Whether the bot is added to the group at the start, with the updates Telegram sends
            then; otherwise it is already there.
        keep_files: How many files keep their bytes; older ones answer as lost.
        keep_messages: How many messages each chat keeps.
        link_lifetime: Seconds a download link works.

    Attributes:
        ana, ben: Two people.
        private: Ana's chat with the bot.
        group: A group of the two and the bot.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str | None = None,
        *,
        bot_name: str = "Happy or Sad",
        bot_username: str = "happy_or_sad_bot",
        introduce: bool = False,
        keep_files: int = 4000,
        keep_messages: int = 20_000,
        link_lifetime: float = 3600.0,
    ) -> None:
        if not is_loopback_host(f"[{host}]" if ":" in host else host):
            raise ValueError(f"the playground listens on this machine only: 127.0.0.1, not {host}")
        self.token = token or f"{5_000_000_000 + secrets.randbelow(10**9)}:AA{secrets.token_hex(16)}g"
        number = self.token.partition(":")[0]
        if not number.isdigit():
            raise ValueError("a token looks like 123456:letters-and-digits")
        bot = User(int(number), bot_name, username=bot_username, is_bot=True)
        super().__init__(World(bot, keep_files, keep_messages, link_lifetime))
        self.host = host
        self.port = port
        self.ana = self.create_user("Ana", username="ana_playground")
        self.ben = self.create_user("Ben", username="ben_playground")
        self.private = self.private_chat(self.ana)
        self.group = self.create_group("Weekend friends", [self.ana, self.ben], with_bot=not introduce)
        self._introduce = introduce
        self._server: HTTPServer | None = None

    @property
    def api_url(self) -> str:
        """The address that stands for https://api.telegram.org."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def page_url(self) -> str:
        """The address of the chat page."""
        return f"{self.api_url}/"

    @property
    def base_url(self) -> str:
        """What python-telegram-bot takes as ``base_url``."""
        return f"{self.api_url}/bot"

    @property
    def base_file_url(self) -> str:
        """What python-telegram-bot takes as ``base_file_url``."""
        return f"{self.api_url}/file/bot"

    @property
    def users(self) -> tuple[User, ...]:
        """Everybody known but the bot."""
        return tuple(user for user in self.world.users.values() if not user.is_bot)

    @property
    def current_group(self) -> Chat:
        """The group, or the supergroup it became."""
        chat = self.group
        while chat.migrated_to is not None:
            chat = self.world.chats[chat.migrated_to]
        return chat

    @property
    def faults(self) -> Faults:
        """Failures on order: ``playground.faults.add(Fault("reset", "sendPhoto"))``."""
        return self.world.faults

    @property
    def ledger(self) -> Ledger:
        """What the bot called."""
        return self.world.ledger

    @property
    def pending_updates(self) -> int:
        """How many updates the bot has not confirmed yet."""
        return len(self.world.updates)

    def fail(self, fault: Fault) -> Fault:
        """Order a failure."""
        return self.world.faults.add(fault)

    async def start(self) -> None:
        """Listen; after a stop, again on the same port and with everything as it was."""
        sockets = bind_sockets(self.port, self.host)
        self.port = sockets[0].getsockname()[1]
        world, token = self.world, self.token
        handlers = [
            (r"/bot([^/]*)/([^/]*)", MethodHandler, {"world": world, "token": token}),
            (r"/file/bot([^/]*)/(.*)", FileHandler, {"world": world, "token": token}),
            *build_page_handlers(self),
        ]
        # Silent: an access log would hold the token.
        application = Application(handlers, log_function=lambda _: None)
        self._server = HTTPServer(application, max_body_size=_SERVER_BODY_LIMIT)
        self._server.add_sockets(sockets)
        self.world.webhook.start()
        if self._introduce:
            self._introduce = False
            await self.add_bot_to_group(self.group)

    async def stop(self) -> None:
        """Close the port and every connection; people, messages and pending updates stay."""
        self.world.webhook.stop()
        self.world.updates.stop_poll()
        if self._server is not None:
            self._server.stop()
            await asyncio.sleep(0)
            await self._server.close_all_connections()
            self._server = None
