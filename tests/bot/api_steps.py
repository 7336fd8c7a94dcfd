"""What the tests of the API share: a server with keys, and a client for it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx

from bot.api.api_server import ApiServer
from bot.api.callers import ApiKey, Callers, hash_key
from bot.api.faces_handler import FacesService
from bot.observability.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from classifier.workers.worker_pool import ClassifierPool


KEY = "a-key-of-the-doorbell-0123456789"
OTHER_KEY = "a-key-of-the-website-0123456789"
KEYS = (ApiKey("doorbell", hash_key(KEY)), ApiKey("website", hash_key(OTHER_KEY)))
MAX_BYTES = 2_000_000


def bear(key: str) -> dict[str, str]:
    """Give the header that holds a key."""
    return {"Authorization": f"Bearer {key}"}


@asynccontextmanager
async def serve_api(
    classifier: ClassifierPool, metrics: Metrics | None = None, **options: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the API on a free port, and give a client that sends a right key unless told otherwise."""
    callers = Callers(KEYS, **{"max_bytes": MAX_BYTES, **options})
    service = FacesService(classifier, callers, metrics or Metrics())
    server = ApiServer(service, max_bytes=MAX_BYTES, body_seconds=60)
    port = await server.start(0)
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", headers=bear(KEY), timeout=60
    ) as client:
        yield client
    await server.stop()
