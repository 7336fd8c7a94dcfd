"""Commands for whoever hosts the bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.answers.sending import send_text
from bot.context import is_group, message_of
from bot.handlers.commands import hint_at_photos
from bot.observability.metrics import DAY, HOUR

if TYPE_CHECKING:
    from telegram import Update

    from bot.context import BotContext
    from bot.messages.catalogue import Texts
    from bot.observability.metrics import Metrics

_COUNTS = {
    "answered": "stats-answered",
    "refused": "stats-refused",
    "faces": "stats-faces",
    "updates": "stats-updates",
}
_STEPS = {
    "queue": "stats-queue",
    "download": "stats-download",
    "classify": "stats-classify",
    "send": "stats-send",
    "service": "stats-service",
}


async def send_statistics(update: Update, context: BotContext) -> None:
    """Answer /stats to an owner; to anybody else the command does not exist."""
    message, user = message_of(update), update.effective_user
    if user is None or user.id not in context.services.settings.owner_ids:
        # In a group it may have been meant for another bot.
        if not is_group(message.chat):
            await hint_at_photos(update, context)
        return
    say = await context.texts(update)
    await send_text(context.bot, message, format_statistics(say, context.services.metrics))


def format_statistics(say: Texts, metrics: Metrics) -> str:
    """Format how much was done, and how long each step of it took."""
    hour, day, total = metrics.count_since(HOUR), metrics.count_since(DAY), metrics.count_since(None)
    lines = [
        say(message, hour=hour[name], day=day[name], total=total[name]) for name, message in _COUNTS.items()
    ]
    quantiles = metrics.find_quantiles()
    times = [
        say(message, times=say("stats-quantiles", half=half, most=most, slow=slow))
        for step, message in _STEPS.items()
        if step in quantiles
        for half, most, slow in [quantiles[step]]
    ]
    since = say("stats-since", start=metrics.started)
    return "\n".join([say("stats-title"), *lines, "", say("stats-times"), *times, "", since])
