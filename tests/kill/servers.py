"""A Postgres of the test's own that may be killed, and a proxy that stops forwarding."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from pgsched import schema
from pgsched.embedded import EmbeddedPostgres
from pgsched.errors import EmbeddedUnavailable
from tests.servers import VERSION, find_programs
from tests.worker.processes import EFFECTS, children_of, eventually


class MortalServer:
    """A Postgres in *folder* with the schema in it, to be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._programs = folder, find_programs(VERSION)
        self._server = self._start()
        self.dsn = self._server.dsn
        with self.connect() as conn:
            schema.migrate(conn)
            conn.execute(EFFECTS)

    def connect(self) -> psycopg.Connection:
        """A new connection, in autocommit."""
        return psycopg.connect(self.dsn, autocommit=True)

    def kill(self) -> None:
        """All its processes at once, as a machine dies."""
        postmaster = int((self._folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGSTOP)  # it could start others meanwhile
        for pid in [*children_of(postmaster), postmaster]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def start(self) -> None:
        """Again, in the same folder and at the same address."""
        self._server.stop()

        def started() -> EmbeddedPostgres | None:
            with suppress(EmbeddedUnavailable):  # the dead one's memory is not free yet
                return self._start()
            return None

        self._server = eventually(started)

    def stop(self) -> None:
        """For good."""
        self._server.stop()

    def _start(self) -> EmbeddedPostgres:
        return EmbeddedPostgres(self._folder, bin_dir=self._programs).start()  # with fsync


class Proxy:
    """Forwards TCP connections to a server, until told to freeze: then nothing gets through."""

    def __init__(self, dsn: str) -> None:
        params = conninfo_to_dict(dsn)
        self._target = (str(params["host"]), int(params.get("port") or 5432))
        self._thawed = threading.Event()
        self._thawed.set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._sockets = [self._listening]
        self.dsn = make_conninfo(
            dsn,
            host="127.0.0.1",
            port=self._listening.getsockname()[1],
            sslmode="disable",
            gssencmode="disable",
        )
        threading.Thread(target=self._accept, daemon=True).start()

    def freeze(self) -> None:
        """Connections stay open, but nothing arrives any more."""
        self._thawed.clear()

    def thaw(self) -> None:
        """What was held back goes on its way."""
        self._thawed.set()

    def close(self) -> None:
        """End all connections."""
        self.thaw()
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                host, port = self._target
                if host.startswith("/"):
                    server = socket.socket(socket.AF_UNIX)
                    server.connect(f"{host}/.s.PGSQL.{port}")
                else:
                    server = socket.create_connection(self._target)
                self._sockets += [client, server]
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=self._forward, args=pair, daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._thawed.wait()
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxy_to(dsn: str) -> Generator[Proxy]:
    """A proxy in front of a server, closed in the end."""
    made = Proxy(dsn)
    try:
        yield made
    finally:
        made.close()
