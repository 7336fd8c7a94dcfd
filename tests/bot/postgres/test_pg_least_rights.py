"""The bot needs no superuser: who owns the database migrates it, and can do nothing to the server."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest

from bot.storage.database import Storage
from bot.storage.engine import name_driver

if TYPE_CHECKING:
    from tests.postgres_server import PostgresServer

ROOT = Path(__file__).parents[3]
PASSWORD = "it's-a-secret"


def create_role(server: PostgresServer) -> str:
    """Run the statements of deploy/create_role.sh, as the image of PostgreSQL does; give the address."""
    script = (ROOT / "deploy/create_role.sh").read_text(encoding="utf-8")
    statements = script.split("<<'SQL'\n")[1].split("SQL\n")[0]
    for statement in filter(str.strip, statements.split(";")):
        server.execute(statement.replace(":'password'", "'" + PASSWORD.replace("'", "''") + "'"))
    parts = urlsplit(server.url())
    return f"postgresql://bot:it%27s-a-secret@{parts.hostname}:{parts.port}/bot"


async def test_the_owner_of_a_database_migrates_and_does_no_more(postgres_server: PostgresServer):
    """The tables are made; programs and files of the server are out of reach."""
    url = create_role(postgres_server)
    try:
        storage = await Storage.open(name_driver(url))
        await storage.close()
        with psycopg.connect(url, autocommit=True) as connection:
            for attack in (
                "CREATE TEMP TABLE t (x text); COPY t FROM PROGRAM 'id'",
                "SELECT pg_read_file('/etc/passwd')",
                "CREATE ROLE other SUPERUSER",
                "CREATE DATABASE other",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(attack)
    finally:
        postgres_server.execute("DROP DATABASE IF EXISTS bot WITH (FORCE)")
        postgres_server.execute("DROP ROLE IF EXISTS bot")


def test_the_script_is_one_that_a_shell_runs():
    """Its syntax, as far as that can be checked without the image."""
    script = ROOT / "deploy/create_role.sh"

    assert subprocess.run(["/bin/sh", "-n", script], check=False).returncode == 0
    assert os.access(script, os.X_OK)
