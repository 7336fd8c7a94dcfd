"""JSON from strangers, bounded in depth."""

from __future__ import annotations

import json
from typing import Any

_DEEPEST = 100  # nothing that the Bot API or the page sends is nested more than ten times


def load_json(text: str | bytes) -> Any:
    """Return a decoded JSON value.

    Raises:
        ValueError: The text is no JSON, or is nested too deeply to be written again.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    level = [value]
    for _ in range(_DEEPEST):
        level = [child for item in level for child in _list_children(item)]
        if not level:
            return value
    raise ValueError("nested too deeply")


def _list_children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
