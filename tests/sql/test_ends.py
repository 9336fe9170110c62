"""Jobs' own ends as events: for those who subscribe to them, and in nobody's way."""

from __future__ import annotations

import pytest

from tests.sql.actors import declare, enqueue, enqueue_n, one, outcomes, state
from tests.sql.events import args_made, emit, problems, subscribe
from tests.sql.test_plans import scans_of


def ends(conn):
    """Type, task and job of each end that became an event, sorted."""
    found = conn.execute(
        "select e.type, e.data ->> 'task', e.cause_job from pgsched.event as e order by 1, 2, 3"
    )
    return found.fetchall()


def listen(db, event_type="job.*"):
    """Subscribe a task of another queue, so that its jobs are not claimed here."""
    subscribe(db, "ends", event_type, queue="ends", args={"data": "$.data"})


def test_each_way_to_end_is_an_event(db, worker):
    listen(db)
    names = ("plain", "result", "dead", "cancelled", "waits")
    jobs = {name: enqueue(db, name) for name in names}
    db.execute("select pgsched.cancel(%s)", (jobs["waits"],))
    held = {job.task: job for job in worker.claim()}
    db.execute("select pgsched.cancel(%s)", (jobs["cancelled"],))
    worker.finish(held["result"], results=['{"n": 1}'])
    worker.fail(held["dead"], final=True, error="boom")
    worker.fail(held["cancelled"])
    worker.finish_claims(held["plain"])

    assert ends(db) == [
        ("job.cancelled", "cancelled", jobs["cancelled"]),
        ("job.cancelled", "waits", jobs["waits"]),
        ("job.dead", "dead", jobs["dead"]),
        ("job.succeeded", "plain", jobs["plain"]),
        ("job.succeeded", "result", jobs["result"]),
    ]
    told = {args["data"]["task"]: args["data"] for args in args_made(db) if "data" in args}
    assert (told["result"]["result"], told["dead"]["error"]) == ({"n": 1}, "boom")
    assert told["plain"]["job_id"] == jobs["plain"]


def test_a_transactional_job_s_end_is_an_event_if_it_commits(db, worker):
    listen(db, "job.succeeded")
    declare(db, "t", transactional=True)
    job_id = enqueue(db)
    held = worker.claim_one()
    with db.transaction(force_rollback=True):
        worker.complete(held)
    before = ends(db)
    worker.complete(held)

    assert (before, ends(db)) == ([], [("job.succeeded", "t", job_id)])


def test_only_ends_that_somebody_asks_for_are_events(db, worker):
    listen(db, "job.dead")
    subscribe(db, "off", "job.succeeded", enabled=False)
    subscribe(db, "all", "*", queue="ends")
    good, bad = enqueue_n(db, 2)
    jobs = sorted(worker.claim(), key=lambda job: job.id)
    worker.finish_claims(*jobs[:0])
    worker.finish(jobs[0])
    worker.fail(jobs[1], final=True)

    assert (state(db, good), ends(db)) == ("succeeded", [("job.dead", "t", bad)])


@pytest.mark.parametrize("args", [None, {"n": "$.data.job_id"}])
def test_ends_of_tasks_that_no_filter_asks_for_are_not_kept(db, worker, args):
    subscribe(db, event_type="job.*", queue="ends", args=args, filter='$.data.task == "a"')
    wanted = enqueue(db, "a")
    enqueue(db, "b")
    worker.finish_claims(*worker.claim())

    assert ends(db) == [("job.succeeded", "a", wanted)]
    assert one(db, "select count(*) from pgsched._job where queue = 'ends'") == 1


def test_a_filter_that_is_unknown_for_an_end_is_told(db, worker):
    subscribe(db, event_type="job.*", queue="ends", filter="strict $.data.result.n > 1")
    enqueue(db)
    worker.finish_claims(*worker.claim())

    assert problems(db) == ["s: the filter is unknown for it"]


def test_a_retry_is_no_end(db, worker):
    listen(db)
    enqueue(db)
    worker.fail(worker.claim_one())
    worker.snooze(*worker.claim())

    assert ends(db) == []


def test_where_nobody_subscribes_finish_reads_no_more_than_an_index(db, worker):
    subscribe(db, event_type="order.created")
    enqueue_n(db, 50)
    jobs = worker.claim()

    scans = scans_of(db, lambda: worker.finish_claims(*jobs))

    assert scans["_subscription"].seq == 0
    assert not any(name.startswith("_event") for name in scans)


def test_a_chain_of_ends_stops_by_itself_and_no_job_is_hindered_from_ending(db, worker):
    """A task whose end brings about its own job: every job ends, the last makes no other."""
    subscribe(db, event_type="job.succeeded")
    enqueue(db)
    count = 0
    while jobs := worker.claim():
        worker.finish(*jobs)
        count += len(jobs)

    assert count == 18
    assert one(db, "select max(depth) from pgsched.event") == 17
    [problem] = problems(db)
    chain = "job.succeeded > t > " * 17 + "job.succeeded"
    assert problem == f"s: more than 16 events have followed from one another: {chain}"


def test_an_end_continues_the_chain_of_the_event_that_made_its_job(db, worker):
    subscribe(db)
    listen(db)
    emit(db)
    worker.finish(worker.claim_one())

    assert one(db, "select depth from pgsched.event where type = 'job.succeeded'") == 1


@pytest.mark.parametrize("form", ["claims", "ids"])
def test_jobs_end_also_where_their_events_cannot_be_made(db, worker, form):
    """For want of a partition; it is a warning."""
    listen(db)
    seen = []
    db.add_notice_handler(lambda notice: seen.append(notice.message_primary))
    job_ids = enqueue_n(db, 3)
    jobs = worker.claim()
    with db.transaction(force_rollback=True):
        for (name,) in db.execute("select name from pgsched._partitions('_event')").fetchall():
            db.execute(f"drop table pgsched.{name}")
        if form == "claims":
            worker.finish_claims(*jobs)
        else:
            worker.finish(*jobs)
        assert [outcomes(db, job_id) for job_id in job_ids] == [[(1, "succeeded", False)]] * 3

    assert len(seen) == 1
    assert seen[0].startswith("the ends of 3 jobs are no events: 23514")


def test_only_a_job_that_a_finish_ended_is_an_event_and_once(db, worker, rival):
    """Neither one that the worker had lost, nor one of a finish that is repeated."""
    listen(db)
    lost, done = enqueue_n(db, 2)
    jobs = {job.id: job for job in worker.claim()}
    worker.release(jobs[lost])
    rival.claim_one()
    first = worker.finish(*jobs.values())
    again = worker.finish(jobs[done])
    worker.finish_claims(*jobs.values())

    assert (first, again) == ([(lost, 1, "lost")], [])
    assert ends(db) == [("job.succeeded", "t", done)]
