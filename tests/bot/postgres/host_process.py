"""One process of a shared bot, to be killed.

    python host_process.py ROLE SETTINGS

SETTINGS is JSON. PYTHONPATH has the project and the folder of the bot's tests.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from bot_fakes import ScriptedClassifier, run_bot

from bot.config.parsers import Secret
from bot.config.settings import Settings
from bot.observability.logs import configure_logging
from bot.runtime.lifecycle import build_pool

if TYPE_CHECKING:
    from bot.runtime.roles import Role
    from classifier.workers.worker_pool import Classification

LOST_SECONDS = 3.0
SECRETS = ("bot_token", "database_url", "webhook_secret")


class SlowClassifier(ScriptedClassifier):
    """Takes a moment, so that a kill finds something in hand."""

    async def classify(self, image_bytes: bytes, **options: Any) -> Classification:
        """Classify as scripted."""
        await asyncio.sleep(0.05)
        return await super().classify(image_bytes, **options)


def build_settings(given: dict[str, Any]) -> Settings:
    """Build the settings of this process."""
    fixed = {
        "health_port": 0,
        "lost_worker_seconds": LOST_SECONDS,
        "messages_per_second": 1_000,  # what Telegram allows is not in question here, and would take a minute
        "max_waiting_photos": 1_000,  # a note that asks for patience would count as an answer
        "max_waiting_chats": 1_000_000,
        "stop_seconds": 5,
    }
    values = fixed | given | {name: Secret(given.get(name, "")) for name in SECRETS}
    return Settings(**values | {"data_dir": Path(given["data_dir"])})


async def main(role: str, given: str) -> None:
    """Do this part of the bot's work until told to stop."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    configure_logging(as_json=True)
    settings = build_settings(json.loads(given))
    build = build_pool if role == "ingress" else lambda _: SlowClassifier()
    async with run_bot(settings, build, role=cast("Role", role)):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
