"""Endpoints, pushers that take jobs for them, and endpoints that go on with these."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from psycopg.types.json import Jsonb

from tests.sql.actors import Claimed, Connection, Worker, one

URL = "https://jobs.example/pgsched"


def add(conn: Connection, name: str = "e", url: str = URL, **given: Any) -> str:
    """Makes an endpoint; its secret."""
    names = "".join(f", {each} => %s" for each in given)
    values = [Jsonb(v) if isinstance(v, dict) else v for v in given.values()]
    return one(conn, f"select pgsched.add_endpoint(%s, %s{names})", name, url, *values)


def push(worker: Worker, limit: int = 100, endpoint: str = "e") -> list[Claimed]:
    """What a pusher takes."""
    found = worker.conn.execute(
        "select * from pgsched.claim_push(%s, %s, %s)", (worker.id, endpoint, limit)
    )
    return [Claimed(*row) for row in found.fetchall()]


class Taker:
    """An endpoint that goes on with a job by itself: `has_it` if it was handed over."""

    def __init__(self, worker: Worker, job: Claimed, endpoint: str = "e") -> None:
        self.conn, self.id, self.job, self.token = worker.conn, uuid.uuid4(), job, b"token"
        self.has_it = one(
            self.conn,
            "select pgsched.hand_over(%s, %s, %s, %s, %s, %s, %s)",
            *(worker.id, job.claim, job.id, job.attempt, endpoint, self.id, self._hash),
        )

    @property
    def _hash(self) -> bytes:
        return hashlib.sha256(self.token).digest()

    def heartbeat(self) -> Any:
        """The lease, and whether to stop."""
        return self._say("heartbeat").fetchone()

    def finish(
        self,
        outcome: str = "succeeded",
        result: Any = None,
        after_s: Any = None,
        final: bool = False,
    ) -> str:
        """The outcome that was recorded."""
        values = (outcome, result, None, after_s, final)
        return self._say("finish", *values).fetchall()[0][0]

    def _say(self, call: str, *values: Any) -> Any:
        """What an API asks for it."""
        given = (self.id, self._hash, self.job.id, *values)
        marks = ", ".join(["%s"] * len(given))
        return self.conn.execute(f"select * from pgsched._call_back_{call}({marks})", given)
