"""The methods of the Bot API, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.methods import account, chats, editing, sending, updates

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.parameters import Parameters
    from playground.world import World

    Method = Callable[[World, Parameters], Any]

METHODS: dict[str, Method] = {
    **account.METHODS,
    **chats.METHODS,
    **sending.METHODS,
    **editing.METHODS,
    **updates.METHODS,
}

__all__ = ["METHODS"]
