"""/v1/jobs/cancel, redrive and change: many at once."""

from __future__ import annotations

import threading

import pytest

from tests.api.conftest import problem
from tests.sql.actors import enqueue, enqueue_n, one, states


def sent(api, action, **body):
    answer = api.post(f"/v1/jobs/{action}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_jobs_are_cancelled_by_their_ids_and_the_others_told_of(api, db, worker):
    done = enqueue(db, queue="q")
    worker.finish(worker.claim_one("q"))
    made = enqueue_n(db, 3)

    told = sent(api, "cancel", ids=[str(id) for id in (*made, done, made[0], 7)])

    assert told == {
        "dry_run": False,
        "count": 3,
        "ids": [str(id) for id in made],
        "refused_count": 2,
        "refused": [
            {"id": str(done), "code": "PS020", "state": "succeeded"},
            {"id": "7", "code": "PS001", "state": None},
        ],
        "next": None,
    }
    assert states(db, made) == {"cancelled": 3}


def test_a_dry_run_says_what_would_come_of_it_and_changes_nothing(api, db, worker):
    running = enqueue(db, queue="q")
    worker.claim_one("q")
    made = enqueue_n(db, 2)
    chosen = [{"ids": [str(id) for id in (*made, running)]}, {"filter": {"task": "t"}}]

    said = [sent(api, "change", priority=5, dry_run=True, **each) for each in chosen]

    assert [(each["dry_run"], each["count"]) for each in said] == [(True, 2)] * 2
    assert said[0]["refused"] == [{"id": str(running), "code": "PS020", "state": "running"}]
    assert api.get(f"/v1/jobs/{made[0]}").json()["priority"] == 0


def test_jobs_are_moved_by_a_filter(api, db):
    made = enqueue_n(db, 3, task="a")
    other = enqueue(db, "b", labels={"x": "1"})

    told = sent(api, "change", filter={"task": "a"}, queue="vip", delay_s=3600)
    labelled = sent(api, "change", filter={"label": "x=1"}, priority=9)

    assert (told["count"], told["next"]) == (3, None)
    moved = api.get("/v1/jobs", params={"queue": "vip"}).json()["items"]
    assert {(job["id"], job["state"]) for job in moved} == {(str(id), "scheduled") for id in made}
    assert labelled["ids"] == [str(other)]


def test_a_filter_goes_on_where_it_stopped(api, db):
    made = [str(id) for id in enqueue_n(db, 5)]

    first = sent(api, "cancel", filter={"queue": "default"}, limit=2)
    rest = sent(api, "cancel", filter={"queue": "default"}, cursor=first["next"])

    assert (first["ids"], rest["ids"], rest["next"]) == (made[:2], made[2:], None)


def test_more_than_a_thousand_are_done_in_steps(api, db):
    made = enqueue_n(db, 1100)

    told = sent(api, "cancel", filter={"state": "ready"}, limit=10_000)

    assert (told["count"], len(told["ids"])) == (1100, 100)
    assert states(db, made) == {"cancelled": 1100}


def test_dead_jobs_are_redriven_and_cancelled_ones_if_that_is_said(api, db, worker):
    dead, cancelled = enqueue_n(db, 2)
    worker.fail(worker.claim_one(), final=True)
    sent(api, "cancel", ids=[str(cancelled)])

    assert sent(api, "redrive", filter={"task": "t"})["ids"] == [str(dead)]
    assert sent(api, "redrive", filter={"state": "cancelled"})["ids"] == [str(cancelled)]


def test_a_repeated_request_with_one_key_is_carried_out_once(api, db, worker):
    enqueue_n(db, 2)
    body = {"filter": {"task": "t"}, "limit": 1}

    answers = [
        api.post("/v1/jobs/cancel", json=body, headers={"idempotency-key": "k"}).json()
        for _ in range(2)
    ]

    assert answers[0] == answers[1]
    assert len(worker.claim()) == 1


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("cancel", {}),
        ("cancel", {"ids": []}),
        ("cancel", {"ids": ["1"] * 1001}),
        ("cancel", {"ids": ["x"]}),
        ("cancel", {"ids": ["1"], "filter": {"task": "t"}}),
        ("cancel", {"filter": {}}),
        ("cancel", {"filter": {"task": None}}),
        ("cancel", {"filter": {"state": "dead"}}),
        ("cancel", {"filter": {"label": "x"}}),
        ("cancel", {"filter": {"task": "t"}, "limit": 10_001}),
        ("cancel", {"filter": {"task": "t"}, "cursor": "!"}),
        ("redrive", {"filter": {"state": "ready"}}),
        ("change", {"ids": ["1"]}),
        ("change", {"ids": ["1"], "priority": 101}),
        ("change", {"ids": ["1"], "delay_s": 1, "due_at": "2100-01-01T00:00:00Z"}),
    ],
)
def test_what_is_not_valid_is_refused(api, action, body):
    problem(api.post(f"/v1/jobs/{action}", json=body), 422, "PS010")


def test_jobs_that_are_just_being_claimed_are_cancelled_too(api, db, worker, other_db):
    made = [str(id) for id in enqueue_n(db, 3)]
    told = []
    with db.transaction():
        worker.claim(2)
        asking = threading.Thread(target=lambda: told.append(sent(api, "cancel", ids=made)))
        asking.start()
        waits = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
        while not one(other_db, waits):
            pass
    asking.join()

    assert (told[0]["count"], told[0]["refused"]) == (3, [])
