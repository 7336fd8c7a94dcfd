"""What a person can do on the page, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.pictures import guess_media_type

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from playground.chats import Chat, Status, User
    from playground.messages import Message
    from playground.send_options import SendOptions
    from playground.server import Playground

    Action = Callable[[Playground, dict[str, Any]], Awaitable[dict[str, Any] | None]]


def _find_chat(playground: Playground, order: Mapping[str, Any]) -> Chat:
    return playground.world.chats[int(order["chat_id"])]


def _find_user(playground: Playground, order: Mapping[str, Any]) -> User:
    return playground.world.users[int(order["user_id"])]


def _find_message(playground: Playground, order: Mapping[str, Any]) -> Message:
    return _find_chat(playground, order).messages[int(order["message_id"])]


async def send_from_page(
    playground: Playground,
    fields: Mapping[str, str],
    parts: Mapping[str, Sequence[bytes]],
    names: Sequence[str],
    types: Sequence[str],
) -> Message:
    """Send what the page sent: a text, or a photo's sizes, or a file or video with its cover.

    Raises:
        LookupError: The chat, the person or the replied message is not there.
        ValueError: A number is no number, or there is nothing to send.
    """
    chat, user = _find_chat(playground, fields), _find_user(playground, fields)
    options: SendOptions = {"caption": fields.get("caption", "")}
    if fields.get("reply_to"):
        options["reply_to"] = chat.messages.get(int(fields["reply_to"]))
    if fields.get("media_group_id"):
        options["media_group_id"] = fields["media_group_id"]
    if parts.get("size"):
        *smaller, largest = parts["size"]
        return await playground.send_photo(chat, user, largest, sizes=smaller, **options)
    if parts.get("file"):
        content = parts["file"][0]
        cover = next(iter(parts.get("thumbnail", [])), None)
        if fields.get("as") == "video":
            return await playground.send_video(chat, user, content, thumbnail=cover, **options)
        mime_type = types[0] or guess_media_type(content)
        return await playground.send_document(
            chat, user, content, file_name=names[0], mime_type=mime_type, thumbnail=cover, **options
        )
    if not fields.get("text", "").strip():
        raise ValueError("there is nothing to send")
    del options["caption"]
    return await playground.send_text(chat, user, fields["text"], **options)


async def edit(playground: Playground, order: dict[str, Any]) -> None:
    """Change a text or a caption."""
    message = _find_message(playground, order)
    if "text" in message.fields:
        await playground.edit_text(message, str(order["text"]))
    else:
        await playground.edit_caption(message, str(order["text"]))


async def delete(playground: Playground, order: dict[str, Any]) -> None:
    """Delete a message."""
    await playground.delete_message(_find_message(playground, order))


async def press(playground: Playground, order: dict[str, Any]) -> dict[str, Any]:
    """Press a button; the answer comes as an event."""
    user = _find_user(playground, order)
    pressed = await playground.press_button(_find_message(playground, order), str(order["data"]), user)
    return {"press_id": pressed.id}


async def add_bot(playground: Playground, _: dict[str, Any]) -> None:
    """Add the bot to the group."""
    await playground.add_bot_to_group(playground.current_group)


async def remove_bot(playground: Playground, _: dict[str, Any]) -> None:
    """Throw the bot out of the group."""
    await playground.remove_bot(playground.current_group)


async def promote_bot(playground: Playground, order: dict[str, Any]) -> None:
    """Make the bot an administrator of the group, or a plain member again."""
    status: Status = "administrator" if order.get("on") else "member"
    await playground.promote(playground.current_group, status=status)


async def set_privacy(playground: Playground, order: dict[str, Any]) -> None:
    """Turn privacy mode, and add the bot again so that the group feels it."""
    await playground.set_privacy_mode(bool(order.get("on")), readd_to=playground.current_group)


async def migrate(playground: Playground, _: dict[str, Any]) -> None:
    """Turn the group into a supergroup."""
    if playground.current_group.type == "group":
        await playground.migrate(playground.current_group)


async def set_language(playground: Playground, order: dict[str, Any]) -> None:
    """Change the language of a person's app."""
    _find_user(playground, order).language_code = str(order["language_code"])
    playground.world.events.publish("profile", {})


async def block_bot(playground: Playground, order: dict[str, Any]) -> None:
    """Block the bot in the private chat, or take it back."""
    if order.get("on"):
        await playground.block_bot(playground.ana)
    else:
        await playground.unblock_bot(playground.ana)


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
