"""
Each hot statement takes the intended path, with fresh, stale and no statistics.

Postgres counts, per table, the scans that a call made; these counts work on any server. Where
auto_explain can be loaded, the plan of claim() itself is read as well.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

import psycopg
import pytest

from tests.sql.actors import Worker, enqueue, enqueue_n, one

SCANS = """
select t.relname, t.seq_scan, coalesce(t.idx_scan, 0) from pg_stat_xact_user_tables as t
 where t.schemaname = 'pgsched'
"""
FILL = """
insert into pgsched.job (task, queue, priority)
select 't' || n % 20, case when n % 2 = 0 then 'default' else 'q' || n % 50 end, n % 3
  from generate_series(1, 20000) as n
"""


class Scans(NamedTuple):
    seq: int
    index: int


def scans_of(conn: psycopg.Connection, call: Callable[[], Any]) -> dict[str, Scans]:
    """The scans that a call makes, by table; partitions apart; tables without any are left out."""
    with conn.transaction():
        before = {name: (seq, idx) for name, seq, idx in conn.execute(SCANS).fetchall()}
        call()
        after = conn.execute(SCANS).fetchall()
    made = {
        name: Scans(seq - before.get(name, (0, 0))[0], idx - before.get(name, (0, 0))[1])
        for name, seq, idx in after
    }
    return {name: scans for name, scans in made.items() if scans != (0, 0)}


def partitions(scans: dict[str, Scans], parent: str) -> list[str]:
    """The partitions of `_job` or `_run` among the tables scanned."""
    return [name for name in scans if name.startswith(f"{parent}_2")]


@pytest.fixture(scope="module", params=["fresh", "stale", "none"])
def filled_dsn(request, copy, template) -> Generator[str]:
    """20,000 jobs ready, 40 claims, 2,000 each of history, ended and blocked."""
    with copy(template) as dsn:
        with psycopg.connect(dsn, autocommit=True) as conn:
            if request.param == "stale":
                conn.execute("analyze")
            fill(conn)
            if request.param == "fresh":
                conn.execute("analyze")
        yield dsn


def fill(conn: psycopg.Connection) -> None:
    conn.execute(FILL)
    worker = Worker(conn, lease_s=3600)
    worker.finish_claims(*worker.claim(2000))
    for _ in range(8):
        worker.fail(*worker.claim(250), final=True)
    for _ in range(40):
        worker.claim(10)
    conn.execute(
        "with r as (delete from pgsched._ready where id in"
        " (select id from pgsched._ready where queue = 'default' limit 2000) returning *)"
        " insert into pgsched._blocked"
        " select id, queue, priority, attempt, due_at, 'suspect', queue from r"
    )


@pytest.fixture
def dsn(filled_dsn) -> str:
    """DSN of the filled database: what a test does there, the next ones find."""
    return filled_dsn


def test_an_insert_reads_no_hot_table(db):
    scans = scans_of(db, lambda: enqueue_n(db, 100))

    assert not {"_ready", "_blocked", "_claim", "_ended"} & set(scans)
    assert partitions(scans, "_job") == partitions(scans, "_run") == []


def test_claim_reads_the_lanes_index_and_one_partition(db, worker):
    scans = scans_of(db, lambda: worker.claim(100))

    assert scans["_ready"].seq == 0
    assert scans["_ready"].index >= 1
    [partition] = partitions(scans, "_job")
    assert scans[partition].seq == 0
    assert "_blocked" not in scans
    assert "_claim" not in scans


def test_claim_beside_a_paused_task_reads_one_partition(db, worker):
    db.execute("select pgsched.declare_task('t1'), pgsched.pause_task('t1')")
    scans = scans_of(db, lambda: worker.claim(100))
    db.execute("select pgsched.resume_task('t1')")

    assert scans["_ready"].seq == 0
    assert len(partitions(scans, "_job")) == 1


def test_finish_finds_its_claims_by_their_key(db, worker):
    first, second = worker.claim(10), worker.claim(10)

    for call in (
        lambda: worker.finish_claims(*first),
        lambda: worker.finish(*second, results=["1"] * 10),
    ):
        scans = scans_of(db, call)
        assert scans["_claim"].seq == 0
        assert partitions(scans, "_job") == partitions(scans, "_run") == []


@pytest.mark.parametrize("act", ["fail", "snooze", "release"])
def test_other_exits_find_their_claims_by_key_and_one_partition(db, worker, act):
    jobs = worker.claim(20)

    scans = scans_of(db, lambda: getattr(worker, act)(*jobs))

    assert scans["_claim"].seq == 0
    assert len(partitions(scans, "_job")) <= 1
    assert len(partitions(scans, "_run")) <= 1
    assert "_ready" not in scans


def test_a_failure_that_ends_jobs_dead_reads_one_partition_by_index(db, worker):
    jobs = worker.claim(20)

    scans = scans_of(db, lambda: worker.fail(*jobs, final=True))

    [partition] = partitions(scans, "_job")
    assert scans[partition].seq == 0
    assert scans["_claim"].seq == 0


def test_a_repeated_finish_looks_up_history_by_key(db, worker):
    jobs = worker.claim(20)
    worker.finish(*jobs)

    scans = scans_of(db, lambda: worker.finish(*jobs))

    [partition] = partitions(scans, "_run")
    assert scans[partition].seq == 0


def test_next_due_makes_one_look_up_a_lane(db):
    lanes = one(db, "select count(*) from pgsched._lane where queue = 'default'")

    scans = scans_of(db, lambda: db.execute("select pgsched.next_due('{default}')"))

    assert scans["_ready"] == Scans(seq=0, index=lanes)


def test_one_jobs_state_is_read_by_key_everywhere(db):
    job = enqueue(db, queue="elsewhere")

    scans = scans_of(db, lambda: db.execute("select pgsched.job_state(%s)", (job,)))

    for table in ("_ready", "_blocked", "_ended", *partitions(scans, "_job")):
        assert scans.get(table, Scans(0, 0)).seq == 0, table
    assert len(partitions(scans, "_job")) == 1


@pytest.mark.parametrize("call", ["cancel", "reschedule"])
def test_a_change_to_a_waiting_job_finds_it_by_key(db, call):
    job = enqueue(db, queue="elsewhere")

    scans = scans_of(db, lambda: db.execute(f"select pgsched.{call}({job})"))

    assert scans["_ready"].seq == 0
    assert scans["_blocked"].seq == 0
    assert len(partitions(scans, "_job")) <= 1


def test_redrive_finds_jobs_by_key(db):
    job = one(db, "select id from pgsched._ended limit 1")

    scans = scans_of(db, lambda: db.execute("select pgsched.redrive(%s)", (job,)))

    [partition] = partitions(scans, "_job")
    assert (scans["_ended"].seq, scans[partition].seq) == (0, 0)


def test_a_reap_finds_orphans_without_reading_what_waits(db, worker):
    victim = Worker(db)
    victim.claim(20)
    victim.leave()

    scans = scans_of(db, lambda: worker.reap())

    assert not {"_ready", "_blocked"} & set(scans)
    assert len(partitions(scans, "_job")) == 1


def test_a_suspect_is_found_by_index(db, worker):
    scans = scans_of(db, lambda: worker.claim_suspect())

    assert scans["_blocked"].seq == 0
    assert len(partitions(scans, "_job")) == 1


def test_the_roll_up_looks_up_the_job_of_each_run(db):
    """Not by a join, which keeps the jobs aside and compares each run with all of them."""
    [(partition, runs, *bounds)] = db.execute(
        "select r.tableoid::regclass::text, count(*), min(job_id), max(job_id), min(finished_at),"
        " 'infinity' from pgsched._run as r where r.outcome <> 'redriven' group by 1"
    ).fetchall()
    values = (partition.removeprefix("pgsched."), *bounds)

    scans = scans_of(db, lambda: db.execute("select pgsched._roll_up(%s,%s,%s,%s,%s)", values))

    [jobs] = partitions(scans, "_job")
    assert (scans[jobs].seq, scans[jobs].index >= runs) == (0, True)


@pytest.fixture
def plans(db) -> list[str]:
    """The plans of all statements that run on `db` from here on, functions' own included."""
    try:
        db.execute("load 'auto_explain'")
    except psycopg.Error as refusal:
        pytest.skip(f"auto_explain cannot be loaded here: {str(refusal).splitlines()[0]}")
    seen: list[str] = []
    db.add_notice_handler(lambda notice: seen.append(notice.message_primary or ""))
    db.execute(
        "set auto_explain.log_level = notice; set auto_explain.log_analyze = on;"
        " set auto_explain.log_buffers = on; set auto_explain.log_timing = off;"
        " set auto_explain.log_nested_statements = on; set auto_explain.log_min_duration = 0"
    )
    return seen


def plan_of(plans: list[str], text: str) -> str:
    """The last plan of a statement that contains *text*."""
    return [plan for plan in plans if text in plan][-1]


def test_claim_takes_rows_by_ctid_from_an_index_scan_of_the_lane(worker, plans):
    worker.claim(100)

    plan = plan_of(plans, "delete from pgsched._ready")
    assert "Index Scan using _ready_lane on _ready" in plan
    assert "Tid Scan on _ready" in plan
    assert "Seq Scan" not in plan
    assert re.search(r"LockRows .*\n.*Buffers.*\n *->  Index Scan using _ready_lane", plan)
    payload = plan_of(plans, "as j where j.id = any(v_lane.ids)")
    assert "Subplans Removed" in payload
    assert payload.count("Index Scan") == 1


def test_finish_deletes_by_the_claims_key(worker, plans):
    jobs = worker.claim(10)
    plans.clear()

    worker.finish_claims(*jobs)

    assert "using _claim_pkey" in plan_of(plans, "delete from pgsched._claim")


def test_the_cursor_passes_over_what_a_held_snapshot_keeps(db, worker, other_db, clock, plans):
    """Claimed rows stay at the front of the lane's index: a claim without cursor reads them all."""
    with other_db.transaction():
        other_db.execute("set transaction isolation level repeatable read")
        one(other_db, "select count(*) from pgsched._ready")
        queue = f"deep_{os.getpid()}"
        enqueue_n(db, 4000, queue=queue)
        clock.advance(1)
        jobs = worker.claim(3900, queue)
        cursor = max(job.cursor for job in jobs if job.cursor)
        pages = []
        for cursors in ({"0": cursor}, None):
            plans.clear()
            worker.claim(10, queue, cursors)
            pages.append(pages_read(plan_of(plans, "delete from pgsched._ready")))

    assert pages[0] * 3 < pages[1]


def pages_read(plan: str) -> int:
    """Shared buffers hit by the scan of the lane."""
    scan = plan.split("using _ready_lane")[1].split("Buffers: shared hit=")[1]
    return int(scan.split()[0])
