"""Check and read reply markup, by Telegram's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playground.origin_check import LOOPBACK_HOSTS
from playground.rules.api_errors import bad_request

if TYPE_CHECKING:
    from playground.api.parameters import Parameters

_DATA_BYTES = range(1, 65)  # of callback_data: https://core.telegram.org/bots/api#inlinekeyboardbutton
_MAX_BUTTONS = 100  # Telegram documents no number; its server refuses more
# A button must have exactly one of these fields.
_ACTIONS = frozenset({
    "callback_data", "url", "login_url", "web_app", "copy_text", "switch_inline_query",
    "switch_inline_query_current_chat", "switch_inline_query_chosen_chat", "callback_game", "pay",
})  # fmt: skip


def read_reply_markup(parameters: Parameters) -> dict[str, Any]:
    """Return ``reply_markup`` for a message, empty unless it is an inline keyboard.

    Other markup, such as a reply keyboard, is not part of the sent ``Message`` at Telegram either.

    Raises:
        ApiError: It is no markup, or a button is malformed.
    """
    markup = parameters.json_object("reply_markup", "reply markup")
    if not markup or "inline_keyboard" not in markup:
        return {}
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    keyboard = [[_read_button(button) for button in row] for row in rows if row]
    if sum(len(row) for row in keyboard) > _MAX_BUTTONS:
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    return {"reply_markup": {"inline_keyboard": keyboard}} if keyboard else {}


def has_web_app(fields: dict[str, Any]) -> bool:
    """Whether a message has a button that opens a Mini App: Telegram allows those in private chats only."""
    rows = fields.get("reply_markup", {}).get("inline_keyboard", [])
    return any("web_app" in button for row in rows for button in row)


def _is_web_app(value: Any) -> bool:
    """Whether the URL of a Mini App is allowed: https, or http on this machine, unlike at Telegram."""
    parts = urlsplit(str(value.get("url"))) if isinstance(value, dict) else urlsplit("")
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS)


def _read_button(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise bad_request("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    if not isinstance(button.get("text"), str) or not button["text"].strip():
        raise bad_request('can\'t parse inline keyboard button: field "text" must be non-empty')
    if len(_ACTIONS & button.keys()) != 1:
        reason = "Text buttons are unallowed in the inline keyboard"
        raise bad_request(f"can't parse inline keyboard button: {reason}")
    data = button.get("callback_data")
    if data is not None and (not isinstance(data, str) or len(data.encode()) not in _DATA_BYTES):
        raise bad_request("BUTTON_DATA_INVALID")
    if "web_app" in button and not _is_web_app(button["web_app"]):
        raise bad_request("inline keyboard button Web App URL is invalid: Only HTTPS links are allowed")
    url = button.get("url")
    if url is not None and not str(url).startswith(("http://", "https://", "tg://")):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    return button
