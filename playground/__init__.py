"""A stand-in for the Telegram server on this machine: a strict Bot API, scripted people and a chat page."""

from playground.chats import Chat, User
from playground.faults import Fault
from playground.messages import Button, Message
from playground.server import Playground
from playground.world import ButtonPress

__all__ = ["Button", "ButtonPress", "Chat", "Fault", "Message", "Playground", "User"]
