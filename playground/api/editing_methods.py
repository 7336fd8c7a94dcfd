"""Methods that change or delete messages, react to them, and answer button presses."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from playground.api.keyboards import read_reply_markup
from playground.api.sending_methods import read_caption, read_media, read_text
from playground.rules.api_errors import bad_request

if TYPE_CHECKING:
    from playground.api.parameters import Parameters
    from playground.world.chats import Message
    from playground.world.world import World

ANSWER_LIMIT = 200  # characters: https://core.telegram.org/bots/api#answercallbackquery
_CONTENT = (
    "text", "entities", "caption", "caption_entities", "show_caption_above_media", "photo", "document",
    "reply_markup",
)  # fmt: skip
# The emoji of ReactionTypeEmoji: https://core.telegram.org/bots/api#reactiontypeemoji
_EMOJI = (
    "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 "
    "🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 "
    "🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡"
)
REACTIONS = frozenset(_EMOJI.split())


def _read_own_message(world: World, parameters: Parameters) -> Message:
    """Return the message to change, which must be one of the bot's own."""
    chat = world.find_writable_chat(parameters.text("chat_id"))
    message_id = parameters.number("message_id")
    if not message_id:
        raise bad_request("message identifier is not specified")
    message = chat.messages.get(message_id)
    if message is None:
        raise bad_request("message to edit not found")
    if message.sender_id != world.bot.id:
        raise bad_request("message can't be edited")
    return message


def _replace(world: World, message: Message, content: dict[str, Any], touched: tuple[str, ...]) -> Any:
    """Replace the ``touched`` fields of a message by ``content``; those missing from it are removed.

    Raises:
        ApiError: Nothing would change. Telegram refuses such edits, and bots must expect that.
    """
    fields = {key: value for key, value in message.fields.items() if key not in touched} | content
    if {key: fields.get(key) for key in _CONTENT} == {key: message.fields.get(key) for key in _CONTENT}:
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same "
            "as a current content and reply markup of the message"
        )
    message.fields = fields
    # A bot receives no update about its own edits.
    world.record_edit(message, tell_bot=False)
    return message.to_json()


def edit_message_text(world: World, parameters: Parameters) -> Any:
    """``editMessageText``."""
    message = _read_own_message(world, parameters)
    content = read_text(parameters) | read_reply_markup(parameters)
    if "text" not in message.fields:
        raise bad_request("there is no text in the message to edit")
    return _replace(world, message, content, ("text", "entities", "reply_markup"))


def edit_message_caption(world: World, parameters: Parameters) -> Any:
    """``editMessageCaption``."""
    message = _read_own_message(world, parameters)
    content = read_caption(parameters) | read_reply_markup(parameters)
    if "text" in message.fields:
        raise bad_request("there is no caption in the message to edit")
    return _replace(world, message, content, ("caption", "caption_entities", "reply_markup"))


def edit_message_media(world: World, parameters: Parameters) -> Any:
    """``editMessageMedia``."""
    message = _read_own_message(world, parameters)
    content = read_media(world, parameters, parameters.json("media")) | read_reply_markup(parameters)
    return _replace(world, message, content, _CONTENT)


def edit_message_reply_markup(world: World, parameters: Parameters) -> Any:
    """``editMessageReplyMarkup``."""
    message = _read_own_message(world, parameters)
    return _replace(world, message, read_reply_markup(parameters), ("reply_markup",))


def delete_message(world: World, parameters: Parameters) -> Any:
    """``deleteMessage``."""
    chat = world.find_writable_chat(parameters.text("chat_id"))
    message_id = parameters.number("message_id")
    if not message_id:
        raise bad_request("message identifier is not specified")
    message = chat.messages.get(message_id)
    if message is None:
        raise bad_request("message to delete not found")
    own = message.sender_id == world.bot.id or chat.type == "private"
    if not own and chat.status_of(world.bot.id) != "administrator":
        raise bad_request("message can't be deleted")
    world.remove(message)
    return True


def set_message_reaction(world: World, parameters: Parameters) -> Any:
    """``setMessageReaction``."""
    chat = world.find_writable_chat(parameters.text("chat_id"))
    message = chat.messages.get(parameters.number("message_id"))
    if message is None:
        raise bad_request("message to react not found")
    reactions = parameters.json("reaction") or []
    if not isinstance(reactions, list) or not all(isinstance(reaction, dict) for reaction in reactions):
        raise bad_request("can't parse ReactionType: expected an Object")
    if len(reactions) > 1:  # a bot may set one: https://core.telegram.org/bots/api#setmessagereaction
        raise bad_request("REACTIONS_TOO_MANY")
    for reaction in reactions:
        # Some clients add U+FE0F, "show as emoji". It is not part of Telegram's names of reactions.
        emoji = str(reaction.get("emoji", "")).replace("\ufe0f", "")
        if reaction.get("type") != "emoji" or emoji not in REACTIONS:
            raise bad_request("REACTION_INVALID")
        message.reactions[world.bot.id] = emoji
    if not reactions:
        message.reactions.pop(world.bot.id, None)
    world.events.publish("edit", message)
    world.notify(message)
    return True


def answer_callback_query(world: World, parameters: Parameters) -> Any:
    """``answerCallbackQuery``."""
    text = parameters.text("text")
    if len(text) > ANSWER_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    press = world.presses.pop(parameters.text("callback_query_id"), None)
    if press is None or time.monotonic() >= press.expires_at:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    answer = {"text": text, "show_alert": parameters.flag("show_alert"), "url": parameters.text("url")}
    if not press.answered.done():
        press.answered.set_result(answer)
    message = press.message
    place = {"press_id": press.id, "chat_id": message.chat.id, "message_id": message.id}
    world.events.publish("answer", answer | place | {"user_id": press.user.id})
    return True


METHODS = {
    "editmessagetext": edit_message_text,
    "editmessagecaption": edit_message_caption,
    "editmessagemedia": edit_message_media,
    "editmessagereplymarkup": edit_message_reply_markup,
    "deletemessage": delete_message,
    "setmessagereaction": set_message_reaction,
    "answercallbackquery": answer_callback_query,
}
