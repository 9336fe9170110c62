"""A Redis server of one measurement, for the peers that keep their jobs in one."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from .measure import BenchError, Skipped

_START_S = 10


class Redis:
    """Use it as a context manager. Listens on the loopback; keeps its files in *folder*."""

    def __init__(self, folder: Path, options: tuple[str, ...]) -> None:
        self._program = program()
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def __enter__(self) -> Self:
        command = [self._program, "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--dir", str(self._folder), *self._options]
        log = self._folder / "redis.log"
        with log.open("w") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        ends = time.monotonic() + _START_S
        while time.monotonic() < ends and self._process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return self
            time.sleep(0.05)
        self.__exit__(None, None, None)
        raise BenchError(f"redis-server does not listen on port {self.port}: {log.read_text()}")

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()


def program() -> str:
    """Where the server's program is. Raises Skipped if it is not installed."""
    if (found := shutil.which("redis-server")) is None:
        raise Skipped("redis-server is not installed here (Debian: apt install redis-server)")
    return found


def version() -> str:
    """Of the server's program."""
    told = subprocess.run([program(), "--version"], capture_output=True, text=True).stdout
    found = re.search(r"\bv=(\S+)", told)
    return found[1] if found else "unknown"


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return bound.getsockname()[1]
