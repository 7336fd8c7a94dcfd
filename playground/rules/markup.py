"""Parse HTML and Markdown into text and entities, and refuse the same mistakes as Telegram."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from playground.rules.api_errors import ApiError, bad_request
from playground.rules.entities import find_entities, utf16_length

if TYPE_CHECKING:
    from playground.rules.entities import Entity

_HTML_KINDS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "span": "spoiler",
    "tg-spoiler": "spoiler", "a": "text_link", "code": "code", "pre": "pre", "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}  # fmt: skip
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)((?:\s+[^<>]*)?)>")
_ATTRIBUTE = re.compile(r"([a-z-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_MARKDOWN_KINDS = {
    "*": "bold", "_": "italic", "__": "underline", "~": "strikethrough",
    "||": "spoiler", "`": "code", "```": "pre",
}  # fmt: skip
_MARKDOWN_TOKEN = re.compile(r"\\.|```(?:[a-z]+\n)?|\|\||__|[*_~`]|\[|\]\([^)]*\)|.", re.DOTALL)
_MARKDOWN_RESERVED = frozenset("[]()>#+-=|{}.!")
_LEGACY_TOKEN = re.compile(r"\\[_*`\[]|```|[*_`]|\[|\]\([^)]*\)|.", re.DOTALL)


def parse_text(text: str, parse_mode: str) -> tuple[str, list[Entity]]:
    """Return the plain text and its entities: those of the markup and those that Telegram finds itself.

    Raises:
        ApiError: The mode is unknown or the text does not follow it.
    """
    mode = parse_mode.lower()
    if not mode:
        return finish_entities(text, [])
    if mode == "html":
        return finish_entities(*_parse_html(text))
    if mode in {"markdownv2", "markdown"}:
        return finish_entities(*_parse_markdown(text, legacy=mode == "markdown"))
    raise bad_request("unsupported parse_mode")


def finish_entities(plain: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Strip white space at both ends as Telegram does, move the entities along, add those it finds itself."""
    stripped = plain.strip()
    moved = utf16_length(plain) - utf16_length(plain.lstrip())
    end = utf16_length(stripped)
    kept = []
    for entity in entities:
        start = max(0, entity["offset"] - moved)
        stop = min(end, entity["offset"] + entity["length"] - moved)
        if stop > start:
            kept.append(entity | {"offset": start, "length": stop - start})
    # Telegram looks for no links or mentions inside code and inside links.
    covered = [e for e in kept if e["type"] in {"code", "pre", "text_link"}]
    for entity in find_entities(stripped):
        start, stop = entity["offset"], entity["offset"] + entity["length"]
        if not any(start < e["offset"] + e["length"] and e["offset"] < stop for e in covered):
            kept.append(entity)
    return stripped, sorted(kept, key=lambda e: (e["offset"], -e["length"]))


def check_entities(text: str, entities: Any) -> list[Entity]:
    """Return the entities that the bot sent in place of ``parse_mode``.

    Raises:
        ApiError: They are no list of entities, or one reaches beyond the text.
    """
    if not isinstance(entities, list):
        raise bad_request("can't parse entities: expected an Array of MessageEntity")
    for entity in entities:
        if not isinstance(entity, dict) or not {"type", "offset", "length"} <= entity.keys():
            raise bad_request("can't parse entities: expected an Object of type MessageEntity")
        if entity["offset"] < 0 or entity["offset"] + entity["length"] > utf16_length(text):
            raise bad_request("ENTITY_BOUNDS_INVALID")
    return entities


def _cannot_parse(reason: str) -> ApiError:
    return bad_request(f"can't parse entities: {reason}")


def _byte_offset(text: str, position: int) -> int:
    return len(text[:position].encode())


def _parse_html(text: str) -> tuple[str, list[Entity]]:
    """Parse the HTML mode: text, and entities in the order in which their tags close."""
    plain = ""
    open_tags: list[tuple[str, Entity]] = []
    entities: list[Entity] = []
    position = 0
    while position < len(text):
        start = text.find("<", position)
        plain += html.unescape(text[position : start if start >= 0 else len(text)])
        if start < 0:
            break
        tag = _TAG.match(text, start)
        if tag is None:
            raise _cannot_parse(f'Unsupported start tag "" at byte offset {_byte_offset(text, start)}')
        closing, name, attributes = tag.group(1), tag.group(2).lower(), tag.group(3)
        if closing:
            entities += _close_html(open_tags, name, _byte_offset(text, start), utf16_length(plain))
        else:
            entity = _open_html(name, attributes, _byte_offset(text, start))
            open_tags.append((name, entity | {"offset": utf16_length(plain)}))
        position = tag.end()
    if open_tags:
        raise _cannot_parse(f'Can\'t find end tag corresponding to start tag "{open_tags[-1][0]}"')
    return plain, entities


def _open_html(name: str, attributes: str, offset: int) -> Entity:
    kind = _HTML_KINDS.get(name)
    if kind is None:
        raise _cannot_parse(f'Unsupported start tag "{name}" at byte offset {offset}')
    values = {m[1]: html.unescape(m[2] or m[3] or m[4] or "") for m in _ATTRIBUTE.finditer(attributes)}
    if name == "span" and values.get("class") != "tg-spoiler":
        raise _cannot_parse(f'Tag "span" must have class "tg-spoiler" at byte offset {offset}')
    entity: Entity = {"type": kind}
    if name == "a":
        entity["url"] = values.get("href", "")
    if name == "blockquote" and "expandable" in attributes:
        entity["type"] = "expandable_blockquote"
    return entity


def _close_html(open_tags: list[tuple[str, Entity]], name: str, offset: int, end: int) -> list[Entity]:
    if not open_tags:
        raise _cannot_parse(f"Unexpected end tag at byte offset {offset}")
    expected, entity = open_tags.pop()
    if name != expected:
        raise _cannot_parse(
            f'Unmatched end tag at byte offset {offset}, expected "</{expected}>", found "</{name}>"'
        )
    length = end - entity["offset"]
    if length <= 0 or (entity["type"] == "text_link" and not entity["url"]):
        return []
    return [entity | {"length": length}]


def _parse_markdown(text: str, *, legacy: bool) -> tuple[str, list[Entity]]:
    """Read MarkdownV2, or the older Markdown without escapes, nesting and most marks."""
    plain = ""
    open_marks: list[tuple[str, Entity, int]] = []
    entities: list[Entity] = []
    for match in (_LEGACY_TOKEN if legacy else _MARKDOWN_TOKEN).finditer(text):
        token = match.group()
        mark = "```" if token.startswith("```") else token
        inside = open_marks[-1][0] if open_marks else ""
        if len(token) > 1 and token[0] == "\\":
            plain += token[1]
        elif inside in {"`", "```"} and mark != inside:
            plain += token
        elif inside == "[" and token.startswith("]("):
            _, entity, _ = open_marks.pop()
            entities.append(entity | {"length": utf16_length(plain) - entity["offset"], "url": token[2:-1]})
        elif mark == "[" or mark in _MARKDOWN_KINDS:
            if mark == inside:
                _, entity, _ = open_marks.pop()
                entities.append(entity | {"length": utf16_length(plain) - entity["offset"]})
            else:
                kind = _MARKDOWN_KINDS.get(mark, "text_link")
                at = _byte_offset(text, match.start())
                open_marks.append((mark, {"type": kind, "offset": utf16_length(plain)}, at))
        elif not legacy and token[0] in _MARKDOWN_RESERVED:
            raise _cannot_parse(
                f"Character '{token[0]}' is reserved and must be escaped with the preceding '\\'"
            )
        else:
            plain += token
    if open_marks:
        _, entity, at = open_marks[-1]
        name = str(entity["type"]).title().replace("_", "")
        raise _cannot_parse(f"Can't find end of {name} entity at byte offset {at}")
    return plain, [entity for entity in entities if entity["length"]]
