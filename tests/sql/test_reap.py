"""reap() and claim_suspect(): what a dead worker held, and jobs that kill their workers."""

from __future__ import annotations

import pytest

from tests.sql.actors import (
    Worker,
    attempt,
    declare,
    enqueue,
    enqueue_n,
    ids,
    one,
    outcomes,
    places,
    state,
    states,
)
from tests.sql.refusals import refused


@pytest.fixture
def reaper(db):
    """A worker that does nothing else."""
    return Worker(db, role="supervisor")


def die_holding(db, reaper, limit=1000):
    """A new worker claims what is due and dies; the reaper takes over. Returns what it held."""
    victim = Worker(db)
    held = victim.claim(limit)
    victim.leave()
    reaper.reap_all()
    return held


def die_alone(db, reaper, *queues):
    """A new worker takes a suspect and dies of it."""
    victim = Worker(db, role="suspect")
    held = victim.claim_suspect(*queues)
    victim.leave()
    reaper.reap_all()
    return held


def test_with_nobody_dead_there_is_nothing_to_do(db, reaper, worker):
    enqueue_n(db, 3)
    worker.claim()

    assert reaper.reap() == 0


def test_a_first_loss_costs_nothing(db, reaper):
    job = enqueue(db, max_attempts=1)

    die_holding(db, reaper)

    assert (state(db, job), attempt(db, job)) == ("ready", 1)
    assert outcomes(db, job) == [(1, "lost", False)]


def test_from_the_second_loss_on_a_job_is_a_suspect_and_waits_apart(db, reaper, worker):
    job = enqueue(db)
    die_holding(db, reaper)
    die_holding(db, reaper)

    assert (places(db, job), state(db, job)) == (["blocked"], "blocked")
    assert worker.claim() == []
    assert [c.id for c in worker.claim_suspect()] == [job]
    assert outcomes(db, job) == [(1, "lost", False), (2, "lost", False)]


def test_three_losses_alone_end_a_job_dead(db, reaper):
    job = enqueue(db)
    die_holding(db, reaper)
    die_holding(db, reaper)
    for _ in range(2):
        die_alone(db, reaper)
        assert state(db, job) == "blocked"

    die_alone(db, reaper)

    assert state(db, job) == "dead"
    assert [charged for _, _, charged in outcomes(db, job)] == [False, False, True, True, True]
    assert one(db, "select error from pgsched._ended") == "its worker died"


def test_a_poison_job_among_200_neighbours_ends_alone(db, reaper):
    """The neighbours are lost with it twice at most, are never charged, and all succeed."""
    made = enqueue_n(db, 201)
    poison = made[100]

    for _ in range(20):
        victim = Worker(db)
        jobs = victim.claim(500)
        if poison in ids(jobs):
            victim.leave()
            reaper.reap_all()
            continue
        victim.finish(*jobs)
        for suspect in victim.claim_suspect():
            if suspect.id == poison:
                victim.leave()
                reaper.reap_all()
            else:
                victim.finish(suspect)
                while others := [s for s in victim.claim_suspect() if s.id != poison]:
                    victim.finish(*others)
                victim.leave()
                reaper.reap_all()
        if state(db, poison) == "dead":
            break
    finisher = Worker(db)
    while rest := finisher.claim(500) or finisher.claim_suspect():
        finisher.finish(*rest)

    assert states(db, made) == {"succeeded": 200, "dead": 1}
    assert state(db, poison) == "dead"
    charged = one(db, "select count(*) from pgsched._run where charged and job_id <> %s", poison)
    assert charged == 0


def test_a_host_that_dies_once_under_500_jobs_makes_no_suspects(db, reaper):
    made = enqueue_n(db, 500)

    assert len(die_holding(db, reaper)) == 500
    assert states(db, made) == {"ready": 500}


def test_losses_do_not_count_as_failures_nor_failures_as_losses(db, reaper):
    job = enqueue(db, max_attempts=2)
    die_holding(db, reaper)
    survivor = Worker(db)
    survivor.fail(survivor.claim_one(), retry_in_s=0)

    assert state(db, job) == "ready"
    survivor.fail(survivor.claim_one(), retry_in_s=0)
    assert state(db, job) == "dead"


def test_a_redriven_job_has_a_fresh_budget_of_losses(db, reaper):
    job = enqueue(db)
    die_holding(db, reaper)
    die_holding(db, reaper)
    for _ in range(3):
        die_alone(db, reaper)
    db.execute("select pgsched.redrive(%s)", (job,))

    die_holding(db, reaper)

    assert state(db, job) == "ready"


def test_a_suspect_that_fails_or_is_given_back_stays_a_suspect(db, reaper, worker):
    job = enqueue(db)
    die_holding(db, reaper)
    die_holding(db, reaper)

    for give_back in (worker.release, worker.snooze, lambda s: worker.fail(s, retry_in_s=0)):
        [suspect] = worker.claim_suspect()
        give_back(suspect)
        assert places(db, job) == ["blocked"]


def test_a_suspect_runs_alone_and_flagged(db, reaper, worker):
    declare(db, "exact", transactional=True)
    plain, exact = enqueue(db, "plain"), enqueue(db, "exact")
    die_holding(db, reaper)
    die_holding(db, reaper)

    found = [*worker.claim_suspect(), *worker.claim_suspect(), *worker.claim_suspect()]

    assert ids(found) == [plain, exact]
    flags = db.execute("select c.ids, c.flags from pgsched._claim as c order by c.id").fetchall()
    assert flags == [([plain], 2), ([exact], 3)]


def test_suspects_wait_for_their_time_queue_and_task(db, reaper, worker, clock):
    clock.advance(0)
    declare(db, "t")
    enqueue(db)
    die_holding(db, reaper)
    die_holding(db, reaper)
    [suspect] = worker.claim_suspect("other", "default")
    worker.snooze(suspect, delay_s=10)

    assert worker.claim_suspect() == []
    clock.advance(10)
    assert worker.claim_suspect("other") == []
    db.execute("select pgsched.pause_queue('default')")
    assert worker.claim_suspect() == []
    db.execute("select pgsched.resume_queue('default'); select pgsched.pause_task('t')")
    assert worker.claim_suspect() == []
    db.execute("select pgsched.resume_task('t')")
    assert ids(worker.claim_suspect()) == [suspect.id]


def test_a_paused_suspect_does_not_stand_in_the_way_of_others(db, reaper, worker):
    declare(db, "held")
    enqueue(db, "held")
    free = enqueue(db, "free")
    die_holding(db, reaper)
    die_holding(db, reaper)
    db.execute("select pgsched.pause_task('held')")

    assert ids(worker.claim_suspect()) == [free]


def test_a_suspect_without_its_payload_ends_dead(db, reaper, worker):
    job = enqueue(db)
    die_holding(db, reaper)
    die_holding(db, reaper)
    db.execute("delete from pgsched._job")

    assert worker.claim_suspect() == []
    assert places(db, job) == ["dead"]


def test_claiming_a_suspect_needs_a_lease(db):
    with refused("PS021", "no lease"):
        Worker(db, register=False).claim_suspect()


def test_a_pending_cancel_wins_over_a_loss(db, reaper, worker):
    job = enqueue(db)
    worker.claim_one()
    db.execute("select pgsched.cancel(%s)", (job,))
    worker.leave()

    reaper.reap_all()

    assert (state(db, job), outcomes(db, job)) == ("cancelled", [(1, "cancelled", False)])


def test_one_step_takes_no_more_claims_than_its_limit(db, reaper, worker):
    made = enqueue_n(db, 6)
    for _ in range(3):
        worker.claim(2)
    worker.leave()

    assert [reaper.reap(2), reaper.reap(2), reaper.reap(2)] == [4, 2, 0]
    assert states(db, made) == {"ready": 6}


@pytest.mark.parametrize("limit", [0, 1001, None])
def test_a_limit_out_of_range_is_refused(reaper, limit):
    with refused("PS010", "p_limit must be from 1 to 1000"):
        reaper.reap(limit)


def test_a_worker_past_its_lease_is_forgotten_by_one_that_has_been_live(db, worker, clock):
    job = enqueue(db)
    worker.claim_one()
    reaper = Worker(db, lease_s=30)
    for _ in range(4):
        clock.advance(20)
        reaper.heartbeat()

    assert reaper.reap_all() == 2
    assert state(db, job) == "ready"
    assert not worker.heartbeat()


def test_a_reap_wakes_sleepers(db, reaper, worker, other_db):
    enqueue(db)
    worker.claim_one()
    worker.leave()
    reaper.nap()
    other_db.execute("listen pgsched")

    reaper.reap_all()

    other_db.execute("select 1")
    assert len(list(other_db.notifies(timeout=0))) == 1
