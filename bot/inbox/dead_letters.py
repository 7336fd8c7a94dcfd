"""When an update is handled no more, because workers or the bot died of it: it becomes a dead letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.inbox.entry import Stored

# The first death may have had another reason, such as memory that others used.
WORKER_DEATHS_ALLOWED = 1
# More than for workers: whoever kills the bot from outside hits innocent updates, too.
STARTS_ALLOWED = 10


def is_poison(stored: Stored) -> bool:
    """Whether an update is given up before it is tried again."""
    return stored.worker_deaths > WORKER_DEATHS_ALLOWED or stored.starts >= STARTS_ALLOWED
