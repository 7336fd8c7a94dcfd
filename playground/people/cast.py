"""The two people of the playground, their chats, and all that they can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.people.changes import Changes
from playground.people.directory import Directory
from playground.people.membership import Membership
from playground.people.observer import Observer
from playground.people.sender import Sender

if TYPE_CHECKING:
    from playground.world.chats import Chat
    from playground.world.world import World

_MOST_CHATS = 30


class Cast:
    """Ana and Ben in a world, with one part for each kind of thing that people do.

    Args:
        world: Where they live.
        with_bot: Whether the bot is in their group already.

    Attributes:
        ana, ben: Two people.
        private: Ana's chat with the bot.
        group: A group of the two and the bot.
    """

    def __init__(self, world: World, *, with_bot: bool) -> None:
        self.world = world
        self.directory = Directory(world)
        self.sender = Sender(world)
        self.changes = Changes(world)
        self.membership = Membership(world, self.directory)
        self.observer = Observer(world)
        self.ana = self.directory.create_user("Ana", username="ana_playground")
        self.ben = self.directory.create_user("Ben", username="ben_playground")
        self.private = self.directory.private_chat(self.ana)
        self.group = self.directory.create_group("Weekend friends", [self.ana, self.ben], with_bot=with_bot)

    @property
    def current_group(self) -> Chat:
        """The group, or the supergroup it became."""
        chat = self.group
        while chat.migrated_to is not None:
            chat = self.world.chats[chat.migrated_to]
        return chat

    def list_chats(self) -> list[Chat]:
        """Return the chats that the page shows: both private ones, then groups and channels, oldest first."""
        shared = [c for c in self.world.chats.values() if c.type != "private" and c.migrated_to is None]
        return [self.private, self.directory.private_chat(self.ben), *shared[-_MOST_CHATS:]]
