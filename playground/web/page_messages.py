"""Messages that a person sends from the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tornado.web import HTTPError

from playground.rules.pictures import guess_media_type
from playground.web.page_handler import PageHandler

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tornado.httputil import HTTPFile

    from playground.people.people import People
    from playground.people.send_options import SendOptions
    from playground.world.chats import Chat, Message
    from playground.world.users import User


class MessagesHandler(PageHandler):
    """Receives one message as a form; an album is several messages with the same ``media_group_id``.

    Form fields: ``chat_id``, ``user_id``, and as needed ``text`` or ``caption``, ``reply_to``, ``thread_id``,
    ``media_group_id`` and ``as``, the kind of a file: video, animation, video_note, sticker or file.
    Files: ``size``, once for each size of a photo, smallest first; or ``file`` with its ``thumbnail``.
    """

    async def post(self) -> None:
        """Send the message; 400 when a field is wrong."""
        fields = {name: self.get_argument(name, strip=False) for name in self.request.arguments}
        try:
            message = await send_from_page(self.people, fields, self.request.files)
        except (LookupError, ValueError) as error:
            raise HTTPError(400, reason=" ".join(str(error).split())) from None
        self.finish({"ok": True, "message_id": message.id})


async def send_from_page(
    people: People, fields: Mapping[str, str], files: Mapping[str, Sequence[HTTPFile]]
) -> Message:
    """Send a text, a photo in several sizes, or a file with its cover.

    Raises:
        LookupError: There is no such chat or person.
        ValueError: An identifier is no number, or there is nothing to send.
    """
    chat, user = people.world.chats[int(fields["chat_id"])], people.world.users[int(fields["user_id"])]
    options = _read_options(chat, fields)
    if files.get("size"):
        *smaller, largest = [size.body for size in files["size"]]
        return await people.sender.send_photo(chat, user, largest, sizes=smaller, **options)
    if files.get("file"):
        cover = files["thumbnail"][0].body if files.get("thumbnail") else None
        return await _send_file(people, chat, user, files["file"][0], fields.get("as"), cover, options)
    if not fields.get("text", "").strip():
        raise ValueError("there is nothing to send")
    del options["caption"]
    return await people.sender.send_text(chat, user, fields["text"], **options)


def _read_options(chat: Chat, fields: Mapping[str, str]) -> SendOptions:
    options: SendOptions = {"caption": fields.get("caption", "")}
    if fields.get("reply_to"):
        options["reply_to"] = chat.messages.get(int(fields["reply_to"]))
    if fields.get("media_group_id"):
        options["media_group_id"] = fields["media_group_id"]
    if fields.get("thread_id"):
        options["thread_id"] = int(fields["thread_id"])
        if options["thread_id"] not in chat.topics:
            raise ValueError("there is no such topic")
    return options


async def _send_file(
    people: People,
    chat: Chat,
    user: User,
    file: HTTPFile,
    kind: str | None,
    cover: bytes | None,
    options: SendOptions,
) -> Message:
    """Send a file as the ``kind`` that the person chose; as a document when they chose none."""
    content, sender = file.body, people.sender
    media_type = guess_media_type(content)
    if kind == "sticker":
        return await sender.send_sticker(
            chat,
            user,
            content,
            is_animated=file.filename.lower().endswith(".tgs"),
            is_video=media_type == "video/webm",
            thumbnail=cover,
            **options,
        )
    clips = {
        "video": sender.send_video,
        "animation": sender.send_animation,
        "video_note": sender.send_video_note,
    }
    if kind in clips:
        return await clips[kind](chat, user, content, thumbnail=cover, **options)
    mime_type = file.content_type or media_type
    return await sender.send_document(
        chat, user, content, file_name=file.filename, mime_type=mime_type, thumbnail=cover, **options
    )
