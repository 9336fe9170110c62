"""Scenarios at tiny sizes: their figures are there, and what they measure is what they say."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Generator

import pytest

from bench.burst import burst
from bench.measure import BenchError, Sample, Scenario
from bench.scenarios import (
    args,
    backlog,
    failures,
    future,
    http,
    priorities,
    queues,
    schedules,
    unanalysed,
    watch,
    workers,
)
from bench.server import Connection, Server
from bench.work import Bench, enqueue_noops

JOBS = 400


@pytest.fixture(scope="module")
def bench(server: str) -> Generator[Bench]:
    """Sizes as small as they can be."""
    made = Server(server)
    yield Bench(made, quick=True, jobs_max=JOBS)
    made.close()


@pytest.fixture
def conn(bench: Bench) -> Generator[Connection]:
    """A connection to a fresh database of the benchmark."""
    with bench.server.database() as database, database.connect() as made:
        yield made


def only(scenarios: tuple[Scenario, ...], name: str) -> Scenario:
    return next(each for each in scenarios if each.name == name)


def measured(bench: Bench, scenario: Scenario, *systems: str) -> dict[str, Sample]:
    """One measurement of these systems; none named: of all."""
    with scenario.open(bench) as opened:
        return {name: opened[name]() for name in systems or opened}


@pytest.mark.parametrize(
    ("scenario", "numbers"),
    [
        (only(backlog.SCENARIOS, "backlog"), [JOBS]),
        (only(backlog.SCENARIOS, "partitions"), [3, 10, 30]),
        (future.SCENARIOS[0], [0, JOBS]),
    ],
    ids=lambda each: getattr(each, "name", ""),
)
def test_flows_give_a_point_for_each_database_and_its_growth(bench, scenario, numbers, monkeypatch):
    """Microseconds of server CPU, and multiples of the first database: that one's is 1."""
    monkeypatch.setattr(backlog, "_PARTITIONS", (3, 10, 30))
    sample = measured(bench, scenario)["pgsched"]

    assert {name: [n for n, _ in points] for name, points in sample.items()} == dict.fromkeys(
        ("us", "growth", "enqueue_us", "enqueue_growth"), numbers
    )
    assert all(0.1 < us < 10_000 for _, us in sample["us"] + sample["enqueue_us"])
    assert sample["growth"][0][1] == sample["enqueue_growth"][0][1] == 1.0


def test_lines_of_backlogs_that_a_short_run_leaves_out_say_so(bench: Bench):
    """A missing size is told, not taken for another."""
    scenario = only(backlog.SCENARIOS, "backlog")
    taken = measured(bench, scenario)

    with pytest.raises(KeyError, match="5,000,000 in a run as short"):
        scenario.lines[-1].value(taken)


@pytest.mark.parametrize("count", [3, 70])
def test_a_database_has_as_many_partitions_as_are_measured(conn: Connection, count: int):
    """Today's is among them: jobs can be made and taken."""
    backlog._keep(conn, count=count)

    for parent in ("_job", "_run", "_log"):
        query = (
            "select count(*), bool_or(now() between pgsched.id_time(lo) and pgsched.id_time(hi))"
        )
        found = conn.execute(f"{query} from pgsched._partitions(%s)".encode(), (parent,))
        assert found.fetchall() == [(count, True)]


def test_future_jobs_wait_in_the_lane_of_those_that_flow(conn: Connection):
    """Else they could not stand in the way; none is due before tomorrow."""
    future._enqueue_later(conn, jobs=50)
    enqueue_noops(conn, 1)

    [(lanes, later)] = conn.execute(
        "select count(distinct (queue, priority)), count(*) filter (where due_at >= now() + '23 h')"
        "  from pgsched._ready"
    )
    assert (lanes, later) == (1, 50)


def test_unanalysed_tables_have_no_statistics_and_fresh_ones_have(bench: Bench):
    """Else all workers would be measured on the same plans."""
    with contextlib.ExitStack() as stack:
        found: dict[str, tuple[bool, ...]] = {}
        for when in ("never", "empty", "full"):
            worker = unanalysed._Worker(bench, stack, when, JOBS, JOBS // 2)
            query = "select reltuples from pg_class where oid = 'pgsched._ready'::regclass"
            [(rows,)] = worker._conn.execute(query)
            found[when] = (rows < 0, rows == 0, rows >= JOBS)

    assert found == {
        "never": (True, False, False),
        "empty": (False, True, False),
        "full": (False, False, True),
    }


def test_unanalysed_takes_all_its_workers_have_and_gives_their_ratios(bench: Bench):
    """Twice, since a round must leave what the next one takes."""
    with unanalysed.SCENARIOS[0].open(bench) as systems:
        rounds = [systems["pgsched"]() for _ in range(2)]

    for sample in rounds:
        assert sample["now"] == 1.0
        assert all(sample[name] > 0 for name in ("never", "empty", "full", "now_us"))


def test_a_tenth_of_the_jobs_fails_first_and_all_succeed(bench: Bench):
    """1.1 runs a job, counted in the history."""
    sample = measured(bench, failures.SCENARIOS[0], "failing")["failing"]

    assert sample["runs_per_job"] == pytest.approx(1.1)
    assert sample["runs_per_s"] > 0


def test_a_burst_refuses_a_history_that_it_did_not_expect(bench: Bench):
    """Here: a failure more than was announced."""

    def enqueue(conn: Connection) -> None:
        failures._enqueue(conn, failing=True, jobs=10)

    with pytest.raises(BenchError, match=r"\(10, 11\)"):
        burst(bench, 10, enqueue)


def test_a_hundred_queues_are_served_to_the_last_job(bench: Bench):
    """By one worker, that is told of them all."""
    sample = measured(bench, queues.SCENARIOS[0], "100")["100"]

    assert sample["runs_per_job"] == 1.0


def test_processes_run_each_job_once(bench: Bench):
    """All of them are there before the first job."""
    sample = measured(bench, workers.SCENARIOS[0], "2")["2"]

    assert sample["runs_per_job"] == 1.0
    assert math.isfinite(sample["runs_per_s"])


def test_mixed_priorities_are_a_hundred_lanes(conn: Connection):
    """Each job has another priority than the one before."""
    priorities._enqueue(conn, 200, priorities=100)

    assert conn.execute("select count(*) from pgsched._lane").fetchall() == [(100,)]
    assert conn.execute("select count(distinct priority) from pgsched._ready").fetchall() == [
        (100,)
    ]


def test_large_args_are_as_large_as_they_say_and_pass(bench: Bench):
    """16 KB are on disk, and in the WAL, at least once."""
    sample = measured(bench, only(args.SCENARIOS, "args-16k"), "pgsched")["pgsched"]

    assert sample["runs_per_job"] == 1.0
    assert sample["disk_bytes"] > 16 * 1024
    assert sample["wal_bytes"] > 16 * 1024


def test_slow_peers_are_left_out_of_large_args(bench: Bench):
    """They would tell no more than they do with small ones."""
    from bench.peer import peers

    all_peers = Bench(bench.server, quick=True, jobs_max=JOBS, peers=peers())
    with only(args.SCENARIOS, "args-1k").open(all_peers) as systems:
        assert {"pgsched", "floor", "sketch"} <= systems.keys()
        assert "procrastinate" not in systems


def test_schedules_of_every_kind_are_planned(bench):
    sample = measured(bench, only(schedules.SCENARIOS, "schedules-plan"))["pgsched"]

    assert sample["plan_us"] * JOBS == pytest.approx(sample["plan_s"] * 1e6)


def test_each_row_of_a_watched_table_is_an_event_and_a_job(bench: Bench):
    """Else it refuses to tell a ratio; so twice, since a round goes on where the last one ended."""
    with watch.SCENARIOS[0].open(bench) as systems:
        for _ in range(2):
            sample = systems["pgsched"]()

            assert sample["watched_us"] > sample["apart_us"] / 10
            assert sample["ratio"] > 0


@pytest.fixture
def _briefly(monkeypatch: pytest.MonkeyPatch):
    """Turns as short as they can be."""
    for name in ("_TURN_QUICK_S", "_WARM_S"):
        monkeypatch.setattr(http, name, 0.05)
    monkeypatch.setattr(http, "_TURNS_QUICK", 1)


@pytest.mark.usefixtures("_briefly")
@pytest.mark.parametrize("scenario", http.SCENARIOS[:2], ids=lambda each: each.name)
def test_the_api_and_a_bare_route_answer_in_turn(bench: Bench, scenario):
    """What they answer is 201: a job, and a row of the bare table."""
    sample = measured(bench, scenario)["pgsched"]

    assert sample["ratio"] == pytest.approx(sample["per_s"] / sample["bare_per_s"])
    assert sample["cpu_ratio"] == pytest.approx(sample["bare_cpu_us"] / sample["cpu_us"])
    assert sample["busy"] > 0


@pytest.mark.usefixtures("_briefly")
def test_jobs_are_made_in_bulk_either_way(bench: Bench):
    sample = measured(bench, http.SCENARIOS[2])["pgsched"]

    assert sample["ratio"] == pytest.approx(sample["http_per_s"] / sample["direct_per_s"])
