"""Methods that send new messages."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playground.api.keyboards import has_web_app, read_reply_markup
from playground.rules.api_errors import bad_request
from playground.rules.entities import utf16_length
from playground.rules.markup import check_entities, finish_entities, parse_text
from playground.rules.message_limits import (
    ALBUM_SIZES,
    CAPTION_LIMIT,
    DOCUMENT_LIMIT,
    PHOTO_LIMIT,
    PHOTO_RATIO,
    PHOTO_SIDES,
    TEXT_LIMIT,
)
from playground.rules.pictures import read_picture_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.api.parameters import Parameters
    from playground.world.chats import Chat, Message
    from playground.world.files import StoredFile
    from playground.world.world import World

_ACTIONS = frozenset(
    {
        "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
        "upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """Where to send a message: the chat, the message it replies to, the fields of its topic."""

    chat: Chat
    reply_to: Message | None
    fields: dict[str, Any]


def read_target(world: World, parameters: Parameters) -> Target:
    """Read the chat, the topic and the message to reply to.

    Raises:
        ApiError: One of them does not exist, or the bot may not send there.
    """
    chat = world.find_writable_chat(parameters.text("chat_id"))
    reply_to = _read_reply(world, chat, parameters)
    fields: dict[str, Any] = {}
    thread_id = parameters.number("message_thread_id")
    if thread_id:
        if not chat.is_forum or (thread_id != 1 and thread_id not in chat.topics):
            raise bad_request("message thread not found")
        if thread_id != 1:  # 1 is the General topic: its messages carry no thread
            fields = {"message_thread_id": thread_id, "is_topic_message": True}
    if parameters.flag("protect_content"):
        fields["has_protected_content"] = True
    return Target(chat, reply_to, fields)


def _read_reply(world: World, chat: Chat, parameters: Parameters) -> Message | None:
    # reply_to_message_id is the older way; clients still send it.
    reply = parameters.json_object("reply_parameters", "reply parameters")
    if reply is None:
        reply = {"message_id": parameters.number("reply_to_message_id")}
        reply["allow_sending_without_reply"] = parameters.flag("allow_sending_without_reply")
        if not reply["message_id"]:
            return None
    if not isinstance(reply.get("message_id"), int):
        raise bad_request('can\'t parse reply parameters: field "message_id" must be of type Number')
    source = world.find_chat(str(reply["chat_id"])) if reply.get("chat_id") else chat
    message = source.messages.get(reply["message_id"])
    if message is None and not reply.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return message


def read_text(parameters: Parameters) -> dict[str, Any]:
    """Return ``text`` and ``entities``.

    Raises:
        ApiError: The text is missing, too long or badly marked up.
    """
    text, entities = _read_marked_up(parameters, "text", "entities")
    if not text:
        raise bad_request("message text is empty")
    if utf16_length(text) > TEXT_LIMIT:
        raise bad_request("message is too long")
    return {"text": text} | ({"entities": entities} if entities else {})


def read_caption(parameters: Parameters) -> dict[str, Any]:
    """Return ``caption`` and ``caption_entities``, empty when there is no caption.

    Raises:
        ApiError: The caption is too long or badly marked up.
    """
    caption, entities = _read_marked_up(parameters, "caption", "caption_entities")
    if utf16_length(caption) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    fields: dict[str, Any] = {"caption": caption} if caption else {}
    if caption and entities:
        fields["caption_entities"] = entities
    if parameters.flag("show_caption_above_media"):
        fields["show_caption_above_media"] = True
    return fields


def _read_marked_up(
    parameters: Parameters, name: str, entities_name: str
) -> tuple[str, list[dict[str, Any]]]:
    text = parameters.text(name)
    given = parameters.json(entities_name)
    if given is not None and not parameters.text("parse_mode"):
        return finish_entities(text, check_entities(text, given))
    return parse_text(text, parameters.text("parse_mode"))


def read_photo(world: World, parameters: Parameters, name: str) -> dict[str, Any]:
    """Return ``photo`` from an upload or the ``file_id`` of an earlier one.

    Raises:
        ApiError: There is none, or Telegram would refuse the picture.
    """
    file = _read_file(world, parameters, parameters.text(name), name, _store_photo)
    if file.kind != "photo":
        raise bad_request(f"can't use file of type {file.kind.title()} as Photo")
    return {"photo": [file.to_photo_size()]}


def read_document(world: World, parameters: Parameters, name: str) -> dict[str, Any]:
    """Return ``document`` from an upload or the ``file_id`` of an earlier one.

    Raises:
        ApiError: There is none, or it is too big.
    """
    file = _read_file(world, parameters, parameters.text(name), name, _store_document)
    if file.kind != "document":
        raise bad_request(f"can't use file of type {file.kind.title()} as Document")
    return {"document": file.to_json() | {"file_name": file.name, "mime_type": file.mime_type}}


def _read_file(
    world: World,
    parameters: Parameters,
    reference: str,
    name: str,
    store: Callable[[World, bytes, str, str], StoredFile],
) -> StoredFile:
    """Return the file of a parameter: an upload of that name, ``attach://part``, or a ``file_id``."""
    part = reference.removeprefix("attach://") if reference.startswith("attach://") else name
    upload = parameters.uploads.get(part)
    if upload is not None:
        if not upload.content:
            raise bad_request("file must be non-empty")
        return store(world, upload.content, upload.name, upload.mime_type)
    if not reference or reference.startswith("attach://"):
        raise bad_request(f"there is no {name} in the request")
    # Telegram would download it. The playground reaches no other machine.
    if reference.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    file = world.files.find(reference)
    if file is None:
        raise bad_request("wrong remote file identifier specified: Wrong string length")
    return file


def _store_photo(world: World, content: bytes, _name: str, _mime_type: str) -> StoredFile:
    if len(content) > PHOTO_LIMIT:
        raise bad_request(
            f"file of size {len(content)} bytes is too big for a photo; "
            f"the maximum size is {PHOTO_LIMIT} bytes"
        )
    size = read_picture_size(content)
    if size is None or 0 in size:
        raise bad_request("IMAGE_PROCESS_FAILED")
    if sum(size) > PHOTO_SIDES or max(size) > PHOTO_RATIO * min(size):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return world.files.add(content, "photo", mime_type="image/jpeg", size=size)


def _store_document(world: World, content: bytes, name: str, mime_type: str) -> StoredFile:
    if len(content) > DOCUMENT_LIMIT:
        raise bad_request(f"file of size {len(content)} bytes is too big")
    return world.files.add(content, "document", name=name, mime_type=mime_type)


def _post(world: World, target: Target, fields: dict[str, Any]) -> Message:
    if target.chat.type != "private" and has_web_app(fields):
        raise bad_request("BUTTON_TYPE_INVALID")
    return world.post(target.chat, world.bot, target.fields | fields, reply_to=target.reply_to)


def send_message(world: World, parameters: Parameters) -> Any:
    """``sendMessage``."""
    target = read_target(world, parameters)
    return _post(world, target, read_text(parameters) | read_reply_markup(parameters)).to_json()


def send_photo(world: World, parameters: Parameters) -> Any:
    """``sendPhoto``."""
    target = read_target(world, parameters)
    fields = read_caption(parameters) | read_reply_markup(parameters)
    if parameters.flag("has_spoiler"):
        fields["has_media_spoiler"] = True
    return _post(world, target, read_photo(world, parameters, "photo") | fields).to_json()


def send_document(world: World, parameters: Parameters) -> Any:
    """``sendDocument``."""
    target = read_target(world, parameters)
    fields = read_caption(parameters) | read_reply_markup(parameters)
    return _post(world, target, read_document(world, parameters, "document") | fields).to_json()


def send_media_group(world: World, parameters: Parameters) -> Any:
    """``sendMediaGroup``."""
    target = read_target(world, parameters)
    items = parameters.json("media")
    if not isinstance(items, list) or not items:
        raise bad_request("there are no messages to send")
    if len(items) not in ALBUM_SIZES:
        few_or_many = "few" if len(items) < ALBUM_SIZES.start else "many"
        raise bad_request(f"too {few_or_many} messages to send as an album")
    contents = [read_media(world, parameters, item) for item in items]
    # An album is all photos or all documents: https://core.telegram.org/bots/api#sendmediagroup
    if len({"photo" in content for content in contents}) > 1:
        raise bad_request("document can't be mixed with other media types")
    album = {"media_group_id": str(secrets.randbits(53))}
    return [_post(world, target, album | content).to_json() for content in contents]


def read_media(world: World, parameters: Parameters, item: Any) -> dict[str, Any]:
    """Return the fields of one ``InputMedia``.

    Raises:
        ApiError: It is no photo or document, or its caption or file is refused.
    """
    if not isinstance(item, dict):
        raise bad_request("can't parse InputMedia: expected an Object")
    if item.get("type") not in {"photo", "document"}:
        raise bad_request('can\'t parse InputMedia: field "type" must be photo or document')
    if not isinstance(item.get("media"), str) or not item["media"]:
        raise bad_request("can't parse InputMedia: media not found")
    values = {key: value if isinstance(value, str) else json.dumps(value) for key, value in item.items()}
    # Read each item like a call of its own; its file is a part of the whole request.
    own = type(parameters)(values, parameters.uploads)
    read = read_photo if item["type"] == "photo" else read_document
    return read(world, own, "media") | read_caption(own)


def send_chat_action(world: World, parameters: Parameters) -> Any:
    """``sendChatAction``."""
    chat = world.find_writable_chat(parameters.text("chat_id"))
    action = parameters.text("action")
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    world.events.publish("action", {"chat_id": chat.id, "action": action})
    return True


METHODS = {
    "sendmessage": send_message,
    "sendphoto": send_photo,
    "senddocument": send_document,
    "sendmediagroup": send_media_group,
    "sendchataction": send_chat_action,
}
