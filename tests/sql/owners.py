"""A database in which four owners have one of everything each, and who looks at it."""

from __future__ import annotations

from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Jsonb

from tests.sql.actors import Connection, Worker, enqueue, one
from tests.sql.events import emit, subscribe
from tests.sql.timetable import schedule

# Seen by ann: her own, her team's, another team's, and nobody's.
OWNERS = {"own": "ann", "team": "bob", "other": "cat", "nobody": None}
EVERYTHING, NOTHING = set(OWNERS), set[str]()
USERS = {
    "boss": ("admin", None),
    "ann": ("user", "red"),
    "bob": ("user", "red"),
    "cat": ("user", "blue"),
    "solo": ("user", None),
    "eve": ("viewer", "red"),
    "gone": ("user", "red"),
}
# What the setting may be (a name stands for the user's id), and what is seen then.
SEEN = {
    "": EVERYTHING,
    "boss": EVERYTHING,
    "ann": {"own", "team"},
    "bob": {"own", "team"},
    "cat": {"other"},
    "solo": NOTHING,
    "eve": EVERYTHING,
    "gone": NOTHING,
    "nobody": NOTHING,
    "9999999": NOTHING,
    "x'; --": NOTHING,
    "-1": NOTHING,
    "99999999999999999999": NOTHING,
}
ADMINS = {"", "boss"}
WRITERS = ADMINS | {"ann", "bob", "cat", "solo"}
KNOWN = WRITERS | {"eve"}
JOBS = ("waiting", "dead", "running", "done")
UNKNOWN_JOB, UNKNOWN_SCHEDULE = 1, "nonesuch"


class Refusal(NamedTuple):
    """All that an error tells."""

    code: str | None
    message: str | None
    detail: str | None
    hint: str | None


class Owned(NamedTuple):
    """The database: its connection, the users' ids, and the ids of jobs by what and whose."""

    conn: Connection
    users: dict[str, int]
    jobs: dict[tuple[str, str], int]
    dsn: str

    def actor(self, who: str | None) -> str:
        """The value of the setting."""
        return str(self.users.get(who or "", who or ""))

    def ask(self, who: str, query: str, *values: Any) -> list[Any] | Refusal:
        """What a statement gives *who*; none of it stays."""
        try:
            with self.conn.transaction(force_rollback=True):
                self.conn.execute("select set_config('pgsched.actor', %s, true)", [self.actor(who)])
                found = self.conn.execute(query, values or None)
                return found.fetchall() if found.description else []
        except psycopg.Error as error:
            told = error.diag
            return Refusal(
                told.sqlstate, told.message_primary, told.message_detail, told.message_hint
            )

    def code(self, who: str, query: str, *values: Any) -> str | None:
        """The SQLSTATE of the refusal; None: it is done."""
        found = self.ask(who, query, *values)
        return found.code if isinstance(found, Refusal) else None


def add_users(conn: Connection) -> dict[str, int]:
    """USERS, and their ids."""
    found = {}
    for name, (role, team) in USERS.items():
        found[name] = one(
            conn,
            "insert into pgsched._user (name, role, team, disabled, created_at, updated_at)"
            " values (%s, %s, %s, %s, now(), now()) returning id",
            name,
            role,
            team,
            name == "gone",
        )
    return found


def build(conn: Connection, dsn: str) -> Owned:
    """One of everything for each of OWNERS, named after it."""
    owned = Owned(conn, add_users(conn), {}, dsn)
    for whose, owner in OWNERS.items():
        conn.execute("select set_config('pgsched.actor', %s, false)", [owned.actor(owner)])
        owned.jobs["waiting", whose] = one(
            conn, "select pgsched.enqueue(%s, delay => '1 hour')", whose
        )
        for what in JOBS[1:]:
            owned.jobs[what, whose] = enqueue(conn, whose, queue=what)
        schedule(conn, whose, whose, args={"whose": whose})
        emit(conn, whose, id=whose)
    conn.execute("select set_config('pgsched.actor', '', false)")
    _run(conn)
    _plan(conn)
    _catalogue(conn)
    return owned


def _run(conn: Connection) -> None:
    worker = Worker(conn, lease_s=3600)
    for queue in JOBS[1:]:
        jobs = worker.claim(queue=queue)
        for job in jobs:
            worker.log(job, job.task, 0.5)
        if queue == "dead":
            worker.fail(*jobs, final=True)
        elif queue == "done":
            worker.finish_claims(*jobs)


def _plan(conn: Connection) -> None:
    conn.execute(
        "insert into pgsched._slot select s.name, now(), 'skipped', 'paused', null, now()"
        " from pgsched._schedule as s"
    )
    conn.execute(
        "insert into pgsched._plan select s.name, t.at, t.at, false, '[]'"
        " from pgsched._schedule as s, (select now() + interval '1 hour' as at) as t"
    )


def _catalogue(conn: Connection) -> None:
    for task in OWNERS:
        conn.execute("select pgsched.declare_task(%s)", [task])
    conn.execute("select pgsched.pause_queue('held')")
    conn.execute("insert into pgsched.calendar (name) values ('office')")
    conn.execute("insert into pgsched.holiday values ('office', '2030-01-01', 'New Year')")
    conn.execute("insert into pgsched.blackout values ('night', '2030-01-01', '2030-01-02', 'x')")
    subscribe(conn, "s", "order.created")
    conn.execute("insert into pgsched._stat_day values (now(), 't', 'succeeded', 1)")
    conn.execute("select pgsched.create_hook('h', 'github', 'sixteen or more of these')")
    conn.execute("select pgsched.save_script('s', '1 + 1')")
    conn.execute("select pgsched.add_endpoint('e', 'https://jobs.example')")
    conn.execute(
        "select pgsched.declare_subscription('d', 't', %s)", [Jsonb({"event_type": "order.paid"})]
    )
