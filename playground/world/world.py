"""The whole state: chats, members, messages, and which updates each event gives the bot."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from playground.rules.api_errors import ApiError, bad_request, forbidden
from playground.rules.entities import is_addressed_command, is_mentioned
from playground.world.account import BotAccount
from playground.world.call_log import CallLog
from playground.world.chats import Chat, Message
from playground.world.events import EventLog
from playground.world.faults import Faults
from playground.world.files import FileStore
from playground.world.updates import UpdateQueue
from playground.world.users import PRESENT, Member, Status, User
from playground.world.webhooks import Webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.world.chats import ChatType

# Seconds in which a bot can answer a button press; later answers are refused as too old. Telegram documents
# no number; a quarter of an hour is our choice.
QUERY_LIFETIME = 900.0
# How long a script waits for the bot by default. Only a test that fails waits so long, so it may be long.
WAIT_SECONDS = 60.0
# The fields of service messages: bots receive these messages even with privacy mode on.
# Source: https://core.telegram.org/bots/features#privacy-mode
_SERVICE_FIELDS = frozenset(
    {
        "new_chat_members", "left_chat_member", "migrate_to_chat_id", "migrate_from_chat_id",
        "group_chat_created", "supergroup_chat_created", "forum_topic_created", "new_chat_title",
    }
)  # fmt: skip


@dataclass(eq=False)
class ButtonPress:
    """A person's press on an inline button.

    Attributes:
        expires_at: When it is too late to answer, in seconds of ``time.monotonic``.
        answered: Set by ``answerCallbackQuery``; its result is the text, the url and ``show_alert``.
    """

    id: str
    message: Message
    user: User
    data: str
    expires_at: float
    answered: asyncio.Future[dict[str, Any]] = field(repr=False)

    async def answer(self, within: float = WAIT_SECONDS) -> dict[str, Any]:
        """Wait for the bot's answer: ``{"text": ..., "show_alert": ..., "url": ...}``."""
        return await asyncio.wait_for(asyncio.shield(self.answered), within)


@dataclass(frozen=True, eq=False)
class GuestQuery:
    """A message that mentions the bot in a chat that it is not in; ``answerGuestQuery`` answers it."""

    message: Message
    expires_at: float


class World:
    """The state of one playground.

    Args:
        bot: The bot's own user.
        keep_files: How many files keep their bytes.
        keep_messages: How many messages a chat keeps.
        link_lifetime: Seconds a download link works.

    Attributes:
        live_url: The URL of the bot's live camera page, which the chat page links to; empty for none.
    """

    def __init__(self, bot: User, keep_files: int, keep_messages: int, link_lifetime: float) -> None:
        self.account = BotAccount(bot)
        self.keep_messages = keep_messages
        self.files = FileStore(keep_files, link_lifetime)
        self.updates = UpdateQueue()
        self.webhook = Webhook(self.updates)
        self.events = EventLog()
        self.faults = Faults()
        self.call_log = CallLog()
        self.live_url = ""
        self.users: dict[int, User] = {bot.id: bot}
        self.chats: dict[int, Chat] = {}
        self.presses: dict[str, ButtonPress] = {}
        self.guest_queries: dict[str, GuestQuery] = {}
        self._waiters: list[tuple[Callable[[Message], bool], asyncio.Future[Message]]] = []
        self._account_message_id = 0

    @property
    def bot(self) -> User:
        """The bot's user."""
        return self.account.user

    def add_user(self, user: User) -> User:
        """Add a user."""
        self.users[user.id] = user
        return user

    def add_chat(self, chat: Chat) -> Chat:
        """Add a chat."""
        self.chats[chat.id] = chat
        return chat

    # Events in chats

    def post(
        self,
        chat: Chat,
        sender: User,
        fields: dict[str, Any],
        *,
        reply_to: Message | None = None,
        sender_chat: Chat | None = None,
        tell_bot: bool = True,
    ) -> Message:
        """Add a message to a chat; tell the page, waiting scripts, and the bot when it may see it."""
        message = Message(chat, self._next_message_id(chat), int(time.time()), sender.id, {}, reply_to)
        if chat.type == "channel":
            message.fields["sender_chat"] = chat.to_json()
        else:
            message.fields["from"] = sender.to_json()
            if sender_chat is not None:
                message.fields["sender_chat"] = sender_chat.to_json()
        message.fields |= fields
        self._inherit_thread(message)
        message.seen_by_bot = sender.id == self.bot.id or (tell_bot and self.bot_sees(message))
        chat.messages[message.id] = message
        while len(chat.messages) > self.keep_messages:
            del chat.messages[next(iter(chat.messages))]
        self.events.publish("message", message)
        if message.seen_by_bot and sender.id != self.bot.id:
            self.updates.put("channel_post" if chat.type == "channel" else "message", message.to_json())
        elif sender.id != self.bot.id and self._is_guest_query(message):
            self._queue_guest_query(message)
        self.notify(message)
        return message

    def record_edit(self, message: Message, *, tell_bot: bool) -> None:
        """Tell the page, waiting scripts and, with ``tell_bot``, the bot that a message has changed."""
        message.fields["edit_date"] = int(time.time())
        self.events.publish("edit", message)
        if tell_bot and self.bot_sees(message):
            kind = "edited_channel_post" if message.chat.type == "channel" else "edited_message"
            self.updates.put(kind, message.to_json())
        self.notify(message)

    def remove(self, message: Message) -> None:
        """Delete a message. No update: Telegram does not tell bots about deleted messages."""
        message.deleted = True
        message.chat.messages.pop(message.id, None)
        self.events.publish("delete", {"chat_id": message.chat.id, "message_id": message.id})

    def set_status(self, chat: Chat, user: User, status: Status, actor: User) -> None:
        """Change a user's status in a chat and queue ``my_chat_member`` or ``chat_member``."""
        before = chat.members.get(user.id) or Member(user, "left")
        after = chat.members[user.id] = Member(user, status)
        change = {
            "chat": chat.to_json(),
            "from": actor.to_json(),
            "date": int(time.time()),
            "old_chat_member": before.to_json(),
            "new_chat_member": after.to_json(),
        }
        if user.id == self.bot.id:
            if status in PRESENT and before.status not in PRESENT:
                chat.bot_reads_all = not self.account.privacy_mode
            self.updates.put("my_chat_member", change)
        elif chat.status_of(self.bot.id) == "administrator":  # only they hear of other members
            self.updates.put("chat_member", change)
        self.events.publish("chat", {"chat_id": chat.id})

    def bot_sees(self, message: Message) -> bool:
        """Whether Telegram sends the bot this message, by the rules of privacy mode.

        Source: https://core.telegram.org/bots/features#privacy-mode
        """
        chat = message.chat
        status = chat.status_of(self.bot.id)
        if status not in PRESENT:
            return False
        if chat.type in {"private", "channel"} or chat.bot_reads_all or status == "administrator":
            return True
        if not _SERVICE_FIELDS.isdisjoint(message.fields):
            return True
        reply_to = message.reply_to
        if reply_to is not None and (reply_to.sender_id == self.bot.id or self._is_for_bot(reply_to)):
            return True
        return self._is_for_bot(message)

    def notify(self, message: Message) -> None:
        """Wake the scripts that wait for this message."""
        for waiter in [w for w in self._waiters if w[0](message)]:
            self._waiters.remove(waiter)
            if not waiter[1].done():
                waiter[1].set_result(message)

    async def wait_for(self, wanted: Callable[[Message], bool], within: float) -> Message:
        """Wait for a message, an edit or a reaction that makes ``wanted`` true.

        Raises:
            TimeoutError: None came within ``within`` seconds.
        """
        waiter = (wanted, asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        try:
            return await asyncio.wait_for(waiter[1], within)
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    # Chats and button presses

    def find_chat(self, chat_id: str) -> Chat:
        """Return a chat by its identifier or @username.

        Raises:
            ApiError: There is none, or it became a supergroup: the error then holds the new identifier.
        """
        if not chat_id:
            raise bad_request("chat_id is empty")
        if chat_id.startswith("@"):  # names public groups and channels only, no person
            matches = (c for c in self.chats.values() if c.username and f"@{c.username}" == chat_id)
            chat = next((c for c in matches if c.type != "private"), None)
        else:
            number = chat_id.removeprefix("-")
            chat = self.chats.get(int(chat_id)) if number.isascii() and number.isdigit() else None
        if chat is None:
            raise bad_request("chat not found")
        if chat.migrated_to is not None:
            raise ApiError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.migrated_to,
            )
        return chat

    def find_writable_chat(self, chat_id: str) -> Chat:
        """Return a chat that the bot may send to.

        Raises:
            ApiError: The bot was blocked or removed, or the person has never written to it.
        """
        chat = self.find_chat(chat_id)
        status = chat.status_of(self.bot.id)
        kind = f"{chat.type} chat"
        if chat.type == "private" and status == "kicked":
            raise forbidden("bot was blocked by the user")
        if chat.type == "private" and not chat.started:
            raise forbidden("bot can't initiate conversation with a user")
        if status == "kicked":
            raise forbidden(f"bot was kicked from the {kind}")
        if status not in PRESENT:
            raise forbidden(f"bot is not a member of the {kind}")
        if chat.type == "channel" and status not in {"creator", "administrator"}:
            raise bad_request("need administrator rights in the channel chat")
        return chat

    def queue_callback_query(self, message: Message, user: User, data: str) -> ButtonPress:
        """Queue a callback query."""
        answered = asyncio.get_running_loop().create_future()
        press_id = str(secrets.randbits(62))  # Telegram's are 64-bit numbers as text
        press = ButtonPress(press_id, message, user, data, time.monotonic() + QUERY_LIFETIME, answered)
        self.presses[press_id] = press
        # For a deleted message Telegram sends an InaccessibleMessage, whose date is always 0.
        gone = {"message_id": message.id, "date": 0, "chat": message.chat.to_json()}
        shown = gone if message.deleted else message.to_json()
        query = {"id": press_id, "from": user.to_json(), "message": shown, "data": data}
        self.updates.put("callback_query", query | {"chat_instance": str(abs(message.chat.id) * 7919)})
        return press

    def _is_guest_query(self, message: Message) -> bool:
        """Whether a message mentions the bot, or replies to it, in a chat that it is not in."""
        chat, reply_to = message.chat, message.reply_to
        if not self.account.guest_mode or not chat.is_group or chat.status_of(self.bot.id) in PRESENT:
            return False
        is_reply = reply_to is not None and reply_to.sender_id == self.bot.id
        return is_reply or is_mentioned(message.text, message.entities, self.bot.username)

    def _queue_guest_query(self, message: Message) -> None:
        """Queue a guest query. Telegram documents no lifetime for it; here it is that of a button press."""
        query_id = str(secrets.randbits(62))
        self.guest_queries[query_id] = GuestQuery(message, time.monotonic() + QUERY_LIFETIME)
        self.updates.put("guest_message", message.to_json() | {"guest_query_id": query_id})

    def _next_message_id(self, chat: Chat) -> int:
        """Return the next message_id: each supergroup and channel counts alone, all other chats together.

        So it is at Telegram: private chats and small groups share the counter of the bot's account.
        """
        if chat.type in {"supergroup", "channel"}:
            chat.last_message_id += 1
            return chat.last_message_id
        self._account_message_id += 1
        return self._account_message_id

    def _inherit_thread(self, message: Message) -> None:
        """Put a reply into the thread of the message it replies to: a topic, or a thread of replies."""
        chat, reply_to = message.chat, message.reply_to
        if chat.type != "supergroup" or reply_to is None or "message_thread_id" in message.fields:
            return
        if chat.is_forum:
            if reply_to.thread_id is not None:
                message.fields |= {"message_thread_id": reply_to.thread_id, "is_topic_message": True}
        else:
            message.fields["message_thread_id"] = reply_to.thread_id or reply_to.id

    def _is_for_bot(self, message: Message) -> bool:
        return is_addressed_command(message.text, message.entities, self.bot.username)


def new_chat_id(kind: ChatType) -> int:
    """Return a random identifier: positive for people, negative for groups, from -100... for the others.

    Source: https://core.telegram.org/api/bots/ids
    """
    number = 1_000_000_000 + secrets.randbelow(900_000_000)
    return {"group": -number, "private": number}.get(kind, -1_000_000_000_000 - number)
