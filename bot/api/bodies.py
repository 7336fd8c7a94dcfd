"""From the body of a request to the bytes of one picture."""

from __future__ import annotations

import base64
import binascii
import json
from http import HTTPStatus

from tornado.httputil import HTTPFile, HTTPInputError, parse_body_arguments

from bot.api.refusals import RefusalError

_LONGEST_NAME = 200


def read_body(content_type: str, body: bytes) -> tuple[str, bytes]:
    """Take the picture out of a body.

    Args:
        content_type: Multipart and JSON are unpacked; whatever else it says, the body is the picture.
        body: All of it.

    Returns:
        The name that the caller gave the file, empty without one; and the file.

    Raises:
        RefusalError: It is multipart or JSON that holds no picture, or two.
    """
    kind = content_type.partition(";")[0].strip().casefold()
    if kind == "multipart/form-data":
        return _read_multipart(content_type, body)
    if kind == "application/json":
        return _read_json(body)
    return "", body


def _read_multipart(content_type: str, body: bytes) -> tuple[str, bytes]:
    files: dict[str, list[HTTPFile]] = {}
    try:
        parse_body_arguments(content_type, body, {}, files)
    except HTTPInputError:
        files = {}
    found = [file for group in files.values() for file in group]
    if len(found) != 1:
        raise RefusalError(
            HTTPStatus.BAD_REQUEST,
            "bad_multipart",
            f"The body holds {len(found)} files that can be read. Expected one, "
            "as `curl --form image=@FILE` sends it.",
        )
    name = "".join(sign for sign in found[0].filename if sign.isprintable())
    return name[:_LONGEST_NAME], found[0].body


def _read_json(body: bytes) -> tuple[str, bytes]:
    try:
        fields = json.loads(body)
        return "", base64.b64decode(fields["image"], validate=True)
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        raise RefusalError(
            HTTPStatus.BAD_REQUEST,
            "bad_json",
            'The body is no JSON of the form {"image": "..."} with the file in base64. '
            "Send that, or the file itself.",
        ) from None
