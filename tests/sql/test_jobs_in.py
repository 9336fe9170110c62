"""_jobs_in(): lists by state read what is kept of that state, however many jobs have ended."""

from __future__ import annotations

import psycopg
import pytest

from pgsched import observe
from tests.sql.actors import Worker, declare, enqueue, enqueue_n, one

LIVE = ("scheduled", "ready", "blocked", "running", "dead", "cancelled")
ENDED = """
insert into pgsched._job (id, due_at, created_at, priority, queue, task, args)
select pgsched.new_id(), now(), now(), 0, 'done', 't', '{}' from generate_series(1, 120000);
delete from pgsched._ready where queue = 'done'
"""


@pytest.fixture(scope="module")
def many(copy, template):
    """DSN of a database with jobs of each state, and 120,000 that succeeded before and after."""
    with copy(template) as dsn:
        with psycopg.connect(dsn, autocommit=True) as conn:
            fill(conn)
        yield dsn


def fill(conn):
    declare(conn, "held")
    enqueue_n(conn, 3, "t", "ready")
    for _ in range(2):
        enqueue(conn, due_at="2100-01-01")
        enqueue(conn, "held", queue="ready")
        conn.execute("select pgsched.cancel(%s)", [enqueue(conn)])
    conn.execute("select pgsched.pause_task('held')")
    worker = Worker(conn, lease_s=3600)
    enqueue_n(conn, 4, queue="q")
    held = worker.claim(queue="q")
    worker.fail(held[0], final=True)
    conn.execute(ENDED)
    conn.execute("vacuum analyze")


@pytest.fixture
def dsn(many):
    """Nothing here changes it."""
    return many


def ask(db, state, *, limit=50, after=None, **filters):
    given = {"queue": None, "task": None, "since": None, **filters}
    return observe.jobs(state=state, **given).page(limit, after)


def listed(db, state, **filters):
    call = ask(db, state, **filters)
    return [row["id"] for row in call.read(db.execute(call.sql, call.params).fetchall())]


def by_state(db, state):
    found = db.execute(
        "select id from pgsched.job where state = %s and task <> '' order by id desc", [state]
    )
    return [id for (id,) in found.fetchall()]


@pytest.mark.parametrize("state", LIVE)
def test_a_list_is_what_the_view_says(db, state):
    expected = by_state(db, state)

    assert expected != []
    assert listed(db, state) == expected
    assert listed(db, state, limit=1) == expected[:1]
    assert listed(db, state, after=expected[:1]) == expected[1:]
    assert listed(db, state, task="none") == listed(db, state, queue="none") == []
    assert listed(db, state, labels={"a": "b"}) == []
    [[until, since]] = db.execute("select now() - interval '1 d', now() + interval '1 d'")
    assert listed(db, state, until=until) == listed(db, state, since=since) == []
    assert listed(db, state, since=until, until=since) == expected


@pytest.mark.parametrize("state", LIVE)
@pytest.mark.parametrize("limit", [1, 500])
def test_a_list_reads_few_pages_beside_many_jobs_that_have_ended(db, state, limit):
    """All jobs have over 1,000 pages; a page that is read again counts again."""
    call = ask(db, state, limit=limit)
    db.execute(call.sql, call.params)  # now the catalogue has been read
    [[plan]] = db.execute(
        "explain (analyze, buffers, format json) " + call.sql, call.params
    ).fetchall()

    read = plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"]
    assert read < 400
    assert one(db, "select sum(relpages) from pg_class where relname like '\\_job\\_2%'") > 1000


def test_a_task_is_found_among_many_that_wait(db):
    """In steps, each larger than the one before."""
    with db.transaction(force_rollback=True):
        wanted = enqueue(db, "rare")
        enqueue_n(db, 3000, "often")

        assert listed(db, "ready", task="rare", limit=1) == [wanted]
        assert len(listed(db, "ready", task="often", limit=2500)) == 2500
