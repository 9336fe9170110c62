"""pgsched itself: its command `worker --drain`, with its full history."""

from __future__ import annotations

import subprocess
from typing import LiteralString

from bench import work
from bench.server import Connection, Database

CONCURRENCY = 1000  # so that it claims 500 at a time, as the others here do


class Pgsched:
    """The whole worker: a supervisor, its children, leases, upkeep."""

    name = "pgsched"
    history: LiteralString = """\
        select count(*), extract(epoch from max(finished_at) - min(started_at)) from pgsched.run"""

    def install(self, conn: Connection) -> None:
        """The database came with the schema."""

    def enqueue(self, conn: Connection, jobs: int) -> None:
        work.enqueue_noops(conn, jobs)

    def start(self, database: Database, processes: int) -> list[subprocess.Popen]:
        return [work.worker(database, processes, CONCURRENCY, "--drain")]
