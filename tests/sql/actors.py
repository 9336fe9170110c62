"""Who acts in these tests: a worker on a connection, people at psql, and what they see."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb

from pgsched.models import Held as Claimed

Connection = psycopg.Connection[Any]

PLACES = """
select 'ready' from pgsched._ready as r where r.id = %(id)s union all
select 'blocked' from pgsched._blocked as b where b.id = %(id)s union all
select 'claim' from pgsched._claim as c cross join unnest(c.ids) as u (id) where u.id = %(id)s
union all
select e.state::text from pgsched._ended as e where e.id = %(id)s
"""


class Worker:
    """A registered worker; each method is the SQL function of its name, for jobs it claimed."""

    def __init__(
        self, conn: Connection, *, lease_s: float = 60, role: str = "child", register: bool = True
    ) -> None:
        self.conn = conn
        self.id = uuid.uuid4()
        if register:
            conn.execute(
                "select pgsched.register(%s, 'w', 'host', 1, %s, 10, '{default}', '{}', %s)",
                (self.id, role, lease_s),
            )

    def on(self, conn: Connection) -> Worker:
        """The same worker on another of its connections."""
        same = Worker(conn, register=False)
        same.id = self.id
        return same

    def claim(
        self, limit: int = 100, queue: str = "default", cursors: dict[str, str] | None = None
    ) -> list[Claimed]:
        found = self.conn.execute(
            "select * from pgsched.claim(%s, %s, %s, %s)",
            (self.id, queue, limit, None if cursors is None else Jsonb(cursors)),
        )
        return [Claimed(*row) for row in found.fetchall()]

    def claim_one(self, queue: str = "default") -> Claimed:
        [job] = self.claim(1, queue)
        return job

    def claim_suspect(self, *queues: str) -> list[Claimed]:
        found = self.conn.execute(
            "select * from pgsched.claim_suspect(%s, %s)", (self.id, list(queues) or ["default"])
        )
        return [Claimed(*row) for row in found.fetchall()]

    def finish_claims(self, *jobs: Claimed, tasks: list[str] | None = None) -> int:
        """The form of finish() that takes whole claims."""
        claims = sorted({job.claim for job in jobs})
        return one(self.conn, "select pgsched.finish(%s, %s, %s)", self.id, claims, tasks)

    def finish(
        self,
        *jobs: Claimed,
        results: Sequence[str | None] | None = None,
        tasks: list[str] | None = None,
    ) -> list[Any]:
        return self._report("finish", jobs, "%s::text[], %s", results, tasks)

    def fail(
        self,
        *jobs: Claimed,
        error: str = "boom",
        outcome: str | None = None,
        retry_in_s: float | None = None,
        final: bool | None = None,
    ) -> list[Any]:
        n = len(jobs)
        return self._report(
            "fail",
            jobs,
            "%s::text[], %s::pgsched.run_outcome[], %s::float8[], %s::boolean[]",
            [error] * n,
            None if outcome is None else [outcome] * n,
            None if retry_in_s is None else [retry_in_s] * n,
            None if final is None else [final] * n,
        )

    def snooze(self, *jobs: Claimed, delay_s: float = 0) -> list[Any]:
        return self._report("snooze", jobs, "%s::float8[]", [delay_s] * len(jobs))

    def release(self, *jobs: Claimed, started: bool = False, delay_s: float = 0) -> int:
        return one(
            self.conn,
            "select pgsched.release(%s, %s, %s, %s, %s, %s)",
            self.id,
            sorted({job.claim for job in jobs}),
            [job.id for job in jobs],
            [job.attempt for job in jobs],
            [started] * len(jobs),
            delay_s,
        )

    def complete(self, job: Claimed, result: Any = None, task: str | None = None) -> None:
        values = (job.claim, job.id, job.attempt, None if result is None else Jsonb(result), task)
        self.conn.execute("select pgsched.complete(%s, %s, %s, %s, %s, %s)", (self.id, *values))

    def log(self, job: Claimed, message: str | None, progress: float | None = None) -> None:
        self.conn.execute(
            "select pgsched.log(%s, %s, %s, '{info}', %s::text[], %s::float8[])",
            (self.id, [job.id], [job.attempt], [message], [progress]),
        )

    def heartbeat(self) -> bool:
        """Whether the lease was renewed."""
        return self.conn.execute("select pgsched.heartbeat(%s)", ([self.id],)).rowcount == 1

    def reap(self, limit: int = 20) -> int:
        return one(self.conn, "select pgsched.reap(%s, %s)", self.id, limit)

    def reap_all(self) -> int:
        """How much reap() did until nothing was left."""
        total = 0
        while done := self.reap():
            total += done
        return total

    def leave(self) -> int:
        return one(self.conn, "select pgsched.leave(%s)", [self.id])

    def nap(self, *queues: str, poll_s: float = 5) -> tuple[float, bool]:
        """The seconds to sleep, and whether the registration is fresh."""
        found = self.conn.execute(
            "select * from pgsched.nap(%s, %s, %s)", (self.id, list(queues) or ["default"], poll_s)
        )
        return found.fetchone() or (0.0, False)

    def rise(self) -> None:
        self.conn.execute("select pgsched.rise(%s)", (self.id,))

    def _report(self, name: str, jobs: Sequence[Claimed], more: str, *values: Any) -> list[Any]:
        claims = sorted({job.claim for job in jobs})
        ids, attempts = [job.id for job in jobs], [job.attempt for job in jobs]
        return self.conn.execute(
            f"select * from pgsched.{name}(%s, %s, %s, %s, {more})",
            (self.id, claims, ids, attempts, *values),
        ).fetchall()


def one(conn: Connection, query: str, *values: Any) -> Any:
    """The only column of the only row."""
    [[value]] = conn.execute(query, values or None).fetchall()
    return value


def enqueue(conn: Connection, task: str = "t", **columns: Any) -> int:
    """One job, by the plain INSERT; the name of each column is the keyword."""
    given = {"task": task, **columns}
    found = conn.execute(
        SQL("insert into pgsched.job ({}) values ({}) returning id").format(
            SQL(", ").join(map(Identifier, given)), SQL(", ").join([SQL("%s")] * len(given))
        ),
        [Jsonb(v) if isinstance(v, dict | list) else v for v in given.values()],
    )
    [[job_id]] = found.fetchall()
    return job_id


def enqueue_n(conn: Connection, n: int, task: str = "t", queue: str | None = None) -> list[int]:
    """*n* jobs in one statement, in the order of their ids."""
    found = conn.execute(
        "insert into pgsched.job (task, queue) select %s, %s from generate_series(1, %s)"
        " returning id",
        (task, queue, n),
    )
    return sorted(job_id for (job_id,) in found.fetchall())


def declare(conn: Connection, task: str = "t", **policy: Any) -> None:
    """The task's policy in the catalogue."""
    names = "".join(f", {name} => %s" for name in policy)
    values = [Jsonb(v) if isinstance(v, dict) else v for v in policy.values()]
    conn.execute(f"select pgsched.declare_task(%s{names})", (task, *values))


def state(conn: Connection, job_id: int) -> str | None:
    """As the view tells it, which must be what job_state() tells."""
    [[by_function]] = conn.execute("select pgsched.job_state(%s)", (job_id,)).fetchall()
    seen = conn.execute(
        "select j.state from pgsched.job as j where j.id = %s", (job_id,)
    ).fetchall()
    assert [by_function] == ([row[0] for row in seen] or [None])
    return by_function


def states(conn: Connection, job_ids: Sequence[int]) -> dict[str, int]:
    """How many of these jobs are in each state."""
    found = conn.execute(
        "select j.state, count(*) from pgsched.job as j where j.id = any(%s) group by 1",
        (list(job_ids),),
    )
    return dict(found.fetchall())


def attempt(conn: Connection, job_id: int) -> int | None:
    """As the view tells it."""
    return one(conn, "select j.attempt from pgsched.job as j where j.id = %s", job_id)


def due_in_s(conn: Connection, job_id: int) -> float:
    """Seconds from the clock until the job is due."""
    return one(
        conn,
        "select extract(epoch from j.due_at - pgsched.clock())::float8 from pgsched.job as j"
        " where j.id = %s",
        job_id,
    )


def outcomes(conn: Connection, job_id: int) -> list[tuple[int, str, bool]]:
    """The runs of a job: attempt, outcome, charged."""
    return conn.execute(
        "select r.attempt, r.outcome::text, r.charged from pgsched._run as r"
        " where r.job_id = %s order by r.attempt",
        (job_id,),
    ).fetchall()


def places(conn: Connection, job_id: int) -> list[str]:
    """In which tables of the living and the ended the job is."""
    return [row[0] for row in conn.execute(PLACES, {"id": job_id}).fetchall()]


@contextmanager
def acting_as(
    db: Connection, connect: Callable[..., Connection], dsn: str, role: str, *grants: str
) -> Generator[Connection]:
    """A connection as a new role with nothing but these grants; the role goes with it."""
    db.execute(f"create role {role}")
    try:
        for grant in grants:
            db.execute(grant)
        conn = connect(dsn)
        conn.execute(f"set role {role}")
        yield conn
        conn.close()
    finally:
        db.execute(f"drop owned by {role}")
        db.execute(f"drop role {role}")


def ids(jobs: Sequence[Claimed]) -> list[int]:
    return [job.id for job in jobs]


def wait_until_blocked(observer: Connection, conn: Connection) -> None:
    """Return once *conn*'s statement waits for another transaction's lock."""
    give_up = time.monotonic() + 10
    while not one(observer, "select cardinality(pg_blocking_pids(%s)) > 0", conn.info.backend_pid):
        assert time.monotonic() < give_up, "it did not block"


def told(conn: Connection, channel: str) -> list[str]:
    """The payloads notified on *channel* by now to a connection that listens."""
    conn.execute("select 1")
    return [n.payload for n in conn.notifies(timeout=0) if n.channel == channel]
