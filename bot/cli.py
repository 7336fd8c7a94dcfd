"""The command line: run the bot on Telegram, or, without a token, in the playground on this machine."""

# ruff: noqa: T201 - a command line speaks on the terminal

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import gc
import logging
import os
import resource
import secrets
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.config.parsers import Secret
from bot.config.reference import format_env_example, format_markdown_table
from bot.config.settings import (
    SettingsError,
    describe_unknown_names,
    is_readable_by_others,
    load_settings,
    remove_secrets_from_environment,
)
from bot.runtime.lifecycle import run_bots
from bot.runtime.roles import RefusedError, StartError, opening_port
from classifier.workers.confinement import hide_from_other_processes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.config.settings import Settings
    from bot.runtime.roles import Role
    from bot.runtime.serving import RunningBots

_DOING = {"all": "answering on", "ingress": "receiving from", "worker": "answering what was received from"}
_SWITCH_SECONDS = 0.001
# The playground's bot is the same in each run, so that what an earlier run left can be told. No bot of
# Telegram's has so small a number.
_PLAYGROUND_BOT = 1_000
# What the bot writes holds what people wrote, whoever made DATA_DIR and whatever the shell's umask is.
_ONLY_MINE = 0o077
_log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; gives the exit status."""
    options = _build_parser().parse_args(arguments)
    if options.command == "settings":
        print(format_env_example() if options.env else format_markdown_table(), end="")
        return 0
    if options.command == "corrections-key":
        _print_key()
        return 0
    os.umask(_ONLY_MINE)
    # The event loop waits so long for threads that compute, such as the inbox's, each time it was away.
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        settings = load_settings()
        if options.command in _ONCE:
            return _do_once(settings, options)
        _check_address_space(settings)
        _keep_secrets_in()
        asyncio.run(_run(settings, options.command or "all"))
    except (SettingsError, StartError) as error:
        print(f"The bot cannot start. {error}", file=sys.stderr)
        return 1
    except RefusedError as error:
        print(f"The bot has stopped. {error}", file=sys.stderr)
        return 1
    return 0


def _check_address_space(settings: Settings) -> None:
    """Refuse to start where the shell allows less memory than a worker is promised: it would die of it."""
    _, allowed = resource.getrlimit(resource.RLIMIT_AS)
    if allowed not in {resource.RLIM_INFINITY, -1} and allowed < settings.worker_memory_bytes:
        raise StartError(
            f"A program may use {allowed // 1024:,} KiB of address space here (ulimit -v), and "
            f"a worker is promised {settings.worker_memory_bytes // 1024:,}. "
            "Raise the first, or lower WORKER_MEMORY_BYTES."
        )


def _is_in_container() -> bool:
    """Whether Docker or Podman runs this: 127.0.0.1 is then the container's own."""
    return any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv"))


def _keep_secrets_in() -> None:
    """Let no other process see the secrets: neither those that are started nor others of the same user."""
    remove_secrets_from_environment()
    hide_from_other_processes()


def _print_key() -> None:
    """Print a new key for the faces that people give."""
    from classifier.face_encryption import create_key  # slow to load, and seldom needed

    print(create_key())


def _print_feedback(settings: Settings, _options: argparse.Namespace) -> int:
    """Print what people said of answers, one JSON object a line; gives the exit status."""
    from bot.feedback.verdict_counts import list_counts  # slow to load, as bot.runtime.lifecycle says

    for line in asyncio.run(list_counts(settings.data_dir, settings.database_url)):
        print(line)
    return 0


def _migrate(settings: Settings, _options: argparse.Namespace) -> int:
    """Bring the database's tables up to date; gives the exit status."""
    asyncio.run(_open_once(settings))
    print("The database is up to date.")
    return 0


async def _open_once(settings: Settings) -> None:
    """Open the database, which brings its tables up to date."""
    from bot.storage.database import Storage
    from bot.storage.engine import name_driver  # slow to load, as bot.runtime.lifecycle says

    storage = await Storage.open(name_driver(settings.database_url) or settings.data_dir)
    await storage.close()


def _move_to_postgres(settings: Settings, _options: argparse.Namespace) -> int:
    """Copy an installation from DATA_DIR to DATABASE_URL; gives the exit status."""
    from bot.runtime.move_to_postgres import move_to_postgres  # slow to load, as bot.runtime.lifecycle says

    if not settings.database_url:
        print("Set DATABASE_URL to the PostgreSQL database to move to.", file=sys.stderr)
        return 1
    counts = asyncio.run(move_to_postgres(settings.data_dir, settings.database_url))
    for table, rows in counts.items():
        print(f"{table}: {rows}")
    print("All of it is in PostgreSQL now, and DATA_DIR is as it was. Start the bot with DATABASE_URL.")
    return 0


def _copy_corrections(settings: Settings, options: argparse.Namespace) -> int:
    """Copy the faces that people gave from PostgreSQL to a folder; gives the exit status."""
    from bot.feedback.copy_corrections import copy_corrections  # slow to load, as bot.runtime.lifecycle says

    if not settings.database_url:
        print(
            f"Without DATABASE_URL they are in {settings.data_dir / 'corrections'} already.", file=sys.stderr
        )
        return 1
    count = asyncio.run(copy_corrections(settings.database_url, options.folder))
    print(f"{options.folder} holds {count} sealed faces.")
    return 0


# What is done once, without running the bot.
_ONCE = {
    "feedback": _print_feedback,
    "migrate": _migrate,
    "move-to-postgres": _move_to_postgres,
    "copy-corrections": _copy_corrections,
}


def _do_once(settings: Settings, options: argparse.Namespace) -> int:
    """Do what is done once; gives the exit status."""
    from bot.storage.engine import StorageError  # slow to load, as bot.runtime.lifecycle says

    try:
        return _ONCE[options.command](settings, options)
    except StorageError as error:
        print(error, file=sys.stderr)
        return 1


async def _run(settings: Settings, role: Role) -> None:
    """Run until the program is told to stop, also while it is starting or trying to reach Telegram."""
    stop, ready = asyncio.Event(), asyncio.Event()
    _stop_on_signal(stop)
    if settings.tokens:
        running = asyncio.create_task(_run_on_telegram(settings, stop, ready, role))
    elif role == "all":
        running = asyncio.create_task(_run_in_playground(settings, stop, ready))
    else:
        raise StartError(f"`python -m bot {role}` needs a BOT_TOKEN: the playground is for one process.")
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not ready.is_set():
        running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


def _prepare(settings: Settings) -> None:
    """Set up what holds for the whole program, when its code is loaded."""
    _configure_logging(settings)
    # Code stays: looking through all of it for garbage would hold up every answer for some 60 ms.
    gc.freeze()


def _configure_logging(settings: Settings) -> None:
    """Set up the log; nothing may be logged before the token is known to it."""
    from bot.observability.logs import configure_logging  # slow to load; see bot.runtime.lifecycle

    as_json = settings.log_format == "json"
    configure_logging(level=settings.log_level, as_json=as_json, secrets=settings.secrets)
    if is_readable_by_others():
        _log.warning("others on this machine can read .env, where the token stands; run: chmod 600 .env")
    for sentence in describe_unknown_names():
        _log.warning("%s", sentence)


async def _run_on_telegram(
    settings: Settings, stop: asyncio.Event, ready: asyncio.Event, role: Role = "all"
) -> None:
    """Run the bot on Telegram, or on whichever server speaks its Bot API."""
    async with run_bots(settings, prepare=partial(_prepare, settings), role=role) as running:
        _follow_hang_ups(running, stop)
        ready.set()
        first, *others = running.bots
        subject = f"{len(running.bots)} bots are" if others else f"@{first.application.bot.username} is"
        print(f"{subject} {_DOING[role]} Telegram. Ctrl-C stops it.", flush=True)
        await _wait_for_any(stop, running.refused)
    if running.refused.is_set():
        name = "BOT_TOKEN is" if len(settings.tokens) == 1 else "None of BOT_TOKENS is"
        raise RefusedError(
            f"{name} no longer taken by Telegram; it may have been revoked. Messages that wait are kept "
            "and answered when the bot is started with its new token."
        )


async def _run_in_playground(settings: Settings, stop: asyncio.Event, ready: asyncio.Event) -> None:
    """Start a stand-in for Telegram and run the bot in it."""
    from bot.runtime.serving_api import start_local_page
    from bot.storage.engine import StorageError  # slow to load, as bot.runtime.lifecycle says
    from playground import Playground  # of no use, and not loaded, on Telegram

    try:
        await _forget_earlier_playgrounds(settings)
    except StorageError as error:
        raise StartError(str(error)) from error
    token = f"{_PLAYGROUND_BOT}:AA{secrets.token_hex(16)}g"
    playground = Playground(
        token=token, port=settings.playground_port, add_bot_at_start=True, guest_mode=True
    )
    with opening_port("PLAYGROUND_PORT", settings.playground_port):
        await playground.start()
    in_playground = dataclasses.replace(
        settings, bot_token=Secret(playground.token), telegram_api_url=playground.api_url, webhook_url=""
    )
    try:
        async with (
            run_bots(in_playground, prepare=partial(_prepare, in_playground)) as running,
            contextlib.AsyncExitStack() as pages,
        ):
            _follow_hang_ups(running, stop)
            playground.world.live_url = await start_local_page(pages, running.bots[0].services)
            ready.set()
            print(f"No BOT_TOKEN: try the bot at {playground.page_url}  Ctrl-C stops it.", flush=True)
            if _is_in_container():
                print(
                    "It opens only inside this container, or from its host with --network host.", flush=True
                )
            await stop.wait()
    finally:
        await playground.stop()


async def _forget_earlier_playgrounds(settings: Settings) -> None:
    """Delete what the bot kept of people and chats that ended with an earlier run of the playground."""
    from bot.storage.database import Storage
    from bot.storage.engine import name_driver
    from bot.transport.command_registration import name_memory  # slow to load, all three

    storage = await Storage.open(name_driver(settings.database_url) or settings.data_dir, _PLAYGROUND_BOT)
    try:
        await storage.forget_bot()
    finally:
        await storage.close()
    await asyncio.to_thread(name_memory(settings.data_dir, _PLAYGROUND_BOT).unlink, missing_ok=True)


async def _wait_for_any(*events: asyncio.Event) -> None:
    """Wait until the first of several things has come about."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


def _stop_on_signal(stop: asyncio.Event) -> None:
    """Let the first Ctrl-C or SIGTERM stop the bot in order, and a second one at once."""
    loop = asyncio.get_running_loop()

    def begin_to_stop() -> None:
        stop.set()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, begin_to_stop)


def _follow_hang_ups(running: RunningBots, stop: asyncio.Event) -> None:
    """Look for a new model at SIGHUP; but stop when it says that the terminal was closed."""
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        return  # nohup
    had_terminal = _has_terminal()

    def hear() -> None:
        if had_terminal and not _has_terminal():
            stop.set()
        else:
            running.model_watch.look_now()

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hear)


def _has_terminal() -> bool:
    """Whether somebody can press Ctrl-C."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    listing = commands.add_parser("settings", help="list the settings")
    form = listing.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="as the table of docs/settings.md (default)")
    form.add_argument("--env", action="store_true", help="as .env.example")
    commands.add_parser("ingress", help="only receive messages, into PostgreSQL")
    commands.add_parser("worker", help="only answer messages that others received into PostgreSQL")
    commands.add_parser("migrate", help="bring the database's tables up to date")
    commands.add_parser("move-to-postgres", help="copy what DATA_DIR holds to the PostgreSQL of DATABASE_URL")
    commands.add_parser("corrections-key", help="print a new key for the faces that people give")
    copying = commands.add_parser(
        "copy-corrections", help="make a folder hold the sealed faces that PostgreSQL keeps, for training"
    )
    copying.add_argument("folder", type=Path, help="a folder of nothing else")
    commands.add_parser("feedback", help="list how often answers were called right or wrong, as JSON lines")
    return parser
