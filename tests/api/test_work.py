"""Runs, tasks, queues, workers, dead letters, metrics, health."""

from __future__ import annotations

from tests.api.conftest import problem
from tests.sql.actors import declare, enqueue, enqueue_n, state


def listed(api, path, **query):
    """The items of all pages."""
    found, cursor = [], None
    while True:
        page = api.get(path, params=query | ({"cursor": cursor} if cursor else {})).json()
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


def test_runs_are_listed_of_one_job_and_of_all(api, db, worker):
    one, other = enqueue_n(db, 2)
    worker.fail(worker.claim_one(), retry_in_s=0)
    for job in worker.claim():
        worker.finish(job, results=["[1]"])

    of_one = api.get(f"/v1/jobs/{one}/runs").json()["items"]
    assert [(run["attempt"], run["outcome"], run["result"]) for run in of_one] == [
        (1, "failed", None),
        (2, "succeeded", [1]),
    ]
    every = listed(api, "/v1/runs", limit=1)
    assert [(int(run["job_id"]), run["attempt"]) for run in every] == [
        (other, 1),
        (one, 2),
        (one, 1),
    ]
    assert [run["attempt"] for run in listed(api, "/v1/runs", outcome="failed")] == [1]
    assert listed(api, "/v1/runs", task="ghost") == []
    problem(api.get("/v1/jobs/7/runs"), 404, "PS001")
    problem(api.get("/v1/jobs/7/logs"), 404, "PS001")


def test_dead_letters_are_listed_the_last_first(api, db, worker):
    first, last = (enqueue(db, max_attempts=1) for _ in range(2))
    held = {job.id: job for job in worker.claim()}
    worker.fail(held[first])
    worker.fail(held[last], error="bang")

    found = listed(api, "/v1/dead-letters", limit=1)
    assert [(int(each["id"]), each["error"]) for each in found] == [(last, "bang"), (first, "boom")]
    assert listed(api, "/v1/dead-letters", queue="other") == []


def test_a_tasks_policy_is_changed_with_its_version_and_reset(api, db):
    declare(db)
    shown = api.get("/v1/tasks/t")
    assert [task["name"] for task in api.get("/v1/tasks").json()["items"]] == ["t"]

    problem(api.patch("/v1/tasks/t", json={"priority": 9}), 428, "PS075")
    tag = {"if-match": shown.headers["etag"]}
    changed = api.patch("/v1/tasks/t", json={"priority": 9, "timeout_s": 5.0}, headers=tag)
    assert (changed.status_code, changed.json()["overrides"]) == (
        200,
        {"priority": 9, "timeout_s": 5},
    )
    problem(api.patch("/v1/tasks/t", json={"priority": 8}, headers=tag), 412, "PS026")
    assert api.post("/v1/tasks/t/reset").json()["overrides"] == {}
    problem(api.get("/v1/tasks/ghost"), 404, "PS002")


def test_a_task_and_a_queue_are_paused_and_resumed(api, db, worker):
    declare(db)
    job = enqueue(db)

    assert api.post("/v1/tasks/t/pause").json()["paused"] is True
    assert state(db, job) == "blocked"
    assert api.post("/v1/tasks/t/resume").json()["paused"] is False
    assert api.post("/v1/queues/default/pause").status_code == 204
    assert worker.claim() == []
    assert api.post("/v1/queues/default/resume").status_code == 204
    assert [each.id for each in worker.claim()] == [job]


def test_queues_and_workers_are_listed(api, db, worker):
    enqueue_n(db, 2)

    [queue] = api.get("/v1/queues").json()["items"]
    [found] = api.get("/v1/workers").json()["items"]
    assert (queue["queue"], queue["ready"], queue["running"]) == ("default", 2, 0)
    assert (found["id"], found["live"], found["queues"]) == (str(worker.id), True, ["default"])


def test_metrics_are_text_for_prometheus(api, db, worker):
    enqueue_n(db, 2)

    answer = api.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain")
    assert 'pgsched_jobs{queue="default",state="ready"} 2.0' in answer.text.splitlines()
    assert 'pgsched_workers{live="true",role="child"} 1.0' in answer.text.splitlines()


def test_health_says_whether_process_database_and_jobs_are_well(api, db):
    assert [api.get(f"/health/{of}").json() for of in ("live", "ready", "jobs")] == [
        {"status": "ok"}
    ] * 3
    job = enqueue(db)
    db.execute("update pgsched._ready set due_at = due_at - interval '1 hour' where id = %s", [job])

    late = problem(api.get("/health/jobs"), 503, "PS080")
    assert "default" in late["detail"]
    assert api.get("/health/jobs", params={"late_s": 7200}).status_code == 200
