"""
The Postgres server that the tests use, started once and gone with them.

PGSCHED_TEST_DSN: a running server, whose role may create databases and roles. Else
PGSCHED_TEST_PG (15..18, default 18) is the version of one of our own, with programs from
PGSCHED_TEST_PG_BIN, the wheel (16, 18), Debian's package (15), or else a container.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from pgsched.embedded import EmbeddedPostgres, bin_dir_of

VERSION = int(os.environ.get("PGSCHED_TEST_PG", "18"))

_ROOM = 4 << 30  # bytes; far more than the tests were seen to take, 0.3 GB in the middle of a run
_WAL_MB_MAX = 256


@contextmanager
def running_server() -> Generator[str]:
    """A running server's DSN, of a role that may do anything there."""
    if dsn := os.environ.get("PGSCHED_TEST_DSN"):
        yield dsn
    elif bin_dir := find_programs(VERSION):
        with own_server(bin_dir) as dsn:
            yield dsn
    else:
        with _container(VERSION) as dsn:
            yield dsn


@contextmanager
def own_server(bin_dir: Path) -> Generator[str]:
    """A new server in a temporary folder, as fast as a server is that may lose its data."""
    with (
        tempfile.TemporaryDirectory(prefix="pgsched-tests-") as folder,
        EmbeddedPostgres(Path(folder, "pg"), bin_dir=bin_dir, fsync=False) as server,
    ):
        with psycopg.connect(server.dsn, autocommit=True) as conn:
            conn.execute(f"alter system set max_wal_size = '{_WAL_MB_MAX}MB'")
            conn.execute("select pg_reload_conf()")
        yield server.dsn


def use_memory() -> None:
    """
    Let temporary files, of what the tests start too, be in memory where that has room for them.

    A database is 650 files: to copy it took 30 to 40 ms there, and 200 to 500 on a virtual disk.
    """
    memory = Path("/dev/shm")
    if "TMPDIR" in os.environ or not memory.is_dir():
        return
    about = os.statvfs(memory)
    if about.f_bavail * about.f_frsize > _ROOM and not about.f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = tempfile.tempdir = str(memory)


def find_programs(version: int) -> Path | None:
    """Where Postgres *version*'s programs are on this machine; None if they are not."""
    if given := os.environ.get("PGSCHED_TEST_PG_BIN"):
        return Path(given)
    if version in (16, 18):
        return bin_dir_of(version)
    debian = Path(f"/usr/lib/postgresql/{version}/bin")
    return debian if (debian / "initdb").exists() else None


@contextmanager
def _container(version: int) -> Generator[str]:
    if not _docker_runs():
        raise RuntimeError(
            f"no Postgres {version} to test on: install Debian's postgresql-{version}, or name"
            " its programs' folder in PGSCHED_TEST_PG_BIN, or a server in PGSCHED_TEST_DSN"
        )
    from testcontainers.postgres import PostgresContainer

    container = PostgresContainer(f"postgres:{version}", driver=None)
    container.with_command("postgres -c fsync=off -c max_prepared_transactions=10")
    with container:
        yield container.get_connection_url()


def _docker_runs() -> bool:
    if shutil.which("docker") is None:
        return False
    try:
        return subprocess.run(["docker", "info"], capture_output=True, timeout=5).returncode == 0
    except subprocess.TimeoutExpired:
        return False
