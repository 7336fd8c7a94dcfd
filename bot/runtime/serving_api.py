"""Serve the HTTP API and the live page. When both are off, their code is not even imported."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import structlog

from bot.runtime.roles import StartError, opening_port

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AsyncExitStack

    from bot.api.api_server import ApiServer
    from bot.api.callers import Callers
    from bot.context import Services
    from bot.runtime.roles import Role

_log = structlog.get_logger(__name__)


async def start_api(stack: AsyncExitStack, services: Sequence[Services], role: Role = "all") -> int | None:
    """Serve the API to programs with a key, and the live page to people of Telegram.

    Args:
        stack: Closes the server.
        services: The parts of each bot; the live page is the Mini App of all of them.
        role: The part of the work that this process does; only a process that classifies serves the API.

    Returns:
        The port; None when API and live page are off.

    Raises:
        StartError: The file of keys cannot be used, or the port is taken.
    """
    settings = services[0].settings
    if role == "ingress" or not (settings.api_keys_file or settings.live_url):
        return None
    server = _build_server(services[0], _build_callers(services), has_page=bool(settings.live_url))
    stack.push_async_callback(server.stop)
    with opening_port("API_PORT", settings.api_port):
        port = await server.start(settings.api_port, settings.api_host)
    _log.info("the HTTP API is served", host=settings.api_host, port=port)
    return port


async def start_local_page(stack: AsyncExitStack, services: Services) -> str:
    """Serve the live page to browsers on this machine; the playground links to it.

    The URL ends with # and a key that is new at each start. Browsers send this part of a URL to no server.

    Returns:
        The URL.

    Raises:
        StartError: No port of this machine can be used.
    """
    from bot.api.callers import Callers  # of no use on Telegram

    key = secrets.token_urlsafe(24)
    server = _build_server(services, Callers((), page_key=key), has_page=True)
    stack.push_async_callback(server.stop)
    try:
        port = await server.start(0)
    except OSError as error:
        raise StartError(f"The live page cannot be served ({error.strerror}).") from error
    return f"http://127.0.0.1:{port}/live#key={key}"


def _build_callers(services: Sequence[Services]) -> Callers:
    from bot.api.callers import Callers, KeysFileError, load_keys  # of no use without the API
    from bot.api.init_data import InitDataCheck

    settings = services[0].settings
    try:
        keys = load_keys(settings.api_keys_file) if settings.api_keys_file else ()
    except KeysFileError as error:
        raise StartError(str(error)) from error
    tokens = [bot.settings.bot_token for bot in services]
    return Callers(
        keys,
        init_data=InitDataCheck(tokens) if settings.live_url else None,
        admits=services[0].access_list.admits,
        per_minute=settings.api_requests_per_minute,
        max_bytes=settings.max_photo_bytes,
    )


def _build_server(services: Services, callers: Callers, *, has_page: bool) -> ApiServer:
    from bot.api.api_server import ApiServer
    from bot.api.faces_handler import FacesService  # of no use without the API

    settings = services.settings
    return ApiServer(
        FacesService(services.classifier, callers, services.metrics),
        max_bytes=settings.max_photo_bytes,
        body_seconds=settings.download_seconds,
        catalogue=services.catalogue if has_page else None,
    )
