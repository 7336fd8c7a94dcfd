"""Yes, no, and taking it back: what becomes of a face that its owner was asked for."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from bot.answers.classifying import classify_source
from bot.answers.sending import send_text, show_chat_action
from bot.feedback.corrections import MAXIMUM_PER_PERSON
from bot.handlers.answer_buttons import find_answered_source
from bot.handlers.menus import change_menu, edit_menu, stop_spinning
from bot.handlers.press_context import UnreadableButtonError
from bot.messages.callback_data import LABELS
from bot.messages.feedback_keyboards import build_kept_page
from bot.messages.formatting import format_outcome

if TYPE_CHECKING:
    from bot.handlers.press_context import PressContext
    from bot.messages.media import Source
    from classifier.types import KeptLabel

_GIVEN = re.compile(r"(?P<label>[a-z]+):(?P<number>\d{1,2})\.(?P<total>\d{1,2})")


async def keep_face(pressed: PressContext) -> None:
    """Answer "Yes": fetch the photo again, and keep the face sealed."""
    label, number, total = _read(pressed.argument)
    store = pressed.services.corrections.store
    kept = await store.find(pressed.user_id, pressed.message.message_id)
    if kept is not None:  # the bot was ended after keeping and before saying so
        await edit_menu(pressed.query, *build_kept_page(pressed.say, date.fromisoformat(kept.expires)))
        return
    source = find_answered_source(pressed.message)
    if source is None:
        await edit_menu(pressed.query, pressed.say("button-photo-gone"))
        return
    if not await pressed.services.corrections.may_give(pressed.user_id):
        # Asked for when there still was room for it.
        await edit_menu(pressed.query, pressed.say("correction-enough", limit=MAXIMUM_PER_PERSON))
        return
    await _fetch_and_keep(pressed, source, label, number, total)


async def decline(pressed: PressContext) -> None:
    """Answer "No"."""
    await edit_menu(pressed.query, pressed.say("correction-declined"))


async def take_back(pressed: PressContext) -> None:
    """Delete the face that the message's yes has given."""
    store = pressed.services.corrections.store
    kept = await store.find(pressed.user_id, pressed.message.message_id)
    if kept is not None:
        await store.remove(kept)
    await edit_menu(pressed.query, pressed.say("correction-taken-back"))


async def _fetch_and_keep(
    pressed: PressContext, source: Source, label: KeptLabel, number: int, total: int
) -> None:
    corrections, context = pressed.services.corrections, pressed.context
    await stop_spinning(pressed.query)
    generation = await corrections.store.begin(pressed.user_id, pressed.message.message_id)
    async with show_chat_action(context.bot, pressed.message):
        outcome = await classify_source(
            context.bot,
            pressed.services,
            source,
            pressed.update.update_id,
            pressed.message.chat_id,
            crop=number,
        )
    if outcome.prediction is None:
        # It may be there again in a minute: the buttons stay.
        await pressed.services.idempotency_keys.release(pressed.message.chat.id, pressed.key)
        await send_text(context.bot, pressed.message, format_outcome(pressed.say, outcome))
        return
    if len(outcome.prediction.faces) != total or outcome.crop is None:
        await change_menu(pressed.query, pressed.say("correction-face-gone"))
        return
    kept = await corrections.keep(
        pressed.user_id, pressed.message.message_id, outcome, number, label, generation
    )
    if kept is None:
        await change_menu(pressed.query, pressed.say("correction-forgotten"))
    else:
        await change_menu(pressed.query, *build_kept_page(pressed.say, date.fromisoformat(kept.expires)))


def _read(argument: str) -> tuple[KeptLabel, int, int]:
    found = _GIVEN.fullmatch(argument)
    label = next((label for label in LABELS if found and label == found["label"]), None)
    if found is None or label is None:
        raise UnreadableButtonError
    return label, int(found["number"]), int(found["total"])
