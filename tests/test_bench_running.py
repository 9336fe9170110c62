"""What stands between the benchmark and what it measures: what hangs, fails, or is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import itertools
import math
from collections.abc import Callable, Generator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from bench import process, running
from bench.drive import program
from bench.measure import A_PEER, BenchError, Line, Measured, Missing, Scenario, TooSlow, ratio
from bench.peer import named, peers, to_best_on_postgres
from bench.process import Client
from bench.running import Running, Ticks
from bench.scenarios import held
from bench.server import Server
from bench.together import Together
from bench.waits import percentiles
from bench.work import Bench

READY = "print('{\"ready\": true}', flush=True)"
RIVALS = [peer.name for peer in peers() if not peer.own and peer.store == "postgres"]


@pytest.fixture
def client(tmp_path: Path) -> Generator[Callable[[str], Client]]:
    """Make a client that is a program of ours; it is stopped at the end."""
    with contextlib.ExitStack() as stack:

        def make(program: str) -> Client:
            file = tmp_path / "peer.py"
            file.write_text(program)
            made = Client(dataclasses.replace(named("floor"), file=file), tmp_path, {})
            stack.callback(made.stop)
            return made

        yield make


def best(*rounds: dict[str, float], missing=(), better="more", target=2.0):
    """What the line on the best peer makes of these values."""
    line = to_best_on_postgres("speed", "x", target, better)
    scenario = Scenario("fake", "", contextlib.nullcontext, (line,))
    made = Measured(scenario, [{name: {"x": x} for name, x in each.items()} for each in rounds])
    made.missing = {name: Missing("its tables are gone", failed=True) for name in missing}
    made.unasked = frozenset({A_PEER, *RIVALS} - {*rounds[0], *missing})
    [result] = made.results()
    return result


@pytest.mark.parametrize("last", ["", "print('{\"left\":', end='', flush=True)"])
def test_a_client_that_hangs_is_given_up_with_what_it_told(client, monkeypatch, last: str):
    """Before its answer, or within it."""
    told = "print('a lock', file=sys.stderr, flush=True)"
    lines = ["import sys, time", told, READY, "input()", last]
    made = client("\n".join([*lines, "time.sleep(60)"]))
    monkeypatch.setattr(process, "_ANSWER_S", 0.3)

    with pytest.raises(BenchError, match=r"has not answered within 0.3 s: a lock"):
        made.order("left")


def test_a_client_that_has_died_says_why(client):
    """While it is given an order, and while it is waited for: not "Broken pipe"."""
    made = client(f"import sys\n{READY}\nsys.exit('no such table')")
    made.process.wait()

    for _ in range(2):
        with pytest.raises(BenchError, match=r"ended with 1: no such table"):
            made.order("left")


def test_an_answer_may_be_longer_than_a_pipe_holds(client):
    """Whole, at once: the times of a long run are hundreds of kilobytes."""
    made = client(f"{READY}\ninput()\nprint('\"' + 'x' * 300_000 + '\"', flush=True)")

    assert len(made.order("left")) == 300_000


def test_nobody_is_ahead_of_a_best_peer_that_is_missing():
    """The best of those left tells that somebody is behind, and never that nobody is ahead."""
    a, b = RIVALS[:2]

    assert best({"pgsched": 100, a: 10, b: 20}).verdict == "met"
    assert best({"pgsched": 100, a: 10}, missing=[b]).verdict == "incomplete"
    assert best({"pgsched": 10, a: 10}, missing=[b]).verdict == "missed"
    assert best({"pgsched": 100, a: 10}, missing=[b]).what.endswith("(1 of 2)")


@pytest.mark.parametrize(("ours", "theirs"), [(-0.1, 4), (2, -0.1), (0, 4), (2, 0), (-1, -2)])
def test_a_ratio_of_what_is_not_above_zero_is_no_number(ours: float, theirs: float):
    """A handler may start before its client knows of the commit: then nothing is met by that."""
    a = RIVALS[0]

    assert math.isnan(ratio("x", "pgsched", a)({"pgsched": {"x": ours}, a: {"x": theirs}}))
    assert best({"pgsched": ours, a: theirs}, better="less", target=0.5).verdict == "skipped"


def test_a_line_that_cannot_be_computed_costs_only_itself():
    """Here: a division by zero."""
    lines = (Line("wrong", lambda each: 1 / each["a"]["x"], 1), Line("right", lambda each: 1.0, 2))
    made = Measured(Scenario("fake", "", contextlib.nullcontext, lines), [{"a": {"x": 0}}])

    wrong, right = made.results()

    assert (wrong.verdict, wrong.skipped) == ("skipped", "ZeroDivisionError: division by zero")
    assert right.verdict == "missed"


def test_what_is_measured_together_fails_together_and_once():
    """The second does not wait as long again for the same failure."""
    calls: list[int] = []

    def measure() -> dict:
        calls.append(1)
        raise BenchError("a job is missing")

    for system in Together(["a", "b"], measure).systems().values():
        with pytest.raises(BenchError, match="a job is missing"):
            system()

    assert len(calls) == 1


def test_a_hundred_samples_have_a_p99_and_fewer_have_none():
    """It would be their maximum."""
    assert percentiles(range(1, 101)) == {"p50_ms": 50, "p95_ms": 95, "p99_ms": 99, "max_ms": 100}
    assert percentiles(range(1, 100)).keys() == {"p50_ms", "p95_ms", "max_ms"}


def test_databases_of_runs_that_were_killed_are_swept(server: str):
    """And no others: not those of a run that goes on, nor whose name only begins alike."""
    names = ["pgsched_bench_999998", "pgsched_bench_999998_1", "pgsched_bench_999997", "pgsched_b"]
    with (
        psycopg.connect(server, autocommit=True) as conn,
        psycopg.connect(server, application_name="pgsched_bench_999997"),
    ):
        for name in names:
            conn.execute(f"create database {name}".encode())
        Server(server).close()

        query = "select datname from pg_database where datname = any(%s) order by 1"
        assert conn.execute(query, (names,)).fetchall() == [
            ("pgsched_b",),
            ("pgsched_bench_999997",),
        ]
        for name in names[2:]:
            conn.execute(f"drop database {name}".encode())


def test_a_server_that_cannot_be_prepared_leaves_no_template(server: str, monkeypatch):
    """The error is the first one."""

    def fails(conn: psycopg.Connection) -> None:
        raise BenchError("no such extension")

    monkeypatch.setattr("bench.server.schema.migrate", fails)
    with pytest.raises(BenchError, match="no such extension"):
        Server(server)

    with psycopg.connect(server) as conn:
        query = "select datname from pg_database where datname like 'pgsched_bench%'"
        assert conn.execute(query).fetchall() == []


def test_a_lost_connection_to_the_server_is_made_anew(server: str):
    """One crash must not cost all that is still to be measured."""
    made = Server(server)
    with psycopg.connect(server, autocommit=True) as conn:
        query = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = %s"
        conn.execute(query, (made._template,))
    with pytest.raises(psycopg.OperationalError):
        made.wal_bytes()

    assert made.wal_bytes() > 0
    made.close()


def test_acknowledged_is_when_it_was_asked_and_not_when_the_answer_came(monkeypatch):
    """Some have to read a whole history to tell what is left: that is no part of a drain."""
    clock = itertools.count(1.0)
    monkeypatch.setattr(running, "time", SimpleNamespace(time=clock.__next__, monotonic=float))

    def order(do: str) -> dict:
        next(clock)
        return {"left": 0}

    assert Running.wait_acknowledged(SimpleNamespace(), SimpleNamespace(order=order)) == 1.0


def test_the_last_job_of_each_call_of_a_steady_load_is_stamped():
    """The first one starts before all the others that were made with it."""
    calls: list[list[dict]] = []

    told = asyncio.run(
        program._pace(SimpleNamespace(many=calls.append), 1, per_s=10_000, seconds=0.01, batch=5)
    )

    assert [[each["i"] for each in call if "stamp" in each] for call in calls] == [
        [call * 5] for call in range(1, 21)
    ]
    assert [i for i, _ in told["times"]] == [call * 5 for call in range(1, 21)]


def test_a_peer_that_comes_to_a_halt_keeps_its_course_until_then(monkeypatch):
    """Its last point is the rate that it had in the slice that did not end."""
    clock = itertools.count(0.0, 0.1)
    monkeypatch.setattr(held, "time", SimpleNamespace(time=clock.__next__, monotonic=float))

    def wait(workers: list, jobs: int, timeout_s: float) -> Ticks:
        if jobs > 100:
            raise TooSlow(f"150 of {jobs}")
        return Ticks(jobs, 0.0, next(clock))

    measured = SimpleNamespace(peer=named("floor"), wait=wait, ticks=lambda: Ticks(150, 0.0, 0.0))
    client = SimpleNamespace(order=lambda do, **arguments: None)
    flow = held._Flow(measured, client, [], 100)
    monkeypatch.setattr(held, "_flow", lambda *_: contextlib.nullcontext(flow))

    sample = held._alone(Bench(None, False, 100), named("floor"), "a snapshot")

    assert sample["halted"] == 1
    assert [jobs for jobs, _ in sample["rate"]] == [100, 150]
    assert 0 < sample["left"] == sample["last_per_s"] / sample["first_per_s"] < 1
