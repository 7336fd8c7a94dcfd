"""Methods with which the bot receives updates: ``getUpdates`` and the webhook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.rules.api_errors import bad_request, conflict
from playground.world.updates import MAX_LIMIT

if TYPE_CHECKING:
    from playground.api.parameters import Parameters
    from playground.world.updates import Update
    from playground.world.world import World

_MAX_CONNECTIONS = 100  # https://core.telegram.org/bots/api#setwebhook


async def get_updates(world: World, parameters: Parameters) -> list[Update]:
    """``getUpdates``: the only method that waits before it answers."""
    if world.webhook.url:
        raise conflict(
            "can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first"
        )
    _read_allowed(world, parameters)
    limit = parameters.number("limit", MAX_LIMIT)
    limit = limit if 1 <= limit <= MAX_LIMIT else MAX_LIMIT
    return await world.updates.poll(parameters.number("offset"), limit, parameters.number("timeout"))


def _read_allowed(world: World, parameters: Parameters) -> None:
    if not parameters.has("allowed_updates"):
        return  # "If not specified, the previous setting will be used"
    allowed = parameters.json("allowed_updates")
    if not isinstance(allowed, list):
        raise bad_request("can't parse allowed_updates: expected an Array of String")
    world.updates.allowed = tuple(str(kind) for kind in allowed)


def set_webhook(world: World, parameters: Parameters) -> Any:
    """``setWebhook``."""
    connections = parameters.number("max_connections")
    if not 0 <= connections <= _MAX_CONNECTIONS:
        raise bad_request("max_connections must be between 1 and 100")
    _read_allowed(world, parameters)
    world.webhook.set(parameters.text("url"), parameters.text("secret_token"), connections)
    if parameters.flag("drop_pending_updates"):
        world.updates.clear()
    world.updates.stop_poll()
    return True


def delete_webhook(world: World, parameters: Parameters) -> Any:
    """``deleteWebhook``."""
    if parameters.flag("drop_pending_updates"):
        world.updates.clear()
    world.webhook.set("", "", 0)
    return True


def get_webhook_info(world: World, _parameters: Parameters) -> Any:
    """``getWebhookInfo``."""
    return world.webhook.to_json()


METHODS = {
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
    "getwebhookinfo": get_webhook_info,
}
