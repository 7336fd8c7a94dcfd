"""All settings written down: the table of docs/settings.md, and `.env.example`."""

from __future__ import annotations

import dataclasses

from bot.config.settings import Settings


def format_markdown_table() -> str:
    """Format the settings as the table that the README shows."""
    rows = ["| Setting | Default | Meaning |", "|---|---|---|"]
    for declared in dataclasses.fields(Settings):
        default = f"`{declared.metadata['default']}`" if declared.metadata["default"] else ""
        rows.append(f"| `{declared.name.upper()}` | {default} | {declared.metadata['documentation']} |")
    return "\n".join(rows) + "\n"


def format_env_example() -> str:
    """Format the settings as the text of `.env.example`."""
    parts = ["# Copy to .env and keep it to yourself: chmod 600 .env\n# All settings are optional.\n"]
    for declared in dataclasses.fields(Settings):
        lines = (
            f"# {declared.metadata['documentation']}",
            f"#{declared.name.upper()}={declared.metadata['default']}\n",
        )
        parts.append("\n".join(lines))
    return "\n".join(parts)
