"""Write a file so that a crash leaves the old one or the new one. A leaf: imports nothing of the room."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write beside the file, then rename: a rename in one folder replaces the old file in one step."""
    partial = path.with_name(f"partial-{path.name}")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
