"""The API described in OpenAPI 3.1, for programs that read that and for whoever writes one."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, get_args

from bot.api.refusals import STATUS_BY_KIND
from classifier.types import Doubt, Emotion

_OWN_KINDS: dict[str, HTTPStatus] = {
    "bad_multipart": HTTPStatus.BAD_REQUEST,
    "bad_json": HTTPStatus.BAD_REQUEST,
    "unauthorized": HTTPStatus.UNAUTHORIZED,
    "expired": HTTPStatus.UNAUTHORIZED,
    "not_admitted": HTTPStatus.FORBIDDEN,
    "method_not_allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "rate_limited": HTTPStatus.TOO_MANY_REQUESTS,
    "too_many_at_once": HTTPStatus.SERVICE_UNAVAILABLE,
    "worker_error": HTTPStatus.INTERNAL_SERVER_ERROR,
}
KINDS = {**STATUS_BY_KIND, **_OWN_KINDS}
"""Why there is no answer, by the word that the answer says, with the status that goes with it."""

_WHOLE = {"type": "integer", "minimum": 0}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}


def build_description(max_bytes: int) -> dict[str, Any]:
    """Describe the API.

    Args:
        max_bytes: The largest picture that is taken.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Happy or sad",
            "version": "1",
            "description": "Finds the faces in a picture and says whether each expression looks happy or "
            "sad, how sure that is, and when it cannot tell. It sees a picture, not a feeling. Pictures are "
            "held in memory while they are looked at, and never stored.",
        },
        "paths": {"/v1/faces": {"post": _describe_faces(max_bytes)}},
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Answer": _describe_answer(), "Face": _describe_face(), "Error": _describe_error()},
        },
    }


def _describe_faces(max_bytes: int) -> dict[str, Any]:
    picture = {"type": "string", "format": "binary", "maxLength": max_bytes}
    statuses: dict[HTTPStatus, list[str]] = {}
    for kind, status in KINDS.items():
        statuses.setdefault(status, []).append(kind)
    refusals = {
        str(status.value): _describe_response(f"{status.phrase}: {', '.join(kinds)}", status)
        for status, kinds in sorted(statuses.items())
    }
    return {
        "operationId": "findFaces",
        "summary": "Classify the faces in one picture",
        "security": [{"key": []}],
        "requestBody": {
            "required": True,
            "description": f"JPEG, PNG, WebP, GIF (its first frame) or AVIF, at most {max_bytes:,} bytes.",
            "content": {
                "image/*": {"schema": picture},
                "application/octet-stream": {"schema": picture},
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "properties": {"image": picture},
                        "required": ["image"],
                    }
                },
                "application/json": {
                    "schema": {
                        "type": "object",
                        "properties": {"image": {"type": "string", "contentEncoding": "base64"}},
                        "required": ["image"],
                    }
                },
            },
        },
        "responses": {"200": _describe_response("What was seen; no face is an answer, too."), **refusals},
    }


def _describe_response(description: str, status: HTTPStatus | None = None) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}}
    response: dict[str, Any] = {"description": description, "content": content}
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        header = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
        response["headers"] = {"Retry-After": header}
    return response


def _describe_answer() -> dict[str, Any]:
    """Describe the line of `python -m classifier --json`."""
    size = {"type": ["integer", "null"], "minimum": 1, "description": "Pixels of the upright picture."}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["photo", "width", "height", "faces", "error"],
        "properties": {
            "photo": {"type": "string", "description": "The name of the file, where multipart gave one."},
            "width": size,
            "height": size,
            "faces": {"type": "array", "items": {"$ref": "#/components/schemas/Face"}},
            "error": {"anyOf": [{"$ref": "#/components/schemas/Error"}, {"type": "null"}]},
        },
    }


def _describe_face() -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["box", "probability_happy", "emotion", "confidence", "sure", "doubt"],
        "properties": {
            "box": {
                "type": "array",
                "items": _WHOLE,
                "minItems": 4,
                "maxItems": 4,
                "description": "x, y, width, height in pixels of the upright picture.",
            },
            "probability_happy": _SHARE | {"description": "Happy against sad, calibrated."},
            "emotion": {"type": "string", "enum": list(get_args(Emotion))},
            "confidence": _SHARE | {"description": "The probability of `emotion`."},
            "sure": {"type": "boolean", "description": "If false, say “hard to tell”, not `emotion`."},
            "doubt": {
                "type": ["string", "null"],
                "enum": [*get_args(Doubt), None],
                "description": "Why it is not sure; null when it is.",
            },
        },
    }


def _describe_error() -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["kind", "message"],
        "properties": {
            "kind": {"type": "string", "enum": sorted(KINDS)},
            "message": {"type": "string", "description": "A sentence that says what to do."},
        },
    }
