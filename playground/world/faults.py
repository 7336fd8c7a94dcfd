"""Fault injection: let chosen Bot API calls fail as a network or a server can fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from playground.rules.api_errors import (
    NOT_FOUND,
    UNAUTHORIZED,
    ApiError,
    bad_request,
    forbidden,
    other_poll,
    too_many_requests,
)

FaultKind = Literal[
    "too_many_requests",  # 429 with retry_after: the bot sends too fast
    "forbidden",  # 403: the person blocked the bot
    "unauthorized",  # 401: the token was revoked
    "bad_request",  # 400 with `description`
    "conflict",  # 409: a second instance polls
    "server_error",  # 500
    "bad_gateway",  # 502 with a page of HTML, as a proxy sends it
    "hang",  # no answer for `seconds`, then the call is carried out
    "reset",  # the connection is reset; the call is not carried out
    "lost_answer",  # the call is carried out, then the connection is reset
    "truncated",  # the answer or the file ends half-way
    "malformed",  # 200 with broken JSON
    "expired_link",  # 404 for a file
]
FILE_DOWNLOAD = "download"


@dataclass
class Fault:
    """Which calls fail, how, and how often.

    Args:
        kind: How they fail, one of ``FaultKind``.
        method: The method that fails, ``download`` for file downloads, ``*`` for every method.
        count: How many calls fail; -1 for all calls until ``Faults.clear``.
        skip: How many matching calls succeed first.
        retry_after: Seconds, for 429.
        seconds: How long ``hang`` lasts.
        description: The sentence of ``bad_request`` or ``forbidden``.
        chat_id: Only calls for this chat fail; None for every chat.
    """

    kind: FaultKind
    method: str = "*"
    count: int = 1
    skip: int = 0
    retry_after: int = 1
    seconds: float = 3600.0
    description: str = ""
    chat_id: int | None = None

    def matches(self, method: str, chat_id: str) -> bool:
        """Whether this call is one of those that fail."""
        # Not downloads: a bot that cannot load a photo acts differently from one whose call is refused.
        anything = self.method == "*" and method != FILE_DOWNLOAD
        named = anything or self.method.lower() == method.lower()
        return named and (self.chat_id is None or str(self.chat_id) == chat_id)

    def to_error(self) -> ApiError | None:
        """Return the Bot API error of this fault, None for other faults, such as a reset connection."""
        answers: dict[str, ApiError] = {
            "too_many_requests": too_many_requests(self.retry_after),
            "forbidden": forbidden(self.description or "bot was blocked by the user"),
            "unauthorized": UNAUTHORIZED,
            "bad_request": bad_request(self.description or "chat not found"),
            "conflict": other_poll(),
            "server_error": ApiError(500, "Internal Server Error"),
            "expired_link": NOT_FOUND,
        }
        return answers.get(self.kind)


@dataclass
class Faults:
    """The faults that are still to happen, oldest first."""

    active: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> Fault:
        """Let the next matching calls fail."""
        self.active.append(fault)
        return fault

    def clear(self) -> None:
        """Let every call succeed again."""
        self.active.clear()

    def take(self, method: str, chat_id: str = "") -> Fault | None:
        """Count this call and return the fault that applies to it, None when the call succeeds."""
        for fault in self.active:
            if not fault.matches(method, chat_id):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.count > 0:
                fault.count -= 1
                if fault.count == 0:
                    self.active.remove(fault)
            return fault
        return None


def read_fault(order: dict[str, Any]) -> Fault:
    """Return the fault that a JSON object describes.

    Raises:
        ValueError: A field is unknown or the kind is not one of ``FaultKind``.
    """
    if order.get("kind") not in get_args(FaultKind):
        raise ValueError(f"kind must be one of {', '.join(get_args(FaultKind))}")
    unknown = order.keys() - Fault.__dataclass_fields__.keys()
    if unknown:
        raise ValueError(f"unknown field: {', '.join(sorted(unknown))}")
    return Fault(**order)
