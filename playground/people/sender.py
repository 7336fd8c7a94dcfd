"""What people do, as a script for tests: every action has the effects it has on Telegram."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from playground.chats import ANONYMOUS_ADMIN, CHANNEL_SPEAKER, PRESENT, TELEGRAM, Chat, Member, User
from playground.markup import finish_entities
from playground.observer import Observer
from playground.send_options import SendOptions, read_options
from playground.world import new_chat_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    from playground.chats import ChatType
    from playground.files import StoredFile
    from playground.messages import Message
    from playground.world import ButtonPress


class People(Observer):
    """Scripted people, on top of a world."""

    # Who there is

    def create_user(
        self, first_name: str, last_name: str = "", *, username: str = "", language_code: str = "en"
    ) -> User:
        """Make a person, with the language of their Telegram app."""
        user_id = new_chat_id("private")
        return self.world.add_user(User(user_id, first_name, last_name, username, language_code))

    def private_chat(self, user: User) -> Chat:
        """Return a person's chat with the bot."""
        chat = self.world.chats.get(user.id)
        if chat is None:
            members = {user.id: Member(user), self.world.bot.id: Member(self.world.bot)}
            chat = self.world.add_chat(Chat(user.id, "private", username=user.username, members=members))
        return chat

    def create_group(
        self,
        title: str,
        people: Sequence[User],
        *,
        supergroup: bool = False,
        forum: bool = False,
        with_bot: bool = True,
    ) -> Chat:
        """Make a group whose first person owns it; with the bot in it, quietly, unless told otherwise."""
        kind: ChatType = "supergroup" if supergroup or forum else "group"
        chat = Chat(new_chat_id(kind), kind, title, is_forum=forum)
        for person in people:
            chat.members[person.id] = Member(person, "member" if chat.members else "creator")
        if with_bot:
            chat.members[self.world.bot.id] = Member(self.world.bot)
            chat.bot_reads_all = not self.world.account.privacy_mode
        return self.world.add_chat(chat)

    def create_channel(self, title: str, *, username: str = "", with_bot: bool = False) -> Chat:
        """Make a channel; in a channel a bot is an administrator or nothing."""
        chat = Chat(new_chat_id("channel"), "channel", title, username)
        if with_bot:
            chat.members[self.world.bot.id] = Member(self.world.bot, "administrator")
        return self.world.add_chat(chat)

    def create_topic(self, forum: Chat, name: str) -> int:
        """Open a topic in a forum and return its thread id."""
        owner = next(iter(forum.members.values())).user
        service = {"forum_topic_created": {"name": name, "icon_color": 7322096}, "is_topic_message": True}
        message = self.world.post(forum, owner, service, tell_bot=False)
        message.fields["message_thread_id"] = message.id
        forum.topics[message.id] = name
        return message.id

    # What they send

    async def send_text(self, chat: Chat, user: User, text: str, **options: Unpack[SendOptions]) -> Message:
        """Send a text; commands, mentions and links in it are found as Telegram finds them."""
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
            chat: Where.
            user: Who.
            image_bytes: The largest size. Telegram would re-encode it; here it is kept as it is.
            sizes: Smaller sizes, smallest first.
            size: Width and height, for bytes whose header does not say.
            declared_size: A false ``file_size``.
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
        """Send a file, kept byte for byte under the name and type the sender claims."""
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
        **options: Unpack[SendOptions],
    ) -> Message:
        """Send a video with the cover Telegram made."""
        video = self._moving(content, "video", thumbnail) | {"file_name": "video.mp4"}
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
        """Send a GIF: Telegram turns it into an MP4 and names it twice, as animation and as document."""
        animation = self._moving(content, "animation", thumbnail) | {"file_name": "animation.gif.mp4"}
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
        """Send anything else: the fields of a ``Message``, such as a location or a contact."""
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

    async def edit_text(self, message: Message, text: str) -> Message:
        """Change the text of a person's message."""
        return self._edit(message, "text", "entities", text)

    async def edit_caption(self, message: Message, caption: str) -> Message:
        """Change the caption of a person's message."""
        return self._edit(message, "caption", "caption_entities", caption)

    async def delete_message(self, message: Message) -> None:
        """Delete a message; bots are not told."""
        self.world.remove(message)

    async def react(self, message: Message, user: User, emoji: str) -> None:
        """React to a message, or take the reaction back with an empty ``emoji``."""
        before = message.reactions.pop(user.id, "")
        if emoji:
            message.reactions[user.id] = emoji
        if message.chat.status_of(self.world.bot.id) == "administrator":
            sides = {
                "old_reaction": [{"type": "emoji", "emoji": before}] if before else [],
                "new_reaction": [{"type": "emoji", "emoji": emoji}] if emoji else [],
            }
            place = {"chat": message.chat.to_json(), "message_id": message.id, "date": int(time.time())}
            self.world.updates.put("message_reaction", place | {"user": user.to_json()} | sides)
        self.world.events.publish("edit", message)

    async def press_button(
        self, message: Message, data: str, user: User | None = None, *, forged: bool = False
    ) -> ButtonPress:
        """Press an inline button, named by its data or its text; ``await press.answer()`` for the answer.

        Args:
            message: The bot's message.
            data: The button's callback data, or the text on it.
            user: Who presses; the person whom the bot answered when left out.
            forged: Send the data although no such button is there, as a modified app could.
        """
        buttons = [button for row in message.buttons for button in row]
        found = next((b for b in buttons if data in {b.data, b.text} and b.data is not None), None)
        if found is None and not forged:
            raise ValueError(f"no such button: {data!r}; there are {[button.text for button in buttons]}")
        if user is None:
            asked = message.reply_to.sender_id if message.reply_to else 0
            people = [m.user for m in message.chat.members.values() if not m.user.is_bot]
            user = next((person for person in people if person.id == asked), people[0])
        return self.world.press(message, user, (found.data or "") if found else data)

    async def expire_buttons(self) -> None:
        """Let every unanswered button press grow too old to answer."""
        self.world.presses.clear()

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

    def _edit(self, message: Message, name: str, entities_name: str, text: str) -> Message:
        plain, entities = finish_entities(text, [])
        message.fields = {k: v for k, v in message.fields.items() if k not in {name, entities_name}}
        if plain:
            message.fields[name] = plain
        if entities:
            message.fields[entities_name] = entities
        self.world.record_edit(message, tell_bot=True)
        return message

    def _moving(self, content: bytes, kind: str, thumbnail: bytes | None) -> dict[str, Any]:
        file: StoredFile = self.world.files.add(content, kind, mime_type="video/mp4", size=(640, 480))
        return file.to_photo_size() | {"duration": 3, "mime_type": "video/mp4"} | self._thumbnail(thumbnail)

    def _thumbnail(self, thumbnail: bytes | None) -> dict[str, Any]:
        if thumbnail is None:
            return {}
        size = self.world.files.add(thumbnail, "thumbnail", mime_type="image/jpeg").to_photo_size()
        return {"thumbnail": size, "thumb": size}
