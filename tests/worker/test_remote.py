"""Workers without database access: the same worker, by HTTP alone."""

from __future__ import annotations

import json
import os
import signal
from functools import partial

import pytest

from tests.api.flaky import flaky
from tests.shared import kept_clean
from tests.sql.actors import one
from tests.worker.processes import (
    all_ended,
    each_ended_once,
    eventually,
    outcomes,
    states,
)
from tests.worker.remote import NO_DATABASE, ApiProcess, remote_worker


@pytest.fixture(scope="module")
def kept(copy, template):
    """A database, its janitor, and an API on it that asks nobody who comes."""
    with kept_clean(copy, template) as (dsn, janitor):
        api = ApiProcess(dsn, "--no-auth").start()
        yield dsn, janitor, api
        api.kill()


@pytest.fixture
def dsn(kept):
    """Of the database that these tests share, emptied."""
    dsn, janitor, _ = kept
    janitor.clean()
    janitor.conn.execute("drop table if exists effect, gate")
    return dsn


@pytest.fixture
def api(dsn, kept):
    """The API on that database: it costs more to start than most of these tests."""
    return kept[2]


@pytest.fixture
def worker(api, worker):
    """Starts workers that ask it, and have no database."""
    return partial(worker, dsn=NO_DATABASE, api=api.url)


def test_it_runs_what_a_worker_on_the_database_runs(worker, client, db):
    """Coroutines, threads, processes; results, failures, retries, lines; then it drains."""
    sums = [client.enqueue(name, {"a": 1, "b": 2}) for name in ("add", "add_in_thread")]
    apart = client.enqueue("add_apart", {"a": 1, "b": 2})
    big = client.enqueue("echo", {"value": 1 << 80})
    again = client.enqueue("succeed_at", {"attempt": 3})
    thrown = {what: client.enqueue("throw", {"what": what}) for what in ("plain", "cancel")}
    slept = client.enqueue("oversleep")
    spoken = client.enqueue("talk", {"text": "kept"})
    unknown = client.enqueue("nobody_knows_it")

    process = worker("--drain", ready=False, processes=2)

    assert process.wait(within_s=40) == 0, process.log
    assert [job.result(1) for job in sums] == [3, 3]
    assert (apart.result(1)["sum"], big.result(1)) == (3, 1 << 80)
    assert outcomes(db, again.id) == ["failed", "failed", "succeeded"]
    assert [outcomes(db, job.id) for job in thrown.values()] == [["failed"], ["cancelled"]]
    assert outcomes(db, slept.id) == ["timed_out"]
    assert "kept" in one(
        db, "select array_agg(message) from pgsched.job_log where job_id = %s", spoken.id
    )
    assert unknown.state() == "scheduled"
    assert process.summary["succeeded"] == 6
    assert process.summary["next_due"] is not None
    assert one(db, "select count(*) from pgsched._worker") == 0


def test_args_that_no_python_reads_end_their_own_job_dead(worker, client, db):
    """Made by plain SQL; their neighbours of the same claim are as they were made."""
    fine = r'{"value": ["\\\"}]{[", {"a": [18446744073709551616, "\""]}]}'
    poison = ["1e5000", "[" * 6000 + "]" * 6000]
    texts = [fine, *(f'{{"value": {text}}}' for text in poison), fine]
    [(ids,)] = db.execute(
        "with made as (insert into pgsched.job (task, args) select 'echo', t::jsonb"
        " from unnest(%s::text[]) with ordinality as u (t, n) order by n returning id)"
        " select array_agg(id order by id) from made",
        (texts,),
    ).fetchall()

    worker()

    eventually(lambda: states(db) == {"succeeded": 2, "dead": 2})
    assert [outcomes(db, id) for id in ids[1:3]] == [["failed"]] * 2
    for id in (ids[0], ids[3]):
        assert client.job(id).result(1) == json.loads(fine)["value"]


def test_it_declares_its_tasks_and_obeys_the_catalogue(worker, client, db):
    process = worker()
    assert one(db, "select max_attempts from pgsched.task where name = 'oversleep'") == 1
    db.execute("select pgsched.change_task('wait_for_cancel', '{\"timeout_s\": 0.1}')")
    process.signal(signal.SIGTERM)
    assert process.wait() == 0

    job = client.enqueue("wait_for_cancel", max_attempts=1)
    assert worker("--drain", ready=False).wait() == 0

    assert outcomes(db, job.id) == ["timed_out"]


@pytest.mark.parametrize("remote", [True, False])
def test_later_attempts_find_what_a_handler_kept(worker, client, dsn, remote):
    """On the database, too."""
    jobs = [client.enqueue(name) for name in ("page_on", "page_on_apart")]

    where = {} if remote else {"dsn": dsn, "api": ""}
    process = worker("--drain", ready=False, app="tests.apps.keeping", **where)

    assert process.wait() == 0
    assert [job.result(1) for job in jobs] == [3, 3]


def test_handlers_make_jobs_and_events_and_are_told_what_takes_a_database(worker, client, db):
    first, second, third = (
        client.enqueue(name) for name in ("pass_on", "pass_on_async", "complete_it")
    )

    assert worker("--drain", ready=False, app="tests.apps.keeping").wait() == 0

    children = "select array_agg(j.parent_id order by j.id) from pgsched.job as j"
    assert sorted(one(db, f"{children} where j.queue = 'elsewhere'")) == [first.id, second.id]
    assert one(db, "select cause_job from pgsched.event where type = 'thing.done'") == first.id
    for job in (second, third):
        [error] = db.execute("select error from pgsched.run where job_id = %s", [job.id]).fetchall()
        assert "takes a worker on the database" in error[0]


def test_handlers_make_many_jobs_and_wait_for_their_results(worker, client):
    jobs = [client.enqueue(name) for name in ("gather", "gather_in_thread")]

    assert worker("--drain", ready=False, app="tests.apps.keeping").wait() == 0

    assert [job.result(1) for job in jobs] == [[2, 4, 6]] * 2


def test_a_cancel_reaches_a_running_job(worker, client, db):
    """Though all slots are taken, so nothing is claimed."""
    job = client.enqueue("wait_for_cancel")
    worker(concurrency=1, lease_s=300)
    eventually(lambda: job.state() == "running")

    client.cancel(job.id)

    eventually(lambda: job.state() == "cancelled")


def test_sigterm_gives_back_what_does_not_finish(worker, client, db):
    """Twice, if a claim that is being given up takes it once more; without a run if it had none."""
    job = client.enqueue("wait_for_cancel")
    process = worker(grace_s=0)
    eventually(lambda: job.state() == "running")

    process.signal(signal.SIGTERM)

    assert process.wait() == 0
    assert job.state() == "ready"
    assert {*outcomes(db, job.id)} <= {"released"}


def test_nothing_is_lost_when_a_child_is_killed(worker, client, db):
    client.enqueue_many("nap", [{"seconds": 0.05}] * 300)
    process = worker(lease_s=2)
    eventually(lambda: states(db)["succeeded"] > 50)

    [child] = process.children(db)
    os.kill(child, signal.SIGKILL)

    all_ended(db)
    each_ended_once(db)


def test_nothing_is_lost_when_a_worker_is_killed(worker, client, db):
    """Another takes over once the lease is over."""
    client.enqueue_many("nap", [{"seconds": 0.05}] * 300)
    process = worker(lease_s=1)
    eventually(lambda: states(db)["succeeded"] > 50)

    process.kill()
    worker(lease_s=1)

    all_ended(db)
    each_ended_once(db)


def test_nothing_is_lost_when_the_api_is_killed_and_comes_back(worker, api, client, db):
    """Nor ends twice: what was sent and not answered is sent again."""
    client.enqueue_many("nap", [{"seconds": 0.05}] * 600)
    process = worker(lease_s=20)
    for ended in (50, 200, 350):
        eventually(lambda least=ended: states(db)["succeeded"] > least)
        api.kill()
        api.start()

    all_ended(db)
    each_ended_once(db)
    [(losses,)] = db.execute("select count(*) from pgsched._run where outcome = 'lost'").fetchall()
    assert losses == 0, process.log


@pytest.mark.parametrize("lost", ["/finish", "/claim"])
def test_an_answer_that_is_lost_runs_and_ends_nothing_twice(api, worker, client, dsn, db, lost):
    """What the API did, it is told again, or gives back; each job ran once and ended once."""
    client.enqueue_many("leave_a_mark", [{"n": n} for n in range(40)])
    with flaky(api.url) as way:
        way.only, way.to_come = lost, ["lose", "refuse", "pass", "lose"]
        process = worker("--drain", ready=False, api=way.url, environ={"TEST_DIRECT_DSN": dsn})
        assert process.wait(within_s=40) == 0, process.log
        assert way.to_come == []
        assert "no longer held" not in process.log

    assert one(db, "select array_agg(n order by n) from effect") == [*range(40)]
    each_ended_once(db)
    runs = "select array_agg(distinct outcome::text), count(*) from pgsched._run"
    assert db.execute(runs).fetchall() == [(["succeeded"], 40)]


def test_a_claim_of_which_it_was_never_told_is_given_back(worker, client, db):
    """Taken by an API process that did not notice in time that nobody waits any more."""
    worker(lease_s=2, queues="default")
    held = eventually(lambda: db.execute("select worker from pgsched._idle").fetchone())[0]
    with db.transaction():
        lost = client.enqueue("add", {"a": 1}, conn=db)
        db.execute("select pgsched.claim(%s, 'default', 1)", [held])
    renewed = f"select seen_at > '{one(db, 'select clock_timestamp()')}' from pgsched._worker"
    eventually(lambda: one(db, f"{renewed} where id = '{held}'"))

    assert client.enqueue("add", {"a": 2}).result(20) == 2
    eventually(lambda: lost.state() == "succeeded")


HTML = {"content-type": "text/html"}


WRONG = [(302, {**HTML, "location": "/"}, b"")]
WRONG += [(status, HTML, b"<p>soon") for status in (200, 404, 500)]
WRONG += [(200, {"content-type": "application/json"}, text) for text in (b"{}", b"[]", b"")]


@pytest.mark.parametrize("path", ["/finish", "/claim"])
def test_what_a_proxy_says_in_place_of_the_api_ends_nothing(api, worker, client, db, path):
    """Neither a job, for that it is no word of the API, nor the worker."""
    jobs = [client.enqueue("add", {"a": 1, "b": n}) for n in range(3)]
    with flaky(api.url) as way:
        way.only, way.to_come = path, [*WRONG]
        process = worker("--drain", ready=False, api=way.url)
        assert process.wait(within_s=40) == 0, process.log
        assert way.to_come == []

    assert [job.result(1) for job in jobs] == [1, 2, 3]
    assert [outcomes(db, job.id) for job in jobs] == [["succeeded"]] * 3


POISON = """
create function deny() returns trigger language plpgsql as $$
begin raise exception 'no' using errcode = 'XX000'; end $$;
create trigger deny before insert on pgsched._run for each row when (new.job_id = {job})
 execute function deny()
"""


def test_an_end_that_the_api_cannot_write_holds_up_no_other(api, worker, client, db):
    jobs = [client.enqueue("add", {"a": 1, "b": n}) for n in range(5)]
    db.execute(POISON.format(job=jobs[2].id))
    worker()

    assert [job.result(30) for job in jobs if job is not jobs[2]] == [1, 2, 4, 5]
    assert jobs[2].state() == "running"
    db.execute("drop function deny cascade")
    assert jobs[2].result(30) == 3


def test_a_url_that_leads_elsewhere_ends_the_worker_and_says_so(api, db, tmp_path):
    with flaky(api.url) as way:
        way.to_come = [(404, HTML, b"<p>not here")] * 50
        process = remote_worker(way, tmp_path)
        assert process.wait() == 1
    assert any("none of pgsched's" in line for line in process.messages), process.log
