"""What a person sends from the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tornado.web import HTTPError

from playground.rules.pictures import guess_media_type
from playground.web.page_handler import PageHandler

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from playground.people.cast import Cast
    from playground.people.send_options import SendOptions
    from playground.world.chats import Message


class MessagesHandler(PageHandler):
    """What a person sends from the page."""

    async def post(self) -> None:
        """Send one message; an album comes as several with one ``media_group_id``."""
        fields = {name: self.get_argument(name, strip=False) for name in self.request.arguments}
        parts = {name: [part.body for part in files] for name, files in self.request.files.items()}
        names = [part.filename for part in self.request.files.get("file", [])]
        types = [part.content_type for part in self.request.files.get("file", [])]
        try:
            message = await send_from_page(self.cast, fields, parts, names, types)
        except (LookupError, ValueError) as error:
            raise HTTPError(400, reason=" ".join(str(error).split())) from None
        self.finish({"ok": True, "message_id": message.id})


async def send_from_page(
    cast: Cast,
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
    chat, user = cast.world.chats[int(fields["chat_id"])], cast.world.users[int(fields["user_id"])]
    options: SendOptions = {"caption": fields.get("caption", "")}
    if fields.get("reply_to"):
        options["reply_to"] = chat.messages.get(int(fields["reply_to"]))
    if fields.get("media_group_id"):
        options["media_group_id"] = fields["media_group_id"]
    if parts.get("size"):
        *smaller, largest = parts["size"]
        return await cast.sender.send_photo(chat, user, largest, sizes=smaller, **options)
    if parts.get("file"):
        content = parts["file"][0]
        cover = next(iter(parts.get("thumbnail", [])), None)
        if fields.get("as") == "video":
            return await cast.sender.send_video(chat, user, content, thumbnail=cover, **options)
        mime_type = types[0] or guess_media_type(content)
        return await cast.sender.send_document(
            chat, user, content, file_name=names[0], mime_type=mime_type, thumbnail=cover, **options
        )
    if not fields.get("text", "").strip():
        raise ValueError("there is nothing to send")
    del options["caption"]
    return await cast.sender.send_text(chat, user, fields["text"], **options)
