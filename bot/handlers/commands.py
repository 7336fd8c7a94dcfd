"""Commands that explain: what the bot does, with what, and under which rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot import __version__
from bot.answers.sending import reply, send_text
from bot.context import is_group, message_of
from classifier.model_info import FEW_FACES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from telegram import Update

    from bot.context import BotContext


async def greet(update: Update, context: BotContext) -> None:
    """Answer /start: what this is, how it is used here, and that an automatic system answers."""
    message, say = message_of(update), await context.texts(update)
    if is_group(message.chat):
        await reply(update, context, "introduction", bot=f"@{context.bot.username}")
        return
    lines = [say("start"), *([say("keeps-faces")] if context.services.corrections.are_kept else [])]
    await send_text(context.bot, message, "\n\n".join(lines))


async def explain_use(update: Update, context: BotContext) -> None:
    """Answer /help."""
    await reply(update, context, "help-group" if is_group(message_of(update).chat) else "help")


async def explain_privacy(update: Update, context: BotContext) -> None:
    """Answer /privacy."""
    say = await context.texts(update)
    corrections = context.services.corrections
    if corrections.are_kept:
        learning = say("privacy-learning", time=say("consent-time", days=corrections.days))
    else:
        learning = say("privacy-no-learning")
    await reply(update, context, "privacy", learning=learning)


async def describe_model(update: Update, context: BotContext) -> None:
    """Answer /about: which model classifies, and how often it was right where that was measured."""
    say = await context.texts(update)
    info = context.services.classifier.info
    lines = [say("about", name=info.name, version=info.version)]
    measured = _find_measured(info.metrics)
    if measured is not None:
        share, photos = float(measured["balanced_accuracy"]), int(measured.get("count", 0))
        lines.append(say("about-accuracy", share=share, photos=photos))
    if info.training.get(FEW_FACES):
        lines.append(say("about-few-faces"))
    lines.append(say("about-limits"))
    lines.append(say("about-version", version=__version__))
    await send_text(context.bot, message_of(update), "\n\n".join(lines))


def _find_measured(metrics: Mapping[str, Any]) -> dict[str, Any] | None:
    """Find the first data set on which the balanced accuracy was measured: happy and sad count the same."""
    for measured in metrics.values():
        if isinstance(measured, dict) and "balanced_accuracy" in measured:
            return measured
    return None


async def name_developer(update: Update, context: BotContext) -> None:
    """Answer /developer_info: who runs this bot, as the host has set it."""
    info = context.services.settings.developer_info
    if info:
        await reply(update, context, "developer-info", info=info)
    else:
        await reply(update, context, "developer-info-missing")


async def hint_at_photos(update: Update, context: BotContext) -> None:
    """Answer a text, or a command that does not exist."""
    await reply(update, context, "hint-text")


async def hint_not_a_photo(update: Update, context: BotContext) -> None:
    """Answer anything else: a voice message, a document, a place."""
    await reply(update, context, "hint-not-a-photo")
