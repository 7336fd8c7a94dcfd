"""Decode JSON from outside, with a limit on how deeply it is nested."""

from __future__ import annotations

import json
from typing import Any

_MAX_DEPTH = 100  # levels; the Bot API and the page use at most ten


def load_json(text: str | bytes) -> Any:
    """Return a decoded JSON value.

    Raises:
        ValueError: The text is no JSON, or is nested so deeply that encoding it again would fail.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    # json.dumps may fail later on a value that json.loads could still decode: it runs deeper in the stack.
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [child for item in level for child in _list_children(item)]
        if not level:
            return value
    raise ValueError("nested too deeply")


def _list_children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
