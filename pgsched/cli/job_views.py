"""What the tables about jobs show for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgsched.cli.output import Column, moment, plain, seconds
from pgsched.observe import Record

if TYPE_CHECKING:
    from rich.table import Table


def _attempts(row: Record) -> str:
    """`2/10`: claims so far, of those that may fail; the view has none for a job that succeeded."""
    return f"{'-' if row['attempt'] is None else row['attempt']}/{row['max_attempts']}"


def _took(row: Record) -> str:
    return seconds((row["finished_at"] - row["started_at"]).total_seconds())


def _progress(row: Record) -> str:
    return "" if row["progress"] is None else f"{row['progress']:.0%}"


JOB = (
    Column("id", "id", "right"),
    Column("task", "task", grow=True),
    Column("queue", "queue", grow=True),
    Column("pri", "priority", "right"),
    Column("state", "state"),
    Column("tries", _attempts, "right"),
    Column("due (UTC)", moment("due_at")),
    Column("args", "args", grow=True),
)
RUN = (
    Column("attempt", "attempt", "right"),
    Column("outcome", "outcome"),
    Column("started (UTC)", moment("started_at")),
    Column("took", _took, "right"),
    Column("charged", "charged"),
    Column("error or result", lambda row: plain(row["error"] or row["result"]), grow=True),
)
LOG = (
    Column("at (UTC)", moment("logged_at")),
    Column("attempt", "attempt", "right"),
    Column("level", "level"),
    Column("done", _progress, "right"),
    Column("message", "message", grow=True),
)
DEAD = (
    Column("id", "id", "right"),
    Column("task", "task", grow=True),
    Column("queue", "queue", grow=True),
    Column("tries", _attempts, "right"),
    Column("ended (UTC)", moment("ended_at")),
    Column("error", "error", grow=True),
)
UPCOMING = (
    Column("id", lambda row: str(row["id"] or "-"), "right"),
    Column("task", "task", grow=True),
    Column("queue", "queue", grow=True),
    Column("pri", "priority", "right"),
    Column("due (UTC)", moment("due_at")),
    Column("in", lambda row: seconds(row["due_in_s"]), "right"),
    Column("schedule", lambda row: row["schedule"] or "", grow=True),
    Column("args", "args", grow=True),
)
RUNNING = (
    Column("id", "id", "right"),
    Column("task", "task", grow=True),
    Column("worker", "worker", grow=True),
    Column("for", lambda row: seconds(row["running_s"]), "right"),
    Column("done", _progress, "right"),
    Column("says", "message", grow=True),
)

_FACTS = (
    "task", "queue", "priority", "state", "due_at", "created_at", "args", "key", "labels",
    "timeout_s", "retry", "parent_id", "trace",
)  # fmt: skip


def facts(job: Record, why: Record) -> Table:
    """A job, a line for each fact that it has, and why it is where it is."""
    shown: list[tuple[str, str]] = [("id", str(job["id"]))]
    shown += [(name, plain(job[name])) for name in _FACTS if job[name] is not None]
    shown.append(("attempts", f"{why['attempt']} of at most {why['max_attempts']}"))
    shown += [("because" if n == 0 else "", plain(r)) for n, r in enumerate(why["reasons"])]
    if why["last_error"]:
        shown += [
            ("last error" if n == 0 else "", plain(line))
            for n, line in enumerate(why["last_error"].splitlines()[:40])
        ]
    return _grid(shown)


def explained(why: Record) -> Table:
    """A job's state, and every reason for it."""
    shown = [("id", str(why["id"])), ("state", why["state"])]
    shown += [("because" if n == 0 else "", plain(r)) for n, r in enumerate(why["reasons"])]
    shown.append(("attempts", f"{why['attempt']} of at most {why['max_attempts']}"))
    shown.append(("due at", plain(why["due_at"])))
    if why["last_error"]:
        shown.append(("last error", plain(why["last_error"])))
    return _grid(shown)


def _grid(lines: list[tuple[str, str]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    for name, value in lines:
        grid.add_row(Text(name, style="dim"), Text(value))
    return grid
