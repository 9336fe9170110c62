"""--drain and max_seconds: a worker that ends by itself, and what it says at its end."""

from __future__ import annotations

from datetime import datetime

from tests.sql.actors import one
from tests.worker.processes import eventually, outcomes, states

WAITS = """
select exists (select from pg_stat_activity where datname = current_database()
                                              and wait_event_type = 'Lock')
"""


def test_drain_ends_when_nothing_is_due(worker, client, db):
    """One JSON line: counts by outcome, and when the next job is due."""
    client.enqueue_many("add", [{"a": n} for n in range(30)])
    client.enqueue("throw", {"what": "plain"})
    client.enqueue("throw", {"what": "cancel"})
    client.enqueue("throw", {"what": "snooze"})
    client.enqueue("oversleep")
    later = client.enqueue("add", {"a": 1}, delay=60)

    process = worker("--drain", ready=False, processes=2)

    assert process.wait() == 0
    due = process.summary.pop("next_due")
    assert process.summary | {"next_due": None} == {
        "succeeded": 30,
        "failed": 1,
        "timed_out": 1,
        "cancelled": 1,
        "snoozed": 1,
        "released": 0,
        "unknown": 0,
        "next_due": None,
    }
    [(expected,)] = db.execute(
        "select due_at from pgsched.job where id = %s", (later.id,)
    ).fetchall()
    assert datetime.fromisoformat(due) == expected
    assert states(db) == {"succeeded": 30, "dead": 2, "cancelled": 1, "scheduled": 2}


def test_drain_with_nothing_to_do(worker):
    """It ends at once; nothing is due ever."""
    process = worker("--drain", ready=False)

    assert process.wait() == 0
    assert process.summary["next_due"] is None


def test_drain_goes_on_after_a_child_died_and_runs_the_suspects(worker, client, db):
    """A job that kills its child each time ends dead, alone; then nothing is left."""
    poison = client.enqueue("die", {"by": 3})
    client.enqueue_many("add", [{"a": n} for n in range(10)])

    process = worker("--drain", ready=False, lease_s=1)

    assert process.wait(within_s=40) == 0
    assert states(db) == {"succeeded": 10, "dead": 1}
    assert outcomes(db, poison.id) == ["lost"] * 5


def test_a_worker_stops_after_max_seconds(worker, client, db):
    """As after a SIGTERM."""
    job = client.enqueue("wait_for_cancel")
    process = worker(ready=False, max_seconds=1, grace_s=0)

    assert process.wait() == 0
    assert outcomes(db, job.id) == ["released"] * process.summary["released"]
    assert job.state() == "ready"


def test_a_task_that_the_worker_does_not_know_is_handed_back(worker, client, db):
    """Uncharged, for a while, and reported; its neighbours run."""
    unknown = client.enqueue("nobody_knows_it")
    known = client.enqueue("add", {"a": 1})

    process = worker("--drain", ready=False)

    assert process.wait() == 0
    assert known.state() == "succeeded"
    assert (unknown.state(), outcomes(db, unknown.id)) == ("scheduled", [])
    assert process.summary["unknown"] == 1
    [said] = [line for line in process.messages if "unknown to this worker" in line]
    assert "nobody_knows_it" in said
    assert str(unknown.id) in said


def test_a_module_that_cannot_be_imported_ends_the_worker(worker):
    """With an exit code of 1 and the reason, not with a restart for ever."""
    process = worker(ready=False, app="tests.apps.no_such_module")

    assert process.wait() == 1
    assert any("no_such_module" in line for line in process.messages)


def test_an_import_may_take_longer_than_a_lease(worker, client):
    """A lease begins with the registration."""
    job = client.enqueue("slowly_imported")

    process = worker("--drain", ready=False, app="tests.apps.slow_import", lease_s=1)

    assert process.wait() == 0
    assert job.state() == "succeeded"


def test_drain_runs_what_is_tried_again_at_once(worker, client, db):
    """A retry without delay is due when the drain would end."""
    job = client.enqueue(
        "succeed_at", {"attempt": 4}, max_attempts=9, retry={"kind": "fixed", "base_s": 0}
    )

    assert worker("--drain", ready=False).wait() == 0

    assert (job.state(), len(outcomes(db, job.id))) == ("succeeded", 4)


def test_drain_gets_past_the_jobs_of_a_paused_task(worker, client, db):
    """They stand before the others, and a claim that only moves them away brings nothing."""
    db.execute("select pgsched.declare_task('paused'), pgsched.pause_task('paused')")
    client.enqueue_many("paused", [{}] * 100)
    last = client.enqueue("add", {"a": 1})

    assert worker("--drain", ready=False).wait() == 0

    assert last.state() == "succeeded"


def test_what_ended_while_its_claim_was_locked_does_not_run_again(worker, client, db, other_db):
    """A drain waits for whoever has it: it was put aside, so that it holds up no other."""
    job = client.enqueue("nap", {"seconds": 0.5})
    process = worker("--drain", ready=False)
    eventually(lambda: job.state() == "running")
    with other_db.transaction(force_rollback=True):
        other_db.execute("select pgsched.cancel(%s)", [job.id])
        eventually(lambda: "lock timeout" in process.log)
        eventually(lambda: one(db, WAITS))
        eventually(lambda: not one(db, WAITS))

    assert process.wait() == 0
    assert outcomes(db, job.id) == ["succeeded"]
