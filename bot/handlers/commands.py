"""Commands that explain: what the bot does, with what, and under which rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import __version__
from bot.answers.sending import send_text
from bot.context import is_group
from bot.handlers.model_accuracy import find_accuracy
from classifier.model_info import FEW_FACES

if TYPE_CHECKING:
    from telegram import Update

    from bot.context import BotContext


async def greet(update: Update, context: BotContext) -> None:
    """Answer /start: what this is, how it is used here, and that an automatic system answers."""
    say = await context.texts(update)
    chat = update.effective_chat
    if chat and is_group(chat):
        await _reply(update, context, say("introduction", bot=f"@{context.bot.username}"))
        return
    keeps_faces = context.services.corrections.are_kept
    await _reply(update, context, "\n\n".join([say("start"), *([say("keeps-faces")] if keeps_faces else [])]))


async def explain_use(update: Update, context: BotContext) -> None:
    """Answer /help."""
    say = await context.texts(update)
    chat = update.effective_chat
    await _reply(update, context, say("help-group" if chat and is_group(chat) else "help"))


async def explain_privacy(update: Update, context: BotContext) -> None:
    """Answer /privacy."""
    say = await context.texts(update)
    corrections = context.services.corrections
    if corrections.are_kept:
        learning = say("privacy-learning", time=say("consent-time", days=corrections.days))
    else:
        learning = say("privacy-no-learning")
    await _reply(update, context, say("privacy", learning=learning))


async def describe_model(update: Update, context: BotContext) -> None:
    """Answer /about: which model classifies, and how often it was right where that was measured."""
    say = await context.texts(update)
    info = context.services.classifier.info
    lines = [say("about", name=info.name, version=info.version)]
    accuracy = find_accuracy(info.metrics)
    if accuracy is not None:
        lines.append(say("about-accuracy", share=accuracy.share, photos=accuracy.count))
    if info.training.get(FEW_FACES):
        lines.append(say("about-few-faces"))
    lines.append(say("about-limits"))
    lines.append(say("about-version", version=__version__))
    await _reply(update, context, "\n\n".join(lines))


async def name_developer(update: Update, context: BotContext) -> None:
    """Answer /developer_info: who runs this bot, as the host has set it."""
    say = await context.texts(update)
    info = context.services.settings.developer_info
    text = say("developer-info", info=info) if info else say("developer-info-missing")
    await _reply(update, context, text)


async def _reply(update: Update, context: BotContext, text: str) -> None:
    message = update.effective_message
    if message is not None:
        await send_text(context.bot, message, text)


async def hint_at_photos(update: Update, context: BotContext) -> None:
    """Answer a text, or a command that does not exist."""
    await _hint(update, context, "hint-text")


async def hint_not_a_photo(update: Update, context: BotContext) -> None:
    """Answer anything else: a voice message, a document, a place."""
    await _hint(update, context, "hint-not-a-photo")


async def _hint(update: Update, context: BotContext, message_name: str) -> None:
    message = update.effective_message
    if message is not None:
        say = await context.texts(update)
        await send_text(context.bot, message, say(message_name))
