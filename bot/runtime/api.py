"""The HTTP API opened beside the bot, where the host wants one: without it, none of its code is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.runtime.roles import StartError

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from bot.config.settings import Settings
    from bot.context import SharedParts
    from bot.runtime.roles import Role

_log = structlog.get_logger(__name__)


async def start_api(
    stack: AsyncExitStack, settings: Settings, shared: SharedParts, role: Role = "all"
) -> int | None:
    """Serve the API, if it is wanted and this process judges; gives its port.

    Raises:
        StartError: The file of keys cannot be used, or the port is taken.
    """
    if settings.api_keys_file is None or role == "ingress":
        return None
    from bot.api.callers import Callers, KeysFileError, load_keys  # noqa: PLC0415 - of no use without keys
    from bot.api.faces import FacesService  # noqa: PLC0415
    from bot.api.server import ApiServer  # noqa: PLC0415

    try:
        keys = load_keys(settings.api_keys_file)
    except KeysFileError as error:
        raise StartError(str(error)) from error
    callers = Callers(keys, per_minute=settings.api_requests_per_minute, max_bytes=settings.max_photo_bytes)
    server = ApiServer(
        FacesService(shared.judge, callers, shared.metrics),
        max_bytes=settings.max_photo_bytes,
        body_seconds=settings.download_seconds,
    )
    stack.push_async_callback(server.stop)
    try:
        port = await server.start(settings.api_port, settings.api_host)
    except OSError as error:
        raise StartError(
            f"API_PORT {settings.api_port} cannot be used ({error.strerror}). Choose another."
        ) from error
    _log.info("the HTTP API is served", host=settings.api_host, port=port, keys=len(keys))
    return port
