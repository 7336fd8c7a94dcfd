"""Bots that share a PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio
from postgres_steps import Hosts

if TYPE_CHECKING:
    from pathlib import Path

    from playground import Playground


@pytest_asyncio.fixture(loop_scope="session")
async def hosts(playground: Playground, postgres_url: str, tmp_path: Path) -> Hosts:
    return Hosts(playground, postgres_url, tmp_path)
