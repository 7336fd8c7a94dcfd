"""Commands for whoever hosts the bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.answers.sending import send_text
from bot.context import is_group
from bot.handlers.hints import hint_at_photos

if TYPE_CHECKING:
    from telegram import Update

    from bot.context import BotContext


async def send_statistics(update: Update, context: BotContext) -> None:
    """Answer /stats to an owner; to anybody else the command does not exist."""
    message, user = update.effective_message, update.effective_user
    if message is None:
        return
    if user is None or user.id not in context.services.settings.owner_ids:
        # In a group it may have been meant for another bot.
        if not is_group(message.chat):
            await hint_at_photos(update, context)
        return
    say = await context.texts(update)
    lines = [f"{name}: {value}" for name, value in flatten(context.services.metrics.summary())]
    await send_text(context.bot, message, "\n".join([say("stats-title"), *lines]))


def flatten(summary: dict[str, object], prefix: str = "") -> list[tuple[str, str]]:
    """Turn nested counts into lines such as ("download.p95", "0.12")."""
    rows: list[tuple[str, str]] = []
    for name, value in summary.items():
        if isinstance(value, dict):
            rows.extend(flatten(value, f"{prefix}{name}."))
        else:
            rows.append((f"{prefix}{name}", f"{value:.3g}" if isinstance(value, float) else str(value)))
    return rows
