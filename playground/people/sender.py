"""Send messages as a person; each has the effects that it has at Telegram."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.people.send_options import SendOptions, read_options
from playground.rules.markup import finish_entities
from playground.world.users import ANONYMOUS_ADMIN, CHANNEL_SPEAKER, PRESENT, TELEGRAM, User

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    from playground.world.chats import Chat, Message
    from playground.world.files import StoredFile
    from playground.world.world import World


class Sender:
    """Sends texts, photos, files, stickers, videos and any other message as a person."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def send_text(self, chat: Chat, user: User, text: str, **options: Unpack[SendOptions]) -> Message:
        """Send a text; its commands, mentions and links become entities, as at Telegram."""
        plain, entities = finish_entities(text, [])
        return self._send(chat, user, {"text": plain} | ({"entities": entities} if entities else {}), options)

    async def send_photo(
        self,
        chat: Chat,
        user: User,
        image_bytes: bytes,
        *,
        sizes: Sequence[bytes] = (),
        size: tuple[int, int] | None = None,
        declared_size: int | None = None,
        **options: Unpack[SendOptions],
    ) -> Message:
        """Send a photo.

        Args:
            chat: The chat to send to.
            user: The person who sends.
            image_bytes: The largest size. Telegram would encode it again; the playground keeps the bytes.
            sizes: Smaller sizes, smallest first.
            size: Width and height, for bytes without a readable picture header.
            declared_size: A false ``file_size``, to test a bot that trusts it.
            **options: See ``SendOptions``.
        """
        files = [self.world.files.add(part, "photo", mime_type="image/jpeg") for part in sizes]
        files.append(
            self.world.files.add(
                image_bytes, "photo", mime_type="image/jpeg", size=size, declared_size=declared_size
            )
        )
        if not files[-1].width:
            raise ValueError("the photo's header gives no width and height: pass size=(width, height)")
        return self._send(chat, user, {"photo": [file.to_photo_size() for file in files]}, options)

    async def send_document(
        self,
        chat: Chat,
        user: User,
        content: bytes,
        *,
        file_name: str = "photo.jpg",
        mime_type: str = "image/jpeg",
        thumbnail: bytes | None = None,
        declared_size: int | None = None,
        **options: Unpack[SendOptions],
    ) -> Message:
        """Send a file, unchanged, with the name and media type that the sender states."""
        file = self.world.files.add(
            content, "document", name=file_name, mime_type=mime_type, declared_size=declared_size
        )
        document = file.to_json() | {"file_name": file_name, "mime_type": mime_type}
        return self._send(chat, user, {"document": document | self._thumbnail(thumbnail)}, options)

    async def send_sticker(
        self,
        chat: Chat,
        user: User,
        content: bytes,
        *,
        is_animated: bool = False,
        is_video: bool = False,
        thumbnail: bytes | None = None,
        **options: Unpack[SendOptions],
    ) -> Message:
        """Send a sticker: WebP, animated (TGS) or video (WebM)."""
        mime_type = "application/x-tgsticker" if is_animated else "video/webm" if is_video else "image/webp"
        file = self.world.files.add(content, "sticker", mime_type=mime_type, size=(512, 512))
        sticker = file.to_photo_size() | {
            "type": "regular", "is_animated": is_animated, "is_video": is_video, "emoji": "🙂",
        }  # fmt: skip
        return self._send(chat, user, {"sticker": sticker | self._thumbnail(thumbnail)}, options)

    async def send_video(
        self,
        chat: Chat,
        user: User,
        content: bytes,
        *,
        thumbnail: bytes | None = None,
        seconds: int = 3,
        **options: Unpack[SendOptions],
    ) -> Message:
        """Send a video; ``thumbnail`` and ``seconds`` are what Telegram would read from the file."""
        video = self._describe_clip(content, "video", thumbnail) | {
            "file_name": "video.mp4",
            "duration": seconds,
        }
        return self._send(chat, user, {"video": video}, options)

    async def send_animation(
        self,
        chat: Chat,
        user: User,
        content: bytes,
        *,
        thumbnail: bytes | None = None,
        **options: Unpack[SendOptions],
    ) -> Message:
        """Send a GIF. Telegram makes it an MP4 and names it twice, as animation and as document."""
        animation = self._describe_clip(content, "animation", thumbnail) | {"file_name": "animation.gif.mp4"}
        skipped = {"width", "height", "duration"}
        document = {key: value for key, value in animation.items() if key not in skipped}
        return self._send(chat, user, {"animation": animation, "document": document}, options)

    async def send_video_note(
        self,
        chat: Chat,
        user: User,
        content: bytes,
        *,
        thumbnail: bytes | None = None,
        **options: Unpack[SendOptions],
    ) -> Message:
        """Send a round video message."""
        file = self.world.files.add(content, "video_note", mime_type="video/mp4")
        note = file.to_json() | {"length": 384, "duration": 3} | self._thumbnail(thumbnail)
        return self._send(chat, user, {"video_note": note}, options)

    async def send_other(
        self, chat: Chat, user: User, fields: dict[str, Any], **options: Unpack[SendOptions]
    ) -> Message:
        """Send any other message, such as a location: ``fields`` are the fields of the ``Message``."""
        return self._send(chat, user, fields, options)

    async def forward(self, message: Message, chat: Chat, user: User) -> Message:
        """Forward a message to a chat."""
        carried = {
            key: value
            for key, value in message.fields.items()
            if key not in {"from", "sender_chat", "message_thread_id", "is_topic_message", "edit_date"}
        }
        origin = message.chat if message.chat.type == "channel" else self.world.users[message.sender_id]
        return self._send(chat, user, carried, {"forwarded_from": origin})

    def _send(self, chat: Chat, user: User, content: dict[str, Any], options: SendOptions) -> Message:
        """Put a person's message into a chat."""
        speaker, sender_chat = self._find_speaker(chat, user, options)
        fields = content | read_options(options)
        reply_to = options.get("reply_to")
        if chat.type == "private":
            if chat.status_of(self.world.bot.id) == "kicked":
                raise ValueError(f"{user.name} has blocked the bot: unblock_bot first")
            chat.started = True
        return self.world.post(chat, speaker, fields, reply_to=reply_to, sender_chat=sender_chat)

    def _find_speaker(self, chat: Chat, user: User, options: SendOptions) -> tuple[User, Chat | None]:
        as_chat = options.get("as_chat")
        if options.get("automatic_forward"):
            return TELEGRAM, as_chat
        if as_chat is chat:
            return ANONYMOUS_ADMIN, as_chat
        if as_chat is not None:
            return CHANNEL_SPEAKER, as_chat
        if chat.type != "channel" and chat.status_of(user.id) not in PRESENT:
            raise ValueError(f"{user.name} is not in {chat.title or 'this chat'}")
        return user, None

    def _describe_clip(self, content: bytes, kind: str, thumbnail: bytes | None) -> dict[str, Any]:
        file: StoredFile = self.world.files.add(content, kind, mime_type="video/mp4", size=(640, 480))
        return file.to_photo_size() | {"duration": 3, "mime_type": "video/mp4"} | self._thumbnail(thumbnail)

    def _thumbnail(self, thumbnail: bytes | None) -> dict[str, Any]:
        if thumbnail is None:
            return {}
        size = self.world.files.add(thumbnail, "thumbnail", mime_type="image/jpeg").to_photo_size()
        return {"thumbnail": size, "thumb": size}  # "thumb": the older name, which Telegram still sends
