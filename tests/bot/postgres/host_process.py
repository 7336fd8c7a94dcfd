"""One process of a shared bot, to be killed.

    python host_process.py ROLE API_URL TOKEN DATABASE_URL DATA_DIR

PYTHONPATH has the project and the folder of the bot's tests.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from bot_fakes import ScriptedJudge

from bot.lifecycle import Role, run_bot
from bot.settings import Secret, Settings

if TYPE_CHECKING:
    from classifier.workers import Judgement

LOST_SECONDS = 3.0


class SlowJudge(ScriptedJudge):
    """Takes a moment, so that a kill finds something in hand."""

    async def judge(self, image_bytes: bytes, **options: Any) -> Judgement:
        """Judge as scripted."""
        await asyncio.sleep(0.05)
        return await super().judge(image_bytes, **options)


async def main(role: str, api_url: str, token: str, database_url: str, data_dir: str) -> None:
    """Do this part of the bot's work until told to stop."""
    settings = Settings(
        bot_token=Secret(token),
        telegram_api_url=api_url,
        data_dir=Path(data_dir),
        database_url=Secret(database_url),
        health_port=0,
        lost_worker_seconds=LOST_SECONDS,
        messages_per_second=1_000,  # what Telegram allows is not in question here, and would take a minute
        stop_seconds=5,
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with run_bot(settings, lambda _: SlowJudge(), role=cast("Role", role)):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
