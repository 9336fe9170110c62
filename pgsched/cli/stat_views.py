"""What the tables about queues, tasks and workers show for people."""

from __future__ import annotations

from collections.abc import Callable

from pgsched.cli.output import Column, milliseconds, plain, seconds
from pgsched.observe import Record


def by_role(workers: list[Record]) -> list[Record]:
    """As people read them: a supervisor before its children."""
    return sorted(workers, key=lambda row: (row["name"], row["role"] == "child", row["pid"]))


def _count(field: str) -> Callable[[Record], str]:
    """A count; where the view stopped counting, it says so."""

    def cell(row: Record) -> str:
        count = row[field]
        if count > 10_000 and row.get("capped", field == "blocked"):
            return f"{count - count % 10_000}+"
        return str(count)

    return cell


def _percentiles(what: str) -> Callable[[Record], str]:
    def cell(row: Record) -> str:
        p50, p95 = row[f"{what}_ms_p50"], row[f"{what}_ms_p95"]
        return "" if p50 is None else f"{milliseconds(p50)} {milliseconds(p95)}"

    return cell


def _rate(field: str) -> Callable[[Record], str]:
    """Runs a second; empty for none."""
    return lambda row: f"{row[field]:.4g}" if row[field] else ""


def _named(field: str) -> Callable[[Record], str]:
    """A name, marked if it is paused or disabled."""

    def cell(row: Record) -> str:
        marks = ["paused"] if row["paused"] else []
        marks += [] if row.get("enabled", True) else ["disabled"]
        return plain(row[field]) + (f" ({', '.join(marks)})" if marks else "")

    return cell


def _health(row: Record) -> str:
    if not row["live"]:
        return "dead"
    return "idle" if row["idle"] else "ok"


QUEUE = (
    Column("queue", _named("queue"), grow=True),
    Column("ready", _count("ready"), "right"),
    Column("sched", _count("scheduled"), "right"),
    Column("block", _count("blocked"), "right"),
    Column("run", "running", "right"),
    Column("dead", _count("dead"), "right"),
    Column("age", lambda row: seconds(row["oldest_due_s"]), "right"),
    Column("ok/s", _rate("succeeded_per_s"), "right"),
    Column("bad/s", _rate("failed_per_s"), "right"),
    Column("wait 50,95", _percentiles("wait"), "right"),
    Column("run 50,95", _percentiles("run"), "right"),
)
TASK = (
    Column("task", _named("task"), grow=True),
    Column("queue", "queue", grow=True),
    Column("pri", "priority", "right"),
    Column("block", _count("blocked"), "right"),
    Column("run", "running", "right"),
    Column("dead", "dead", "right"),
    Column("known", "workers", "right"),
    Column("ok/s", _rate("succeeded_per_s"), "right"),
    Column("bad/s", _rate("failed_per_s"), "right"),
    Column("run 50,95", _percentiles("run"), "right"),
)
WORKER = (
    Column("worker", "name", grow=True),
    Column("host", "host", grow=True),
    Column("pid", "pid", "right"),
    Column("role", "role"),
    Column("is", _health),
    Column("runs", lambda row: f"{row['running']}/{row['concurrency']}", "right"),
    Column("seen", lambda row: seconds(row["seen_ago_s"]), "right"),
    Column("lease", lambda row: seconds(row["lease_left_s"]), "right"),
    Column("queues", lambda row: ",".join(row["queues"]), grow=True),
)
