"""
The tasks again, for a worker that claims one job at a time: `pgsched worker --app bench.single`.

Imported as a worker's app, it makes every claim ask for one job, so that each has a _claim row of
its own: what claims of whole batches are measured against. All else stays as it is.
"""

from __future__ import annotations

from pgsched.queues import Queue, Queues

from . import tasks as tasks

_shares = Queues.shares


def _one_by_one(queues: Queues, limit: int) -> list[tuple[Queue, int]]:
    return [(queue, 1) for queue, share in _shares(queues, limit) for _ in range(share)]


Queues.shares = _one_by_one
