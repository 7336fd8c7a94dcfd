"""The parameters of one method call, however they came."""

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
    """Named texts and uploads, read with the errors Telegram gives."""

    values: Mapping[str, str] = field(default_factory=dict)
    uploads: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """Return a text, ``default`` when it is missing."""
        return self.values.get(name, default)

    def has(self, name: str) -> bool:
        """Whether a value was given at all."""
        return name in self.values

    def flag(self, name: str) -> bool:
        """Return a boolean: ``true``, ``yes`` and ``1`` are true, as for Telegram."""
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
    """Collect query string, form, multipart parts or JSON body.

    Raises:
        ApiError: The body is no JSON object although its type says so.
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
    """Return a JSON object's members as the texts a form would have held."""
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
