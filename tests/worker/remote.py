"""An API in a process of its own, which can be killed, and workers that know nothing else."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.worker.processes import ROOT, WorkerProcess, eventually

NO_DATABASE = "host=/nowhere"


class ApiProcess:
    """`pgsched api` on a port that stays the same when it is started anew."""

    def __init__(self, dsn: str, *args: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [sys.executable, "-m", "pgsched", "api", "--port", str(self.port), *args]
        self._environ = {n: v for n, v in os.environ.items() if "PGSCHED" not in n}
        self._environ["PGSCHED_DSN"] = dsn

    def start(self) -> ApiProcess:
        """Start it, and wait until it answers."""
        self.process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        eventually(self._answers, or_else="the API does not answer")
        return self

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/ready", verify=False).is_success
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """End it, at once."""
        self.process.kill()
        self.process.wait()


def remote_worker(api: ApiProcess, folder: Path, *args: str, **settings: Any) -> WorkerProcess:
    """A worker that has the API's address, and no database."""
    return WorkerProcess(NO_DATABASE, folder, *args, api=api.url, **settings)
