"""What upkeep() adds up in _stat, against a direct count; the BRIN index it reads by."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sql.actors import Worker, one
from tests.sql.keeper import put_jobs, run_out, run_step, server_day


@pytest.fixture
def dsn(copy, template):
    """A database of its own: marks of upkeep are not emptied between tests."""
    with copy(template) as made:
        yield made


@pytest.fixture
def noon(db, clock):
    """Noon UTC of the server's day: the clock stands there, and so does the roll-ups' mark."""
    noon = server_day(db) + timedelta(hours=12)
    clock.set(noon)
    run_step(db, "stats")
    return noon


def put_runs(db, noon, n, within_s=60):
    """*n* runs of 7 tasks and 3 queues, of any outcome, in order of their ends after noon."""
    db.execute("select setseed(0.5)")
    db.execute(
        """
        insert into pgsched._job (id, due_at, created_at, priority, max_attempts, queue, task, args)
        select pgsched.new_id(), %s, %s, 0, 10, 'q' || i %% 3, 't' || i %% 7, '{}'
          from generate_series(1, %s) as i
        """,
        (noon - timedelta(seconds=60), noon - timedelta(seconds=90), n),
    )
    db.execute(
        """
        insert into pgsched._run
          (job_id, attempt, outcome, charged, queue, started_at, finished_at)
        select s.id, 1 + s.n %% 2, (enum_range(null::pgsched.run_outcome))[1 + s.n %% 8], false,
               s.queue, s.ended - s.took, s.ended
          from (select j.id, j.queue, row_number() over (order by j.id) as n,
                       %s::timestamptz + random() * %s * interval '1 s' as ended,
                       exp(random() * 10) * interval '1 ms' as took
                  from pgsched._job as j) as s order by s.ended
        """,
        (noon, within_s),
    )


DIRECT = """
select date_bin('10 seconds', r.finished_at, '2020-01-01 00:00+00'), r.queue, j.task,
       r.outcome::text, count(*), count(*) filter (where r.attempt = 1)
  from pgsched._run as r join pgsched._job as j on j.id = r.job_id
 where r.outcome <> 'redriven' group by 1, 2, 3, 4 order by 1, 2, 3, 4
"""
ROLLED_UP = """
select s.slot, s.queue, s.task, s.outcome::text, s.runs,
       (select coalesce(sum(u), 0) from unnest(s.wait_ms) as u)
  from pgsched._stat as s order by 1, 2, 3, s.outcome::text
"""


def test_roll_ups_agree_with_a_direct_count(db, clock, noon):
    put_runs(db, noon, 4000)
    clock.set(noon + timedelta(seconds=66))

    run_out(db, "stats")

    rolled = db.execute(ROLLED_UP).fetchall()
    assert rolled == db.execute(DIRECT).fetchall()
    assert len({row[0] for row in rolled}) == 6
    assert sum(row[4] for row in rolled) == 3500  # one outcome of eight is redriven: no run


def test_a_slot_with_many_runs_is_added_in_steps_of_some(db, clock, noon):
    put_runs(db, noon, 7_000, within_s=10)
    clock.set(noon + timedelta(seconds=15))

    steps = run_out(db, "stats")

    counted = [int(done.split()[1]) for done in steps if done.startswith("counted")]
    assert len(counted) == 3
    assert max(counted) <= 2_500
    assert sum(counted) == 7_000
    assert db.execute(ROLLED_UP).fetchall() == db.execute(DIRECT).fetchall()


def test_percentiles_of_a_roll_up_are_right_within_ten_percent(db, clock, noon):
    put_runs(db, noon, 4000)
    clock.set(noon + timedelta(seconds=66))
    run_out(db, "stats")

    for share in (0.5, 0.95):
        [(run, wait)] = db.execute(
            "select pgsched._percentile(pgsched._add(run_ms), %(p)s),"
            " pgsched._percentile(pgsched._add(wait_ms), %(p)s) from pgsched._stat",
            {"p": share},
        ).fetchall()
        [(exact_run, exact_wait)] = db.execute(
            "select percentile_cont(%(p)s) within group"
            " (order by 1000 * extract(epoch from r.finished_at - r.started_at)),"
            " percentile_cont(%(p)s) within group (order by case when r.attempt = 1 then"
            " 1000 * extract(epoch from r.started_at - greatest(j.due_at, j.created_at)) end)"
            " from pgsched._run as r join pgsched._job as j on j.id = r.job_id"
            " where r.outcome <> 'redriven'",
            {"p": share},
        ).fetchall()
        assert run == pytest.approx(float(exact_run), rel=0.1)
        assert wait == pytest.approx(float(exact_wait), rel=0.1)


def test_a_run_is_counted_once_and_not_before_five_seconds_after_its_slot(db, clock, noon):
    put_runs(db, noon, 100)
    clock.set(noon + timedelta(seconds=14))
    assert run_step(db, "stats") == "no runs to count yet"

    clock.set(noon + timedelta(seconds=15))
    run_out(db, "stats")
    run_out(db, "stats")

    in_slot = one(
        db,
        "select count(*) from pgsched._run where outcome <> 'redriven' and finished_at < %s",
        noon + timedelta(seconds=10),
    )
    assert one(db, "select sum(runs) from pgsched._stat") == in_slot > 0


def test_runs_of_jobs_in_different_partitions_are_rolled_up_with_their_tasks(db, clock, noon):
    clock.set(noon + timedelta(seconds=2))
    for n in range(3):
        put_jobs(db, noon + timedelta(days=n - 1, hours=-12), n + 1, task=f"of day {n}")
    worker = Worker(db)
    worker.finish_claims(*worker.claim(10))

    clock.set(noon + timedelta(seconds=15))
    run_out(db, "stats")

    found = db.execute("select task, runs from pgsched._stat order by task").fetchall()
    assert found == [("of day 0", 1), ("of day 1", 2), ("of day 2", 3)]
    by_day = db.execute("select day, task, outcome, runs from pgsched.stat_day order by task")
    assert by_day.fetchall() == [(noon.date(), f"of day {n}", "succeeded", n + 1) for n in range(3)]


def test_who_has_not_rolled_up_for_a_night_goes_on_from_an_hour_ago(db, clock, noon):
    clock.set(noon + timedelta(hours=9))

    done = run_step(db, "stats")

    assert done.endswith("20:00:10+00")


@pytest.mark.parametrize(
    ("histogram", "share", "ms"),
    [
        ([], 0.5, None),
        ([0, 0], 0.5, None),
        ([7], 0.0, 1.0),
        ([7], 1.0, 2**0.25),
        ([0] * 40 + [1], 1.0, 2**10.25),
        ([1] + [0] * 39 + [1], 0.5, 2**0.25),
        ([1] + [0] * 39 + [3], 0.5, 2 ** (40 / 4 + 1 / 12)),
    ],
)
def test_percentile_of_a_histogram(db, histogram, share, ms):
    found = one(db, "select pgsched._percentile(%s::integer[], %s)", histogram, share)

    assert found == (None if ms is None else pytest.approx(ms))


def test_a_duration_lies_in_the_bucket_whose_bounds_hold_it(db):
    found = db.execute(
        "select d.ms, pgsched._bucket(d.ms) from unnest(%s::float8[]) as d (ms)",
        ([-5.0, 0.0, 1.0, 1.1, 1.2, 1.9, 2.1, 1000.0, 86400000.0, 1e300],),
    ).fetchall()

    assert [k for ms, k in found if ms < 1] == [1, 1]
    assert [k for ms, k in found if ms == 1e300] == [128]
    for ms, k in found[2:-1]:
        assert 2 ** ((k - 1) / 4) <= ms < 2 ** (k / 4)


def test_summarizing_leaves_nothing_for_the_next_time(db):
    put_runs(db, server_day(db), 8000)

    assert int(run_step(db, "summarize").split()[1]) > 0
    assert run_step(db, "summarize") == "summarized 0 ranges of pages"


def test_summarizing_does_not_wait_for_a_vacuum_of_the_partition(db, other_db):
    """A vacuum holds the lock that this takes; who holds it longer than 50 ms wins."""
    name = one(db, "select max(p.name) from pgsched._partitions('_run') as p"
                   " where p.lo <= pgsched.id_at(now())")  # fmt: skip
    with other_db.transaction():
        other_db.execute(f"lock table pgsched.{name} in share update exclusive mode")
        done = run_step(db, "summarize")

    assert done.startswith("gave up after 50 ms")
