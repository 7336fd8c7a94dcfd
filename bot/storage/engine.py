"""The database engine: open it, update its tables, and describe what is wrong with it."""

from __future__ import annotations

import fcntl
import os
from contextlib import asynccontextmanager, contextmanager
from typing import IO, TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Table
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.ext.asyncio import AsyncConnection

DATABASE_NAME = "bot.sqlite3"
LOCK_NAME = "bot.lock"
_BUSY_MILLISECONDS = 5_000
# synchronous=FULL: a commit is on the disk, not only with the operating system. NORMAL would outlive SIGKILL
# too, but a power cut would lose the last commits, and Telegram has been told by then that they arrived.
# secure_delete: SQLite overwrites deleted rows with zeros, because they hold what people wrote;
# `truncate_wal` removes them from the write-ahead log, too.
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    f"busy_timeout={_BUSY_MILLISECONDS}",
    "secure_delete=ON",
)
# When PostgreSQL disappears without closing the connection (a power cut, a broken network), notice it after
# 20 s instead of a quarter of an hour. The names are those of libpq.
POSTGRES_TIMEOUTS = {
    "connect_timeout": 10,  # s
    "keepalives_idle": 10,  # s
    "keepalives_interval": 5,  # s
    "tcp_user_timeout": 20_000,  # ms
}
# Connections of a process for everything but the job queue.
ENGINE_CONNECTIONS = 3
# Pause before an update is tried again. A shared database is usually back within seconds.
DATABASE_PAUSE_SECONDS = 1.0


class StorageError(Exception):
    """The database failed. `str()` is a sentence for the host that names the remedy."""


class DatabaseAwayError(StorageError):
    """The shared database is not available now. The same call can succeed later."""


class DirectoryLock:
    """Keeps a second bot out of a data directory. The system releases it even when the process is killed."""

    def __init__(self, directory: Path) -> None:
        self._file: IO[str] = (directory / LOCK_NAME).open("w")
        try:
            # A record lock, not flock: worker processes that outlive a killed bot do not inherit it.
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise StorageError(
                f"Another bot is already running on the data directory {directory}. "
                "Stop it first, or set DATA_DIR to another directory."
            ) from error

    def release(self) -> None:
        """Release the lock."""
        self._file.close()


def prepare_directory(directory: Path) -> tuple[str, DirectoryLock]:
    """Create the data directory and an empty database for this user alone.

    Returns:
        The database's URL and the lock that is held on the directory.

    Raises:
        StorageError: The directory cannot be written, or another bot uses it.
    """
    make_directory(directory)
    database = directory / DATABASE_NAME
    with _writing_to(directory):
        lock = DirectoryLock(directory)
        os.close(os.open(database, os.O_RDWR | os.O_CREAT, 0o600))
    return f"sqlite+aiosqlite:///{database}", lock


def make_directory(directory: Path) -> None:
    """Create the data directory, where there is none, for this user alone.

    Raises:
        StorageError: It cannot be created.
    """
    with _writing_to(directory):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)


@contextmanager
def _writing_to(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"The data directory {directory} cannot be written ({error.strerror}). "
            "Give the bot's user the right to write there, or set DATA_DIR to another directory."
        ) from error


def build_engine(url: str) -> AsyncEngine:
    """Build the engine for a database URL, with what SQLite needs for several connections at once."""
    # hide_parameters: an error's text must not contain what people wrote.
    is_sqlite = make_url(url).get_backend_name() == "sqlite"
    if not is_sqlite:
        return create_async_engine(
            url,
            hide_parameters=True,
            connect_args={**POSTGRES_TIMEOUTS, "application_name": "bot"},
            pool_size=ENGINE_CONNECTIONS,
            max_overflow=0,
        )
    engine = create_async_engine(url, hide_parameters=True)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def name_driver(database_url: str) -> str:
    """Add the driver psycopg (version 3) to a PostgreSQL URL: it works with asyncio."""
    return database_url.replace("postgresql://", "postgresql+psycopg://", 1)


@asynccontextmanager
async def connect(engine: AsyncEngine, *, autocommit: bool = False) -> AsyncIterator[AsyncConnection]:
    """Give a connection in a transaction that is committed at the end.

    Args:
        engine: To where.
        autocommit: It is for one statement; on PostgreSQL it needs no BEGIN and COMMIT, one way for three.

    Raises:
        StorageError: Anything went wrong in the database.
    """
    if autocommit and engine.dialect.name == "postgresql":
        engine = _commit_each(engine)
    with _translate_errors(engine):
        async with engine.begin() as connection:
            yield connection


async def truncate_wal(engine: AsyncEngine) -> None:
    """Truncate SQLite's WAL: write it into the database and empty it, since it still holds deleted rows.

    If a reader still uses an older state of the database, the WAL stays until the next call. PostgreSQL
    manages its WAL itself.

    Raises:
        StorageError: Anything went wrong in the database.
    """
    if engine.dialect.name == "sqlite":
        with _translate_errors(engine):
            async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def insert_into(engine: AsyncEngine, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Build an INSERT with ON CONFLICT, in the dialect of the engine's database."""
    return postgresql.insert(table) if engine.dialect.name == "postgresql" else sqlite.insert(table)


# Kept, because building such an engine takes longer than a statement.
_committing: WeakKeyDictionary[AsyncEngine, AsyncEngine] = WeakKeyDictionary()


def _commit_each(engine: AsyncEngine) -> AsyncEngine:
    """Give the same engine, but without transactions: each statement is committed by itself."""
    if engine not in _committing:
        _committing[engine] = engine.execution_options(isolation_level="AUTOCOMMIT")
    return _committing[engine]


@contextmanager
def _translate_errors(engine: AsyncEngine) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        kind = DatabaseAwayError if _is_away(error, engine) else StorageError
        raise kind(_describe(error, engine)) from error


def _is_away(error: SQLAlchemyError, engine: AsyncEngine) -> bool:
    """Whether the server failed and not the statement: it stops, starts, is unreachable or full.

    When the server does not answer at all, waiting for a free connection of our pool times out first.
    """
    if engine.dialect.name != "postgresql":
        return False
    is_cut_off = isinstance(error, DBAPIError) and error.connection_invalidated
    return is_cut_off or isinstance(error, (OperationalError, NoConnectionError))


def _describe(error: SQLAlchemyError, engine: AsyncEngine) -> str:
    """Describe what is wrong and what to do, without the statement: its values are what people wrote."""
    place = engine.url.database or engine.url.host or "the database"
    cause = error.orig if isinstance(error, DBAPIError) else None
    name: str = getattr(cause, "sqlite_errorname", "")
    for prefix, sentence in _SENTENCES.items():
        if name.startswith(prefix):
            return sentence.format(place=place)
    for complaint, sentence in _TLS_SENTENCES.items():
        if complaint in str(cause):
            return sentence.format(place=place)
    what = name or type(cause or error).__name__
    return f"The database {place} failed ({what}). Check that it is there and can be reached."


_NO_RIGHT = (
    "Give the bot's user the right to read and write the file and its directory, "
    "or set DATA_DIR to another directory."
)
DAMAGED = (
    "The database {place} is damaged. Put back a copy of it, or move it away: "
    "the bot then starts with a new one; settings, messages that wait and faces that people gave are lost."
)
_LOCKED = "The database {place} is locked by another program. Close what has it open."
_SENTENCES = {
    "SQLITE_FULL": "The disk that holds {place} is full. Free some space on it.",
    "SQLITE_READONLY": "The database {place} cannot be written. " + _NO_RIGHT,
    "SQLITE_CANTOPEN": "The database {place} cannot be opened. " + _NO_RIGHT,
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_NOTADB": DAMAGED,
    "SQLITE_BUSY": _LOCKED,
    "SQLITE_LOCKED": _LOCKED,
    "SQLITE_IOERR": "The disk that holds {place} fails to read or write. Check the disk.",
}
# Messages of libpq and OpenSSL about a server's certificate, and our sentence for each.
_TLS_SENTENCES = {
    "certificate verify failed": (
        "No authority of sslrootcert in DATABASE_URL vouches for the certificate of the server of the "
        "database {place}. Name the file of the authority that signed it."
    ),
    "does not match host name": (
        "The certificate of the server of the database {place} is for another name than the one in "
        "DATABASE_URL. Write there the name that the certificate has."
    ),
    "root certificate file": (
        "The file of authorities that DATABASE_URL names (sslrootcert) for the database {place} cannot be "
        "read. Check its path and its rights."
    ),
    "does not support SSL": (
        "DATABASE_URL asks for TLS, but the server of the database {place} has none. Switch it on there "
        "(ssl = on)."
    ),
}


def _prepare_sqlite(dbapi_connection: DBAPIConnection, _record: Any) -> None:
    # Python's sqlite3 would begin no transaction for a CREATE TABLE: a migration could stop half-way.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
