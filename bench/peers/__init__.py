"""
The systems that drain jobs, each one small file with a class of the shape of `Peer`.

A peer makes its tables in a fresh database, enqueues no-op jobs, and starts processes that run
them to the end; what it keeps afterwards must show every job, once.
"""

from __future__ import annotations

import subprocess
from typing import LiteralString, Protocol

from bench.server import Connection, Database


class Peer(Protocol):
    """`history` is a query for (jobs that ended, seconds from the first start to the last end)."""

    name: str
    history: LiteralString

    def install(self, conn: Connection) -> None:
        """Make what it needs in a fresh database."""
        ...

    def enqueue(self, conn: Connection, jobs: int) -> None:
        """Make no-op jobs, in bulk."""
        ...

    def start(self, database: Database, processes: int) -> list[subprocess.Popen]:
        """Start what drains them, and ends when nothing is left."""
        ...
