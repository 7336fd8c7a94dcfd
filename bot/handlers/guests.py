"""Guest mode: somebody mentions the bot in a chat that it is no member of, and is answered there by one text.

Nothing of such a chat is stored but the message, until it is answered; no settings of it count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.answers.classifying import classify_source
from bot.answers.sending import send_text
from bot.messages.formatting import format_outcome
from bot.messages.media import find_source
from bot.messages.triggers import mentions_bot
from bot.observability.logs import note_outcome

if TYPE_CHECKING:
    from telegram import Message, Update

    from bot.context import BotContext
    from bot.messages.media import Source

_QUESTIONS_A_MINUTE = 10


async def answer_guest(update: Update, context: BotContext) -> None:
    """Answer a guest message: classify the faces in its picture, or the one that it replies to."""
    message, sender, services = update.guest_message, update.effective_sender, context.services
    if message is None or sender is None or _is_by_bot(message):
        return
    source = _find_source(message)
    if source is None and not mentions_bot(message, context.bot.bot):
        return  # a reply to an earlier answer, such as "thanks"
    say = await context.texts(update)
    if not services.access_list.admits_guest(sender.id, message.chat_id):
        note_outcome("refused")
        text = say("not-admitted")
    elif services.guest_rate.acquire(str(sender.id), _QUESTIONS_A_MINUTE):
        note_outcome("refused")
        text = say("guest-pause")
    elif source is None:
        text = say("guest-hint")
    else:
        outcome = await classify_source(context.bot, services, source, update.update_id, sender.id)
        text = format_outcome(say, outcome)
        if outcome.prediction:
            text = f"{text}\n\n{say('automatic-system')}"
    await send_text(context.bot, message, text)


def _is_by_bot(message: Message) -> bool:
    """Whether another bot asks: two that answer each other never end. Chats speak through a bot, too."""
    return message.from_user is not None and message.from_user.is_bot and message.sender_chat is None


def _find_source(message: Message) -> Source | None:
    """Find the picture in a message, else in what it replies to, here or in another chat."""
    held = (message, message.reply_to_message, message.external_reply)
    return next((source for each in held if each and (source := find_source(each))), None)
