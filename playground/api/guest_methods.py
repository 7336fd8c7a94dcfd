"""The method that answers a guest query: a mention of the bot in a chat that it is not in."""

from __future__ import annotations

import json
import secrets
import time
from typing import TYPE_CHECKING, Any

from playground.api.keyboards import read_reply_markup
from playground.api.parameters import Parameters
from playground.api.sending_methods import read_text
from playground.rules.api_errors import bad_request

if TYPE_CHECKING:
    from playground.world.world import World

_ID_BYTES = range(1, 65)  # https://core.telegram.org/bots/api#inlinequeryresultarticle


def answer_guest_query(world: World, parameters: Parameters) -> Any:
    """``answerGuestQuery``: post the bot's message in that chat. Each query can be answered once."""
    if not parameters.text("result"):
        raise bad_request("result isn't specified")
    fields = _read_article(parameters.json("result"))
    query = world.guest_queries.pop(parameters.text("guest_query_id"), None)
    if query is None or time.monotonic() >= query.expires_at:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    asked = query.message.fields
    if "sender_chat" in asked:
        fields["guest_bot_caller_chat"] = asked["sender_chat"]
    else:
        fields["guest_bot_caller_user"] = asked["from"]
    world.post(query.message.chat, world.bot, fields, reply_to=query.message)
    return {"inline_message_id": secrets.token_urlsafe(20)}


def _read_article(result: Any) -> dict[str, Any]:
    """Return the message fields of an ``InlineQueryResultArticle``.

    Raises:
        ApiError: It is no article with a text. The playground supports no other results.
    """
    if not isinstance(result, dict):
        raise bad_request("inline query result must be an object")
    for name in ("type", "id", "title"):
        if name not in result:
            raise bad_request(f'can\'t find field "{name}"')
        if not isinstance(result[name], str):
            raise bad_request(f'field "{name}" must be of type String')
    if result["type"] != "article":
        raise bad_request(f'type "{result["type"]}" is unsupported for the inline query result')
    if len(result["id"].encode()) not in _ID_BYTES:
        raise bad_request("RESULT_ID_INVALID")
    if not result["title"]:
        raise bad_request("ARTICLE_TITLE_EMPTY")
    content = result.get("input_message_content")
    if not isinstance(content, dict) or "message_text" not in content:
        raise bad_request("input message content is not specified")
    values = {
        "text": str(content["message_text"]),
        "parse_mode": str(content.get("parse_mode", "")),
        "entities": json.dumps(content["entities"]) if "entities" in content else "",
        "reply_markup": json.dumps(result["reply_markup"]) if "reply_markup" in result else "",
    }
    own = Parameters(values)
    return read_text(own) | read_reply_markup(own)


METHODS = {"answerguestquery": answer_guest_query}
