"""The buttons below an answer. No photo is kept: the answer quotes it, and Telegram is asked again."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from telegram import InlineKeyboardMarkup, Message
from telegram.error import BadRequest

from bot.answers.classifying import classify_source
from bot.answers.sending import send_picture, send_text, show_chat_action
from bot.context import is_group
from bot.handlers.menus import refuse_press, stop_spinning
from bot.limits.idempotency import build_press_key
from bot.messages.answer_keyboards import DETAILS, WHY
from bot.messages.formatting import format_details, format_heat_map_caption, format_outcome
from bot.messages.media import find_source

if TYPE_CHECKING:
    from telegram import CallbackQuery, Update

    from bot.context import BotContext, Services
    from bot.messages.catalogue import Texts
    from bot.messages.media import Source

ANSWER_BUTTON = rf"^({WHY}|{DETAILS})$"
# In a group one person does not have many answers explained at a stroke.
_PAUSE_SECONDS = 3.0


async def explain_answer(update: Update, context: BotContext) -> None:
    """Answer "Why?" with the heat map and "Details" with the probabilities.

    Whoever can see the answer may ask, but each button works once: what it sends is there for all to see.
    """
    query = update.callback_query
    if query is None or query.data is None:
        return
    answer = query.message
    if not isinstance(answer, Message) or not has_button(answer, query.data):
        await refuse_press(update, context, "button-expired")
        return
    source = find_answered_source(answer)
    if source is None:
        await refuse_press(update, context, "button-photo-gone")
        return
    if is_group(answer.chat) and not await _is_paused_enough(context.services, update.update_id, query):
        await refuse_press(update, context, "button-pause")
        return
    say = await context.texts(update)
    keys, key = context.services.idempotency_keys, build_press_key(answer.message_id, query.data)
    if not await keys.acquire(answer.chat.id, key, update.update_id):
        await refuse_press(update, context, "button-expired")
        return
    await stop_spinning(query)
    is_explained = False
    try:
        is_explained = await _send_explanation(update, context, answer, source, say)
    finally:
        if not is_explained:  # it may go better in a minute: the button stays
            await keys.release(answer.chat.id, key)
    if is_explained:
        await _remove_button(answer, query.data)


async def decline_button(update: Update, context: BotContext) -> None:
    """Answer a button that no version of the bot knows any more."""
    await refuse_press(update, context, "button-expired")


async def _send_explanation(
    update: Update, context: BotContext, answer: Message, source: Source, say: Texts
) -> bool:
    """Classify the photo again and send what the button promised; False if only a reason was sent."""
    query = update.callback_query
    wants_heat_map = query is not None and (query.data or "").startswith(WHY)
    async with show_chat_action(context.bot, answer):
        outcome = await classify_source(
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
        await send_picture(
            context.bot, answer, outcome.heat_map, format_heat_map_caption(say, outcome.prediction)
        )
    return outcome.prediction is not None


async def _is_paused_enough(services: Services, update_id: int, query: CallbackQuery) -> bool:
    """Whether this person's last press in the group was a while ago, or is this one, tried again."""
    if query.message is None:
        return False
    return await services.idempotency_keys.acquire(
        query.message.chat.id, f"asked {query.from_user.id}", update_id, again_after_seconds=_PAUSE_SECONDS
    )


def has_button(answer: Message, data: str) -> bool:
    """Whether the answer still has a button: an altered app sends whatever data it likes."""
    rows = answer.reply_markup.inline_keyboard if answer.reply_markup else ()
    return any(button.callback_data == data for row in rows for button in row)


def find_answered_source(answer: Message) -> Source | None:
    """Find what an answer was about: the message it quotes, or what that one quotes from another chat."""
    quoted = answer.reply_to_message
    if quoted is None:
        return None
    return find_source(quoted) or (find_source(quoted.external_reply) if quoted.external_reply else None)


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
