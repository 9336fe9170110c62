"""Making jobs: one at a time, in bulk and from 8 connections, by clients; and by SQL."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable, Generator
from functools import partial
from typing import Any, LiteralString

from bench.measure import Figure, Line, Sample, Scenario, Systems
from bench.peer import Peer, named, to_best_on_postgres
from bench.process import Client
from bench.running import running
from bench.server import Connection
from bench.taker import Taker
from bench.work import NOOPS, Bench, enqueue_noops

CONNECTIONS = 8
_SECONDS, _SECONDS_QUICK = 1.5, 0.3
_PROBE = 20  # jobs: what a client and its server do only once is behind it
BARE_TABLE = """\
create table public.bare (
  id bigint generated always as identity primary key, task text not null, queue text not null,
  priority integer not null, max_attempts integer, due_at timestamptz not null, args jsonb not null)
"""
_BARE: LiteralString = """\
insert into public.bare (task, queue, priority, max_attempts, due_at, args)
select 'noop', 'bench', 0, 10, clock_timestamp(), jsonb_build_object('i', g)
  from generate_series(1, %s) as g
"""
_ARRAY: LiteralString = "select pgsched.enqueue_many('noop', %s::jsonb[], queue => 'bench')"
_BARE_ARRAY: LiteralString = """\
insert into public.bare (task, queue, priority, max_attempts, due_at, args)
select 'noop', 'bench', 0, 10, clock_timestamp(), a from unnest(%s::jsonb[]) as a returning id
"""
_ONE: LiteralString = (
    "insert into pgsched.job (task, queue, args) values ('noop', 'bench', '{\"i\": 1}')"
)
_BARE_ONE: LiteralString = (
    "insert into public.bare (task, queue, priority, due_at, args)"
    " values ('noop', 'bench', 0, clock_timestamp(), '{\"i\": 1}')"
)
_ROWS = 1000


def _client(bench: Bench, peer: Peer) -> Sample:
    """One client that enqueues singly, each in a transaction of its own, and then in bulk."""
    with running(peer, bench.server) as measured:
        client = measured.client()
        client.order("many", first=1, jobs=peer.batch, batch=peer.batch)
        probe = client.order("one", first=1, jobs=_PROBE)["seconds"]
        ones = bench.jobs(_of(probe, _PROBE, _SECONDS), _of(probe, _PROBE, _SECONDS_QUICK))
        one = client.order("one", first=1, jobs=ones)["seconds"]
        bulk = _bulk_jobs(bench, peer)
        many = client.order("many", first=1, jobs=bulk, batch=peer.batch)["seconds"]
    return {"one_per_s": ones / one, "bulk_per_s": bulk / many}


def _clients(bench: Bench, peer: Peer) -> Sample:
    """The same number of single jobs from each of 8 clients at once: until the last is done."""
    with running(peer, bench.server) as measured:
        clients = [measured.client() for _ in range(CONNECTIONS)]
        probe = singly(clients, _PROBE)
        jobs = bench.jobs(_of(probe, _PROBE, _SECONDS), _of(probe, _PROBE, _SECONDS_QUICK))
        return {"eight_per_s": jobs * len(clients) / singly(clients, jobs)}


def singly(clients: list[Client], jobs: int) -> float:
    """Each enqueues *jobs* jobs one after the other: seconds until all have done so."""
    begun = time.perf_counter()
    for number, client in enumerate(clients):
        client.send("one", first=1 + number * jobs, jobs=jobs)
    for client in clients:
        client.answer()
    return time.perf_counter() - begun


def _of(probe_s: float, jobs: int, seconds: float) -> int:
    """As many jobs as take so long, if *jobs* took *probe_s*."""
    return max(int(jobs / probe_s * seconds), jobs)


def _bulk_jobs(bench: Bench, peer: Peer) -> int:
    """Whole calls of its usual batch, so that none is short."""
    jobs = bench.jobs(int(peer.bulk * _SECONDS), int(peer.bulk * _SECONDS_QUICK))
    return max(jobs // peer.batch, 1) * peer.batch


def _by_turns(
    conn: Connection, statements: int, queries: dict[str, tuple[LiteralString, tuple[Any, ...]]]
) -> Sample:
    """
    Turn by turn, each committed: the median time of either statement, in us.

    Turns this short share whatever disturbs the machine.
    """
    times: dict[str, list[float]] = {name: [] for name in queries}
    for _ in range(statements):
        for name, (query, values) in queries.items():
            begun = time.perf_counter()
            conn.execute(query, values)
            times[name].append(time.perf_counter() - begun)
    return {f"{name}_us": statistics.median(took) * 1e6 for name, took in times.items()}


@contextlib.contextmanager
def _open_sql(bench: Bench) -> Generator[Systems]:
    args = [f'{{"i": {i}}}' for i in range(_ROWS)]
    with bench.server.database() as database, database.connect() as conn:
        conn.prepare_threshold = 0
        conn.execute(BARE_TABLE)
        bulk, single = bench.jobs(200_000, 30_000) // _ROWS or 1, bench.jobs(2000, 300)
        rows, array = (_ROWS,), (args,)
        queries = {
            "1,000 rows": (bulk, {"pgsched": (NOOPS, rows), "bare": (_BARE, rows)}),
            "array": (bulk, {"pgsched": (_ARRAY, array), "bare": (_BARE_ARRAY, array)}),
            "one row": (single, {"pgsched": (_ONE, ()), "bare": (_BARE_ONE, ())}),
        }
        yield {name: partial(_by_turns, conn, *each) for name, each in queries.items()}


def _of_bare(system: str) -> Callable[[Any], float]:
    return lambda each: each[system]["bare_us"] / each[system]["pgsched_us"]


def _wal(bench: Bench) -> Sample:
    """Bytes of WAL a job: one INSERT a thousand, then claim and finish; no checkpoint within."""
    jobs = bench.jobs(100_000, 20_000)
    with (
        bench.server.database() as database,
        database.connect() as conn,
        Taker(database) as taker,
    ):
        start = bench.server.wal_bytes()
        enqueue_noops(conn, jobs, a_statement=_ROWS)
        enqueued = bench.server.wal_bytes()
        taker.take(jobs)
        return {
            "enqueue_bytes": (enqueued - start) / jobs,
            "bytes": (bench.server.wal_bytes() - start) / jobs,
        }


@contextlib.contextmanager
def _open_clients(bench: Bench, measure: Callable[[Bench, Peer], Sample]) -> Generator[Systems]:
    systems = (named("floor"), named("pgsched"), *bench.peers)
    yield {peer.name: partial(measure, bench, peer) for peer in systems}


@contextlib.contextmanager
def _open_wal(bench: Bench) -> Generator[Systems]:
    yield {"pgsched": partial(_wal, bench)}


SCENARIOS = (
    Scenario(
        "enqueue",
        "Jobs made by one client: one a call and transaction; and by its fastest way for many.",
        partial(_open_clients, measure=_client),
        (
            to_best_on_postgres("enqueue in bulk", "bulk_per_s", 4),
            to_best_on_postgres("enqueue singly", "one_per_s"),
        ),
        figures=(
            Figure("bulk_per_s", "enqueued in bulk", "jobs/s"),
            Figure("one_per_s", "enqueued one at a time", "jobs/s"),
        ),
    ),
    Scenario(
        "enqueue-8",
        f"Jobs made one a call and transaction, by {CONNECTIONS} clients at once.",
        partial(_open_clients, measure=_clients),
        (to_best_on_postgres(f"enqueue from {CONNECTIONS} connections", "eight_per_s"),),
        repeats=2,
        figures=(
            Figure("eight_per_s", f"enqueued one at a time by {CONNECTIONS} clients", "jobs/s"),
        ),
    ),
    Scenario(
        "insert",
        "Time of a statement, turn by turn with a bare INSERT of the same facts into a table with"
        " one index: 1,000 rows by INSERT..SELECT; 1,000 by an array; one.",
        _open_sql,
        (
            Line("INSERT of 1,000 rows: speed of a bare one", _of_bare("1,000 rows"), 0.25),
            Line("enqueue_many() of 1,000: speed of a bare INSERT", _of_bare("array")),
            Line("INSERT of one row: speed of a bare one", _of_bare("one row"), 0.6),
        ),
    ),
    Scenario(
        "wal",
        "WAL of a no-op job, from its INSERT to its row in the history.",
        _open_wal,
        (
            Line(
                "WAL a job, enqueue to history",
                lambda each: each["pgsched"]["bytes"],
                900,
                "less",
                "B",
            ),
        ),
        repeats=2,
    ),
)
