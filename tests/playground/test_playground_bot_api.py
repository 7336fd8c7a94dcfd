"""The Bot API through python-telegram-bot's own client."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, ReplyParameters
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken

if TYPE_CHECKING:
    from collections.abc import Iterable

    import telegram

    from playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")


def read_texts(updates: Iterable[telegram.Update]) -> list[str]:
    """Return the texts of updates that are messages."""
    return [update.message.text or "" for update in updates if update.message]


BUTTONS = InlineKeyboardMarkup([[InlineKeyboardButton("Why?", callback_data="why:1")]])


async def test_get_me_tells_of_privacy_mode(playground: Playground, bot: telegram.Bot) -> None:
    """``can_read_all_group_messages`` is the opposite of BotFather's privacy mode."""
    assert (await bot.get_me()).can_read_all_group_messages is False
    await playground.set_privacy_mode(False)
    assert (await bot.get_me()).can_read_all_group_messages is True


async def test_a_poll_waits_for_the_first_update(playground: Playground, bot: telegram.Bot) -> None:
    """Long polling answers when something happens, not before."""
    poll = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.2)
    assert not poll.done()
    await playground.send_text(playground.private, playground.ana, "hello")
    assert read_texts(await asyncio.wait_for(poll, 60)) == ["hello"]


async def test_an_update_comes_again_until_a_higher_offset_confirms_it(
    playground: Playground, bot: telegram.Bot
) -> None:
    """Only the offset forgets updates."""
    for text in ("one", "two", "three"):
        await playground.send_text(playground.private, playground.ana, text)
    first = await bot.get_updates(limit=2)
    assert read_texts(first) == ["one", "two"]
    assert [update.update_id for update in await bot.get_updates(limit=2)] == [u.update_id for u in first]
    rest = await bot.get_updates(offset=first[-1].update_id + 1)
    assert read_texts(rest) == ["three"]
    assert playground.pending_updates == 1


async def test_a_negative_offset_keeps_the_newest(playground: Playground, bot: telegram.Bot) -> None:
    """``offset=-1`` forgets all but the last update."""
    for text in ("one", "two"):
        await playground.send_text(playground.private, playground.ana, text)
    assert read_texts(await bot.get_updates(offset=-1)) == ["two"]


async def test_only_kinds_asked_for_are_queued(playground: Playground, bot: telegram.Bot) -> None:
    """``allowed_updates`` holds until it is changed."""
    await bot.get_updates(allowed_updates=["edited_message"])
    message = await playground.send_text(playground.private, playground.ana, "one")
    await playground.edit_text(message, "two")
    (update,) = await bot.get_updates()
    assert update.edited_message is not None
    assert update.edited_message.text == "two"


async def test_a_second_poll_ends_the_first(playground: Playground, bot: telegram.Bot) -> None:
    """Two instances of a bot meet a Conflict."""
    first = asyncio.create_task(bot.get_updates(timeout=20))
    async with asyncio.timeout(60):
        while not playground.world.updates.is_polled:  # the server's to change
            await asyncio.sleep(0.02)
    await bot.get_updates(timeout=0)
    with pytest.raises(Conflict, match="terminated by other getUpdates request"):
        await first


async def test_a_photo_arrives_with_its_sizes_and_bytes(
    playground: Playground, bot: telegram.Bot, astronaut_jpeg: bytes, png: bytes
) -> None:
    """The bot downloads exactly what was sent, and knows its true size."""
    await playground.send_photo(
        playground.private, playground.ana, astronaut_jpeg, sizes=[png], caption="Look"
    )
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert [(size.width, size.height) for size in update.message.photo] == [(64, 48), (512, 512)]
    file = await update.message.photo[-1].get_file()
    assert bytes(await file.download_as_bytearray()) == astronaut_jpeg
    assert update.message.caption == "Look"


async def test_a_document_keeps_bytes_name_and_type(
    playground: Playground, bot: telegram.Bot, astronaut_jpeg: bytes
) -> None:
    """A file is what the sender says it is, whatever is in it."""
    await playground.send_document(
        playground.private, playground.ana, astronaut_jpeg, file_name="a.heic", mime_type="image/heic"
    )
    (update,) = await bot.get_updates()
    assert update.message is not None
    document = update.message.document
    assert document is not None
    assert (document.file_name, document.mime_type) == ("a.heic", "image/heic")
    file = await document.get_file()
    assert bytes(await file.download_as_bytearray()) == astronaut_jpeg


async def test_get_file_refuses_more_than_twenty_megabytes(playground: Playground, bot: telegram.Bot) -> None:
    """Bots cannot fetch files beyond 20,000,000 bytes."""
    message = await playground.send_document(playground.private, playground.ana, bytes(20_000_001))
    with pytest.raises(BadRequest, match="File is too big"):
        await bot.get_file(message.file_id or "")


async def test_a_download_link_dies(playground: Playground, bot: telegram.Bot, png: bytes) -> None:
    """A link lives an hour; after that the file must be asked for again."""
    message = await playground.send_photo(playground.private, playground.ana, png)
    file = await bot.get_file(message.file_id or "")
    playground.world.files.expire_links()
    with pytest.raises(InvalidToken):  # how python-telegram-bot names a 404
        await file.download_as_bytearray()


async def test_old_files_lose_their_bytes(bot: telegram.Bot, playground: Playground, png: bytes) -> None:
    """Beyond ``keep_files`` the oldest bytes go, and getFile says so."""
    playground.world.files.keep = 2
    messages = [await playground.send_photo(playground.private, playground.ana, png) for _ in range(3)]
    with pytest.raises(BadRequest, match="temporarily unavailable"):
        await bot.get_file(messages[0].file_id or "")
    await bot.get_file(messages[2].file_id or "")


async def test_a_reply_quotes_the_photo(playground: Playground, bot: telegram.Bot, png: bytes) -> None:
    """SendPhoto by multipart: caption, entities, buttons and the quoted message come back."""
    asked = await playground.send_photo(playground.private, playground.ana, png)
    sent = await bot.send_photo(
        playground.ana.id,
        png,
        caption="<b>1</b> · looks happy",
        parse_mode="HTML",
        reply_markup=BUTTONS,
        reply_parameters=ReplyParameters(asked.id),
    )
    reply = await playground.wait_for_reply(asked)
    assert reply.text == sent.caption == "1 · looks happy"
    assert reply.entities == [{"type": "bold", "offset": 0, "length": 1}]
    assert reply.buttons[0][0].data == "why:1"
    assert sent.reply_to_message is not None
    again = await bot.send_photo(playground.ana.id, sent.photo[-1].file_id)
    assert again.photo[-1].file_unique_id == sent.photo[-1].file_unique_id


async def test_a_reply_to_nothing_needs_leave(playground: Playground, bot: telegram.Bot) -> None:
    """A deleted target refuses the reply unless it may be sent without."""
    asked = await playground.send_text(playground.private, playground.ana, "hello")
    await playground.delete_message(asked)
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(playground.ana.id, "hi", reply_parameters=ReplyParameters(asked.id))
    sent = await bot.send_message(
        playground.ana.id, "hi", reply_parameters=ReplyParameters(asked.id, allow_sending_without_reply=True)
    )
    assert sent.reply_to_message is None


async def test_an_album_is_two_to_ten_pictures(playground: Playground, bot: telegram.Bot, png: bytes) -> None:
    """All parts share one group id; one part or eleven are refused."""
    await playground.send_text(playground.private, playground.ana, "hello")
    media = [InputMediaPhoto(png, caption=f"photo {number}") for number in range(11)]
    sent = await bot.send_media_group(playground.ana.id, media[:10])
    assert len({message.media_group_id for message in sent}) == 1
    assert [message.caption for message in sent] == [f"photo {number}" for number in range(10)]
    for wrong in (media[:1], media):
        with pytest.raises(BadRequest, match="messages to send as an album"):
            await bot.send_media_group(playground.ana.id, wrong)


async def test_a_button_press_is_answered_once(playground: Playground, bot: telegram.Bot) -> None:
    """The person sees the answer; a second answer, or a late one, is refused."""
    asked = await playground.send_text(playground.private, playground.ana, "hello")
    await bot.send_message(
        playground.ana.id, "?", reply_markup=BUTTONS, reply_parameters=ReplyParameters(asked.id)
    )
    message = await playground.wait_for_reply(asked)
    press = await playground.press_button(message, "Why?")
    query = (await bot.get_updates())[-1].callback_query
    assert query is not None
    assert (query.data, query.from_user.id) == ("why:1", playground.ana.id)
    await query.answer("Because", show_alert=True)
    assert await press.answer() == {"text": "Because", "show_alert": True, "url": ""}
    with pytest.raises(BadRequest, match="Query is too old"):
        await query.answer("Because")
    late = await playground.press_button(message, "why:1")
    await playground.expire_buttons()
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query(late.id)


async def test_the_bot_edits_its_own_messages_only(playground: Playground, bot: telegram.Bot) -> None:
    """Others' messages, unchanged content and captions of texts are refused."""
    theirs = await playground.send_text(playground.private, playground.ana, "hello")
    mine = await bot.send_message(playground.ana.id, "one", reply_markup=BUTTONS)
    edited = await bot.edit_message_text("two", playground.ana.id, mine.message_id)
    assert not isinstance(edited, bool)
    assert (edited.text, edited.reply_markup) == ("two", None)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_text("two", playground.ana.id, mine.message_id)
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("x", playground.ana.id, theirs.id)
    with pytest.raises(BadRequest, match="There is no caption in the message to edit"):
        await bot.edit_message_caption(playground.ana.id, mine.message_id, caption="x")
    await bot.delete_message(playground.ana.id, mine.message_id)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("three", playground.ana.id, mine.message_id)


async def test_a_bot_reacts_with_what_telegram_offers(playground: Playground, bot: telegram.Bot) -> None:
    """😁 😢 🤔 are reactions; 🙂 is none."""
    message = await playground.send_text(playground.private, playground.ana, "hello")
    for emoji in ("😁", "😢", "🤔"):
        await bot.set_message_reaction(playground.ana.id, message.id, emoji)
        assert await playground.wait_for_reaction(message) == emoji
    with pytest.raises(BadRequest, match="Reaction_invalid"):
        await bot.set_message_reaction(playground.ana.id, message.id, "🙂")


async def test_a_grown_group_names_its_new_self(playground: Playground, bot: telegram.Bot) -> None:
    """A call for the old group fails with the supergroup's id; both get a service message."""
    grown = await playground.migrate(playground.group)
    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(playground.group.id, "hello")
    assert caught.value.new_chat_id == grown.id
    old, new = (update.message for update in await bot.get_updates())
    assert old is not None
    assert new is not None
    assert (old.migrate_to_chat_id, new.migrate_from_chat_id) == (grown.id, playground.group.id)
    await bot.send_message(grown.id, "hello")


async def test_the_bot_speaks_only_where_it_may(playground: Playground, bot: telegram.Bot) -> None:
    """Blocked, thrown out, or never written to: 403 with the reason."""
    with pytest.raises(Forbidden, match="bot can't initiate conversation"):
        await bot.send_message(playground.ana.id, "hello")
    await playground.send_text(playground.private, playground.ana, "hi")
    await playground.block_bot(playground.ana)
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(playground.ana.id, "hello")
    await playground.remove_bot(playground.group)
    with pytest.raises(Forbidden, match="bot was kicked from the group chat"):
        await bot.send_message(playground.group.id, "hello")
    changes = [update.my_chat_member for update in await bot.get_updates() if update.my_chat_member]
    assert [change.new_chat_member.status for change in changes] == ["kicked", "kicked"]


async def test_members_and_rights_are_told(playground: Playground, bot: telegram.Bot) -> None:
    """GetChatMember and getChatAdministrators follow promotions; strangers have left."""
    stranger = playground.create_user("Zoë")
    group_id = playground.group.id
    assert [member.user.id for member in await bot.get_chat_administrators(group_id)] == [playground.ana.id]
    await playground.promote(playground.group, playground.ben)
    assert (await bot.get_chat_member(group_id, playground.ben.id)).status == "administrator"
    assert (await bot.get_chat_member(group_id, stranger.id)).status == "left"
    assert (await bot.get_chat(group_id)).title == playground.group.title
    with pytest.raises(BadRequest, match="Participant_id_invalid"):
        await bot.get_chat_member(group_id, 1)
    assert await bot.leave_chat(group_id)
    assert playground.group.status_of(bot.id) == "left"


async def test_commands_are_kept_by_scope_and_language(playground: Playground, bot: telegram.Bot) -> None:
    """A person sees the narrowest commands in their language."""
    await bot.set_my_commands([("help", "Help")])
    await bot.set_my_commands([("hilfe", "Hilfe")], language_code="de")
    playground.ana.language_code = "de"
    seen = playground.world.account.commands_for(playground.private, playground.ana)
    assert [command["command"] for command in seen] == ["hilfe"]
    assert [command.command for command in await bot.get_my_commands()] == ["help"]
    with pytest.raises(BadRequest, match="Bot_command_invalid"):
        await bot.set_my_commands([("Hilfe!", "Hilfe")])
    with pytest.raises(BadRequest, match="Invalid language code"):
        await bot.set_my_commands([("help", "Ajuda")], language_code="pt-br")


async def test_texts_about_the_bot_fall_back_to_everybodys(bot: telegram.Bot) -> None:
    """A description without a translation is given in the default language."""
    await bot.set_my_description("Looks at faces")
    await bot.set_my_short_description("Gesichter", language_code="de")
    assert (await bot.get_my_description(language_code="fr")).description == "Looks at faces"
    assert (await bot.get_my_short_description(language_code="de")).short_description == "Gesichter"
    with pytest.raises(BadRequest, match="too long"):
        await bot.set_my_short_description("x" * 121)


async def test_another_token_is_turned_away(playground: Playground) -> None:
    """A wrong token is 401, for methods and for files."""
    wrong = playground.token[:-1] + "x"
    async with httpx.AsyncClient(timeout=60) as client:
        for address in (
            f"{playground.base_url}{wrong}/getMe",
            f"{playground.base_file_url}{wrong}/photos/a.jpg",
        ):
            answer = await client.get(address)
            assert answer.status_code == 401
            assert answer.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}


async def test_everything_stays_over_a_stop(playground: Playground, bot: telegram.Bot) -> None:
    """An hour offline: the same port, the same chats, the updates still waiting."""
    port = playground.port
    await playground.stop()
    await playground.send_text(playground.private, playground.ana, "are you there?")
    await playground.start()
    assert playground.port == port
    assert read_texts(await bot.get_updates()) == ["are you there?"]


async def test_every_kind_of_picture_carries_its_cover(
    playground: Playground, bot: telegram.Bot, png: bytes
) -> None:
    """Videos, GIFs, round videos and moving stickers come with the cover that Telegram made."""
    chat, ana = playground.private, playground.ana
    await playground.send_video(chat, ana, b"film", thumbnail=png)
    await playground.send_animation(chat, ana, b"film", thumbnail=png)
    await playground.send_video_note(chat, ana, b"film", thumbnail=png)
    await playground.send_sticker(chat, ana, b"film", is_video=True, thumbnail=png)
    messages: list[Any] = [update.message for update in await bot.get_updates()]
    video, animation, note, sticker = (message.effective_attachment for message in messages)
    for attachment in (video, animation, note, sticker):
        file = await bot.get_file(attachment.thumbnail)
        assert bytes(await file.download_as_bytearray()) == png
    assert messages[1].document is not None, "Telegram names a GIF twice"
    assert sticker.is_video


async def test_albums_share_an_id_and_edits_come_as_edits(
    playground: Playground, bot: telegram.Bot, png: bytes
) -> None:
    """Album parts are separate updates; an edited caption is an ``edited_message`` with the same id."""
    first = await playground.send_photo(
        playground.private, playground.ana, png, media_group_id="7", caption="a"
    )
    await playground.send_photo(playground.private, playground.ana, png, media_group_id="7")
    await playground.edit_caption(first, "/emotion")
    one, two, edit = await bot.get_updates()
    assert one.message is not None
    assert two.message is not None
    assert one.message.media_group_id == two.message.media_group_id == "7"
    assert edit.edited_message is not None
    assert (edit.edited_message.message_id, edit.edited_message.caption) == (first.id, "/emotion")
    assert list(edit.edited_message.parse_caption_entities()) == list(edit.edited_message.caption_entities)


async def test_people_speak_their_languages(playground: Playground, bot: telegram.Bot) -> None:
    """``language_code`` comes with each message, as the person's app has it."""
    nadia = playground.create_user("Nadia", language_code="uk")
    await playground.send_text(playground.private_chat(nadia), nadia, "/start")
    (update,) = await bot.get_updates()
    assert update.effective_user is not None
    assert update.effective_user.language_code == "uk"
