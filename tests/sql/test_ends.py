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
    worker.finish(held["result"], results=['{"n": 1}'], tasks=["result"])
    worker.fail(held["dead"], final=True, error="boom")
    worker.fail(held["cancelled"])
    worker.finish_claims(held["plain"], tasks=["plain"])

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
    worker.complete(held, task="t")

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


@pytest.mark.parametrize("event_type", ["job.*", "job.succeeded"])
@pytest.mark.parametrize("form", ["claims", "ids"])
def test_where_nobody_subscribes_to_these_tasks_a_worker_that_names_them_pays_nothing(
    db, worker, event_type, form
):
    subscribe(db, event_type=event_type, filter='$.data.task == "other"', queue="ends")
    enqueue_n(db, 50)
    jobs = worker.claim()
    finish = worker.finish_claims if form == "claims" else worker.finish

    scans = scans_of(db, lambda: finish(*jobs, tasks=["t", "u"]))

    assert not any(name.startswith(("_event", "_job", "_ended")) for name in scans)


def test_where_nobody_subscribes_to_a_transactional_task_that_is_named_it_pays_nothing(db, worker):
    subscribe(db, event_type="job.*", filter='$.data.task == "other"', queue="ends")
    declare(db, "t", transactional=True)
    enqueue(db)
    job = worker.claim_one()

    scans = scans_of(db, lambda: worker.complete(job, task="t"))

    assert not any(name.startswith(("_event", "_job", "_ended")) for name in scans)


def test_where_nobody_subscribes_to_this_end_it_costs_nothing(db, worker):
    """Of those that succeed; who waits for the dead is no burden to them."""
    listen(db, "job.dead")
    enqueue_n(db, 50)
    jobs = worker.claim()

    scans = scans_of(db, lambda: worker.finish_claims(*jobs))

    assert not any(name.startswith(("_event", "_job", "_ended")) for name in scans)


def test_of_a_batch_of_tasks_the_ends_of_those_subscribed_to_are_events(db, worker):
    """Whether or not the worker names the tasks."""
    named = '$.data.task == "a" || $.data.task == "b" && $.data.result.n > 1'
    subscribe(db, event_type="job.*", queue="ends", filter=named)
    subscribe(db, "dead", "job.dead", queue="ends")
    for tasks in (None, ["a", "b", "c", "d"]):
        for task in "abcd":
            enqueue(db, task)
        held = {job.task: job for job in worker.claim()}
        worker.fail(held["d"], final=True)
        worker.finish(held["b"], results=['{"n": 2}'], tasks=tasks)
        worker.finish_claims(held["a"], held["c"], tasks=tasks)

    assert [(type, task) for type, task, _ in ends(db)] == [
        *[("job.dead", "d")] * 2,
        *[("job.succeeded", "a")] * 2,
        *[("job.succeeded", "b")] * 2,
    ]


@pytest.mark.parametrize(
    ("filter", "tasks"),
    [
        (None, None),
        ('$.data.task == "a"', ["a"]),
        ('strict $.data.task == "a"', ["a"]),
        ('$.data.task == "a" && $.data.queue == "q" && !($.data.key == "k")', ["a"]),
        ('$.data.error like_regex "x" && ($.data.task == "a" || $.data.task == "b")', ["a", "b"]),
        ('$.data.task == "say \\"\u00e4\\", \\\\"', ['say "\u00e4", \\']),
        # what is true, or unknown, for other tasks too, or might be
        ('$.data.task == "a" || $.data.queue == "q"', None),
        ('$.data.task == "a" || exists($.data.key)', None),
        ('!($.data.task == "a")', None),
        ('$.data.task != "a"', None),
        ('$.data.task starts with "a"', None),
        ('$.data.task == "a" || $.data.task like_regex "b"', None),
        ('$.data.task == "string".type()', None),
        ('$.data.*  == "a" || $.data.task == "a"', None),
        ('!(($.data.key == 1) is unknown) || $.data.task == "a"', None),
        ('($.data.key == 1).type() == "boolean"', None),
        ('exists($.data ? (@.queue == "q"))', None),
        ('$.data.keyvalue().key == "error"', None),
        ('$.data.task == ""', None),
    ],
)  # fmt: skip
def test_a_filter_says_whose_ends_it_asks_for_if_it_can_be_true_of_no_others(db, filter, tasks):
    subscribe(db, event_type="job.*", filter=filter)

    assert one(db, "select s.tasks from pgsched._subscription as s") == tasks


def test_a_filter_that_names_tasks_in_a_new_way_is_heeded(db, worker):
    """What it asked for before is worked out anew, whatever else it asks of an event."""
    subscribe(db, event_type="job.*", queue="ends", filter='$.data.task == "a"')
    subscribe(db, event_type="job.*", queue="ends", args={}, filter='$.data.task == "b"')
    enqueue(db, "a")
    wanted = enqueue(db, "b")
    worker.finish_claims(*worker.claim(), tasks=["a", "b"])

    assert ends(db) == [("job.succeeded", "b", wanted)]


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
