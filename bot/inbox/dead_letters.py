"""When an update is handled no more, because workers or the bot died of it: it becomes a dead letter."""

# The first death may have had another reason, such as memory that others used.
WORKER_DEATHS_ALLOWED = 1
# More than for workers: whoever kills the bot from outside hits innocent updates, too.
STARTS_ALLOWED = 10


def is_poison(worker_deaths: int, starts: int) -> bool:
    """Whether an update that killed so many workers, or was begun so often, is not tried again."""
    return worker_deaths > WORKER_DEATHS_ALLOWED or starts >= STARTS_ALLOWED
