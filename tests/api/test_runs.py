"""/v1/runs/{id}: one attempt, by the id of its job and which it is."""

from __future__ import annotations

import pytest

from tests.api.conftest import problem
from tests.sql.actors import enqueue, state


def test_a_run_is_shown_while_it_goes_on_and_after(api, db, worker):
    job = enqueue(db)
    held = worker.claim_one()
    worker.log(held, "half way", 0.5)

    now = api.get(f"/v1/runs/{job}-1").json()
    assert {
        "id": f"{job}-1",
        "job_id": str(job),
        "attempt": 1,
        "state": "running",
        "outcome": None,
        "worker": str(worker.id),
        "progress": 0.5,
        "message": "half way",
        "finished_at": None,
    }.items() <= now.items()
    worker.finish(held, results=["[1]"])
    after = api.get(f"/v1/runs/{job}-1").json()
    assert {"state": "ended", "outcome": "succeeded", "result": [1]}.items() <= after.items()
    assert after["started_at"] == now["started_at"]
    assert [run["id"] for run in api.get("/v1/runs").json()["items"]] == [f"{job}-1"]


def test_a_run_that_is_not_there_is_not_found(api, db):
    job = enqueue(db)

    for of in ("", "/logs"):
        problem(api.get(f"/v1/runs/{job}-1{of}"), 404, "PS008")
        problem(api.get(f"/v1/runs/7-1{of}"), 404, "PS008")
    for action in ("cancel", "retry"):
        problem(api.post(f"/v1/runs/{job}-1/{action}"), 404, "PS008")
        problem(api.post(f"/v1/runs/7-1/{action}"), 404, "PS001")


@pytest.mark.parametrize("id", ["7", "7-", "-1", "x-1", "7-x", "7-1-1", "7-9999999999", "0-1"])
def test_what_is_no_id_of_a_run_is_refused(api, id):
    told = problem(api.get(f"/v1/runs/{id}"), 422, "PS010")

    assert told["errors"][0]["at"] == "path/id"


def test_a_run_that_goes_on_is_cancelled_and_an_ended_one_is_not(api, db, worker):
    job = enqueue(db)
    worker.fail(worker.claim_one(), retry_in_s=0)
    held = worker.claim_one()

    problem(api.post(f"/v1/runs/{job}-1/cancel"), 409, "PS020")
    told = api.post(f"/v1/runs/{job}-2/cancel")
    assert (told.status_code, told.json()["cancelling"]) == (200, True)
    worker.fail(held)
    assert api.get(f"/v1/runs/{job}-2").json()["outcome"] == "cancelled"


def test_a_job_is_retried_by_its_last_run(api, db, worker):
    job = enqueue(db)
    worker.fail(worker.claim_one(), retry_in_s=0)
    worker.fail(worker.claim_one(), final=True)

    problem(api.post(f"/v1/runs/{job}-1/retry"), 409, "PS020")
    told = api.post(f"/v1/runs/{job}-2/retry")
    assert (told.status_code, told.json()) == (201, {"id": str(job)})
    assert told.headers["location"] == f"/v1/jobs/{job}"
    assert state(db, job) == "ready"


def test_the_log_of_a_run_is_its_own(api, db, worker):
    job = enqueue(db)
    for message in ("first", "second"):
        held = worker.claim_one()
        worker.log(held, message)
        worker.fail(held, retry_in_s=0)

    lines = [api.get(f"/v1/runs/{job}-{n}/logs").json()["items"] for n in (1, 2)]

    assert [[line["message"] for line in each] for each in lines] == [["first"], ["second"]]
