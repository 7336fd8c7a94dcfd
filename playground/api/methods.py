"""The methods of the Bot API by name, in lower case; ``getUpdates``, which waits, is in bot_api.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.api import (
    account_methods,
    chat_methods,
    editing_methods,
    guest_methods,
    sending_methods,
    update_methods,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.api.parameters import Parameters
    from playground.world.world import World

    Method = Callable[[World, Parameters], Any]

METHODS: dict[str, Method] = {
    **account_methods.METHODS,
    **chat_methods.METHODS,
    **sending_methods.METHODS,
    **editing_methods.METHODS,
    **guest_methods.METHODS,
    **update_methods.METHODS,
}
