"""Endpoints, and tasks whose jobs are sent there: where these wait, then and before and after."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.sql.actors import declare, enqueue, enqueue_n, ids, one, state
from tests.sql.endpoints import URL, add
from tests.sql.refusals import refused


def change(db, **changes):
    return one(db, "select pgsched.change_endpoint('e', %s)", Jsonb(changes))


def shown(db, column, name="e"):
    return one(db, f"select {column} from pgsched.endpoint where name = %s", name)


def queue_of(db, job):
    return one(db, "select queue from pgsched.job where id = %s", job)


def test_a_secret_is_32_bytes_of_standard_webhooks_and_shown_nowhere(db):
    secret = add(db)

    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert secret not in str(db.execute("select * from pgsched.endpoint").fetchall())


def test_a_url_s_query_and_the_values_of_headers_are_not_shown(db):
    add(db, url=f"{URL}?code=hush", headers={"x-key": "hush"})

    row = db.execute("select * from pgsched.endpoint").fetchone()
    assert "hush" not in str(row)
    assert (shown(db, "url"), shown(db, "header_names")) == (f"{URL}?...", ["x-key"])


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        ({"name": "a b"}, "23514", "name of an endpoint must have"),
        ({"url": "ftp://jobs.example"}, "23514", "url must be http"),
        ({"url": "https://ann:pw@jobs.example"}, "23514", "url must be http"),
        ({"url": "https://jobs.example/a b"}, "23514", "url must be http"),
        ({"concurrency": 0}, "23514", "from 1 to 1000"),
        ({"timeout_s": 0.0}, "23514", "from 0.1 to 3600"),
        ({"lease_s": 4000.0}, "23514", "from 1 to 3600"),
        ({"headers": {"Webhook-Id": "x"}}, "PS010", "'Webhook-Id' may not be given"),
        ({"headers": {"x-a": "two\nlines"}}, "PS010", "'x-a' may not be given"),
        ({"headers": {"x-a": 1}}, "PS010", "'x-a' may not be given"),
        ({"headers": {"x-a": " x"}}, "PS010", "'x-a' may not be given"),
    ],
)
def test_what_is_no_endpoint_is_refused(db, given, code, says):
    with refused(code, says):
        add(db, **given)


def test_a_name_is_taken_once(db):
    add(db)
    with refused("PS017", "there is an endpoint 'e' already"):
        add(db)


def test_jobs_of_its_tasks_wait_in_its_queue(db, worker):
    """A task that nobody has declared is made; one that was declared changes its queue."""
    declare(db, "mail", queue="post")
    add(db, tasks=["mail", "new"])

    jobs = [enqueue(db, "mail"), enqueue(db, "new"), one(db, "select pgsched.enqueue('mail')")]
    assert [queue_of(db, job) for job in jobs] == ["push:e"] * 3
    assert worker.claim(queue="post") == []
    assert shown(db, "tasks") == ["mail", "new"]


def test_jobs_that_were_made_before_move_along_and_back(db):
    declare(db)
    ready, later = enqueue(db), enqueue(db, due_at="2040-01-01")
    other, elsewhere = enqueue(db, "other"), enqueue(db, queue="own")
    add(db, tasks=["t"])
    moved = [queue_of(db, job) for job in (ready, later, other, elsewhere)]
    one(db, "select pgsched.reset_task('t')")

    assert moved == ["push:e", "push:e", "default", "own"]
    assert [queue_of(db, job) for job in (ready, later)] == ["default"] * 2
    assert state(db, later) == "scheduled"


def test_jobs_that_wait_for_a_held_task_move_along(db, worker):
    declare(db)
    job = enqueue(db)
    db.execute("select pgsched.pause_task('t')")
    assert worker.claim() == []
    add(db, tasks=["t"])
    db.execute("select pgsched.resume_task('t')")

    assert queue_of(db, job) == "push:e"


def test_a_job_that_a_worker_gives_back_unstarted_goes_to_the_endpoint(db, worker):
    """Its INSERT named another queue, where nobody knows the task."""
    add(db, tasks=["t"])
    job = enqueue(db, queue="own")
    worker.release(*worker.claim(queue="own"))

    assert queue_of(db, job) == "push:e"


def test_a_job_that_had_started_stays_in_its_queue(db, worker):
    add(db, tasks=["t"])
    job = enqueue(db, queue="own")
    worker.release(*worker.claim(queue="own"), started=True)

    assert queue_of(db, job) == "own"


def test_a_deploy_leaves_the_endpoint_and_the_history_tells_of_it(db):
    declare(db)
    add(db, tasks=["t"])
    declare(db, "t", priority=3, queue="other")
    held = one(db, "select (endpoint, queue, priority)::text from pgsched.task where name = 't'")
    one(db, "select pgsched.reset_task('t')")

    assert held == "(e,push:e,3)"
    changes = db.execute(
        "select changes ? 'endpoint', changes ->> 'endpoint' from pgsched.task_version"
        " where task = 't' order by version desc limit 1"
    ).fetchone()
    assert changes == (True, None)
    assert one(db, "select queue from pgsched.task where name = 't'") == "other"


def test_a_task_is_sent_to_an_endpoint_by_the_view_too(db):
    add(db)
    declare(db)
    db.execute("update pgsched.task set endpoint = 'e' where name = 't'")
    db.execute("insert into pgsched.task (name, endpoint) values ('u', 'e')")

    assert shown(db, "tasks") == ["t", "u"]
    with refused("PS016", "endpoint 'ghost' does not exist"):
        db.execute("update pgsched.task set endpoint = 'ghost' where name = 't'")


def test_a_transactional_task_has_no_endpoint(db):
    declare(db, "t", transactional=True)
    with refused("23514", "endpoint cannot be had by a transactional task"):
        add(db, tasks=["t"])


def test_what_is_changed_is_a_version(db):
    add(db, tasks=["a", "b"])

    assert change(db, concurrency=3, tasks=["b", "c"]) == 2
    assert (shown(db, "concurrency"), shown(db, "tasks")) == (3, ["b", "c"])
    assert one(db, "select endpoint from pgsched.task where name = 'a'") is None
    with refused("PS026", "is at version 2 by now, not 1"):
        db.execute("select pgsched.change_endpoint('e', '{}', 1)")
    with refused("PS010", "an endpoint has no secrets"):
        change(db, secrets=["x"])
    with refused("23502", "concurrency"):
        change(db, concurrency=None)
    with refused("PS016", "'ghost' does not exist"):
        db.execute("select pgsched.change_endpoint('ghost', '{}')")


def test_a_new_secret_goes_before_the_old_one_which_the_next_ends(db):
    first = add(db)
    second, third = (one(db, "select pgsched.rotate_endpoint('e')") for _ in range(2))

    assert len({first, second, third}) == 3
    assert one(db, "select secrets from pgsched.push_state()") == [third, second]


def test_an_endpoint_goes_once_it_has_no_jobs_and_its_tasks_are_for_workers(db, worker):
    add(db, tasks=["t"])
    one(db, "select pgsched.enqueue('t')")
    [job] = worker.claim(queue="push:e")
    with refused("PS017", "endpoint 'e' still has jobs"):
        db.execute("select pgsched.remove_endpoint('e')")
    worker.finish(job)
    waits = enqueue(db)
    db.execute("select pgsched.remove_endpoint('e')")

    assert ids(worker.claim()) == [waits]
    assert one(db, "select count(*) from pgsched.endpoint") == 0


def test_a_backlog_counts_what_is_due_and_what_is_run_if_asked(db, worker):
    enqueue_n(db, 3)
    enqueue(db, priority=5)
    enqueue(db, due_at="2040-01-01")
    enqueue(db, queue="other")
    worker.claim(1)

    def backlog(running=False):
        return one(db, "select pgsched.backlog('default', %s)", running)

    assert (backlog(), backlog(True)) == (3, 4)
    db.execute("select pgsched.pause_queue('default')")
    assert (backlog(), backlog(True)) == (0, 1)


def test_a_backlog_is_counted_to_ten_thousand(db):
    enqueue_n(db, 10_005)

    assert one(db, "select pgsched.backlog('default')") == 10_000


def test_the_query_that_the_page_gives_to_keda_counts(db):
    page = (Path(__file__).parents[2] / "docs" / "push.md").read_text("utf-8")
    [query] = re.findall(r'query: "(.*)"', page)
    enqueue_n(db, 3)

    assert one(db, query) == 3


def test_a_paused_endpoint_has_no_backlog(db):
    add(db, tasks=["t"])
    enqueue(db)
    before = one(db, "select pgsched.backlog('push:e')")
    db.execute("select pgsched.hold_endpoint('e', 60, 'busy')")

    assert (before, one(db, "select pgsched.backlog('push:e')")) == (1, 0)


@pytest.mark.parametrize(
    "call",
    [
        "add_endpoint('f', 'ftp://x', headers => '{\"authorization\": \"s3cret\"}')",
        "change_endpoint('e', '{\"url\": \"ftp://x\"}')",
        "change_endpoint('e', '{\"concurrency\": null}')",
    ],
)
def test_what_is_refused_is_told_without_the_row_that_has_secrets(db, call):
    """Postgres' DETAIL goes to its log, and to roles that may not read them."""
    db.execute("select pgsched.add_endpoint('e', 'https://e.example')")

    with pytest.raises(psycopg.IntegrityError) as caught:
        db.execute(f"select pgsched.{call}")
    assert caught.value.diag.message_detail is None
    assert caught.value.diag.constraint_name or caught.value.diag.column_name == "concurrency"
