"""/v1/stats: how it goes, in one answer."""

from __future__ import annotations

from tests.sql.actors import Worker, enqueue, enqueue_n, one


def test_it_tells_how_it_goes(api, db):
    worker = Worker(db)
    ready, coming = enqueue(db), enqueue(db, due_at="9000-01-01")
    for queue, ending in (("q1", "running"), ("q2", "dead"), ("q3", "cancelled")):
        job = enqueue(db, queue=queue)
        if ending == "cancelled":
            db.execute("select pgsched.cancel(%s)", [job])
            continue
        held = worker.claim_one(queue)
        if ending == "dead":
            worker.fail(held, final=True)
    today = "(pgsched.clock() at time zone 'UTC')::date"
    db.execute(
        "insert into pgsched._stat_day select d.day, d.task, d.outcome::pgsched.run_outcome, d.runs"
        f" from (values ({today}, 'a', 'failed', 2), ({today}, 'b', 'lost', 3),"
        f" ({today}, 'a', 'succeeded', 10), ({today} - 6, 'a', 'timed_out', 4),"
        f" ({today} - 7, 'a', 'failed', 100)) as d (day, task, outcome, runs)"
    )

    told = api.get("/v1/stats").json()

    assert told["jobs"] == {
        "scheduled": 1,
        "ready": 1,
        "blocked": 0,
        "running": 1,
        "dead": 1,
        "cancelled": 1,
        "expired": 0,
        "capped": False,
    }
    assert {queue["queue"]: queue["ready"] for queue in told["queues"]}["default"] == 1
    assert [each["id"] for each in told["upcoming"]] == [str(coming)]
    assert [each["state"] for each in [api.get(f"/v1/jobs/{ready}").json()]] == ["ready"]
    assert (told["workers"]["live"], told["workers"]["running"]) == (1, 1)
    assert [(each["queue"], each["attempt"]) for each in told["running"]] == [("q1", 1)]
    assert told["failed_today"] == 5
    assert told["runs"] == {"failed": 2, "lost": 3, "succeeded": 10, "timed_out": 4}
    assert len(told["days"]) == 7
    assert told["days"][0]["runs"] == {"timed_out": 4}
    assert told["days"][-1]["day"] == one(db, f"select {today}::text")
    assert told["failing"] == [
        {"task": "a", "failed": 6, "runs": 16},
        {"task": "b", "failed": 3, "runs": 3},
    ]


def test_it_tells_of_nothing(api):
    told = api.get("/v1/stats").json()

    assert (told["queues"], told["running"], told["upcoming"], told["failing"]) == ([], [], [], [])
    assert [day["runs"] for day in told["days"]] == [{}] * 7
    assert told["workers"]["seen_ago_s"] is None


def test_more_than_is_counted_is_said(api, db):
    enqueue_n(db, 10_001)

    jobs = api.get("/v1/stats").json()["jobs"]

    assert (jobs["ready"], jobs["capped"]) == (10_001, True)
