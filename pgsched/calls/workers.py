"""Calls of a worker about itself: its lease, its sleep, and its share of the upkeep."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from ..models import OwnWorker
from .base import Call, column, nothing, scalar


def register(
    worker: str,
    name: str,
    host: str,
    pid: int,
    role: str,
    concurrency: int,
    queues: list[str],
    tasks: list[str],
    lease_s: float,
) -> Call[None]:
    """Make a worker known, with a lease."""
    return Call(
        "select pgsched.register(%s, %s, %s, %s::int, %s, %s::int, %s::text[], %s::text[],"
        " %s::float8)",
        [worker, name, host, pid, role, concurrency, queues, tasks, lease_s],
        nothing,
    )


def own_worker(worker: str, queues: Collection[str] | None) -> Call[OwnWorker]:
    """
    Refuse to act as a worker that is not registered, is somebody else's, or works on other queues
    than these (None: any); reads what it registered.
    """
    return Call(
        "select queues, tasks, lease_s from pgsched._require_own_worker(%s, %s::text[])",
        [worker, None if queues is None else sorted(queues)],
        lambda rows: OwnWorker(*rows[0]),
    )


def heartbeat(workers: list[str]) -> Call[list[str]]:
    """Renew leases; reads the ids that still have one."""
    return Call("select h::text from pgsched.heartbeat(%s::uuid[]) as h", [workers], column)


def leave(workers: list[str]) -> Call[int]:
    """Forget workers; reads how many there were."""
    return Call("select pgsched.leave(%s::uuid[])", [workers], scalar)


def reap(worker: str) -> Call[int]:
    """One step of taking over from the dead; 0 when nothing is left."""
    return Call("select pgsched.reap(%s)", [worker], scalar)


def suspects_due(queues: list[str]) -> Call[int]:
    """How many suspects of these queues are due."""
    return Call("select pgsched.suspects_due(%s::text[])", [queues], scalar)


def nap(worker: str, queues: list[str], poll_s: float) -> Call[tuple[float, bool]]:
    """Register as asleep; reads for how long, and whether the registration is fresh."""
    return Call(
        "select sleep_s, fresh from pgsched.nap(%s, %s::text[], %s::float8)",
        [worker, queues, poll_s],
        lambda rows: (rows[0][0], rows[0][1]),
    )


def rise(worker: str) -> Call[None]:
    """Take a worker off the list of sleepers."""
    return Call("select pgsched.rise(%s)", [worker], nothing)


def new_xid() -> Call[str]:
    """A new transaction id: everything that began before has a lower one."""
    return Call("select pg_current_xact_id()::text", [], scalar)


def settled(xid: str) -> Call[bool]:
    """Whether every transaction as old as `xid` has ended."""
    return Call("select pg_snapshot_xmin(pg_current_snapshot()) > %s::xid8", [xid], scalar)


def next_due(queues: list[str]) -> Call[datetime | None]:
    """When the next job of these queues is due."""
    return Call("select pgsched.next_due(%s::text[])", [queues], scalar)


def due_now(queues: list[str]) -> Call[bool]:
    """Whether a job of these queues is due, by the database's clock."""
    return Call(
        "select coalesce(pgsched.next_due(%s::text[]) <= pgsched.clock(), false)", [queues], scalar
    )


def upkeep() -> Call[tuple[str | None, str | None, bool]]:
    """One step of housekeeping: which, what was done, and whether there is more."""
    return Call("select step, done, more from pgsched.upkeep()", [], lambda rows: rows[0])


def vacuum_due() -> Call[list[str]]:
    """Names of the hot tables whose dead rows have piled up."""
    return Call("select pgsched.vacuum_due()", [], column)
