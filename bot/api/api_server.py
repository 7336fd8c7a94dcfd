"""The HTTP server of the API and of the live page, on a port of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.api.faces_handler import FacesHandler
from bot.api.live_page import LiveFileHandler, LivePageHandler
from bot.api.openapi import build_description
from bot.observability.http_server import OpenHandler, PortServer

if TYPE_CHECKING:
    from bot.api.faces_handler import FacesService
    from bot.messages.catalogue import Catalogue

_MAX_CONNECTIONS = 128
# Each request is held to its own limit when its headers are in, so that too large a body is answered.
_LARGEST_BODY = 1 << 40


class ApiServer(PortServer):
    """Serves the API.

    Args:
        service: Answers pictures.
        max_bytes: Of a picture, for the description.
        body_seconds: The time that a body may take to come.
        catalogue: The words of the live page; None serves none.
    """

    def __init__(
        self,
        service: FacesService,
        *,
        max_bytes: int,
        body_seconds: float,
        catalogue: Catalogue | None = None,
    ) -> None:
        self._service = service
        self._max_bytes = max_bytes
        self._body_seconds = body_seconds
        self._catalogue = catalogue

    async def start(self, port: int, address: str = "127.0.0.1") -> int:
        """Listen, and return the port: with port 0 the system picks one.

        Raises:
            OSError: The port is taken or the address is not this machine's.
        """
        routes: list[Any] = [
            (r"/v1/faces", FacesHandler, {"service": self._service}),
            (r"/v1/openapi.json", _DescriptionHandler, {"description": build_description(self._max_bytes)}),
        ]
        if self._catalogue is not None:
            routes += [
                (r"/live", LivePageHandler, {"catalogue": self._catalogue}),
                (r"/live/([\w.]+)", LiveFileHandler),
            ]
        return self._listen(
            port,
            address,
            routes,
            max_connections=_MAX_CONNECTIONS,
            max_body_size=_LARGEST_BODY,
            body_seconds=self._body_seconds,
        )


class _DescriptionHandler(OpenHandler):
    """Describes the API."""

    def initialize(self, description: dict[str, Any]) -> None:
        self._description = description

    def get(self) -> None:
        self.write(self._description)
