"""`POST /v1/faces`: a picture in, what `python -m classifier --json` prints out.

Who asks, how often and with how much is looked at when the headers are in, before any of the body is read.
"""

from __future__ import annotations

import math
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog
from tornado.web import HTTPError, stream_request_body

from bot.api.bodies import read_body
from bot.api.refusals import RefusalError, build_refusal
from bot.limits.rate_counter import RequestRate
from bot.observability.http_server import QuietHandler
from classifier.cli_output import format_json
from classifier.types import ClassifierError

if TYPE_CHECKING:
    from bot.api.callers import Caller, Callers
    from bot.observability.metrics import Metrics
    from classifier.workers.worker_pool import ClassifierPool

_NOBODY = "nobody"
_MOST_AT_ONCE = 16
# Base64 in JSON, and what multipart has around a file.
_LARGEST_WRAPPING = 4 / 3
_WRAPPING_BYTES = 4_096
_log = structlog.get_logger(__name__)


class FacesService:
    """Lets requests in as far as their callers' shares go, and has their pictures classified.

    Args:
        classifier: Classifies pictures; photos in chats go first.
        callers: Who may ask.
        metrics: Counts requests by caller and outcome.
    """

    def __init__(self, classifier: ClassifierPool, callers: Callers, metrics: Metrics) -> None:
        self._classifier = classifier
        self.callers = callers
        self._metrics = metrics
        self._rate = RequestRate()
        self._held: Counter[str] = Counter()

    def admit(self, caller: Caller, length: int) -> None:
        """Let a request in. It takes one of the caller's slots until `release`.

        Args:
            caller: Who asks.
            length: Bytes of body that were announced; 0 where nothing was.

        Raises:
            RefusalError: Too often, too much at once, or too large.
        """
        if length > _allow_bytes(caller):
            raise build_size_refusal(caller)
        if self._held[caller.limited_as] >= caller.at_once or self._held.total() >= _MOST_AT_ONCE:
            raise RefusalError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "too_many_at_once",
                "Too many pictures are sent at the same time. Wait for an answer before you send the next.",
                1.0,
            )
        seconds = self._rate.acquire(caller.limited_as, caller.per_minute)
        if seconds:
            raise RefusalError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "rate_limited",
                f"{caller.per_minute} pictures a minute are answered. "
                f"Try again in {math.ceil(seconds)} seconds.",
                seconds,
            )
        self._held[caller.limited_as] += 1

    def release(self, caller: Caller) -> None:
        """Free the slot of a request."""
        self._held[caller.limited_as] -= 1
        if not self._held[caller.limited_as]:
            del self._held[caller.limited_as]

    async def answer(self, content_type: str, body: bytes) -> str:
        """Classify the picture in a body, and give the answer as JSON.

        Raises:
            RefusalError: There is no picture in it that can be classified, or no worker has time.
        """
        name, image_bytes = read_body(content_type, body)
        try:
            classification = await self._classifier.classify(image_bytes, draw=False, low_priority=True)
        except ClassifierError as error:
            raise build_refusal(error) from error
        return format_json(name, classification.prediction, None)

    def count(self, caller: Caller | None, outcome: str) -> None:
        """Count a request that was answered or refused."""
        self._metrics.count_request(caller.name if caller else _NOBODY, outcome)


def _allow_bytes(caller: Caller) -> int:
    """Say how long a body may be: the picture, and what it is wrapped in."""
    return int(caller.max_bytes * _LARGEST_WRAPPING) + _WRAPPING_BYTES


def build_size_refusal(caller: Caller) -> RefusalError:
    """Refuse a body that is too long."""
    return RefusalError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "too_many_bytes",
        f"The file is larger than {caller.max_bytes / 1e6:.3g} MB. Make it smaller.",
    )


@stream_request_body
class FacesHandler(QuietHandler):
    """Answers one picture. The connection of whoever is refused is closed with the body unread."""

    def initialize(self, service: FacesService) -> None:
        """Begin without a caller. Tornado has a route's arguments come here."""
        self._service = service
        self._caller: Caller | None = None
        self._holds = False
        self._body = bytearray()
        self._is_classifying = False

    def set_default_headers(self) -> None:
        """Say what comes, and let nothing be kept."""
        super().set_default_headers()
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")

    def prepare(self) -> None:
        """Let the request in or refuse it: the headers are in, and nothing of the body is read."""
        if self.request.method != "POST":
            self.set_header("Allow", "POST")
            self._refuse(
                RefusalError(
                    HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", "Send the picture with POST."
                )
            )
            return
        headers = self.request.headers
        announced = headers.get("Content-Length", "")
        length = int(announced) if announced.isascii() and announced.isdigit() else 0
        try:
            self._caller = self._service.callers.find(headers.get("Authorization", ""))
            self._service.admit(self._caller, length)
        except RefusalError as refusal:
            self._refuse(refusal)
        else:
            self._holds = True

    def data_received(self, chunk: bytes) -> None:
        """Gather the body: one that is sent in pieces announces no length."""
        if self._caller is None or self._finished:
            return
        self._body += chunk
        if len(self._body) > _allow_bytes(self._caller):
            self._body.clear()
            self._refuse(build_size_refusal(self._caller))

    async def post(self) -> None:
        """Answer, when all of the body is there."""
        if self._finished:
            return
        self._is_classifying = True
        body, self._body = bytes(self._body), bytearray()
        try:
            answer = await self._service.answer(self.request.headers.get("Content-Type", ""), body)
        except RefusalError as refusal:
            self._refuse(refusal)
            return
        finally:
            self._is_classifying = False
            self._release()
        self._service.count(self._caller, "seen")
        self.finish(answer)

    def on_finish(self) -> None:
        """Free the slot, however the request ended."""
        self._release()

    def on_connection_close(self) -> None:
        """Free the slot when the caller left before the whole body had come."""
        super().on_connection_close()
        self._release()

    def _release(self) -> None:
        """Free the slot, once. A picture that is still being classified keeps its slot."""
        if self._caller is not None and self._holds and not self._is_classifying:
            self._holds = False
            self._service.release(self._caller)

    def _refuse(self, refusal: RefusalError) -> None:
        self._service.count(self._caller, refusal.kind)
        self.set_status(refusal.status)
        if refusal.status == HTTPStatus.UNAUTHORIZED:
            self.set_header("WWW-Authenticate", "Bearer")
        if refusal.retry_seconds is not None:
            self.set_header("Retry-After", str(max(1, math.ceil(refusal.retry_seconds))))
        self.finish(format_json("", None, refusal))

    def write_error(self, status_code: int, **_: Any) -> None:
        """Answer what failed on our side in the same shape, and tell nothing of it."""
        status, sentence = HTTPStatus(status_code), "Something went wrong on our side. Try again in a minute."
        self._refuse(RefusalError(status, "worker_error", sentence))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log faults of our own: never a header, which holds the key, nor a body."""
        if not isinstance(value, HTTPError):
            _log.error("an API request failed", exc_info=(typ, value, tb))
