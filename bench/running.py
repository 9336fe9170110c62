"""A peer at work: its fresh store, its clients and its workers, told and read from outside."""

from __future__ import annotations

import contextlib
import os
import shutil
import struct
import subprocess
import tempfile
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict

from .measure import BenchError, TooSlow
from .peer import BENCH_FOLDER, Peer
from .process import Client, Process
from .redis import Redis
from .server import Connection, Database, Server

_TICK = struct.Struct("qdd")  # as in drive/program.py
_SETUP_S = 60
_LOOK_S = 0.02


@dataclass(frozen=True, slots=True)
class Ticks:
    """Handlers that ran: how many, and when the first and the last of them did, in Unix seconds."""

    count: int
    first: float
    last: float


class Running:
    """A peer with a fresh store; made by `running`."""

    def __init__(self, peer: Peer, server: Server, folder: Path, store: dict[str, str]) -> None:
        self.peer = peer
        self.server = server
        self.folder = folder
        self.environment = {
            **os.environ,
            **peer.environment(),
            **store,
            "BENCH_FOLDER": str(folder),
        }
        self.database = store.get("PGDATABASE", "")
        self._stack = contextlib.ExitStack()

    def client(self) -> Client:
        """A client that lives until the peer is done with."""
        made = Client(self.peer, self.folder, self.environment)
        self._stack.callback(made.stop)
        return made

    def connect(self) -> Connection:
        """A connection to its database, in autocommit; its store must be Postgres."""
        return Database(self.environment["PGSCHED_DSN"]).connect()

    @contextlib.contextmanager
    def workers(self, processes: int) -> Iterator[list[Process]]:
        """Workers of so many processes, stopped at the end."""
        if self.peer.starts_processes:
            commands = [("work", str(processes))]
        else:
            commands = [("work", "1")] * processes
        started: list[Process] = []
        try:
            for command in commands:
                started.append(Process(self.peer, self.folder, self.environment, *command))
            yield started
        finally:
            for process in started:
                process.stop()

    def ticks(self) -> Ticks:
        """Of all processes so far."""
        records = [path.read_bytes() for path in self.folder.glob("*.ticks")]
        # one that was just made may still be empty
        found = [_TICK.unpack(each) for each in records if len(each) == _TICK.size]
        begun = [each for each in found if each[0]]
        if not begun:
            return Ticks(0, 0.0, 0.0)
        counts, firsts, lasts = zip(*begun, strict=True)
        return Ticks(sum(counts), min(firsts), max(lasts))

    def stamps(self) -> dict[int, float]:
        """Job number to when its handler started, of jobs with `stamp`."""
        found: dict[int, float] = {}
        for path in self.folder.glob("*.stamps"):
            for line in path.read_text().splitlines():
                number, _, at = line.partition(" ")
                found.setdefault(int(number), float(at))
        return found

    def wait(self, processes: list[Process], jobs: int, timeout_s: float) -> Ticks:
        """Until *jobs* handlers ran. Raises TooSlow, or BenchError if a process has ended."""
        ends = time.monotonic() + timeout_s
        while (ticks := self.ticks()).count < jobs:
            for process in processes:
                process.check()
            if time.monotonic() > ends:
                told = " / ".join(filter(None, (each.told() for each in processes)))
                ran = f"{ticks.count} of {jobs} jobs ran in {timeout_s:.0f} s"
                raise TooSlow(f"{self.peer.name}: {ran}. {told}")
            time.sleep(_LOOK_S)
        return ticks

    def wait_acknowledged(self, client: Client, timeout_s: float = 60) -> float:
        """
        Until no job is left that is not acknowledged: the Unix time of the look that found none.

        Not of its answer: some have to read a whole history to tell what is left.
        """
        ends = time.monotonic() + timeout_s
        while True:
            at = time.time()
            if not (left := client.order("left")["left"]):
                return at
            if time.monotonic() > ends:
                raise BenchError(f"{self.peer.name}: {left} jobs are still not acknowledged")
            time.sleep(_LOOK_S)

    def cost(self) -> dict[str, float]:
        """
        What it has cost Postgres so far, by the names of samples: CPU in seconds, WAL and its
        database in bytes; NaN where its store is not Postgres.
        """
        if not self.database:
            return dict.fromkeys(("cpu_s", "wal_bytes", "disk_bytes"), float("nan"))
        return {
            "cpu_s": self.server.cpu_s(),
            "wal_bytes": self.server.wal_bytes(),
            "disk_bytes": self.server.bytes_on_disk(self.database),
        }

    def _close(self) -> None:
        self._stack.close()


@contextlib.contextmanager
def running(peer: Peer, server: Server) -> Generator[Running]:
    """Install it if need be, give it a fresh store, and make its tables. Raises Skipped."""
    peer.install()
    with contextlib.ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="pgsched-bench-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        if peer.store == "redis":
            # on the disk that an embedded Postgres is on: a temporary folder may be in memory
            beside = tempfile.TemporaryDirectory(prefix="redis-", dir=BENCH_FOLDER)
            kept = Path(stack.enter_context(beside)).absolute()
            store = {"BENCH_URL": stack.enter_context(Redis(kept, peer.redis)).url}
        else:
            store = _postgres(
                stack.enter_context(server.database(empty=peer.name != "pgsched")).dsn
            )
        made = Running(peer, server, folder, store)
        stack.callback(made._close)
        _setup(made)
        server.settle()
        yield made


def _setup(made: Running) -> None:
    done = subprocess.run(
        made.peer.command("setup"),
        env=made.environment,
        cwd=made.folder,
        capture_output=True,
        text=True,
        timeout=_SETUP_S,
    )
    if done.returncode != 0:
        raise BenchError(f"{made.peer.name}: its tables cannot be made: {done.stderr[-2000:]}")


def _postgres(dsn: str) -> dict[str, str]:
    """The environment that libpq, node's pg and asyncpg understand, and a URL of the same."""
    parts = {name: str(value) for name, value in conninfo_to_dict(dsn).items() if value}
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    store = {names[name]: value for name, value in parts.items() if name in names}
    with psycopg.connect(dsn) as conn:  # defaults filled in
        store |= {"PGPORT": str(conn.info.port), "PGUSER": conn.info.user, "PGHOST": conn.info.host}
        store["PGDATABASE"] = conn.info.dbname
    return {**store, "BENCH_URL": _url(store), "PGSCHED_DSN": dsn}


def _url(store: dict[str, str]) -> str:
    """A socket's folder goes into the query: few drivers take it as the host."""
    user, port = quote(store["PGUSER"], safe=""), store["PGPORT"]
    if password := store.get("PGPASSWORD"):
        user += ":" + quote(password, safe="")
    host, query = store["PGHOST"], ""
    if host.startswith("/"):
        host, query = "localhost", f"?host={quote(host, safe='')}"
    return f"postgresql://{user}@{host}:{port}/{store['PGDATABASE']}{query}"
