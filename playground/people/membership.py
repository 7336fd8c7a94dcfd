"""Join, leave, promote and block: changes of a user's status in a chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.world.chats import Chat
from playground.world.users import PRESENT, User
from playground.world.world import new_chat_id

if TYPE_CHECKING:
    from playground.people.factory import Factory
    from playground.world.chats import Message
    from playground.world.users import Status
    from playground.world.world import World


class Membership:
    """Adds, removes and promotes people and the bot; turns groups into supergroups.

    Args:
        world: The state to change.
        factory: Returns a person's private chat.
    """

    def __init__(self, world: World, factory: Factory) -> None:
        self.world = world
        self._factory = factory

    async def add_bot_to_group(self, chat: Chat, by: User | None = None) -> Message | None:
        """Add the bot: it receives ``my_chat_member``, and in a group a service message (returned)."""
        actor = by or _owner(chat)
        bot = self.world.bot
        if chat.type == "channel":
            self.world.set_status(chat, bot, "administrator", actor)
            return None
        self.world.set_status(chat, bot, "member", actor)
        return self.world.post(chat, actor, _describe_joining(bot))

    async def remove_bot(self, chat: Chat, by: User | None = None) -> None:
        """Remove the bot from a chat; ``my_chat_member`` is the last update that it receives from there."""
        actor = by or _owner(chat)
        self.world.set_status(chat, self.world.bot, "kicked", actor)
        self.world.post(chat, actor, {"left_chat_member": self.world.bot.to_json()})

    async def add_member(self, chat: Chat, user: User, by: User | None = None) -> Message:
        """Add a person to a group."""
        self.world.set_status(chat, user, "member", by or _owner(chat))
        return self.world.post(chat, by or _owner(chat), _describe_joining(user))

    async def promote(self, chat: Chat, user: User | None = None, status: Status = "administrator") -> None:
        """Give a member a status; the bot when no user is given, administrator when no status is given."""
        self.world.set_status(chat, user or self.world.bot, status, _owner(chat))

    async def block_bot(self, user: User) -> None:
        """Block the bot: it receives ``my_chat_member`` and can no longer write to this person."""
        self.world.set_status(self._factory.private_chat(user), self.world.bot, "kicked", user)

    async def unblock_bot(self, user: User) -> None:
        """Unblock the bot."""
        self.world.set_status(self._factory.private_chat(user), self.world.bot, "member", user)

    async def set_privacy_mode(self, on: bool, *, readd_to: Chat | None = None) -> None:
        """Set privacy mode, as in BotFather. A group changes only when the bot is added to it again."""
        self.world.account.privacy_mode = on
        if readd_to is not None and readd_to.status_of(self.world.bot.id) in PRESENT:
            await self.remove_bot(readd_to)
            await self.add_bot_to_group(readd_to)
        self.world.events.publish("profile", {})

    async def migrate(self, group: Chat) -> Chat:
        """Turn a group into a supergroup, as Telegram does when it gets a username or topics; return that."""
        owner = _owner(group)
        grown = Chat(new_chat_id("supergroup"), "supergroup", group.title, members=dict(group.members))
        grown.bot_reads_all = group.bot_reads_all
        self.world.add_chat(grown)
        self.world.post(group, owner, {"migrate_to_chat_id": grown.id})
        self.world.post(grown, owner, {"migrate_from_chat_id": group.id})
        group.migrated_to = grown.id
        self.world.events.publish("chat", {"chat_id": grown.id, "replaces": group.id})
        return grown


def _owner(chat: Chat) -> User:
    """Return the person who created a chat: the first of its people."""
    people = [member.user for member in chat.members.values() if not member.user.is_bot]
    return people[0] if people else User(chat.id, chat.title)


def _describe_joining(user: User) -> dict[str, object]:
    return {"new_chat_members": [user.to_json()], "new_chat_participant": user.to_json()}
