"""Debian's PostgreSQL, started for the tests in a folder and on a port of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg

from tests.free_ports import find_free_port

_USER = "reader"
_PASSWORD = "kept-out-of-logs"


class PostgresServer:
    """One PostgreSQL server, reached at 127.0.0.1.

    Args:
        folder: Where its data goes. Must be empty.
        durable: Whether commits reach the disk before they are acknowledged, rather than the system's cache:
            tests that kill only processes do not need it.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self._folder = folder
        self._durable = durable
        self.port = find_free_port()
        self._account = _find_account()

    @staticmethod
    def find_programs() -> Path | None:
        """Return the folder of PostgreSQL's programs; None when it is not installed."""
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
        named = shutil.which("postgres")
        return found[-1].parent if found else Path(named).resolve().parent if named else None

    def create(self) -> None:
        """Make the data folder and start."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._account is not None:
            os.chown(self._folder, self._account.pw_uid, self._account.pw_gid)
        secret = self._folder / "password"
        secret.write_text(_PASSWORD, encoding="utf-8")
        secret.chmod(0o644)
        self._run("initdb", "-U", _USER, "-A", "scram-sha-256", "--pwfile", str(secret), "-N", "-E", "UTF8")
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        # Never synchronous_commit=off: a crash would then take back what was acknowledged.
        durability = [] if self._durable else ["-c", "fsync=off"]
        address = ["-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-k", str(self._data)]
        log = str(self._data / "server.log")
        self._run("pg_ctl", "-w", "-t", "60", "-l", log, "-o", " ".join([*address, *durability]), "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it: "fast" ends connections, "immediate" is a crash."""
        self._run("pg_ctl", "-w", "-t", "60", "-m", mode, "stop")

    def restart(self) -> None:
        """Stop it as a crash would, and start it again."""
        self.stop("immediate")
        self.start()

    def url(self, database: str = "postgres") -> str:
        """Return the address of one of its databases."""
        return f"postgresql://{_USER}:{_PASSWORD}@127.0.0.1:{self.port}/{database}"

    def read_process_id(self) -> int:
        """Return the number of the process that started all the others."""
        return int((self._data / "postmaster.pid").read_text(encoding="utf-8").split()[0])

    def write_file(self, name: str, content: bytes) -> None:
        """Write a file of the server's own into its data folder; only its account may read it."""
        path = self._data / name
        path.touch(mode=0o600)
        path.write_bytes(content)
        if self._account is not None:
            os.chown(path, self._account.pw_uid, self._account.pw_gid)

    def execute(self, statement: str) -> None:
        """Run one statement outside any transaction."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def ask(self, statement: str, *values: object) -> Any:
        """Ask for one row."""
        with psycopg.connect(self.url()) as connection:
            return connection.execute(statement.encode(), values).fetchone()

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs, as an account that it accepts."""
        programs = self.find_programs()
        if programs is None:
            raise RuntimeError("PostgreSQL is not installed. Install Debian's package `postgresql`.")
        done = subprocess.run(
            [str(programs / program), "-D", str(self._data), *arguments],
            user=self._account.pw_uid if self._account else None,
            group=self._account.pw_gid if self._account else None,
            extra_groups=[] if self._account else None,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT if program == "initdb" else subprocess.DEVNULL,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            log = self._data / "server.log"
            told = log.read_text(encoding="utf-8")[-2_000:] if log.exists() else done.stdout
            raise RuntimeError(f"{program} failed: {told}")


def _find_account() -> pwd.struct_passwd | None:
    """Return the account to run as: PostgreSQL refuses to be root."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL refuses to run as root, and there is no other account to run it as.")
