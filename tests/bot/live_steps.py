"""What the tests of the live page share: a film for the fake camera, a server with the page, signatures."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import cv2
from skimage.data import astronaut

from bot.api.api_server import ApiServer
from bot.api.callers import Callers
from bot.api.faces_handler import FacesService
from bot.api.init_data import InitDataCheck
from bot.messages.catalogue import Catalogue
from bot.observability.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from classifier.workers.worker_pool import ClassifierPool


PAGE_KEY = "the-key-behind-the-fragment"
TOKEN = "123456789:AAabcdefghijklmnopqrstuvwxyz0123456"
_FRAMES = 60
_MAX_BYTES = 2_000_000


def write_film(path: Path) -> None:
    """Write what the fake camera shows, JPEG after JPEG: the astronaut, who moves in a small circle."""
    portrait = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2BGR)
    wide = cv2.copyMakeBorder(cv2.resize(portrait, (560, 560)), 0, 0, 120, 120, cv2.BORDER_REFLECT_101)
    with path.open("wb") as film:
        for number in range(_FRAMES):
            turn = 2 * math.pi * number / _FRAMES
            x, y = 80 + int(30 * math.sin(turn)), 20 + int(10 * math.cos(turn))
            film.write(cv2.imencode(".jpg", wide[y : y + 480, x : x + 640])[1].tobytes())


def build_camera_flags(film: Path) -> tuple[str, ...]:
    """Give Chromium a camera that shows a film. Who asks for it still needs the permission."""
    return "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"


@asynccontextmanager
async def serve_live_page(classifier: ClassifierPool, **options: Any) -> AsyncIterator[str]:
    """Serve the live page on a free port, and give its address with the key."""
    options = {"page_key": PAGE_KEY, "init_data": InitDataCheck([TOKEN]), **options}
    service = FacesService(classifier, Callers((), **options), Metrics())
    server = ApiServer(service, max_bytes=_MAX_BYTES, body_seconds=60, catalogue=Catalogue("en"))
    port = await server.start(0)
    yield f"http://127.0.0.1:{port}/live#key={PAGE_KEY}"
    await server.stop()


def sign_init_data(token: str = TOKEN, **changes: str | None) -> str:
    """Write what Telegram would give a Mini App; a change to None leaves a field out."""
    fields: dict[str, str | None] = {
        "query_id": "AAF0",
        "user": json.dumps({"id": 77, "first_name": "Ana & Co=", "language_code": "de"}),
        "auth_date": str(int(time.time())),
        "signature": "third-party",
        **changes,
    }
    known = {name: value for name, value in fields.items() if value is not None}
    text = "\n".join(f"{name}={known[name]}" for name in sorted(known))
    key = hmac.digest(b"WebAppData", token.encode(), "sha256")
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return urlencode(known | {"hash": signature})
