"""python -m bot.healthcheck [ADDRESS]: exit status 0 when the bot says that it is ready.

/readyz rather than /healthz: polling that stalls leaves the process alive.

For Docker's HEALTHCHECK, where there is no curl. Without an address it asks where the settings say; with
HEALTH_PORT=0 nothing speaks against the bot.
"""

from __future__ import annotations

import argparse
import http.client
import sys
from http import HTTPStatus
from urllib.parse import urlsplit

from bot.config.settings import Settings, SettingsError, load_settings

_SECONDS = 3.0
_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound here


def name_address(settings: Settings) -> str:
    """Name the address that the bot of these settings listens on, as seen from its own machine."""
    host = _ANY_ADDRESS.get(settings.health_host, settings.health_host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.health_port}/readyz"


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


def _check(address: str | None) -> tuple[bool, str]:
    if address:
        return ask(address)
    try:
        settings = load_settings()
    except SettingsError as error:
        return False, str(error)
    if not settings.health_port:
        return True, "HEALTH_PORT is 0, so the bot cannot be asked."
    return ask(name_address(settings))


def main(arguments: list[str] | None = None) -> int:
    """Ask once and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bot.healthcheck", description="Ask the bot how it is.")
    parser.add_argument("address", nargs="?", help="default: /readyz where the settings say")
    is_well, text = _check(parser.parse_args(arguments).address)
    sys.stdout.write(text + "\n")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
