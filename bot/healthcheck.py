"""python -m bot.healthcheck ADDRESS: exit status 0 when the bot says that it is well.

For Docker's HEALTHCHECK, where there is no curl:

    python -m bot.healthcheck http://127.0.0.1:8081/healthz
"""

from __future__ import annotations

import argparse
import http.client
import sys
from http import HTTPStatus
from urllib.parse import urlsplit

_SECONDS = 3.0
DEFAULT_ADDRESS = "http://127.0.0.1:8081/healthz"


def ask(address: str) -> tuple[bool, str]:
    """Ask the bot's health server.

    Returns:
        Whether the bot is well, and what it said.
    """
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_SECONDS)
    try:
        connection.request("GET", parts.path or "/")
        response = connection.getresponse()
        return response.status == HTTPStatus.OK, response.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return False, f"The bot does not answer at {address}: {error}"
    finally:
        connection.close()


def main(arguments: list[str] | None = None) -> int:
    """Ask once and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bot.healthcheck", description="Ask the bot how it is.")
    parser.add_argument("address", nargs="?", default=DEFAULT_ADDRESS, help="default: %(default)s")
    is_well, text = ask(parser.parse_args(arguments).address)
    sys.stdout.write(text + "\n")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
