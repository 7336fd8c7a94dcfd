"""The pages of /settings, and what each of their buttons changes. Pure functions of a chat's settings."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import ChatType

from bot.messages.catalogue import LANGUAGE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from bot.messages.catalogue import Texts
    from bot.storage.chat_records import ChatSettings

NONE = "none"
WHEN_TEXTS = {
    "command": "when-command",
    "mention": "when-mention",
    "every": "when-every",
    "off": "when-off",
}
HOW_TEXTS = {"picture": "how-picture", "text": "how-text", "reaction": "how-reaction"}
_PER_MINUTE = ("1", "3", "6", "10")
_QUIET_HOURS = ("21-7", "22-7", "22-8", "23-7", "0-7")
_CLOCK_STEPS = ("-60", "-30", "+30", "+60")
_DAY_MINUTES = 24 * 60
_LANGUAGE_COLUMNS = 2
# Whose language is spoken where none was chosen: in groups that of whoever asks; in channels nobody is named.
_FOLLOW: dict[str, str] = {ChatType.PRIVATE: "language-follow", ChatType.CHANNEL: "language-follow-channel"}


def apply_choice(chat_settings: ChatSettings, name: str, value: str) -> ChatSettings | None:
    """Change what a button is for; None when no button of ours says so."""
    change = _CHANGES.get(name)
    if change is None:
        return None
    try:
        return dataclasses.replace(chat_settings, **change(chat_settings, value))
    except ValueError:
        return None


def build_main_page(
    say: Texts, chat_settings: ChatSettings, chat_type: str
) -> tuple[str, InlineKeyboardMarkup]:
    """Build the page that shows all settings of a chat; a private chat has but a few."""
    lines = list_settings(say, chat_settings, chat_type)
    if chat_type == ChatType.PRIVATE:
        return say("settings-title-private"), _rows((lines[1], "settings:how"))
    pages = ("when", "how", "language", "throttle", "quiet", "mood")
    rows = ((line, f"settings:{page}") for line, page in zip(lines, pages, strict=True))
    return say("settings-title"), _rows(*rows)


def list_settings(say: Texts, chat_settings: ChatSettings, chat_type: str) -> list[str]:
    """Say of each setting what is set, such as "When I answer: every photo"."""
    return [
        say("settings-when", value=say(WHEN_TEXTS[chat_settings.when])),
        say("settings-how", value=say(HOW_TEXTS[chat_settings.how])),
        say("settings-language", value=_name_language(say, chat_settings.language, chat_type)),
        say("settings-throttle", value=_name_throttle(say, chat_settings)),
        say("settings-quiet", value=_name_quiet(say, chat_settings)),
        say("settings-mood", value=_name_switch(say, chat_settings.mood_enabled)),
    ]


def build_option_page(
    say: Texts, chat_settings: ChatSettings, page: str, chat_type: str
) -> tuple[str, InlineKeyboardMarkup] | None:
    """Build the page that offers the options of one setting; None when there is no such page."""
    build = _PAGES.get(page)
    if page == "language":
        title = say("language-choose")
        keyboard = build_language_keyboard(say, "settings:language=", chat_settings.language, chat_type)
    elif build is not None:
        title, keyboard = build(say, chat_settings)
    else:
        return None
    back = [InlineKeyboardButton(say("settings-back"), callback_data="settings")]
    return title, InlineKeyboardMarkup([*keyboard.inline_keyboard, back])


def build_language_keyboard(
    say: Texts, prefix: str, chosen: str | None, chat_type: str
) -> InlineKeyboardMarkup:
    """Build one button a language, in its own words, and one for none, with a tick at the chosen one."""
    names = {**LANGUAGE_NAMES, NONE: say(_FOLLOW.get(chat_type, "language-follow-group"))}
    *buttons, follow = (
        InlineKeyboardButton(_tick(name, is_chosen=code == (chosen or NONE)), callback_data=f"{prefix}{code}")
        for code, name in names.items()
    )
    rows = [buttons[start : start + _LANGUAGE_COLUMNS] for start in range(0, len(buttons), _LANGUAGE_COLUMNS)]
    return InlineKeyboardMarkup([*rows, [follow]])


def _build_when_page(say: Texts, chat_settings: ChatSettings) -> tuple[str, InlineKeyboardMarkup]:
    options = {value: say(text) for value, text in WHEN_TEXTS.items()}
    return say("settings-when-question"), _options("when", options, chat_settings.when)


def _build_how_page(say: Texts, chat_settings: ChatSettings) -> tuple[str, InlineKeyboardMarkup]:
    options = {value: say(text) for value, text in HOW_TEXTS.items()}
    return say("settings-how-question"), _options("how", options, chat_settings.how)


def _build_throttle_page(say: Texts, chat_settings: ChatSettings) -> tuple[str, InlineKeyboardMarkup]:
    options = {value: say("throttle-limit", answers=int(value)) for value in _PER_MINUTE}
    chosen = str(chat_settings.answers_per_minute or NONE)
    return say("settings-throttle-question"), _options(
        "throttle", {NONE: say("throttle-none"), **options}, chosen
    )


def _build_quiet_page(say: Texts, chat_settings: ChatSettings) -> tuple[str, InlineKeyboardMarkup]:
    options = {value: _format_hours(say, value) for value in _QUIET_HOURS}
    has_quiet = chat_settings.quiet_from is not None
    chosen = f"{chat_settings.quiet_from}-{chat_settings.quiet_until}" if has_quiet else NONE
    keyboard = _options("quiet", {NONE: say("switch-off"), **options}, chosen)
    clock = [
        InlineKeyboardButton(_name_step(say, int(step)), callback_data=f"settings:clock={step}")
        for step in _CLOCK_STEPS
    ]
    title = say("settings-quiet-question", offset=_format_offset(chat_settings.utc_offset))
    return title, InlineKeyboardMarkup([*keyboard.inline_keyboard, clock])


def _build_mood_page(say: Texts, chat_settings: ChatSettings) -> tuple[str, InlineKeyboardMarkup]:
    options = {"on": say("switch-on"), "off": say("switch-off")}
    return say("settings-mood-question"), _options(
        "mood", options, "on" if chat_settings.mood_enabled else "off"
    )


_PAGES: dict[str, Callable[[Texts, ChatSettings], tuple[str, InlineKeyboardMarkup]]] = {
    "when": _build_when_page,
    "how": _build_how_page,
    "throttle": _build_throttle_page,
    "quiet": _build_quiet_page,
    "mood": _build_mood_page,
}


def _change_quiet(value: str) -> dict[str, Any]:
    if value == NONE:
        return {"quiet_from": None, "quiet_until": None}
    start, end = _pick(value, _QUIET_HOURS).split("-")
    return {"quiet_from": int(start), "quiet_until": int(end)}


def _change_clock(chat_settings: ChatSettings, value: str) -> dict[str, Any]:
    """Shift the chat's clock, from UTC-12 round to UTC+14 as on Earth."""
    shifted = chat_settings.utc_offset + int(_pick(value, _CLOCK_STEPS))
    while shifted > 14 * 60:
        shifted -= _DAY_MINUTES
    while shifted < -12 * 60:
        shifted += _DAY_MINUTES
    return {"utc_offset": shifted}


_CHANGES: dict[str, Callable[[ChatSettings, str], dict[str, Any]]] = {
    "when": lambda _, value: {"when": _pick(value, WHEN_TEXTS)},
    "how": lambda _, value: {"how": _pick(value, HOW_TEXTS)},
    "language": lambda _, value: {"language": None if value == NONE else _pick(value, LANGUAGE_NAMES)},
    "throttle": lambda _, value: {
        "answers_per_minute": None if value == NONE else int(_pick(value, _PER_MINUTE))
    },
    "quiet": lambda _, value: _change_quiet(value),
    "clock": _change_clock,
    "mood": lambda _, value: {"mood_enabled": _pick(value, ("on", "off")) == "on"},
}


def _pick(value: str, options: Container[str]) -> str:
    """Take a value only if a button of ours offers it: callback data can be forged."""
    if value not in options:
        raise ValueError(value)
    return value


def _options(name: str, options: dict[str, str], chosen: str) -> InlineKeyboardMarkup:
    """Build one button an option, with a tick at the chosen one."""
    labels = {value: _tick(label, is_chosen=value == chosen) for value, label in options.items()}
    return _rows(*((label, f"settings:{name}={value}") for value, label in labels.items()))


def _tick(label: str, *, is_chosen: bool) -> str:
    return f"✓ {label}" if is_chosen else label


def _rows(*buttons: tuple[str, str]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data)] for label, data in buttons]
    )


def _name_language(say: Texts, language: str | None, chat_type: str) -> str:
    if language in LANGUAGE_NAMES:
        return LANGUAGE_NAMES[language]
    return say(_FOLLOW.get(chat_type, "language-follow-group"))


def _name_throttle(say: Texts, chat_settings: ChatSettings) -> str:
    limit = chat_settings.answers_per_minute
    return say("throttle-none") if limit is None else say("throttle-limit", answers=limit)


def _name_quiet(say: Texts, chat_settings: ChatSettings) -> str:
    if chat_settings.quiet_from is None:
        return say("switch-off")
    return _format_hours(say, f"{chat_settings.quiet_from}-{chat_settings.quiet_until}")


def _name_switch(say: Texts, is_on: bool) -> str:
    return say("switch-on") if is_on else say("switch-off")


def _format_hours(say: Texts, hours: str) -> str:
    start, end = hours.split("-")
    # A time needs some day to be formatted with; it is not shown.
    midnight = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    return say("quiet-hours", start=midnight.replace(hour=int(start)), end=midnight.replace(hour=int(end)))


def _name_step(say: Texts, minutes: int) -> str:
    return say("clock-later" if minutes > 0 else "clock-earlier", minutes=abs(minutes))


def _format_offset(minutes: int) -> str:
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
