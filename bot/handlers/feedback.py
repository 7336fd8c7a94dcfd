"""Feedback in private chats: count "Right" and "Wrong", and ask one question about it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from telegram import InlineKeyboardMarkup, Message
from telegram.constants import ChatType
from telegram.error import BadRequest

from bot.answers.sending import send_text
from bot.feedback.verdict_counts import Change
from bot.handlers import consent
from bot.handlers.answer_buttons import find_answered_source, has_button
from bot.handlers.menus import edit_menu, refuse_press, stop_spinning
from bot.handlers.press_context import PressContext, UnreadableButtonError
from bot.limits.idempotency import build_press_key
from bot.messages.callback_data import LABELS, FaceChoice, Ticket, choose_face
from bot.messages.feedback_keyboards import (
    FACE,
    GIVE,
    LABEL,
    NO,
    RIGHT,
    UNDO,
    WRONG,
    YES,
    build_consent_page,
    build_face_page,
    build_give_row,
    build_label_page,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from telegram import InlineKeyboardButton, Update

    from bot.context import BotContext, Services
    from classifier.types import KeptLabel

FEEDBACK_BUTTON = rf"^({RIGHT}|{WRONG}|{GIVE}|{FACE}|{LABEL}|{YES}|{NO}|{UNDO})(:|$)"


async def press_feedback(update: Update, context: BotContext) -> None:
    """Answer a button, once, to the person it was shown to, in their private chat."""
    query = update.callback_query
    if query is None or query.data is None or not isinstance(query.message, Message):
        await refuse_press(update, context, "button-expired")
        return
    message, (action, _, argument) = query.message, query.data.partition(":")
    if message.chat.type != ChatType.PRIVATE or query.from_user.id != message.chat.id:
        await refuse_press(update, context, "button-expired")
        return
    services = context.services
    is_open = services.corrections.are_kept or action == UNDO
    key = _build_key(message, query.data)
    is_meant = is_open and has_button(message, query.data)
    if not is_meant or not (
        await services.idempotency_keys.acquire(message.chat.id, key, update.update_id)
        or await _is_to_confirm(services, message, action)
    ):
        await refuse_press(update, context, "button-expired")
        return
    pressed = PressContext(update, context, query, message, argument, await context.texts(update), key)
    try:
        await _ACTIONS[action](pressed)
    except UnreadableButtonError:
        await refuse_press(update, context, "button-expired")
    except BaseException:
        await services.idempotency_keys.release(message.chat.id, key)
        raise


async def _is_to_confirm(services: Services, message: Message, action: str) -> bool:
    """Whether the first "Yes" has kept the face already, so that it only needs to be confirmed again."""
    return (
        action == YES
        and await services.corrections.store.find(message.chat.id, message.message_id) is not None
    )


async def _agree(pressed: PressContext) -> None:
    """Count "Right", and leave a button for giving a face all the same."""
    ticket = _read_ticket(pressed)
    await stop_spinning(pressed.query, pressed.say("feedback-noted"))
    may_give = await _may_give(pressed)
    await _replace_row(pressed, build_give_row(pressed.say, ticket) if may_give else None)
    await _count(pressed, ticket.model, *(Change(said, "right") for said in ticket.faces))


async def _disagree(pressed: PressContext) -> None:
    """Count "Wrong", and ask what would be right."""
    ticket = _read_ticket(pressed)
    await stop_spinning(pressed.query)
    await _replace_row(pressed, None)
    if len(ticket.faces) == 1:
        choice = choose_face(ticket, "wrong", 1)
        await _count(pressed, ticket.model, Change(choice.said, "wrong"))
        await _ask(pressed, *build_label_page(pressed.say, choice))
    else:
        await _ask(pressed, *build_face_page(pressed.say, ticket, "wrong"))


async def _give(pressed: PressContext) -> None:
    """Ask which face to give; if there is only one, ask whether it may be kept."""
    ticket = _read_ticket(pressed)
    await stop_spinning(pressed.query)
    await _replace_row(pressed, None)
    if len(ticket.faces) > 1:
        await _ask(pressed, *build_face_page(pressed.say, ticket, "right"))
        return
    choice = choose_face(ticket, "right", 1)
    if choice.said.answer == "unsure":
        await _ask(pressed, *build_label_page(pressed.say, choice))
    else:
        await _ask_for_consent(pressed, choice, choice.said.answer)


async def _choose_face(pressed: PressContext) -> None:
    """Ask, in a message of its own, how the chosen face looks, if that is not known. Keep other buttons."""
    choice = _read_choice(pressed.argument)
    await _leave_other_faces(pressed)
    if choice.flow == "wrong":
        await _count(pressed, choice.model, Change(choice.said, "wrong"))
    if choice.flow == "right" and choice.said.answer != "unsure":
        await _ask_for_consent(pressed, choice, choice.said.answer)
    else:
        await _ask(pressed, *build_label_page(pressed.say, choice))


async def _leave_other_faces(pressed: PressContext) -> None:
    """Keep the buttons of faces that were not chosen yet: more than one may be wrong."""
    message, keys = pressed.message, pressed.services.idempotency_keys
    markup = message.reply_markup
    rows = [
        [
            button
            for button in row
            if not await keys.has(message.chat.id, _build_key(message, str(button.callback_data)))
        ]
        for row in (markup.inline_keyboard if markup else ())
    ]
    others = [row for row in rows if row]
    text = pressed.say("feedback-another-face" if others else "feedback-noted")
    await edit_menu(pressed.query, text, InlineKeyboardMarkup(others) if others else None)


async def _choose_label(pressed: PressContext) -> None:
    """Count the label that the person chose, then ask in another message whether the face may be kept."""
    label_text, _, rest = pressed.argument.partition(":")
    label, choice = _read_label(label_text), _read_choice(rest)
    if choice.flow == "wrong":
        instead = Change(choice.said, "wrong", -1), Change(choice.said, label)
        await _count(pressed, choice.model, *instead)
    await edit_menu(pressed.query, pressed.say("feedback-counted"))
    await _ask_for_consent(pressed, choice, label)


async def _count(pressed: PressContext, model: str, *changes: Change) -> None:
    await pressed.services.counts.add(pressed.query.id, model, changes)


async def _ask_for_consent(pressed: PressContext, choice: FaceChoice, label: KeptLabel) -> None:
    """Ask in a message of its own, where there is a photo to take the face from."""
    if await _may_give(pressed):
        days = pressed.services.corrections.days
        await _ask(pressed, *build_consent_page(pressed.say, choice, label, days))


async def _may_give(pressed: PressContext) -> bool:
    """Whether there is a photo, no sticker or clip, and room for one more face of this person."""
    source = find_answered_source(pressed.message)
    is_photo = source is not None and source.is_photo and not source.is_cover
    return is_photo and await pressed.services.corrections.may_give(pressed.user_id)


async def _ask(pressed: PressContext, text: str, keyboard: InlineKeyboardMarkup) -> None:
    """Ask in reply to the photo, so that the next button finds it there."""
    quoted = pressed.message.reply_to_message or pressed.message
    await send_text(pressed.context.bot, quoted, text, keyboard)


async def _replace_row(pressed: PressContext, row: list[InlineKeyboardButton] | None) -> None:
    """Replace the row of the pressed button by another row, or remove it."""
    markup = pressed.message.reply_markup
    rows = [list(row) for row in markup.inline_keyboard] if markup else []
    kept = [old for old in rows if all(button.callback_data != pressed.query.data for button in old)]
    # The answer may have been deleted meanwhile.
    with contextlib.suppress(BadRequest):
        await pressed.message.edit_reply_markup(InlineKeyboardMarkup([*kept, row] if row else kept))


def _build_key(message: Message, data: str) -> str:
    """Build the key of a press. Buttons that exclude each other share one key; each face has its own."""
    action, _, _ = data.partition(":")
    name = data if action == FACE else _RIVALS.get(action, action)
    return build_press_key(message.message_id, name)


def _read_ticket(pressed: PressContext) -> Ticket:
    ticket = Ticket.read(pressed.argument)
    if ticket is None:
        raise UnreadableButtonError
    return ticket


def _read_choice(text: str) -> FaceChoice:
    choice = FaceChoice.read(text)
    if choice is None:
        raise UnreadableButtonError
    return choice


def _read_label(text: str) -> KeptLabel:
    for label in LABELS:
        if label == text:
            return label
    raise UnreadableButtonError


# Buttons of which only one can be meant.
_RIVALS = {RIGHT: "verdict", WRONG: "verdict", YES: "consent", NO: "consent"}
_ACTIONS: dict[str, Callable[[PressContext], Awaitable[None]]] = {
    RIGHT: _agree,
    WRONG: _disagree,
    GIVE: _give,
    FACE: _choose_face,
    LABEL: _choose_label,
    YES: consent.keep_face,
    NO: consent.decline,
    UNDO: consent.take_back,
}
