"""/v1/callbacks: whoever answers for a job of an endpoint shows the token that came with it."""

from __future__ import annotations

import uuid

import pytest

from pgsched.auth.callback import make_token
from tests.api.conftest import problem
from tests.sql.actors import declare, enqueue, one, state
from tests.sql.endpoints import add, push


@pytest.fixture
def token(db, worker):
    """That of an endpoint which goes on with a job."""
    add(db, tasks=["t"])
    enqueue(db)
    [job] = push(worker)
    made = make_token()
    handed = "select pgsched.hand_over(%s, %s, %s, %s, 'e', %s, %s)"
    assert one(db, handed, worker.id, *job[:3], made.worker, made.hash)
    return made.token


@pytest.mark.parametrize(
    ("said", "outcome", "error"),
    [
        ({"outcome": "failed", "error": "a\0b", "final": True}, "failed", r"a\x00b"),
        ({"outcome": "succeeded", "result": "a\0b"}, "failed", "must not contain NUL"),
        ({"outcome": "succeeded", "result": "x" * 1_100_000}, "failed", "must not exceed 1048576"),
        ({"outcome": "snoozed"}, "snoozed", None),
    ],
)
def test_whatever_is_in_it_the_job_ends(guarded, db, token, said, outcome, error):
    """Who reports it would else be refused, again and again, until the attempt had timed out."""
    [job] = db.execute("select id from pgsched.job").fetchone()
    answers = [
        guarded.post(
            f"/v1/callbacks/{job}/finish", json=said, headers={"authorization": f"Bearer {token}"}
        )
        for _ in range(2)
    ]

    assert [answer.json() for answer in answers] == [{"outcome": outcome}] * 2
    [(kind, told)] = db.execute("select outcome::text, error from pgsched.run").fetchall()
    assert (kind, (error or "") in (told or "")) == (outcome, True)


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
