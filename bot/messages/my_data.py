"""What is kept about a person, as lines that they can read beside the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.catalogue import LANGUAGE_NAMES
from bot.messages.settings_keyboards import HOW_TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.messages.catalogue import Texts

_COUNTS = {
    "messages_waiting_for_an_answer": "mydata-messages",
    "answers_held_until_a_busy_minute_is_over": "mydata-held",
    "notes_of_today_on_buttons_and_waiting": "mydata-notes",
    "faces_given_for_training": "mydata-faces",
}


def format_my_data(say: Texts, stored: Mapping[str, object]) -> str:
    """Format what /mydata's file holds, one line each; what there is none of is left out."""
    lines = [say("mydata"), "", say("mydata-id", id=str(stored["user_id"]))]
    language, settings = stored.get("language"), stored.get("private_chat_settings")
    if isinstance(language, str):
        lines.append(say("settings-language", value=LANGUAGE_NAMES.get(language, language)))
    if isinstance(settings, dict) and settings.get("how") in HOW_TEXTS:
        lines.append(say("settings-how", value=say(HOW_TEXTS[settings["how"]])))
    for name, message in _COUNTS.items():
        kept = stored.get(name)
        count = len(kept) if isinstance(kept, list) else kept
        if isinstance(count, int) and count:
            lines.append(say(message, count=count))
    if stored.get("told_that_not_admitted"):
        lines.append(say("mydata-refused"))
    return "\n".join(lines)
