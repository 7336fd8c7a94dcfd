"""The entities that Telegram finds in plain text: commands, links, mentions and so on."""

from __future__ import annotations

import re
from typing import Any

Entity = dict[str, Any]

# In order of precedence: in "https://example.com/@ana" the link is found first, so "@ana" is no mention.
_PATTERNS = (
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z][A-Za-z0-9_]{2,31})?(?![\w@/])")),
    ("url", re.compile(r"\bhttps?://[^\s<>\"]+[^\s<>\".,!?;:')\]]")),
    ("email", re.compile(r"\b[\w.+-]+@[\w-]+\.[A-Za-z]{2,}\b")),
    ("mention", re.compile(r"(?<![\w@/.])@[A-Za-z][A-Za-z0-9_]{2,31}\b(?!@)")),
    ("hashtag", re.compile(r"(?<![\w#])#\w*[^\W\d]\w*")),
)


def utf16_length(text: str) -> int:
    """Return the length in UTF-16 code units: Telegram counts in them, and an emoji often takes two."""
    return len(text.encode("utf-16-le")) // 2


def slice_utf16(text: str, offset: int, length: int) -> str:
    """Return the part of a text that an entity covers."""
    return text.encode("utf-16-le")[2 * offset : 2 * (offset + length)].decode("utf-16-le", "ignore")


def find_entities(text: str) -> list[Entity]:
    """Return commands, links, e-mail addresses, mentions and hashtags by position; they do not overlap."""
    taken: list[tuple[int, int]] = []
    found: list[tuple[int, Entity]] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            taken.append((start, end))
            offset, length = utf16_length(text[:start]), utf16_length(match.group())
            found.append((start, {"type": kind, "offset": offset, "length": length}))
    return [entity for _, entity in sorted(found, key=lambda pair: pair[0])]


def is_mentioned(text: str, entities: list[Entity], username: str) -> bool:
    """Whether a text mentions somebody by @username."""
    wanted = f"@{username.lower()}"
    return any(
        entity["type"] == "mention"
        and slice_utf16(text, entity["offset"], entity["length"]).lower() == wanted
        for entity in entities
    )


def is_addressed_command(text: str, entities: list[Entity], bot_username: str) -> bool:
    """Whether a text starts with ``/command`` or ``/command@this_bot``, not ``/command@another_bot``."""
    for entity in entities:
        if entity["type"] == "bot_command" and entity["offset"] == 0:
            _, at, target = slice_utf16(text, 0, entity["length"]).partition("@")
            return not at or target.lower() == bot_username.lower()
    return False
