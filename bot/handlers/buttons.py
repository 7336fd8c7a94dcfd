"""The buttons below an answer. No photo is kept: the answer quotes it, and Telegram is asked again."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from telegram import InlineKeyboardMarkup, Message
from telegram.error import BadRequest, TelegramError

from bot.answers.classification import judge_source
from bot.answers.sending import DETAILS, WHY, send_picture, send_text, show_chat_action
from bot.handlers.permissions import is_admin
from bot.limits.button_presses import Press
from bot.messages.formatting import format_details, format_outcome
from bot.messages.media import find_source

if TYPE_CHECKING:
    from telegram import CallbackQuery, Update

    from bot.context import BotContext
    from bot.messages.catalogue import Texts
    from bot.messages.media import Source

ANSWER_BUTTON = rf"^({WHY}|{DETAILS}):(\d+)$"


async def explain_answer(update: Update, context: BotContext) -> None:
    """Answer "Why?" with the heat map and "Details" with the probabilities."""
    query = update.callback_query
    if query is None or query.data is None:
        return
    say = await context.texts(update)
    answer = query.message
    if not isinstance(answer, Message) or not has_button(answer, query.data):
        await _answer_button(query, say("button-expired"))
        return
    if not await _may_press(update, context, answer, int(query.data.split(":")[1])):
        await _answer_button(query, say("button-not-yours"))
        return
    source = find_judged(answer)
    if source is None:
        await _answer_button(query, say("button-photo-gone"))
        return
    press = Press(answer.chat.id, answer.message_id, query.data)
    if not await context.services.presses.take(press, update.update_id):
        await _answer_button(query, say("button-expired"))
        return
    await _answer_button(query)
    is_explained = False
    try:
        is_explained = await _send_explanation(update, context, answer, source, say)
    finally:
        if not is_explained:  # it may go better in a minute: the button stays
            await context.services.presses.give_back(press)
    if is_explained:
        await _remove_button(answer, query.data)


async def decline_button(update: Update, context: BotContext) -> None:
    """Answer a button that no version of the bot knows any more."""
    if update.callback_query:
        say = await context.texts(update)
        await _answer_button(update.callback_query, say("button-expired"))


async def _send_explanation(
    update: Update, context: BotContext, answer: Message, source: Source, say: Texts
) -> bool:
    """Judge the photo anew and send what the button promised; False when only why that cannot be done."""
    query = update.callback_query
    wants_heat_map = query is not None and (query.data or "").startswith(WHY)
    async with show_chat_action(context.bot, answer):
        outcome = await judge_source(
            context.bot,
            context.services,
            source,
            update.update_id,
            answer.chat_id,
            draw=False,
            explain=wants_heat_map,
        )
    if outcome.prediction is None:
        await send_text(context.bot, answer, format_outcome(say, outcome))
    elif not wants_heat_map:
        await send_text(context.bot, answer, format_details(say, outcome.prediction))
    elif outcome.heat_map is None:
        await send_text(context.bot, answer, say("why-not-available"))
    else:
        await send_picture(context.bot, answer, outcome.heat_map, say("why-caption"))
    return outcome.prediction is not None


async def _may_press(update: Update, context: BotContext, answer: Message, asker_id: int) -> bool:
    """Whether somebody asked for the answer, sent the photo, or runs the chat."""
    user = update.effective_user
    if user is None:
        return False
    photo = answer.reply_to_message
    sender = photo.from_user if photo else None
    if user.id == asker_id or (sender is not None and sender.id == user.id):
        return True
    return await is_admin(context.bot, answer.chat, user)


def has_button(answer: Message, data: str) -> bool:
    """Whether the answer still has a button: what an altered app sends names any asker it likes."""
    rows = answer.reply_markup.inline_keyboard if answer.reply_markup else ()
    return any(button.callback_data == data for row in rows for button in row)


def find_judged(answer: Message) -> Source | None:
    """Find what an answer was about: the message it quotes, or what that one quotes from another chat."""
    quoted = answer.reply_to_message
    if quoted is None:
        return None
    return find_source(quoted) or (find_source(quoted.external_reply) if quoted.external_reply else None)


async def _answer_button(query: CallbackQuery, text: str | None = None) -> None:
    """Stop the button's spinning. When it was pressed too long ago, Telegram no longer takes an answer."""
    with contextlib.suppress(TelegramError):
        await query.answer(text, show_alert=text is not None)


async def _remove_button(answer: Message, data: str) -> None:
    """Take a used button away, so that pressing it twice does not answer twice."""
    if answer.reply_markup is None:
        return
    rows = [
        [button for button in row if button.callback_data != data]
        for row in answer.reply_markup.inline_keyboard
    ]
    # Somebody else may have pressed the other button meanwhile, or deleted the answer.
    with contextlib.suppress(BadRequest):
        await answer.edit_reply_markup(InlineKeyboardMarkup([row for row in rows if row]))
