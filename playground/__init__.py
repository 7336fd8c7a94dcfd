"""A stand-in for the Telegram server on this machine: a strict Bot API, scripted people and a chat page."""

from playground.server import Playground
from playground.world.chats import Button, Chat, Message
from playground.world.faults import Fault
from playground.world.users import User
from playground.world.world import ButtonPress

__all__ = ["Button", "ButtonPress", "Chat", "Fault", "Message", "Playground", "User"]
