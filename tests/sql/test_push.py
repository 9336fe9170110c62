"""How pushers take jobs of endpoints, and hand them over to these."""

from __future__ import annotations

import uuid

import pytest

from tests.sql.actors import Worker, declare, enqueue, enqueue_n, ids, one, outcomes, state
from tests.sql.endpoints import Taker, add, push
from tests.sql.refusals import refused


def look(db, column):
    return one(db, f"select {column} from pgsched.push_state()")


def after_two_deaths(db, worker):
    """A worker, once two have died with the job in their hands."""
    for _ in range(2):
        [_] = push(worker)
        worker.leave()
        worker = Worker(db)
        worker.reap_all()
    return worker


@pytest.fixture
def taker(db, worker):
    """An endpoint that was handed a job over."""
    add(db, tasks=["t"], lease_s=60)
    enqueue(db)
    [job] = push(worker)
    return Taker(worker, job)


def test_a_pusher_takes_no_more_than_the_endpoint_can_have(db, worker, rival):
    add(db, concurrency=3, tasks=["t"])
    jobs = enqueue_n(db, 5)
    first, second = push(worker, 2), push(rival, 10)
    none = push(worker)
    worker.finish(*first)

    assert (len(first), len(second), none) == (2, 1, [])
    assert len(push(worker)) == 2
    assert look(db, "free") == 0
    assert {state(db, job) for job in jobs} == {"running", "succeeded"}


def test_two_pushers_at_once_do_not_exceed_it(db, other_db, worker, rival):
    """The one that comes second takes nothing, and does not wait."""
    add(db, concurrency=3, tasks=["t"])
    enqueue_n(db, 5)
    with db.transaction():
        first = push(worker)
        second = push(rival)

    assert (len(first), second) == (3, [])
    assert push(rival) == []


def test_a_paused_endpoint_gives_nothing_until_it_is_resumed(db, worker):
    add(db, tasks=["t"])
    enqueue_n(db, 2)
    db.execute("select pgsched.pause_endpoint('e')")
    paused = push(worker), look(db, "wait_s")
    db.execute("select pgsched.resume_endpoint('e')")

    assert paused == ([], None)
    assert (look(db, "wait_s"), len(push(worker))) == (0, 2)


def test_an_endpoint_is_held_until_the_latest_time_that_it_asked_for(db, worker, clock):
    clock.advance(0)
    add(db, tasks=["t"])
    enqueue(db)
    db.execute("select pgsched.hold_endpoint('e', 90, 'busy'), pgsched.hold_endpoint('e', 30, 'b')")
    held = push(worker), look(db, "wait_s")
    clock.advance(91)
    worker.heartbeat()

    assert held == ([], 90)
    assert len(push(worker)) == 1
    assert one(db, "select problem from pgsched.endpoint") is None


def test_an_endpoint_that_is_gone_waits_for_an_operator(db, worker):
    add(db, tasks=["t"])
    db.execute("select pgsched.hold_endpoint('e', null, 'answered 410')")

    found = db.execute("select paused, problem from pgsched.endpoint").fetchone()
    assert found == (True, "answered 410")
    with refused("PS010", "p_for_s must be from 0 to 86400"):
        db.execute("select pgsched.hold_endpoint('e', 1e9, 'x')")


def test_what_is_due_when_is_told_of_suspects_too(db, worker, clock):
    clock.advance(0)
    add(db, tasks=["t"])
    none = look(db, "due_in_s")
    enqueue(db)
    worker = after_two_deaths(db, worker)
    due = look(db, "due_in_s")

    assert (none, due) == (None, 0)
    assert len(push(worker)) == 1


def test_a_suspect_does_not_exceed_it_either(db, worker):
    add(db, tasks=["t"], concurrency=1)
    enqueue(db)
    worker = after_two_deaths(db, worker)
    other = enqueue(db)

    assert ids(push(worker)) == [other]


def test_a_job_of_another_task_goes_back_to_its_own_queue(db, worker):
    add(db, tasks=["t"])
    declare(db, "own", queue="mine")
    stray = enqueue(db, "own", queue="push:e")

    assert push(worker) == []
    assert one(db, "select queue from pgsched.job where id = %s", stray) == "mine"
    assert outcomes(db, stray) == []


def test_the_shortest_time_out_holds(db, worker):
    declare(db, "t", timeout_s=20)
    add(db, tasks=["t"], timeout_s=30)
    given = {enqueue(db): 20, enqueue(db, timeout_s=5): 5, enqueue(db, timeout_s=90): 30}

    assert {job.id: job.timeout_s for job in push(worker)} == given


def test_a_job_handed_over_is_the_endpoint_s_and_no_more_the_pusher_s(db, worker, taker):
    assert taker.has_it
    assert worker.finish(taker.job) == [(taker.job.id, 1, "lost")]
    assert taker.heartbeat() == (60, False)
    assert taker.finish(result='{"n": 1}') == "succeeded"
    assert outcomes(db, taker.job.id) == [(1, "succeeded", False)]
    assert one(db, "select result from pgsched.run") == {"n": 1}
    assert one(db, "select count(*) from pgsched._worker where role = 'endpoint'") == 0


def test_of_one_claim_each_job_is_handed_over_alone(db, worker):
    add(db, tasks=["t"])
    enqueue_n(db, 3)
    jobs = push(worker)
    taker = Taker(worker, jobs[1])
    worker.finish(jobs[0], jobs[2])

    assert one(db, "select pgsched.backlog('push:e', true)") == 1
    assert taker.finish() == "succeeded"


def test_handing_over_twice_is_harmless_and_too_late_does_nothing(db, worker):
    add(db, tasks=["t"])
    enqueue_n(db, 2)
    first, second = push(worker)
    again = "select pgsched.hand_over(%s, %s, %s, %s, 'e', %s, 'x')"
    to = uuid.uuid4()
    twice = [one(db, again, worker.id, first.claim, first.id, first.attempt, to) for _ in range(2)]
    worker.finish(second)

    assert twice == [True, True]
    assert not Taker(worker, second).has_it
    assert one(db, "select count(*) from pgsched._worker where role = 'endpoint'") == 1


def test_a_call_back_that_comes_too_early_or_from_nowhere_is_told_to_come_again(db, worker):
    add(db, tasks=["t"])
    enqueue(db)
    [job] = push(worker)
    for id in (job.id, 1):
        with refused("PS018", "is not in the hands of who has this token"):
            db.execute(
                "select pgsched._call_back_finish(%s, 'x', %s, 'failed', null, null, null, false)",
                (uuid.uuid4(), id),
            )


def test_a_wrong_token_ends_nothing(db, taker):
    taker.token = b"other"
    for call in (taker.heartbeat, taker.finish):
        with refused("PS060", "the token is not that of this job"):
            call()
    assert state(db, taker.job.id) == "running"


def test_ending_twice_is_harmless_and_otherwise_refused(db, taker):
    assert [taker.finish(), taker.finish()] == ["succeeded"] * 2
    with refused("PS021", "is over for this endpoint"):
        taker.finish("failed")
    with refused("PS021", "is over for this endpoint"):
        taker.heartbeat()


@pytest.mark.parametrize(
    ("outcome", "after"), [("failed", "scheduled"), ("snoozed", "scheduled"), ("cancelled",) * 2]
)
def test_it_ends_a_job_otherwise(db, taker, outcome, after):
    assert taker.finish(outcome, after_s=60) == outcome
    assert state(db, taker.job.id) == after


def test_a_final_failure_is_not_retried(db, taker):
    taker.finish("failed", final=True)

    assert state(db, taker.job.id) == "dead"


def test_who_calls_back_is_told_of_a_cancel(db, worker, taker):
    db.execute("select pgsched.cancel(%s)", (taker.job.id,))

    assert taker.heartbeat() == (60, True)
    assert taker.finish("failed") == "cancelled"
    assert state(db, taker.job.id) == "cancelled"


def test_a_cancel_before_the_hand_over_is_told_too(db, worker):
    add(db, tasks=["t"])
    enqueue(db)
    [job] = push(worker)
    db.execute("select pgsched.cancel(%s)", (job.id,))

    assert Taker(worker, job).heartbeat()[1]


def test_a_silent_endpoint_s_job_times_out_by_the_task_s_policy(db, worker, taker, clock):
    """Not by reap(), which would call it lost; and only by a pusher that has lived long enough."""
    clock.advance(50)
    worker.heartbeat()
    clock.advance(11)
    young = Worker(db)
    worker.reap_all()
    lapse = "select pgsched.lapse(%s)"
    too_young = one(db, lapse, young.id)

    assert (too_young, one(db, lapse, worker.id)) == (0, 1)
    assert outcomes(db, taker.job.id) == [(1, "timed_out", True)]
    assert "was silent for 60 s" in one(db, "select error from pgsched.run")
    with refused("PS021", "this attempt ended timed_out|is over"):
        taker.finish()


def test_an_end_wakes_pushers_for_there_is_room_again(db, other_db, worker, taker):
    other_db.execute("listen pgsched")
    worker.nap("push:e")
    taker.finish()

    assert [note.channel for note in other_db.notifies(timeout=1, stop_after=1)] == ["pgsched"]
