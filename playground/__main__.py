"""Run the playground by itself: ``python -m playground``."""

from __future__ import annotations

import argparse
import asyncio
import signal

from playground.server import Playground


def read_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m playground", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="a name of this machine (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8080, help="0 for a free port (default: %(default)s)")
    parser.add_argument("--token", help="the bot's token (default: made up)")
    return parser.parse_args()


async def serve(arguments: argparse.Namespace) -> None:
    """Serve until interrupted."""
    try:
        # Somebody may try it for days: only the newest 500 files keep their bytes, so memory stays bounded.
        playground = Playground(
            arguments.host, arguments.port, arguments.token, add_bot_at_start=True, keep_files=500
        )
        await playground.start()
    except (OSError, ValueError) as error:
        raise SystemExit(f"The playground cannot start: {error}") from None
    print(f"Chat page:  {playground.page_url}")
    print(f"Bot API:    {playground.api_url}")
    print(f"Bot token:  {playground.token}", flush=True)
    # Docker and systemd stop a program with SIGTERM, a terminal with SIGINT (Ctrl+C).
    stopped = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stopped.set)
    await stopped.wait()
    await playground.stop()


if __name__ == "__main__":
    asyncio.run(serve(read_arguments()))
