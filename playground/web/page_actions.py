"""Actions of the page other than sending a message, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tornado.web import HTTPError

from playground.web.page_handler import PageHandler

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from playground.people.people import People
    from playground.world.chats import Chat, Message
    from playground.world.users import Status, User

    Action = Callable[[People, dict[str, Any]], Awaitable[dict[str, Any] | None]]

_MAX_TITLE = 128  # characters, as at Telegram


def _find_chat(people: People, fields: Mapping[str, Any]) -> Chat:
    return people.world.chats[int(fields["chat_id"])]


def _find_user(people: People, fields: Mapping[str, Any]) -> User:
    return people.world.users[int(fields["user_id"])]


def _find_message(people: People, fields: Mapping[str, Any]) -> Message:
    return _find_chat(people, fields).messages[int(fields["message_id"])]


async def edit(people: People, fields: dict[str, Any]) -> None:
    """Change a text or a caption."""
    message = _find_message(people, fields)
    if "text" in message.fields:
        await people.changes.edit_text(message, str(fields["text"]))
    else:
        await people.changes.edit_caption(message, str(fields["text"]))


async def delete(people: People, fields: dict[str, Any]) -> None:
    """Delete a message."""
    await people.changes.delete_message(_find_message(people, fields))


async def press(people: People, fields: dict[str, Any]) -> dict[str, Any]:
    """Press a button. The page gets the bot's answer later, as an event."""
    user = _find_user(people, fields)
    pressed = await people.changes.press_button(_find_message(people, fields), str(fields["data"]), user)
    return {"press_id": pressed.id}


def _find_group(people: People, fields: Mapping[str, Any]) -> Chat:
    """Return the chat of ``chat_id``; without one, Ana and Ben's first group."""
    return _find_chat(people, fields) if "chat_id" in fields else people.current_group


async def create_chat(people: People, fields: dict[str, Any]) -> dict[str, Any]:
    """Create a group, supergroup, forum or channel with Ana and Ben, then add the bot to it."""
    kind, title = str(fields["kind"]), str(fields["title"]).strip()
    if kind not in {"group", "supergroup", "forum", "channel"} or not title:
        raise ValueError("a chat needs a title, and is a group, supergroup, forum or channel")
    title = title[:_MAX_TITLE]
    if kind == "channel":
        chat = people.factory.create_channel(title, owner=people.ana)
    else:
        chat = people.factory.create_group(
            title,
            [people.ana, people.ben],
            supergroup=kind == "supergroup",
            forum=kind == "forum",
            with_bot=False,
        )
    await people.membership.add_bot_to_group(chat)
    return {"chat_id": chat.id}


async def create_topic(people: People, fields: dict[str, Any]) -> dict[str, Any]:
    """Open a topic in a forum."""
    forum, name = _find_chat(people, fields), str(fields["name"]).strip()
    if not forum.is_forum or not name:
        raise ValueError("a topic needs a forum and a name")
    thread_id = people.factory.create_topic(forum, name[:_MAX_TITLE])
    people.world.events.publish("chat", {"chat_id": forum.id})
    return {"thread_id": thread_id}


async def add_bot(people: People, fields: dict[str, Any]) -> None:
    """Add the bot to a chat."""
    await people.membership.add_bot_to_group(_find_group(people, fields))


async def remove_bot(people: People, fields: dict[str, Any]) -> None:
    """Remove the bot from a chat."""
    await people.membership.remove_bot(_find_group(people, fields))


async def promote_bot(people: People, fields: dict[str, Any]) -> None:
    """Make the bot an administrator of a chat, or a plain member again."""
    status: Status = "administrator" if fields.get("on") else "member"
    await people.membership.promote(_find_group(people, fields), status=status)


async def set_privacy(people: People, fields: dict[str, Any]) -> None:
    """Set privacy mode, then remove the bot from the group and add it again: only then it counts there."""
    group = _find_group(people, fields)
    readd_to = group if group.is_group else None
    await people.membership.set_privacy_mode(bool(fields.get("on")), readd_to=readd_to)


async def migrate(people: People, fields: dict[str, Any]) -> None:
    """Turn a group into a supergroup."""
    group = _find_group(people, fields)
    if group.type == "group":
        await people.membership.migrate(group)


async def set_language(people: People, fields: dict[str, Any]) -> None:
    """Change the language of a person's app."""
    _find_user(people, fields).language_code = str(fields["language_code"])
    people.world.events.publish("profile", {})


async def block_bot(people: People, fields: dict[str, Any]) -> None:
    """Block or unblock the bot in a person's private chat."""
    user = _find_user(people, fields)
    if fields.get("on"):
        await people.membership.block_bot(user)
    else:
        await people.membership.unblock_bot(user)


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
    """Runs an action of the page; its arguments are the JSON body."""

    async def post(self, name: str) -> None:
        """Run the action ``name`` of ``ACTIONS``; 400 when its arguments are wrong."""
        action = ACTIONS.get(name)
        if action is None:
            raise HTTPError(404, reason="Not Found")
        try:
            result = await action(self.people, self.read_json())
        except (LookupError, TypeError, ValueError) as error:
            raise HTTPError(400, reason=f"{type(error).__name__}: {' '.join(str(error).split())}") from None
        self.finish({"ok": True} | (result or {}))
