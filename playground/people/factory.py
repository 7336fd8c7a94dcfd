"""Create people, private chats, groups, channels and topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.world.chats import Chat
from playground.world.users import Member, User
from playground.world.world import new_chat_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playground.world.chats import ChatType
    from playground.world.world import World


class Factory:
    """Creates people and chats. The bot receives no update about them: they were there before."""

    def __init__(self, world: World) -> None:
        self.world = world

    def create_user(
        self, first_name: str, last_name: str = "", *, username: str = "", language_code: str = "en"
    ) -> User:
        """Create a person; ``language_code`` is the language of their Telegram app."""
        user_id = new_chat_id("private")
        return self.world.add_user(User(user_id, first_name, last_name, username, language_code))

    def private_chat(self, user: User) -> Chat:
        """Return a person's private chat with the bot, a new one at the first call."""
        chat = self.world.chats.get(user.id)
        if chat is None:
            members = {user.id: Member(user), self.world.bot.id: Member(self.world.bot)}
            chat = self.world.add_chat(Chat(user.id, "private", username=user.username, members=members))
        return chat

    def create_group(
        self,
        title: str,
        people: Sequence[User],
        *,
        supergroup: bool = False,
        forum: bool = False,
        with_bot: bool = True,
    ) -> Chat:
        """Create a group that the first person owns. The bot is a member unless ``with_bot`` is False."""
        kind: ChatType = "supergroup" if supergroup or forum else "group"
        chat = Chat(new_chat_id(kind), kind, title, is_forum=forum)
        for person in people:
            chat.members[person.id] = Member(person, "member" if chat.members else "creator")
        if with_bot:
            chat.members[self.world.bot.id] = Member(self.world.bot)
            chat.bot_reads_all = not self.world.account.privacy_mode
        return self.world.add_chat(chat)

    def create_channel(
        self, title: str, *, username: str = "", owner: User | None = None, with_bot: bool = False
    ) -> Chat:
        """Create a channel. A bot can only be an administrator of a channel, no plain member."""
        chat = Chat(new_chat_id("channel"), "channel", title, username)
        if owner is not None:
            chat.members[owner.id] = Member(owner, "creator")
        if with_bot:
            chat.members[self.world.bot.id] = Member(self.world.bot, "administrator")
        return self.world.add_chat(chat)

    def create_topic(self, forum: Chat, name: str) -> int:
        """Open a topic in a forum and return its thread id."""
        owner = next(iter(forum.members.values())).user
        service = {"forum_topic_created": {"name": name, "icon_color": 7322096}, "is_topic_message": True}
        message = self.world.post(forum, owner, service, tell_bot=False)
        message.fields["message_thread_id"] = message.id
        forum.topics[message.id] = name
        return message.id
