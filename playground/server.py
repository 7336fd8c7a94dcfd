"""The server: the Bot API and the chat page on one port."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from playground.api.bot_api import FileHandler, MethodHandler
from playground.origin_check import OriginCheck, is_loopback_host
from playground.people.people import People
from playground.web.routes import build_page_routes
from playground.world.users import User
from playground.world.world import World

if TYPE_CHECKING:
    from playground.world.call_log import CallLog
    from playground.world.chats import Chat
    from playground.world.faults import Fault, Faults

# Larger than BODY_LIMIT of the Bot API: a body that is only a little too large is read, and the bot gets
# Telegram's answer, 413.
_SERVER_BODY_LIMIT = 100 * 1024 * 1024
_BODY_SECONDS = 120
_IDLE_SECONDS = 60


class Playground:
    """A stand-in for Telegram on this machine: tests script its people, a person uses its page.

    Args:
        host: A loopback host, such as 127.0.0.1; any other is refused.
        port: Where to listen; 0 for a free port.
        token: The bot's token; a random one when left out.
        bot_name: The bot's first name.
        bot_username: The bot's username, without @.
        add_bot_at_start: Add the bot to the group when the server starts, and send the updates that Telegram
            sends then. Otherwise the bot is a member from the beginning, without any update.
        guest_mode: The switch in BotFather: whether people may mention the bot in chats that it is not in.
        keep_files: How many of the newest files keep their bytes; older ones can no longer be downloaded.
        keep_messages: How many messages each chat keeps.
        link_lifetime: Seconds a download link works.

    Attributes:
        world: The state: users, chats, messages, files, updates.
        people: Ana and Ben, and everything that a script can let people do.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str | None = None,
        *,
        bot_name: str = "Happy or Sad",
        bot_username: str = "happy_or_sad_bot",
        add_bot_at_start: bool = False,
        guest_mode: bool = False,
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
        self.world = World(bot, keep_files, keep_messages, link_lifetime)
        self.world.account.guest_mode = guest_mode
        self.people = People(self.world, with_bot=not add_bot_at_start)
        self.host = host
        self.port = port
        self._add_bot_at_start = add_bot_at_start
        self._server: HTTPServer | None = None
        self._add_shortcuts()

    def _add_shortcuts(self) -> None:
        """Give the methods that tests use most short names, such as ``playground.send_photo(...)``."""
        people = self.people
        self.ana, self.ben, self.private, self.group = people.ana, people.ben, people.private, people.group
        factory, sender, changes = people.factory, people.sender, people.changes
        self.create_user, self.private_chat = factory.create_user, factory.private_chat
        self.create_group, self.create_channel = factory.create_group, factory.create_channel
        self.create_topic = factory.create_topic
        self.send_text, self.send_photo = sender.send_text, sender.send_photo
        self.send_document, self.send_sticker = sender.send_document, sender.send_sticker
        self.send_video, self.send_animation = sender.send_video, sender.send_animation
        self.send_video_note, self.send_other = sender.send_video_note, sender.send_other
        self.forward = sender.forward
        self.edit_text, self.edit_caption = changes.edit_text, changes.edit_caption
        self.delete_message, self.react = changes.delete_message, changes.react
        self.press_button, self.expire_buttons = changes.press_button, changes.expire_buttons
        membership, observer = people.membership, people.observer
        self.add_bot_to_group, self.remove_bot = membership.add_bot_to_group, membership.remove_bot
        self.add_member, self.promote = membership.add_member, membership.promote
        self.block_bot, self.unblock_bot = membership.block_bot, membership.unblock_bot
        self.set_privacy_mode, self.migrate = membership.set_privacy_mode, membership.migrate
        self.messages, self.replies, self.album = observer.messages, observer.replies, observer.album
        self.wait_for_reply, self.wait_for_message = observer.wait_for_reply, observer.wait_for_message
        self.wait_for_edit, self.wait_for_reaction = observer.wait_for_edit, observer.wait_for_reaction

    @property
    def api_url(self) -> str:
        """The URL that takes the place of https://api.telegram.org."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def page_url(self) -> str:
        """The URL of the chat page."""
        return f"{self.api_url}/"

    @property
    def base_url(self) -> str:
        """The ``base_url`` for python-telegram-bot."""
        return f"{self.api_url}/bot"

    @property
    def base_file_url(self) -> str:
        """The ``base_file_url`` for python-telegram-bot."""
        return f"{self.api_url}/file/bot"

    @property
    def users(self) -> tuple[User, ...]:
        """All people, without the bot."""
        return tuple(user for user in self.world.users.values() if not user.is_bot)

    @property
    def current_group(self) -> Chat:
        """The group, or the supergroup it became."""
        return self.people.current_group

    @property
    def faults(self) -> Faults:
        """The injected faults: ``playground.faults.add(Fault("reset", "sendPhoto"))``."""
        return self.world.faults

    @property
    def call_log(self) -> CallLog:
        """The Bot API calls that the bot has made."""
        return self.world.call_log

    @property
    def pending_updates(self) -> int:
        """How many updates the bot has not confirmed yet."""
        return len(self.world.updates)

    def fail(self, fault: Fault) -> Fault:
        """Let the next matching calls fail."""
        return self.world.faults.add(fault)

    async def start(self) -> None:
        """Listen. After a ``stop`` it listens on the same port again, with the same people and messages."""
        sockets = bind_sockets(self.port, self.host)
        self.port = sockets[0].getsockname()[1]
        bot_api = {"world": self.world, "token": self.token}
        routes = [
            (r"/bot([^/]*)/([^/]*)", MethodHandler, bot_api),
            (r"/file/bot([^/]*)/(.*)", FileHandler, bot_api),
            *build_page_routes(self.people),
        ]
        # No access log: the path of every Bot API call holds the token.
        application = Application(routes, log_function=lambda _: None)
        self._server = HTTPServer(
            OriginCheck(application),
            max_body_size=_SERVER_BODY_LIMIT,
            body_timeout=_BODY_SECONDS,
            idle_connection_timeout=_IDLE_SECONDS,
        )
        self._server.add_sockets(sockets)
        self.world.webhook.start()
        if self._add_bot_at_start:
            self._add_bot_at_start = False
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
