"""The server that is measured: databases made for one measurement, its CPU time and its WAL."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from pgsched import db, schema
from pgsched.embedded import EmbeddedPostgres

Connection = psycopg.Connection[Any]
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
SETTINGS = (
    "server_version", "shared_buffers", "fsync", "synchronous_commit", "full_page_writes",
    "max_wal_size", "wal_level", "autovacuum", "jit", "max_connections",
)  # fmt: skip
_LEFT_BEHIND: LiteralString = """\
select d.datname from pg_database as d
 where pg_has_role(d.datdba, 'usage') and d.datname ~ '^pgsched_bench_[0-9]+'
   and not exists (select from pg_stat_activity as a
                    where a.application_name = substring(d.datname from 'pgsched_bench_[0-9]+'))
"""


@dataclass(frozen=True, slots=True)
class Database:
    """A database with the schema in it, for one measurement."""

    dsn: str

    def connect(self) -> Connection:
        return _connected(self.dsn, "pgsched bench")


class Server:
    """A running Postgres whose role may make databases; keeps a migrated template."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._numbers = itertools.count(1)
        self._template = f"pgsched_bench_{os.getpid()}"
        self._conn = _connected(dsn, self._template)  # `_sweep` of other runs goes by that name
        self.postmaster, self.why_no_cpu = _postmaster(self._conn)
        try:
            self._sweep()
            self._admin.execute(_named("create database {} template template0", self._template))
            with db.connect(make_conninfo(dsn, dbname=self._template)) as conn:
                schema.migrate(conn)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._drop(self._template)
        self._conn.close()

    @property
    def _admin(self) -> Connection:
        """Made anew if it broke: one crash of the server must not cost all that is to come."""
        if self._conn.closed:
            self._conn = _connected(self.dsn, self._template)
        return self._conn

    def _sweep(self) -> None:
        """Drop what runs have left that were killed."""
        for (name,) in self._admin.execute(_LEFT_BEHIND).fetchall():
            with contextlib.suppress(psycopg.Error):  # another run may do so at the same time
                self._drop(name)

    @contextlib.contextmanager
    def database(self, *, empty: bool = False) -> Generator[Database]:
        """
        A fresh database, dropped at the end; its making is checkpointed away.

        With our schema in it, unless it is to be *empty*.
        """
        name = f"{self._template}_{next(self._numbers)}"
        template = "template0" if empty else self._template
        self._admin.execute(_named("create database {} template {}", name, template))
        try:
            self.settle()
            yield Database(make_conninfo(self.dsn, dbname=name))
        finally:
            self._drop(name)

    def _drop(self, name: str) -> None:
        self._admin.execute(_named("drop database if exists {} with (force)", name))

    def settle(self) -> None:
        """Write out what is dirty, so that one measurement does not pay for another."""
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
            self._admin.execute("checkpoint")

    def wal_bytes(self) -> float:
        """Bytes of WAL written so far by the whole server."""
        query = "select pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
        return float(self._admin.execute(query).fetchall()[0][0])

    def bytes_on_disk(self, database: str) -> float:
        """Size of a database, its indexes and free space too."""
        [(size,)] = self._admin.execute("select pg_database_size(%s)", (database,)).fetchall()
        return float(size)

    def cpu_s(self) -> float:
        """CPU seconds of all its processes so far; NaN where they cannot be seen."""
        if self.postmaster is None:
            return float("nan")
        while True:  # what ends meanwhile is in neither of them, or in both
            # the postmaster's own, and what it inherited from those that ended
            total, children = sum(_times(self.postmaster)), _children(self.postmaster)
            for child in children:
                with contextlib.suppress(OSError):
                    total += sum(_times(child)[:2])
            if _children(self.postmaster) == children:
                return total

    def settings(self) -> dict[str, str]:
        """What decides about its speed."""
        rows = self._admin.execute(
            "select name, setting || coalesce(unit, '') from pg_settings where name = any(%s)",
            (list(SETTINGS),),
        )
        found = dict(rows.fetchall())
        return {name: found[name] for name in SETTINGS if name in found}


def backend_cpu_s(conn: Connection) -> float:
    """CPU seconds of the one process that serves *conn*, to the nanosecond; NaN if not local."""
    try:
        schedstat = Path(f"/proc/{conn.info.backend_pid}/schedstat").read_text()
        if not _is_postgres(conn.info.backend_pid):
            return float("nan")
        return int(schedstat.split()[0]) / 1e9
    except OSError:
        return float("nan")


@contextlib.contextmanager
def opened(dsn: str | None, folder: Path) -> Generator[Server]:
    """The server of *dsn*; None: an embedded one in *folder*, with fsync on."""
    with contextlib.ExitStack() as stack:
        if dsn is None:
            dsn = stack.enter_context(EmbeddedPostgres(folder)).dsn
        server = Server(dsn)
        stack.callback(server.close)
        yield server


def _connected(dsn: str, name: str) -> Connection:
    conn = db.connect(dsn, application_name=name)
    conn.execute("set statement_timeout = '5min'")  # a whole run must not wait for one for ever
    return conn


def _named(query: LiteralString, *names: str) -> sql.Composed:
    return sql.SQL(query).format(*map(sql.Identifier, names))


def _postmaster(conn: Connection) -> tuple[int | None, str]:
    """Process id of the server's first process; or None, and why it cannot be seen."""
    pid = conn.info.backend_pid
    try:
        if _is_postgres(pid):
            return int(_stat(pid)[1]), ""
    except OSError:
        pass
    return None, "the server's processes are not on this machine, or /proc does not show them"


def _is_postgres(pid: int) -> bool:
    return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"postgres")


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the third on: the second, a name, may hold spaces."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _children(pid: int) -> set[int]:
    """Its processes; one that has ended is one until the postmaster has heard of it."""
    found: set[int] = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            if int(_stat(int(folder.name))[1]) == pid:
                found.add(int(folder.name))
    return found


def _times(pid: int) -> list[float]:
    """Seconds: utime, stime, and cutime, cstime of children that ended."""
    return [int(ticks) * _TICK_S for ticks in _stat(pid)[11:15]]
