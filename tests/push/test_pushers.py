"""Pushers that are started for a purpose: several, with other rights, or until all is done."""

from __future__ import annotations

import threading

import pytest

from tests.push.test_pusher import endpoint, how, reply, result_of, state
from tests.sql.actors import enqueue, enqueue_n, one
from tests.sql.endpoints import add
from tests.worker.processes import eventually


def test_an_endpoint_never_has_more_than_its_concurrency(db, receiver, secret, pusher):
    """It has them all at once, though, whoever sends them."""
    change, now, most = threading.Condition(), 0, 0

    def count(handler):
        nonlocal now, most
        with change:
            now += 1
            most = max(most, now)
            change.notify_all()
            change.wait_for(lambda: most >= 3, 20)
            now -= 1
        reply(handler, 200)

    receiver.answers["/hook"] = count
    db.execute("""select pgsched.change_endpoint('e', '{"concurrency": 3}')""")
    jobs = enqueue_n(db, 40)
    for _ in range(2):
        pusher()

    eventually(lambda: all(state(db, job) == "succeeded" for job in jobs))
    assert most == 3
    assert len(receiver.seen) == 40


def test_an_address_that_is_not_public_is_not_asked_and_no_job_pays(db, receiver, secret, pusher):
    process = pusher(environ={})
    job = enqueue(db, max_attempts=1)
    eventually(lambda: endpoint(db, "paused_until"), or_else=process.log)
    eventually(lambda: how(db, job) == ["released"])

    assert "not a public address" in endpoint(db, "problem")
    assert (state(db, job), receiver.seen) == ("ready", [])


def test_what_may_be_a_secret_is_not_in_the_log(db, receiver, secret, pusher):
    """Of a URL that works, and of one that does not."""
    url = f"{receiver.url}/hook?code=hush"
    db.execute("select pgsched.change_endpoint('e', jsonb_build_object('url', %s::text))", [url])
    process = pusher(log_level="debug")
    job = enqueue(db)
    eventually(lambda: state(db, job) == "succeeded")
    receiver.answers["/hook?code=hush"] = (410, {}, b"")
    enqueue(db)
    eventually(lambda: endpoint(db, "paused"))

    assert receiver.seen[0]["path"] == "/hook?code=hush"
    for hidden in ("hush", secret, receiver.seen[0]["headers"]["pgsched-token"]):
        assert hidden not in process.log
        assert hidden not in endpoint(db, "problem")


def test_a_drain_ends_when_nothing_is_due(db, receiver, secret, pusher):
    """Though it cannot have them all at once, and some are to be tried again at once."""
    db.execute("""select pgsched.change_endpoint('e', '{"concurrency": 2}')""")
    receiver.answers["/hook"] = lambda handler: reply(
        handler, 500 if len(receiver.seen) == 3 else 200
    )
    jobs = enqueue_n(db, 7)
    later = enqueue(db, due_at="2040-01-01")
    process = pusher("--drain", ready=False)

    assert process.wait() == 0
    assert [state(db, job) for job in (*jobs, later)] == [*["succeeded"] * 7, "scheduled"]
    assert (process.summary["succeeded"], process.summary["failed"]) == (7, 1)
    assert process.summary["next_due"].startswith("2040-01-01")


def test_an_endpoint_with_much_to_do_leaves_room_for_others(db, receiver, secret, pusher):
    """Also where a pusher has room for one request only, and theirs comes first by name."""
    add(db, "other", f"{receiver.url}/other", tasks=["u"])
    enqueue_n(db, 60)
    late = [enqueue(db, "u") for _ in range(5)]
    process = pusher("--drain", ready=False, concurrency=1)

    assert process.wait() == 0
    assert [state(db, job) for job in late] == ["succeeded"] * 5
    order = [seen["path"] for seen in receiver.seen]
    assert len(order) == 65
    assert order.index("/other") < 30


@pytest.mark.parametrize(
    ("lock", "answer", "then"),
    [
        ("select pgsched.cancel(%s)", (202, {}, b""), "running = 1"),
        ("update pgsched._endpoint set version = 9 where name = 'e' and %s > 0",
         (410, {}, b""), "paused"),
    ],
)  # fmt: skip
def test_what_somebody_has_locked_holds_up_no_other(
    db, other_db, receiver, secret, pusher, lock, answer, then
):
    """A transaction that cancels a job or changes an endpoint may take its time."""
    add(db, "other", f"{receiver.url}/other", tasks=["u"])
    asked, open_ = threading.Event(), threading.Event()

    def wait(handler):
        asked.set()
        assert open_.wait(20)
        reply(handler, *answer)

    receiver.answers["/hook"] = wait
    pusher()
    job = enqueue(db)
    assert asked.wait(20)
    with other_db.transaction(force_rollback=True):
        other_db.execute(lock, [job])
        open_.set()
        eventually(lambda: one(db, "select exists (select from pg_locks where not granted)"))
        assert result_of(db, enqueue(db, "u")) == "fine"

    eventually(lambda: one(db, f"select {then} from pgsched.endpoint where name = 'e'"))


def test_a_silent_endpoint_s_job_that_is_locked_holds_up_no_other(
    db, other_db, receiver, secret, pusher
):
    db.execute("""select pgsched.change_endpoint('e', '{"lease_s": 1}')""")
    add(db, "other", f"{receiver.url}/other", tasks=["u"])
    receiver.answers["/hook"] = (202, {}, b"")
    pusher(lease_s=1)
    job = enqueue(db, max_attempts=1)
    eventually(lambda: one(db, "select count(*) from pgsched._worker where role = 'endpoint'"))
    with other_db.transaction(force_rollback=True):
        other_db.execute("select pgsched.cancel(%s)", [job])
        look = "select lapses_in_s < -1.5 from pgsched.push_state() where name = 'e'"
        eventually(lambda: one(db, look))
        assert result_of(db, enqueue(db, "u")) == "fine"

    eventually(lambda: state(db, job) == "dead")
