"""Outcome → messages in the chat: a quoting text, a numbered picture with buttons, or a reaction."""

from __future__ import annotations

import asyncio
import contextlib
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import structlog
from telegram import (
    InlineQueryResultArticle,
    InputMediaPhoto,
    InputTextMessageContent,
    ReactionTypeEmoji,
    ReplyParameters,
)
from telegram.constants import ChatAction, MediaGroupLimit, MessageLimit
from telegram.error import BadRequest, TelegramError

from bot.context import message_of, thread_of
from bot.messages.answer_keyboards import build_answer_keyboard
from bot.messages.formatting import count_outcomes, format_album, format_outcome, pick_reaction
from bot.observability.logs import note_duration

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from telegram import Bot, InlineKeyboardMarkup, Message, Update

    from bot.context import BotContext
    from bot.messages.callback_data import Ticket
    from bot.messages.catalogue import Texts
    from bot.messages.outcome import Outcome

# Telegram shows a chat action for five seconds.
_ACTION_SECONDS = 4.5
_log = structlog.get_logger(__name__)


@asynccontextmanager
async def show_chat_action(bot: Bot, message: Message) -> AsyncIterator[None]:
    """Show that the bot is at work, for as long as it is."""
    task = asyncio.create_task(_repeat_chat_action(bot, message))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _repeat_chat_action(bot: Bot, message: Message) -> None:
    while True:
        # Where it cannot be shown, the answer itself will meet the same error and deal with it.
        with contextlib.suppress(TelegramError):
            await bot.send_chat_action(
                message.chat_id, ChatAction.UPLOAD_PHOTO, message_thread_id=thread_of(message)
            )
        await asyncio.sleep(_ACTION_SECONDS)


async def send_text(
    bot: Bot, quoted: Message, text: str, keyboard: InlineKeyboardMarkup | None = None
) -> Message | None:
    """Send a text that quotes a message, in its forum topic. A guest message gets it as its one answer."""
    if quoted.guest_query_id:
        await _answer_guest_query(bot, quoted.guest_query_id, text)
        return None
    return await bot.send_message(
        quoted.chat_id,
        text,
        reply_parameters=quote(quoted),
        message_thread_id=thread_of(quoted),
        reply_markup=keyboard,
    )


async def reply(
    update: Update,
    context: BotContext,
    name: str,
    /,
    keyboard: InlineKeyboardMarkup | None = None,
    **arguments: Any,
) -> None:
    """Answer an update's message with a message of the catalogue, in the language of whoever is answered."""
    say = await context.texts(update)
    await send_text(context.bot, message_of(update), say(name, **arguments), keyboard)


async def _answer_guest_query(bot: Bot, query_id: str, text: str) -> None:
    """Answer where the bot is no member. Telegram takes one answer, and that for a while only."""
    result = InlineQueryResultArticle("answer", bot.first_name, InputTextMessageContent(text))
    try:
        await bot.answer_guest_query(query_id, result)
    except BadRequest as error:
        # Answered before, by a call whose own answer was lost, or too late: there is no other way to tell.
        _log.warning("a guest query takes no answer", reason=error.message)


async def send_picture(
    bot: Bot, quoted: Message, picture: bytes, text: str, keyboard: InlineKeyboardMarkup | None = None
) -> None:
    """Send a picture with a text, or the text alone where pictures are not allowed."""
    caption = text if is_caption(text) else None
    try:
        await bot.send_photo(
            quoted.chat_id,
            picture,
            caption=caption,
            reply_parameters=quote(quoted),
            message_thread_id=thread_of(quoted),
            reply_markup=keyboard,
        )
    except BadRequest as error:
        if not _forbids_pictures(error):
            raise
        caption = None
    if caption is None:
        await send_text(bot, quoted, text, keyboard)


async def send_outcome(
    bot: Bot,
    quoted: Message,
    say: Texts,
    outcome: Outcome,
    *,
    how: str,
    ticket: Ticket | None = None,
) -> None:
    """Answer one photo or clip in the way that the chat has chosen."""
    started = time.perf_counter()
    faces = outcome.prediction.faces if outcome.prediction else ()
    keyboard = build_answer_keyboard(say, ticket) if faces else None
    reaction = pick_reaction(count_outcomes([outcome]))
    if how != "reaction" or not faces or not await _react(bot, quoted, reaction):
        text = format_outcome(say, outcome)
        if outcome.picture:
            await send_picture(bot, quoted, outcome.picture, text, keyboard)
        else:
            await send_text(bot, quoted, text, keyboard)
    note_duration("send", time.perf_counter() - started)


async def send_outcomes(bot: Bot, quoted: Message, say: Texts, outcomes: Sequence[Outcome], how: str) -> None:
    """Answer several photos at once: one text, and their numbered pictures as an album."""
    text = format_album(say, outcomes)
    counts = count_outcomes(outcomes)
    if how == "reaction" and any(counts) and await _react(bot, quoted, pick_reaction(counts)):
        return
    pictures = [outcome.picture for outcome in outcomes if outcome.picture]
    if len(pictures) == 1:
        await send_picture(bot, quoted, pictures[0], text)
        return
    if not pictures or not is_caption(text):
        await send_text(bot, quoted, text)
    if pictures:
        await _send_album(bot, quoted, pictures, text)


async def _send_album(bot: Bot, quoted: Message, pictures: Sequence[bytes], text: str) -> None:
    """Send pictures as an album; Telegram shows the caption of its first as the album's own."""
    caption = text if is_caption(text) else None
    media = [
        InputMediaPhoto(picture, caption=caption if number == 0 else None)
        for number, picture in enumerate(pictures[: MediaGroupLimit.MAX_MEDIA_LENGTH])
    ]
    try:
        await bot.send_media_group(
            quoted.chat_id, media, reply_parameters=quote(quoted), message_thread_id=thread_of(quoted)
        )
    except BadRequest as error:
        if not _forbids_pictures(error):
            raise
        if caption:
            await send_text(bot, quoted, text)


def quote(message: Message) -> ReplyParameters:
    """Quote a message, or nothing when it has been deleted since."""
    return ReplyParameters(message.message_id, allow_sending_without_reply=True)


def is_caption(text: str) -> bool:
    """Whether a text is short enough for a caption; Telegram counts UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2 <= MessageLimit.CAPTION_LENGTH


async def _react(bot: Bot, message: Message, emoji: str) -> bool:
    """React to a message; False when the group does not allow it."""
    try:
        await bot.set_message_reaction(message.chat_id, message.message_id, [ReactionTypeEmoji(emoji)])
    except BadRequest:
        return False
    return True


def _forbids_pictures(error: BadRequest) -> bool:
    """Whether Telegram refused because of the group's rights, so that a text may still be welcome."""
    return "not enough rights" in error.message.casefold()
