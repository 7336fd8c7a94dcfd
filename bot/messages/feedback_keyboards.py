"""Keyboards of feedback: was the answer right, which face, how does it look, may it be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.messages.callback_data import LABELS, choose_face

if TYPE_CHECKING:
    import datetime as dt

    from bot.messages.callback_data import FaceChoice, Flow, Ticket
    from bot.messages.catalogue import Texts
    from classifier.types import KeptLabel

RIGHT, WRONG, GIVE, FACE, LABEL = "right", "wrong", "give", "face", "label"
YES, NO, UNDO = "yes", "no", "undo"
LABEL_NAMES: dict[KeptLabel, str] = {
    "happy": "label-happy",
    "sad": "label-sad",
    "neither": "label-neither",
}
_FACES_A_ROW = 5
Page = tuple[str, InlineKeyboardMarkup]


def build_verdict_row(say: Texts, ticket: Ticket) -> list[InlineKeyboardButton]:
    """Build the buttons that ask whether an answer was right."""
    return [
        _button(say("button-right"), RIGHT, ticket.write()),
        _button(say("button-wrong"), WRONG, ticket.write()),
    ]


def build_give_row(say: Texts, ticket: Ticket) -> list[InlineKeyboardButton]:
    """Build the button with which a face can be given although the answer was right."""
    return [_button(say("button-give"), GIVE, ticket.write())]


def build_face_page(say: Texts, ticket: Ticket, flow: Flow) -> Page:
    """Ask which face is meant."""
    buttons = [
        _button(str(number), FACE, choose_face(ticket, flow, number).write())
        for number in range(1, len(ticket.faces) + 1)
    ]
    rows = [buttons[start : start + _FACES_A_ROW] for start in range(0, len(buttons), _FACES_A_ROW)]
    return say("feedback-which-face"), InlineKeyboardMarkup(rows)


def build_label_page(say: Texts, choice: FaceChoice) -> Page:
    """Ask how an expression looks."""
    row = [_button(say(LABEL_NAMES[label]), LABEL, f"{label}:{choice.write()}") for label in LABELS]
    return say("feedback-which-label", number=choice.number), InlineKeyboardMarkup([row])


def build_consent_page(say: Texts, choice: FaceChoice, label: KeptLabel, days: int) -> Page:
    """Ask for the face itself, with all that saying yes means."""
    text = say(
        "consent-question",
        time=say("consent-time", days=days),
        number=choice.number,
        label=say(LABEL_NAMES[label]),
    )
    yes = _button(say("button-yes"), YES, f"{label}:{choice.number}.{choice.total}")
    return text, InlineKeyboardMarkup([[yes, _button(say("button-no"), NO)]])


def build_kept_page(say: Texts, expires: dt.date) -> Page:
    """Say until when a face is kept, with the button that takes it back."""
    keyboard = InlineKeyboardMarkup([[_button(say("button-take-back"), UNDO)]])
    return say("correction-kept", date=expires), keyboard


def _button(text: str, action: str, argument: str = "") -> InlineKeyboardButton:
    return InlineKeyboardButton(text, callback_data=f"{action}:{argument}" if argument else action)
