"""Register the commands and descriptions that Telegram shows before a person writes to the bot."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import TYPE_CHECKING

import structlog
from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
)
from telegram.error import TelegramError

from bot.config.settings import LANGUAGES
from bot.messages.catalogue import LOCALES_DIR

if TYPE_CHECKING:
    from pathlib import Path

    from telegram import Bot

    from bot.messages.catalogue import Catalogue, Texts

_PRIVATE_COMMANDS = {
    "start": "command-start",
    "help": "command-help",
    "language": "command-language",
    "settings": "command-settings",
    "privacy": "command-privacy",
    "about": "command-about",
    "mydata": "command-mydata",
    "forget": "command-forget",
    "developer_info": "command-developer",
}
_GROUP_COMMANDS = {
    "emotion": "command-emotion",
    "mood": "command-mood",
    "help": "command-help",
    "privacy": "command-privacy",
}
_ADMIN_COMMANDS = {**_GROUP_COMMANDS, "settings": "command-settings", "language": "command-language"}
Scopes = tuple[tuple[BotCommandScope, dict[str, str]], ...]
_SCOPES: Scopes = (
    (BotCommandScopeAllPrivateChats(), _PRIVATE_COMMANDS),
    (BotCommandScopeAllGroupChats(), _GROUP_COMMANDS),
    (BotCommandScopeAllChatAdministrators(), _ADMIN_COMMANDS),
)
_LIVE_COMMAND = {"live": "command-live"}
_log = structlog.get_logger(__name__)


async def register_bot(
    bot: Bot, catalogue: Catalogue, data_dir: Path, *, keeps_faces: bool, has_live_page: bool = False
) -> None:
    """Send the commands and descriptions to Telegram, unless an earlier start has sent the same."""
    scopes = _list_scopes(has_live_page=has_live_page)
    remembered = name_memory(data_dir, bot.id)
    fingerprint = await asyncio.to_thread(fingerprint_words, bot.id, scopes, keeps_faces=keeps_faces)
    if await asyncio.to_thread(_read, remembered) == fingerprint:
        return
    try:
        for language in LANGUAGES:
            # In a thread: reading a language for the first time would hold up everybody's answers.
            say = await asyncio.to_thread(catalogue.texts, language)
            await _register_language(bot, say, _telegram_code(language), scopes, keeps_faces=keeps_faces)
        await asyncio.to_thread(remembered.write_text, fingerprint, encoding="ascii")
    except (TelegramError, OSError) as error:
        # The bot answers without it; the next start tries again.
        _log.warning("commands could not be registered", error=type(error).__name__)


def name_memory(data_dir: Path, bot_id: int) -> Path:
    """Return the file that remembers the last registration."""
    return data_dir / f"registered-{bot_id}.txt"


def _list_scopes(*, has_live_page: bool) -> Scopes:
    """List the commands of each scope; /live only in private chats, and only when the live page is on."""
    private, *others = _SCOPES
    return ((private[0], {**private[1], **_LIVE_COMMAND}), *others) if has_live_page else _SCOPES


def fingerprint_words(bot_id: int, scopes: Scopes, *, keeps_faces: bool) -> str:
    """Return a hash of everything to register; the next start compares it."""
    commands = [[str(scope.type), commands] for scope, commands in scopes]
    fingerprint = hashlib.sha256(json.dumps([bot_id, commands, keeps_faces]).encode())
    for language in LANGUAGES:
        fingerprint.update((LOCALES_DIR / f"{language}.ftl").read_bytes())
    return fingerprint.hexdigest()


def describe_bot(say: Texts, *, keeps_faces: bool) -> str:
    """Format the text of the bot's page."""
    description = say("bot-description")
    return f"{description} {say('keeps-faces')}" if keeps_faces else description


async def _register_language(bot: Bot, say: Texts, code: str, scopes: Scopes, *, keeps_faces: bool) -> None:
    """Register one language. English goes without a code: people see it whose language is not registered."""
    for scope, commands in scopes:
        listed = [BotCommand(command, say(text)) for command, text in commands.items()]
        await bot.set_my_commands(listed, scope=scope, language_code=code)
    await bot.set_my_description(describe_bot(say, keeps_faces=keeps_faces), language_code=code)
    await bot.set_my_short_description(say("bot-short-description"), language_code=code)


def _telegram_code(language: str) -> str:
    """Return the two-letter code of a language, the only form that Telegram accepts."""
    return "" if language == "en" else language.partition("-")[0]


def _read(path: Path) -> str:
    return path.read_text(encoding="ascii") if path.exists() else ""
