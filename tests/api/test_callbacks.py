"""/v1/callbacks: whoever answers for a job of an endpoint shows the token that came with it."""

from __future__ import annotations

import uuid

import pytest

from tests.api.conftest import problem
from tests.sql.actors import declare, enqueue, one, state


@pytest.fixture
def again(db, worker):
    """A job that a worker holds after a first run failed, which others may read, with both ids."""
    declare(db, "t", max_attempts=3, retry='{"kind": "fixed", "base_s": 0}')
    job = enqueue(db)
    worker.fail(worker.claim_one())
    assert worker.claim_one().id == job
    return job


@pytest.mark.parametrize("what", ["finish", "heartbeat"])
def test_a_token_that_is_made_up_of_a_worker_s_id_is_good_for_nothing(
    guarded, db, worker, again, what
):
    """Whoever sees a run sees who ran it; what else is in a token cannot be guessed."""
    made_up = f"pgc_{uuid.UUID(str(worker.id)).hex}_{'a' * 43}"
    answer = guarded.post(
        f"/v1/callbacks/{again}/{what}",
        json={"outcome": "succeeded", "result": "stolen"} if what == "finish" else None,
        headers={"authorization": f"Bearer {made_up}"},
    )

    problem(answer, 409, "PS021")
    assert state(db, again) == "running"
    assert one(db, "select count(*) from pgsched._worker") == 1
