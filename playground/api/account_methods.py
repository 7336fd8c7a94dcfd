"""Methods about the bot's own account: commands, name and descriptions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from playground.rules.api_errors import bad_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.api.parameters import Parameters
    from playground.world.world import World

# Limits of setMyName, setMyDescription, setMyShortDescription and BotCommand, in characters.
# Source: https://core.telegram.org/bots/api#setmyname and the methods after it
_LIMITS = {"name": 64, "description": 512, "short_description": 120}
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_MAX_COMMANDS = 100
_DESCRIPTION_LIMIT = 256
_WIDE_SCOPES = frozenset({"default", "all_private_chats", "all_group_chats", "all_chat_administrators"})


def get_me(world: World, _parameters: Parameters) -> Any:
    """``getMe``."""
    return world.account.to_json()


def return_true(_world: World, _parameters: Parameters) -> Any:
    """``logOut`` and ``close``: they prepare a move to another server. There is none, so nothing is done."""
    return True


def _read_language(parameters: Parameters) -> str:
    language = parameters.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad_request("invalid language code specified")
    return language


def _read_scope(world: World, parameters: Parameters) -> str:
    """Return the scope as one text: its type and its identifiers, such as ``chat:17``."""
    scope = parameters.json_object("scope", "BotCommandScope") or {"type": "default"}
    kind = scope.get("type")
    if kind in _WIDE_SCOPES:
        return str(kind)
    if kind not in {"chat", "chat_administrators", "chat_member"}:
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    chat = world.find_chat(str(scope.get("chat_id", "")))
    return f"{kind}:{chat.id}" + (f":{scope.get('user_id')}" if kind == "chat_member" else "")


def set_my_commands(world: World, parameters: Parameters) -> Any:
    """``setMyCommands``."""
    key = _read_scope(world, parameters), _read_language(parameters)
    commands = parameters.json("commands")
    if not isinstance(commands, list) or not all(isinstance(command, dict) for command in commands):
        raise bad_request("can't parse commands: expected an Array of BotCommand")
    if len(commands) > _MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not _COMMAND.fullmatch(str(command.get("command", "")).removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", ""))) <= _DESCRIPTION_LIMIT:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    world.account.commands[key] = commands
    world.events.publish("commands", {})
    return True


def get_my_commands(world: World, parameters: Parameters) -> Any:
    """``getMyCommands``."""
    return world.account.commands.get((_read_scope(world, parameters), _read_language(parameters)), [])


def delete_my_commands(world: World, parameters: Parameters) -> Any:
    """``deleteMyCommands``."""
    world.account.commands.pop((_read_scope(world, parameters), _read_language(parameters)), None)
    world.events.publish("commands", {})
    return True


def _setter(kind: str) -> Callable[[World, Parameters], Any]:
    def set_text(world: World, parameters: Parameters) -> Any:
        text, language = parameters.text(kind), _read_language(parameters)
        if len(text) > _LIMITS[kind]:
            raise bad_request(f"bot {kind.replace('_', ' ')} is too long")
        world.account.texts[kind, language] = text
        if kind == "name" and text and not language:
            world.bot.first_name = text
        world.events.publish("profile", {})
        return True

    return set_text


def _getter(kind: str) -> Callable[[World, Parameters], Any]:
    def get_text(world: World, parameters: Parameters) -> Any:
        language = _read_language(parameters)
        fallback = world.bot.first_name if kind == "name" else ""
        return {kind: world.account.text(kind, language) or fallback}

    return get_text


METHODS = {
    "getme": get_me,
    "logout": return_true,
    "close": return_true,
    "setmycommands": set_my_commands,
    "getmycommands": get_my_commands,
    "deletemycommands": delete_my_commands,
    "setmyname": _setter("name"),
    "getmyname": _getter("name"),
    "setmydescription": _setter("description"),
    "getmydescription": _getter("description"),
    "setmyshortdescription": _setter("short_description"),
    "getmyshortdescription": _getter("short_description"),
}
