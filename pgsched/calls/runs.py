"""Calls of a worker about the jobs it holds: claim them, say how their runs ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..jsontext import dump_value
from ..models import Held, Hold, Misfit
from .base import Call, Row, column, nothing, scalar

_TAKEN = "select claim, id, attempt, task, args, timeout_s, cursor "


def _misfits(rows: list[Row]) -> list[Misfit]:
    return [Misfit(*row) for row in rows]


def claim(worker: str, queue: str, limit: int, cursors: str | None = None) -> Call[list[Held]]:
    """Take up to `limit` due jobs; `cursors` is a JSON object, priority to cursor."""
    return Call(
        _TAKEN + "from pgsched.claim(%s, %s, %s, %s::jsonb)",
        [worker, queue, limit, cursors],
        _held,
    )


def claim_suspect(worker: str, queues: list[str]) -> Call[list[Held]]:
    """Take the one suspect that is due first, if any."""
    return Call(
        _TAKEN + "from pgsched.claim_suspect(%s, %s)",
        [worker, queues],
        _held,
    )


def _held(rows: list[Row]) -> list[Held]:
    return [Held._make(row) for row in rows]


def finish_claims(worker: str, claims: list[int], tasks: list[str]) -> Call[int]:
    """All jobs of these claims, of these tasks, succeeded without results; reads how many ended."""
    params = [worker, claims, tasks]
    return Call("select pgsched.finish(%s, %s::bigint[], %s::text[])", params, scalar)


def finish(
    worker: str,
    claims: list[int],
    ids: list[int],
    attempts: list[int],
    results: list[str | None],
    tasks: list[str] | None,
) -> Call[list[Misfit]]:
    """
    These jobs succeeded, with results as JSON text; reads what did not. None for their tasks: they
    are looked up where somebody has to know them.
    """
    return Call(
        "select * from pgsched.finish(%s, %s::bigint[], %s::bigint[], %s::int[], %s::text[],"
        " %s::text[])",
        [worker, claims, ids, attempts, results, tasks],
        _misfits,
    )


def complete(worker: str, claim: int, id: int, attempt: int, result: Any, task: str) -> Call[None]:
    """End one job of a transactional task, this one, in the caller's transaction."""
    text = None if result is None else dump_value("result", result)
    return Call(
        "select pgsched.complete(%s, %s, %s, %s, %s::jsonb, %s)",
        [worker, claim, id, attempt, text, task],
        nothing,
    )


def fail(
    worker: str,
    claims: list[int],
    ids: list[int],
    attempts: list[int],
    errors: list[str],
    outcomes: list[str],
    retry_in_s: list[float | None],
    final: list[bool],
) -> Call[list[Misfit]]:
    """These runs did not succeed; reads what did not end as asked."""
    return Call(
        "select * from pgsched.fail(%s, %s::bigint[], %s::bigint[], %s::int[], %s::text[],"
        " %s::pgsched.run_outcome[], %s::float8[], %s::bool[])",
        [worker, claims, ids, attempts, errors, outcomes, retry_in_s, final],
        _misfits,
    )


def snooze(
    worker: str, claims: list[int], ids: list[int], attempts: list[int], delays_s: list[float]
) -> Call[list[Misfit]]:
    """Run these jobs again later, uncharged; reads what did not end as asked."""
    return Call(
        "select * from pgsched.snooze(%s, %s::bigint[], %s::bigint[], %s::int[], %s::float8[])",
        [worker, claims, ids, attempts, delays_s],
        _misfits,
    )


def release(
    worker: str,
    claims: list[int],
    ids: list[int],
    attempts: list[int],
    started: list[bool],
    delay_s: float,
) -> Call[int]:
    """Give jobs back uncharged; reads how many were still held."""
    return Call(
        "select pgsched.release(%s, %s::bigint[], %s::bigint[], %s::int[], %s::bool[], %s::float8)",
        [worker, claims, ids, attempts, started, delay_s],
        scalar,
    )


def evict(worker: str, keep: Sequence[int] = (), *, started: bool = True) -> Call[int]:
    """Give back all that a worker holds but the claims `keep`; reads how many jobs."""
    return Call("select pgsched.evict(%s, %s::bigint[], %s)", [worker, list(keep), started], scalar)


def log(
    worker: str,
    ids: list[int],
    attempts: list[int],
    levels: list[str],
    messages: list[str | None],
    progress: list[float | None],
) -> Call[int]:
    """Keep log lines and progress of running jobs; reads how many were kept."""
    return Call(
        "select pgsched.log(%s, %s::bigint[], %s::int[], %s::text[], %s::text[], %s::float8[])",
        [worker, ids, attempts, levels, messages, progress],
        scalar,
    )


def hold(worker: str, claims: Sequence[int]) -> Call[set[tuple[int, int, int]]]:
    """
    Hold these claims until the transaction ends; reads (claim, id, attempt) of the jobs in them
    that the worker holds.
    """
    return Call(
        "select claim, id, attempt from pgsched._hold(%s, %s::bigint[])",
        [worker, list(claims)],
        lambda rows: {(claim, id, attempt) for claim, id, attempt in rows},
    )


def save_checkpoint(held: Hold, value: Any) -> Call[None]:
    """Keep a value, which JSON can hold, for the later attempts of a job."""
    return Call(
        "select pgsched.save_checkpoint(%s, %s, %s, %s, %s::jsonb)",
        [*held, dump_value("the checkpoint", value)],
        nothing,
    )


def checkpoint(held: Hold) -> Call[Any]:
    """What was kept of a job; None if nothing was."""
    return Call("select pgsched.checkpoint(%s, %s, %s, %s)", [*held], scalar)


def cancels(worker: str) -> Call[list[int]]:
    """The running jobs of this worker that shall stop."""
    return Call("select pgsched.cancels(%s)", [worker], column)
