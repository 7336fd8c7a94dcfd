"""Ana and Ben, the people of the playground, and their chats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.people.changes import Changes
from playground.people.factory import Factory
from playground.people.membership import Membership
from playground.people.observer import Observer
from playground.people.sender import Sender

if TYPE_CHECKING:
    from playground.world.chats import Chat
    from playground.world.world import World

_MAX_CHATS = 30  # on the page: it loads the newest messages of each


class People:
    """Ana and Ben, and one object for each kind of action: create, send, change, join, observe.

    Args:
        world: The state that they change.
        with_bot: Whether the bot is a member of their group from the beginning.

    Attributes:
        ana, ben: Two people.
        private: Ana's chat with the bot.
        group: A group of the two and the bot.
    """

    def __init__(self, world: World, *, with_bot: bool) -> None:
        self.world = world
        self.factory = Factory(world)
        self.sender = Sender(world)
        self.changes = Changes(world)
        self.membership = Membership(world, self.factory)
        self.observer = Observer(world)
        self.ana = self.factory.create_user("Ana", username="ana_playground")
        self.ben = self.factory.create_user("Ben", username="ben_playground")
        self.private = self.factory.private_chat(self.ana)
        self.group = self.factory.create_group("Weekend friends", [self.ana, self.ben], with_bot=with_bot)

    @property
    def current_group(self) -> Chat:
        """The group, or the supergroup it became."""
        chat = self.group
        while chat.migrated_to is not None:
            chat = self.world.chats[chat.migrated_to]
        return chat

    def list_chats(self) -> list[Chat]:
        """Return the page's chats: both private ones, then the newest groups and channels, oldest first."""
        shared = [c for c in self.world.chats.values() if c.type != "private" and c.migrated_to is None]
        return [self.private, self.factory.private_chat(self.ben), *shared[-_MAX_CHATS:]]
