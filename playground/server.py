"""The server: one port for the Bot API and the page."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from playground.api.bot_api import FileHandler, MethodHandler
from playground.origin_check import OriginCheck, is_loopback_host
from playground.people.cast import Cast
from playground.web.routes import build_page_routes
from playground.world.users import User
from playground.world.world import World

if TYPE_CHECKING:
    from playground.world.call_log import CallLog
    from playground.world.chats import Chat
    from playground.world.faults import Fault, Faults

# More than the Bot API takes, so that too large a body is answered and not cut off.
_SERVER_BODY_LIMIT = 100 * 1024 * 1024
_BODY_SECONDS = 120
_IDLE_SECONDS = 60


class Playground:
    """A stand-in for Telegram on this machine, with people to script and a page to try it by hand.

    Args:
        host: A name of this machine; anything else is refused.
        port: Where to listen; 0 for a free port.
        token: The bot's token; one is made up when left out.
        bot_name: The bot's first name.
        bot_username: The bot's username, without @.
        introduce: Whether the bot is added to the group at the start, with the updates Telegram sends
            then; otherwise it is already there.
        guest_mode: BotFather's switch: whether people may call the bot into chats that it is not in.
        keep_files: How many files keep their bytes; older ones answer as lost.
        keep_messages: How many messages each chat keeps.
        link_lifetime: Seconds a download link works.

    Attributes:
        world: What this little Telegram remembers.
        cast: The people in it, and all that they can do.
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
        self.cast = Cast(self.world, with_bot=not introduce)
        self.host = host
        self.port = port
        self._introduce = introduce
        self._server: HTTPServer | None = None
        self._name_for_scripts()

    def _name_for_scripts(self) -> None:
        """Give what scripts use most a short name: ``playground.send_photo(playground.private, ...)``."""
        cast = self.cast
        self.ana, self.ben, self.private, self.group = cast.ana, cast.ben, cast.private, cast.group
        directory, sender, changes = cast.directory, cast.sender, cast.changes
        self.create_user, self.private_chat = directory.create_user, directory.private_chat
        self.create_group, self.create_channel = directory.create_group, directory.create_channel
        self.create_topic = directory.create_topic
        self.send_text, self.send_photo = sender.send_text, sender.send_photo
        self.send_document, self.send_sticker = sender.send_document, sender.send_sticker
        self.send_video, self.send_animation = sender.send_video, sender.send_animation
        self.send_video_note, self.send_other = sender.send_video_note, sender.send_other
        self.forward = sender.forward
        self.edit_text, self.edit_caption = changes.edit_text, changes.edit_caption
        self.delete_message, self.react = changes.delete_message, changes.react
        self.press_button, self.expire_buttons = changes.press_button, changes.expire_buttons
        membership, observer = cast.membership, cast.observer
        self.add_bot_to_group, self.remove_bot = membership.add_bot_to_group, membership.remove_bot
        self.add_member, self.promote = membership.add_member, membership.promote
        self.block_bot, self.unblock_bot = membership.block_bot, membership.unblock_bot
        self.set_privacy_mode, self.migrate = membership.set_privacy_mode, membership.migrate
        self.messages, self.replies, self.album = observer.messages, observer.replies, observer.album
        self.wait_for_reply, self.wait_for_message = observer.wait_for_reply, observer.wait_for_message
        self.wait_for_edit, self.wait_for_reaction = observer.wait_for_edit, observer.wait_for_reaction

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
        return self.cast.current_group

    @property
    def faults(self) -> Faults:
        """Failures on order: ``playground.faults.add(Fault("reset", "sendPhoto"))``."""
        return self.world.faults

    @property
    def call_log(self) -> CallLog:
        """What the bot called."""
        return self.world.call_log

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
        bot_api = {"world": self.world, "token": self.token}
        routes = [
            (r"/bot([^/]*)/([^/]*)", MethodHandler, bot_api),
            (r"/file/bot([^/]*)/(.*)", FileHandler, bot_api),
            *build_page_routes(self.cast),
        ]
        # Silent: an access log would hold the token.
        application = Application(routes, log_function=lambda _: None)
        self._server = HTTPServer(
            OriginCheck(application),
            max_body_size=_SERVER_BODY_LIMIT,
            body_timeout=_BODY_SECONDS,
            idle_connection_timeout=_IDLE_SECONDS,
        )
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
