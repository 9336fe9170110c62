"""What the HTTP API costs: next to a bare route with one INSERT, and next to enqueue_many()."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import LiteralString, NamedTuple

from bench.measure import BenchError, Line, Sample, Scenario, Systems, figure
from bench.scenarios.enqueue import BARE_TABLE
from bench.server import Database
from bench.work import Bench
from pgsched import Scheduler, calls, db
from pgsched.auth.keys import make_key
from pgsched.remote import Client

_CLIENTS, _CLIENTS_MANY = 10, 50  # connections of the load to a server
_CONNECTIONS = 10  # of a server to the database
_TURNS, _TURNS_QUICK = 6, 3
_TURN_S, _TURN_QUICK_S = 1.0, 0.4
_WARM_S = 0.5
_START_S, _STOP_S = 20.0, 5.0
_MANY, _MANY_QUICK = 100_000, 20_000
_NO_WAIT: LiteralString = """\
do $$ begin
  execute format('alter database %I set synchronous_commit = off', current_database());
end $$
"""  # a slow disk would make both alike: so each takes what its core can do
_BODY = json.dumps({"task": "noop", "queue": "bench", "args": {"i": 1}})


class _Server:
    """A process that serves HTTP, on the first core alone where there are two."""

    def __init__(self, database: Database, stack: contextlib.ExitStack, command: list[str]) -> None:
        self.port = _free_port()
        # closed at the end; what it tells is written to a file, as a service's is
        self._log = stack.enter_context(tempfile.NamedTemporaryFile("w+"))  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-m", *(each.format(port=self.port) for each in command)],
            env={**os.environ, "PGSCHED_DSN": database.dsn},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        stack.callback(self._stop)
        _pin(self.process.pid, first=True)
        self._wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu_s(self) -> float:
        """CPU seconds so far, of all its threads."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(each.read_text().split()[0]) for each in tasks) / 1e9

    def _wait(self) -> None:
        ends = time.monotonic() + _START_S
        while self.process.poll() is None and time.monotonic() < ends:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            time.sleep(0.02)
        raise BenchError(f"a server did not start: {Path(self._log.name).read_text()[-2000:]}")

    def _stop(self) -> None:
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_STOP_S)
        self.process.kill()
        self.process.wait()


class _Load:
    """The process that asks, on the other cores, by so many connections."""

    def __init__(self, stack: contextlib.ExitStack, clients: int) -> None:
        self._clients = clients
        command = [sys.executable, "-m", "bench.drive.load"]
        self._process = stack.enter_context(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        stack.callback(self._process.kill)
        _pin(self._process.pid, first=False)

    def ask(self, server: _Server, request: str, seconds: float) -> tuple[int, float]:
        """How many requests were answered, in how many seconds."""
        order = {"port": server.port, "connections": self._clients, "seconds": seconds}
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps({**order, "request": request}) + "\n")
        stdin.flush()
        told = stdout.readline()
        if not told:
            raise BenchError("the load has ended")
        answer = json.loads(told)
        return answer["count"], answer["seconds"]


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _pin(pid: int, *, first: bool) -> None:
    """To the first core, or to the others; where there is one, or none may be chosen, to none."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
    if len(cores) > 1:
        os.sched_setaffinity(pid, cores[:1] if first else cores[1:])


@contextlib.contextmanager
def _elsewhere(postmaster: int | None) -> Generator[None]:
    """What Postgres starts meanwhile is not on the first core: a server has that for itself."""
    if postmaster is None or not hasattr(os, "sched_setaffinity"):
        yield
        return
    kept = os.sched_getaffinity(postmaster)
    _pin(postmaster, first=False)
    try:
        yield
    finally:
        os.sched_setaffinity(postmaster, kept)


def _request(port: int, *headers: str) -> str:
    head = ["POST /v1/jobs HTTP/1.1", f"Host: 127.0.0.1:{port}", *headers]
    head += ["Content-Type: application/json", f"Content-Length: {len(_BODY)}"]
    return "\r\n".join([*head, "", _BODY])


def _key(database: Database) -> str:
    """A key with which a user makes jobs."""
    made = make_key()
    with database.connect() as conn:
        db.run(conn, calls.create_user("bench", "user", None, None))
        call = calls.make_api_key(
            "bench",
            "bench",
            hash=made.hash,
            shown=made.shown,
            scopes=["read", "write"],
            queues=None,
            expires_at=None,
        )
        db.run(conn, call)
    return made.key


@contextlib.contextmanager
def _open_one(bench: Bench, *, clients: int, durable: bool) -> Generator[Systems]:
    with bench.server.database() as database, contextlib.ExitStack() as stack:
        stack.enter_context(_elsewhere(bench.server.postmaster))
        with database.connect() as conn:
            conn.execute(BARE_TABLE)
            if not durable:
                conn.execute(_NO_WAIT)
        key = _key(database)
        bare = _Server(database, stack, ["bench.drive.bare", "{port}", str(_CONNECTIONS)])
        ours = _Server(database, stack, ["pgsched", "api", "--port", "{port}"])
        load = _Load(stack, clients)
        asked = {
            "bare": (bare, _request(bare.port)),
            "pgsched": (ours, _request(ours.port, f"Authorization: Bearer {key}")),
        }
        for server, request in asked.values():
            load.ask(server, request, _WARM_S)
        yield {"pgsched": partial(_turns, bench, load, asked)}


def _turns(bench: Bench, load: _Load, asked: dict[str, tuple[_Server, str]]) -> Sample:
    """Requests a second, and CPU of a request: medians over turns, and of ratios within each."""
    turns = _TURNS_QUICK if bench.quick else _TURNS
    seconds = _TURN_QUICK_S if bench.quick else _TURN_S
    taken = [
        {name: _turn(load, *each, seconds) for name, each in asked.items()} for _ in range(turns)
    ]

    def median(of: Callable[[dict[str, _Turn]], float]) -> float:
        return statistics.median(map(of, taken))

    return {
        "ratio": median(lambda each: each["pgsched"].per_s / each["bare"].per_s),
        "per_s": median(lambda each: each["pgsched"].per_s),
        "bare_per_s": median(lambda each: each["bare"].per_s),
        "cpu_ratio": median(lambda each: each["bare"].cpu_us / each["pgsched"].cpu_us),
        "cpu_us": median(lambda each: each["pgsched"].cpu_us),
        "bare_cpu_us": median(lambda each: each["bare"].cpu_us),
        "busy": min(median(lambda each, name=name: each[name].busy) for name in asked),
    }


class _Turn(NamedTuple):
    """Requests a second, what one took of the server's CPU, and how much of a core it had."""

    per_s: float
    cpu_us: float
    busy: float


def _turn(load: _Load, server: _Server, request: str, seconds: float) -> _Turn:
    begun_s = server.cpu_s()
    count, took_s = load.ask(server, request, seconds)
    cpu_s = server.cpu_s() - begun_s
    return _Turn(count / took_s, cpu_s / count * 1e6, cpu_s / took_s)


@contextlib.contextmanager
def _open_many(bench: Bench) -> Generator[Systems]:
    with bench.server.database() as database, contextlib.ExitStack() as stack:
        server = _Server(database, stack, ["pgsched", "api", "--port", "{port}"])
        client = stack.enter_context(Client(server.url, _key(database)))
        scheduler = stack.enter_context(Scheduler(database.dsn))
        args = [{"i": i} for i in range(bench.jobs(_MANY, _MANY_QUICK))]
        ways = {
            "direct": partial(scheduler.enqueue_many, "noop", args, queue="bench"),
            "http": partial(client.enqueue_many, "noop", args, queue="bench"),
        }
        for way in ways.values():
            way()
        yield {"pgsched": partial(_bulk, bench, ways, len(args))}


def _bulk(bench: Bench, ways: dict[str, Callable[[], object]], jobs: int) -> Sample:
    """Jobs a second in either way, medians over the turns; and of the ratio within each."""
    turns = [_taken_s(ways) for _ in range(_TURNS_QUICK if bench.quick else _TURNS)]
    return {
        "http_per_s": statistics.median(jobs / http for _, http in turns),
        "direct_per_s": statistics.median(jobs / direct for direct, _ in turns),
        "ratio": statistics.median(direct / http for direct, http in turns),
    }


def _taken_s(ways: dict[str, Callable[[], object]]) -> tuple[float, float]:
    direct, http = (_timed(ways[name]) for name in ("direct", "http"))
    return direct, http


def _timed(way: Callable[[], object]) -> float:
    begun = time.perf_counter()
    way()
    return time.perf_counter() - begun


def _one(what: str) -> tuple[Line, ...]:
    return (
        Line(f"{what}: speed of a bare route", figure("ratio", "pgsched"), 0.6),
        Line(f"{what}: CPU of a bare route", figure("cpu_ratio", "pgsched"), 0.6),
        Line(what, figure("per_s", "pgsched"), unit="jobs/s"),
        Line(f"{what}, CPU of the API", figure("cpu_us", "pgsched"), unit="us"),
        Line(f"{what}, of its core, the server that is busy less", figure("busy", "pgsched")),
    )


SCENARIOS = (
    Scenario(
        "http",
        f"POST /v1/jobs with an API key, {_CLIENTS} connections, an API process on its own core;"
        " in turn with a bare Starlette route that does one INSERT. No commit waits for the disk.",
        partial(_open_one, clients=_CLIENTS, durable=False),
        _one("POST /v1/jobs"),
    ),
    Scenario(
        "http-clients",
        f"As http, {_CLIENTS_MANY} connections, and each commit waits for the disk.",
        partial(_open_one, clients=_CLIENTS_MANY, durable=True),
        _one(f"POST /v1/jobs, {_CLIENTS_MANY} clients"),
    ),
    Scenario(
        "http-bulk",
        f"{_MANY:,} jobs by POST /v1/jobs/bulk, in turn with enqueue_many() of as many.",
        _open_many,
        (
            Line("jobs in bulk by HTTP: speed of enqueue_many()", figure("ratio", "pgsched"), 0.5),
            Line("jobs in bulk by HTTP", figure("http_per_s", "pgsched"), unit="jobs/s"),
        ),
    ),
)
