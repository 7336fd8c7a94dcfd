"""The database over TLS: with sslmode=verify-full nobody between bot and PostgreSQL reads along."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
import pytest
from bot_fakes import PICTURE, until
from postgres_steps import Hosts

from bot.storage.database import Storage
from bot.storage.engine import StorageError, name_driver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playground import Playground
    from tests.postgres_server import PostgresServer

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def authority(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The authority that vouches for the server, which speaks TLS as 127.0.0.1 while these tests run."""
    folder = tmp_path_factory.mktemp("tls")
    authority, server = folder / "authority.pem", folder / "server.pem"
    _make_certificate(authority, "Test authority", is_authority=True)
    _make_certificate(server, "database.test", "subjectAltName=IP:127.0.0.1", signed_by=authority)
    # Its key must be the server's own file: PostgreSQL runs as another account.
    for name, source in (("tls.crt", server), ("tls.key", server.with_suffix(".key"))):
        postgres_server.write_file(name, source.read_bytes())
    for statement in ("ssl_cert_file = 'tls.crt'", "ssl_key_file = 'tls.key'", "ssl = on"):
        postgres_server.execute(f"ALTER SYSTEM SET {statement}")
    postgres_server.execute("SELECT pg_reload_conf()")
    _wait_for_tls(postgres_server)
    yield authority
    for setting in ("ssl", "ssl_cert_file", "ssl_key_file"):
        postgres_server.execute(f"ALTER SYSTEM RESET {setting}")
    postgres_server.execute("SELECT pg_reload_conf()")


async def test_every_connection_of_a_bot_is_encrypted(
    playground: Playground, postgres_url: str, authority: Path, tmp_path: Path
):
    """A photo is answered, and no connection to the bot's database is in the clear."""
    hosts = Hosts(playground, _verify(postgres_url, authority), tmp_path)
    async with hosts.run("all"):
        photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
        await playground.wait_for_reply(photo)
        with psycopg.connect(postgres_url, sslmode="disable") as connection:
            counted = connection.execute(
                "SELECT count(*) FILTER (WHERE ssl), count(*) FILTER (WHERE NOT ssl) FROM pg_stat_ssl"
                " JOIN pg_stat_activity USING (pid)"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchone()
    assert counted is not None
    encrypted, clear = counted
    assert encrypted >= 2
    assert clear == 0


@pytest.mark.usefixtures("authority")
async def test_a_server_that_another_authority_vouches_for_is_refused(postgres_url: str, tmp_path: Path):
    """The start ends with a sentence that says which file to name."""
    stranger = tmp_path / "stranger.pem"
    _make_certificate(stranger, "Another authority", is_authority=True)
    with pytest.raises(StorageError, match="No authority of sslrootcert"):
        await Storage.open(name_driver(_verify(postgres_url, stranger)))


async def test_a_server_of_another_name_is_refused(postgres_url: str, authority: Path):
    """A certificate for 127.0.0.1 does not do for localhost."""
    url = _verify(postgres_url, authority).replace("@127.0.0.1:", "@localhost:")
    with pytest.raises(StorageError, match="is for another name"):
        await Storage.open(name_driver(url))


async def test_a_server_without_tls_is_not_spoken_to(postgres_server: PostgresServer, authority: Path):
    """What asks for TLS never falls back to the clear; the sentence says where to switch it on."""
    postgres_server.execute("ALTER SYSTEM SET ssl = off")
    postgres_server.execute("SELECT pg_reload_conf()")
    try:
        await until(lambda: not _offers_tls(postgres_server))
        with pytest.raises(StorageError, match="ssl = on"):
            await Storage.open(name_driver(_verify(postgres_server.url(), authority)))
    finally:
        postgres_server.execute("ALTER SYSTEM SET ssl = on")
        postgres_server.execute("SELECT pg_reload_conf()")
        _wait_for_tls(postgres_server)


async def test_a_missing_file_of_authorities_is_said(postgres_url: str, authority: Path):
    """Not an error of the database: the path is wrong."""
    with pytest.raises(StorageError, match=r"sslrootcert.*cannot be read"):
        await Storage.open(name_driver(_verify(postgres_url, authority.with_name("missing.pem"))))


def _offers_tls(server: PostgresServer) -> bool:
    with psycopg.connect(server.url(), sslmode="prefer") as connection:
        return connection.pgconn.ssl_in_use


def _wait_for_tls(server: PostgresServer) -> None:
    """Wait until it has read its settings anew: it is only asked to."""
    begun = time.monotonic()
    while not _offers_tls(server):
        assert time.monotonic() - begun < 60
        time.sleep(0.02)


def _verify(url: str, authority: Path) -> str:
    """Ask for a server that this authority vouches for by name."""
    return f"{url}?sslmode=verify-full&sslrootcert={quote(str(authority))}"


def _make_certificate(
    path: Path,
    name: str,
    extension: str = "",
    *,
    is_authority: bool = False,
    signed_by: Path | None = None,
) -> None:
    """Write a certificate, and beside it its key."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command += ["-nodes", "-days", "2", "-subj", f"/CN={name}"]
    command += ["-out", str(path), "-keyout", str(path.with_suffix(".key"))]
    if not is_authority:
        command += ["-addext", "basicConstraints=critical,CA:FALSE", "-addext", extension]
    if signed_by is not None:
        command += ["-CA", str(signed_by), "-CAkey", str(signed_by.with_suffix(".key"))]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
