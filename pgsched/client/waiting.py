"""Waiting for the end of a job: woken by Postgres, and sure of it without."""

from __future__ import annotations

import time
import uuid
from collections.abc import Generator
from typing import Any

from psycopg import sql

from .. import calls, db
from ..calls import Call
from ..errors import JobFailed, ResultTimeout
from ..models import FINAL_STATES, Outcome

_SAFETY_POLL_S = 5.0
_LISTEN = sql.SQL("listen pgsched_done")


def wait(dsn: str, id: int, timeout: float | None) -> Any:
    """What `Job.result` does, on a connection of its own."""
    with db.connect(dsn) as conn:
        conn.execute(_LISTEN)
        waiting = steps(id, timeout)
        step = next(waiting)
        try:
            while True:
                if isinstance(step, Call):
                    step = waiting.send(db.run(conn, step))
                else:
                    step = waiting.send(list(conn.notifies(timeout=step, stop_after=1)))
        except StopIteration as done:
            return result_of(id, done.value, timeout)


async def wait_async(dsn: str, id: int, timeout: float | None) -> Any:
    """As `wait`, for asyncio."""
    async with await db.connect_async(dsn) as conn:
        await conn.execute(_LISTEN)
        waiting = steps(id, timeout)
        step = next(waiting)
        try:
            while True:
                if isinstance(step, Call):
                    step = waiting.send(await db.run_async(conn, step))
                else:
                    notes = conn.notifies(timeout=step, stop_after=1)
                    step = waiting.send([note async for note in notes])
        except StopIteration as done:
            return result_of(id, done.value, timeout)


def steps(id: int, timeout: float | None) -> Generator[Call[Any] | float, Any, Outcome]:
    """
    The steps of waiting for a job: yields calls to run and seconds to listen on pgsched_done.

    Returns its outcome: of a job that has not ended within the time, how it stands.

    After await_() it polls with growing pauses until every transaction that may not have seen the
    registration has ended; from then on a notification comes, and the safety poll is for lost ones.
    """
    outcome: Outcome = yield calls.outcome(id)
    if outcome.state in FINAL_STATES:
        return outcome
    ends = time.monotonic() + timeout if timeout is not None else None
    waiter, pause, settled = str(uuid.uuid4()), 0.01, False
    lasts = min(timeout + 60, 86_400.0) if timeout is not None else 86_400.0
    yield calls.await_(waiter, id, lasts)
    xid = yield calls.new_xid()
    while True:
        outcome = yield calls.outcome(id)
        left = ends - time.monotonic() if ends is not None else _SAFETY_POLL_S
        if outcome.state in FINAL_STATES or left <= 0:
            break
        if not settled and (yield calls.settled(xid)):
            settled, pause = True, _SAFETY_POLL_S
            continue  # once more, now that nobody can have missed us
        if not settled:
            pause = min(pause * 2, _SAFETY_POLL_S)
        yield min(pause, left)
    yield calls.forgo(waiter)
    return outcome


def result_of(id: int, outcome: Outcome, timeout: float | None) -> Any:
    """The result of a job that has succeeded. Raises JobFailed, ResultTimeout."""
    if outcome.state == "succeeded":
        return outcome.result
    if outcome.state not in FINAL_STATES:
        raise ResultTimeout(
            f"job {id} has not ended within {timeout} s", detail=f"it is {outcome.state}"
        )
    raise JobFailed(f"job {id} ended {outcome.state}", detail=outcome.error)
