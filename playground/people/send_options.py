"""Options that every message can have: caption, reply, album, topic, forward."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any, TypedDict

from playground.rules.markup import finish_entities
from playground.world.users import User

if TYPE_CHECKING:
    from playground.world.chats import Chat, Message


class SendOptions(TypedDict, total=False):
    """Options that every message can have. All are optional.

    Attributes:
        caption: Text under a photo or file.
        reply_to: The message that this one replies to.
        media_group_id: Identifier of the album: any text, the same for all its messages.
        thread_id: The forum topic.
        as_chat: The chat that speaks instead of the person: the group itself (for an anonymous
            administrator) or a channel.
        forwarded_from: The original author of a forward; a name as text for a person who hides their account.
        automatic_forward: Whether Telegram copies a channel's post into the discussion group of the channel.
    """

    caption: str
    reply_to: Message | None
    media_group_id: str | None
    thread_id: int | None
    as_chat: Chat | None
    forwarded_from: User | Chat | str | None
    automatic_forward: bool


def read_options(options: SendOptions) -> dict[str, Any]:
    """Return the message fields for the options."""
    fields: dict[str, Any] = {}
    caption, entities = finish_entities(options.get("caption", ""), [])
    if caption:
        fields["caption"] = caption
    if entities:
        fields["caption_entities"] = entities
    if options.get("media_group_id"):
        fields["media_group_id"] = str(options["media_group_id"])
    if options.get("thread_id"):
        fields |= {"message_thread_id": options["thread_id"], "is_topic_message": True}
    origin = options.get("forwarded_from")
    if options.get("automatic_forward"):
        fields["is_automatic_forward"] = True
        origin = options.get("as_chat")
    if origin is not None:
        fields["forward_origin"] = _describe_origin(origin)
    return fields


def _describe_origin(origin: User | Chat | str) -> dict[str, Any]:
    date = int(time.time()) - 60
    if isinstance(origin, User):
        return {"type": "user", "date": date, "sender_user": origin.to_json()}
    if isinstance(origin, str):
        return {"type": "hidden_user", "date": date, "sender_user_name": origin}
    if origin.type == "channel":
        message_id = 1 + secrets.randbelow(1000)
        return {"type": "channel", "date": date, "chat": origin.to_json(), "message_id": message_id}
    return {"type": "chat", "date": date, "sender_chat": origin.to_json()}
