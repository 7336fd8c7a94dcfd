"""The parameters of one method call, from its query string, form or JSON body."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from playground.rules.api_errors import bad_request
from playground.rules.json_text import load_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tornado.httputil import HTTPServerRequest


@dataclass(frozen=True)
class Upload:
    """A file in a multipart request."""

    name: str
    mime_type: str
    content: bytes


@dataclass(frozen=True)
class Parameters:
    """The parameters and uploaded files of a call; reading them raises Telegram's errors."""

    values: Mapping[str, str] = field(default_factory=dict)
    uploads: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """Return a parameter as text, ``default`` when it is missing."""
        return self.values.get(name, default)

    def has(self, name: str) -> bool:
        """Whether the call has this parameter, even an empty one."""
        return name in self.values

    def flag(self, name: str) -> bool:
        """Return a boolean: Telegram reads ``true``, ``yes`` and ``1`` as true."""
        return self.text(name).strip().lower() in {"true", "yes", "1"}

    def number(self, name: str, default: int = 0) -> int:
        """Return an integer, ``default`` when it is missing or no integer."""
        try:
            return int(self.text(name))
        except ValueError:
            return default

    def json(self, name: str) -> Any:
        """Return a decoded JSON value, None when it is missing.

        Raises:
            ApiError: The value is no JSON.
        """
        value = self.text(name)
        if not value:
            return None
        try:
            return load_json(value)
        except ValueError:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def json_object(self, name: str, wanted: str) -> dict[str, Any] | None:
        """Return a JSON object, None when it is missing.

        Raises:
            ApiError: The value is no JSON object; ``wanted`` names the type that was expected.
        """
        value = self.json(name)
        if value is None or isinstance(value, dict):
            return value
        raise bad_request(f"object expected as {wanted}")


def read_parameters(request: HTTPServerRequest) -> Parameters:
    """Read the parameters of a request; the Bot API accepts all these forms.

    Query string, URL-encoded form, multipart form with files, JSON body.

    Raises:
        ApiError: The Content-Type is JSON, but the body is no JSON object.
    """
    values = {name: texts[-1].decode("utf-8", "replace") for name, texts in request.arguments.items()}
    if request.headers.get("Content-Type", "").startswith("application/json") and request.body:
        values |= _read_json_body(request.body)
    uploads = {
        name: Upload(parts[0].filename, parts[0].content_type, parts[0].body)
        for name, parts in request.files.items()
    }
    return Parameters(values, uploads)


def _read_json_body(body: bytes) -> dict[str, str]:
    """Return the members of a JSON object as texts, as a form would send them."""
    try:
        members = load_json(body)
    except ValueError:
        raise bad_request("can't parse JSON object") from None
    if not isinstance(members, dict):
        raise bad_request("JSON object expected in the body")
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in members.items()
        if value is not None
    }
