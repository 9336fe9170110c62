"""Real worker processes, and waiting for what they do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import psycopg

Connection = psycopg.Connection[Any]
T = TypeVar("T")

ROOT = Path(__file__).parents[2]
EFFECTS = "create table effect (n bigint, attempt int); create table gate (n bigint)"


def eventually(look: Callable[[], T], *, within_s: float = 20, or_else: str = "") -> T:
    """What `look` returns as soon as that is true; fails after `within_s` seconds."""
    ends = time.monotonic() + within_s
    while not (found := look()):
        if time.monotonic() > ends:
            raise AssertionError(f"not within {within_s} s: {or_else} (last: {found!r})")
        time.sleep(0.02)
    return found


def states(db: Connection, ids: Sequence[int] | None = None) -> Counter[str]:
    """How many jobs are in which state."""
    found = db.execute(
        "select j.state::text, count(*) from pgsched.job as j"
        " where %(ids)s::bigint[] is null or j.id = any(%(ids)s) group by 1",
        {"ids": None if ids is None else list(ids)},
    )
    return Counter(dict(found.fetchall()))


def unfinished(db: Connection) -> int:
    """How many jobs live: cheaper than `states` by far."""
    [(count,)] = db.execute(
        "select (select count(*) from pgsched._ready) + (select count(*) from pgsched._blocked)"
        " + (select coalesce(sum(cardinality(ids)), 0)::bigint from pgsched._claim)"
    ).fetchall()
    return count


def all_ended(db: Connection, *, within_s: float = 30) -> None:
    """Wait until no job lives."""
    eventually(lambda: unfinished(db) == 0, within_s=within_s, or_else="jobs live on")


def outcomes(db: Connection, job_id: int) -> list[str]:
    """How the runs of a job ended, in order."""
    found = db.execute(
        "select outcome::text from pgsched.run where job_id = %s order by attempt", (job_id,)
    )
    return [outcome for (outcome,) in found.fetchall()]


def each_ended_once(db: Connection) -> None:
    """Every job has exactly one final outcome: one success, or one row among the ended."""
    wrong = db.execute(
        "select j.id, count(r.outcome), max(e.state::text) from pgsched._job as j"
        " left join pgsched._run as r on r.job_id = j.id and r.outcome = 'succeeded'"
        " left join pgsched._ended as e on e.id = j.id"
        " group by j.id having count(r.outcome) + count(e.state) <> 1 limit 5"
    ).fetchall()
    assert wrong == []
    assert unfinished(db) == 0


class WorkerProcess:
    """`pgsched worker` in a process group of its own."""

    def __init__(
        self,
        dsn: str,
        folder: Path,
        *args: str,
        app: str = "tests.apps.jobs",
        environ: dict[str, str] | None = None,
        **settings: Any,
    ) -> None:
        self.dsn, self.processes = dsn, settings.get("processes", 1)
        self._pushers = args.count("--push")
        given = {"lease_s": 3, "poll_s": 1, "concurrency": 20, "log_format": "json"} | settings
        environ = {n: v for n, v in os.environ.items() if "PGSCHED" not in n} | (environ or {})
        environ |= {f"PGSCHED_{name.upper()}": str(value) for name, value in given.items()}
        self._out, self._err = folder / f"{id(self)}.out", folder / f"{id(self)}.err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "pgsched", "worker", "--app", app, *args],
                cwd=ROOT,
                env={**environ, "PGSCHED_DSN": dsn},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        self.pid = self.process.pid

    def ready(self, db: Connection) -> WorkerProcess:
        """Wait until all children are registered."""
        with suppress(AssertionError):
            eventually(lambda: self.process.poll() is not None or self._registered(db))
        assert self.process.poll() is None, self.log
        assert self._registered(db), self.log
        return self

    def _registered(self, db: Connection) -> bool:
        pushers = len(self.children(db, "push"))
        return (len(self.children(db)), pushers) == (self.processes, self._pushers)

    def children(self, db: Connection, role: str = "child") -> list[int]:
        """Process ids of the children that are registered."""
        found = db.execute(
            "select w.pid from pgsched._worker as w"
            " where w.role = %s and w.name like '%%-' || %s || '/%%'",
            (role, self.pid),
        )
        return [pid for (pid,) in found.fetchall()]

    @property
    def log(self) -> str:
        """What it wrote on stderr so far."""
        return self._err.read_text()

    @property
    def messages(self) -> list[str]:
        """The messages of its log lines."""
        lines = (line for line in self.log.splitlines() if line.startswith("{"))
        return [json.loads(line)["message"] for line in lines]

    @property
    def summary(self) -> dict[str, Any]:
        """The JSON line that it printed at its end."""
        return json.loads(self._out.read_text())

    def signal(self, number: int) -> None:
        """Send a signal to the supervisor alone."""
        self.process.send_signal(number)

    def wait(self, *, within_s: float = 20) -> int:
        """Wait for its end; returns the exit code."""
        try:
            return self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not end within {within_s} s: {self.log}") from None

    def kill(self) -> None:
        """End the whole group, at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()


def alive(pid: int) -> bool:
    """Whether a process runs: not gone, and no zombie."""
    try:
        return _stat(pid)[0] != "Z"
    except OSError:
        return False


def parent_of(pid: int) -> int:
    """The process that started it, or has inherited it."""
    return int(_stat(pid)[1])


def children_of(pid: int) -> list[int]:
    """The processes that it started, and that live."""
    found: list[int] = []
    for each in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if parent_of(int(each.name)) == pid:
                found.append(int(each.name))
    return found


def _stat(pid: int) -> list[str]:
    """State, parent, ... of a process."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
