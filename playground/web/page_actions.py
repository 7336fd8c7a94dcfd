"""What else a person does on the page, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tornado.web import HTTPError

from playground.web.page_handler import PageHandler

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from playground.people.cast import Cast
    from playground.world.chats import Chat, Message
    from playground.world.users import Status, User

    Action = Callable[[Cast, dict[str, Any]], Awaitable[dict[str, Any] | None]]


def _find_chat(cast: Cast, order: Mapping[str, Any]) -> Chat:
    return cast.world.chats[int(order["chat_id"])]


def _find_user(cast: Cast, order: Mapping[str, Any]) -> User:
    return cast.world.users[int(order["user_id"])]


def _find_message(cast: Cast, order: Mapping[str, Any]) -> Message:
    return _find_chat(cast, order).messages[int(order["message_id"])]


async def edit(cast: Cast, order: dict[str, Any]) -> None:
    """Change a text or a caption."""
    message = _find_message(cast, order)
    if "text" in message.fields:
        await cast.changes.edit_text(message, str(order["text"]))
    else:
        await cast.changes.edit_caption(message, str(order["text"]))


async def delete(cast: Cast, order: dict[str, Any]) -> None:
    """Delete a message."""
    await cast.changes.delete_message(_find_message(cast, order))


async def press(cast: Cast, order: dict[str, Any]) -> dict[str, Any]:
    """Press a button; the answer comes as an event."""
    user = _find_user(cast, order)
    pressed = await cast.changes.press_button(_find_message(cast, order), str(order["data"]), user)
    return {"press_id": pressed.id}


async def add_bot(cast: Cast, _: dict[str, Any]) -> None:
    """Add the bot to the group."""
    await cast.membership.add_bot_to_group(cast.current_group)


async def remove_bot(cast: Cast, _: dict[str, Any]) -> None:
    """Throw the bot out of the group."""
    await cast.membership.remove_bot(cast.current_group)


async def promote_bot(cast: Cast, order: dict[str, Any]) -> None:
    """Make the bot an administrator of the group, or a plain member again."""
    status: Status = "administrator" if order.get("on") else "member"
    await cast.membership.promote(cast.current_group, status=status)


async def set_privacy(cast: Cast, order: dict[str, Any]) -> None:
    """Turn privacy mode, and add the bot again so that the group feels it."""
    await cast.membership.set_privacy_mode(bool(order.get("on")), readd_to=cast.current_group)


async def migrate(cast: Cast, _: dict[str, Any]) -> None:
    """Turn the group into a supergroup."""
    if cast.current_group.type == "group":
        await cast.membership.migrate(cast.current_group)


async def set_language(cast: Cast, order: dict[str, Any]) -> None:
    """Change the language of a person's app."""
    _find_user(cast, order).language_code = str(order["language_code"])
    cast.world.events.publish("profile", {})


async def block_bot(cast: Cast, order: dict[str, Any]) -> None:
    """Block the bot in the private chat, or take it back."""
    if order.get("on"):
        await cast.membership.block_bot(cast.ana)
    else:
        await cast.membership.unblock_bot(cast.ana)


ACTIONS: dict[str, Action] = {
    action.__name__: action
    for action in (
        edit,
        delete,
        press,
        add_bot,
        remove_bot,
        promote_bot,
        set_privacy,
        migrate,
        set_language,
        block_bot,
    )
}


class ActionHandler(PageHandler):
    """Everything else a person does on the page."""

    async def post(self, name: str) -> None:
        """Carry out one of ``ACTIONS``."""
        action = ACTIONS.get(name)
        if action is None:
            raise HTTPError(404, reason="Not Found")
        try:
            result = await action(self.cast, self.read_json())
        except (LookupError, TypeError, ValueError) as error:
            raise HTTPError(400, reason=f"{type(error).__name__}: {' '.join(str(error).split())}") from None
        self.finish({"ok": True} | (result or {}))
