"""The errors of the Bot API, in Telegram's own words: bots recognise an error by its text."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """An answer with ``ok: false``.

    Args:
        code: HTTP status, repeated in ``error_code``.
        description: Telegram's sentence for this error.
        **parameters: ``retry_after`` or ``migrate_to_chat_id``, for the errors where Telegram sends them.
    """

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def to_json(self) -> dict[str, Any]:
        """Return the body of the answer."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = dict(self.parameters)
        return body


def bad_request(sentence: str) -> ApiError:
    """Return a 400 with Telegram's prefix."""
    return ApiError(400, f"Bad Request: {sentence}")


def forbidden(sentence: str) -> ApiError:
    """Return a 403 with Telegram's prefix."""
    return ApiError(403, f"Forbidden: {sentence}")


def conflict(sentence: str) -> ApiError:
    """Return a 409 with Telegram's prefix."""
    return ApiError(409, f"Conflict: {sentence}")


def other_poll() -> ApiError:
    """Return the 409 that a waiting ``getUpdates`` gets when a second one arrives."""
    return conflict("terminated by other getUpdates request; make sure that only one bot instance is running")


def too_many_requests(retry_after: int) -> ApiError:
    """Return a 429 that asks for a pause of ``retry_after`` seconds."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


NOT_FOUND = ApiError(404, "Not Found")
UNAUTHORIZED = ApiError(401, "Unauthorized")
