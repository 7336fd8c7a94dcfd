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

_LONGEST_TITLE = 128  # characters, as at Telegram


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


def _find_group(cast: Cast, order: Mapping[str, Any]) -> Chat:
    """Return the chat that an order names, else the group that is there from the start."""
    return _find_chat(cast, order) if "chat_id" in order else cast.current_group


async def create_chat(cast: Cast, order: dict[str, Any]) -> dict[str, Any]:
    """Make a group, supergroup, forum or channel of everybody, and add the bot as a person would."""
    kind, title = str(order["kind"]), str(order["title"]).strip()
    if kind not in {"group", "supergroup", "forum", "channel"} or not title:
        raise ValueError("a chat needs a title, and is a group, supergroup, forum or channel")
    title = title[:_LONGEST_TITLE]
    if kind == "channel":
        chat = cast.directory.create_channel(title, owner=cast.ana)
    else:
        chat = cast.directory.create_group(
            title,
            [cast.ana, cast.ben],
            supergroup=kind == "supergroup",
            forum=kind == "forum",
            with_bot=False,
        )
    await cast.membership.add_bot_to_group(chat)
    return {"chat_id": chat.id}


async def create_topic(cast: Cast, order: dict[str, Any]) -> dict[str, Any]:
    """Open a topic in a forum."""
    forum, name = _find_chat(cast, order), str(order["name"]).strip()
    if not forum.is_forum or not name:
        raise ValueError("a topic needs a forum and a name")
    thread_id = cast.directory.create_topic(forum, name[:_LONGEST_TITLE])
    cast.world.events.publish("chat", {"chat_id": forum.id})
    return {"thread_id": thread_id}


async def add_bot(cast: Cast, order: dict[str, Any]) -> None:
    """Add the bot to a chat."""
    await cast.membership.add_bot_to_group(_find_group(cast, order))


async def remove_bot(cast: Cast, order: dict[str, Any]) -> None:
    """Throw the bot out of a chat."""
    await cast.membership.remove_bot(_find_group(cast, order))


async def promote_bot(cast: Cast, order: dict[str, Any]) -> None:
    """Make the bot an administrator of a chat, or a plain member again."""
    status: Status = "administrator" if order.get("on") else "member"
    await cast.membership.promote(_find_group(cast, order), status=status)


async def set_privacy(cast: Cast, order: dict[str, Any]) -> None:
    """Turn privacy mode, and add the bot to a chat again so that it is felt there."""
    group = _find_group(cast, order)
    readd_to = group if group.is_group else None
    await cast.membership.set_privacy_mode(bool(order.get("on")), readd_to=readd_to)


async def migrate(cast: Cast, order: dict[str, Any]) -> None:
    """Turn a group into a supergroup."""
    group = _find_group(cast, order)
    if group.type == "group":
        await cast.membership.migrate(group)


async def set_language(cast: Cast, order: dict[str, Any]) -> None:
    """Change the language of a person's app."""
    _find_user(cast, order).language_code = str(order["language_code"])
    cast.world.events.publish("profile", {})


async def block_bot(cast: Cast, order: dict[str, Any]) -> None:
    """Block the bot in a person's private chat, or take it back."""
    user = _find_user(cast, order)
    if order.get("on"):
        await cast.membership.block_bot(user)
    else:
        await cast.membership.unblock_bot(user)


ACTIONS: dict[str, Action] = {
    action.__name__: action
    for action in (
        edit,
        delete,
        press,
        create_chat,
        create_topic,
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
