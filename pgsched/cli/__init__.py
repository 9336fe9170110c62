"""
The command `pgsched`.

Exit codes: 0 done; 1 it failed (also: a job that --wait waited for did not succeed, a check of
`doctor` fails); 2 what was asked is not valid; 3 the database cannot be reached; 4 there is no
such job or task; 130 Ctrl-C. An error is one line on stderr.
"""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

import psycopg
import typer

from pgsched.cli import (
    api,
    blackouts,
    calendars,
    database,
    dead,
    enqueue,
    event,
    jobs,
    keys,
    queues,
    schedules,
    scripts,
    stats,
    tasks,
    users,
    workers,
)
from pgsched.cli.failure import INTERRUPTED, report
from pgsched.errors import PgschedError

app = typer.Typer(
    name="pgsched",
    add_completion=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def root(
    ctx: typer.Context,
    dsn: Annotated[
        str | None,
        typer.Option(help="The database. [PGSCHED_DSN, else DATABASE_URL, else PGHOST, ...]"),
    ] = None,
    show_version: Annotated[bool, typer.Option("--version", help="Print it and exit.")] = False,
) -> None:
    """
    A job scheduler that needs nothing but Postgres.

    Exit codes: 0 done, 1 failed, 2 not valid, 3 no database, 4 not found.
    """
    if show_version:
        print(_version())
    elif ctx.invoked_subcommand is None:
        print(ctx.get_help())


def _version() -> str:
    try:
        return version("pgsched")
    except PackageNotFoundError:
        return "not installed: it runs from its source"


app.command()(database.dev)
app.command()(database.demo)
app.command()(database.migrate)
app.add_typer(workers.worker, name="worker")
app.command()(api.api)
app.command("enqueue")(enqueue.enqueue)
app.add_typer(jobs.job, name="job")
app.add_typer(queues.queue, name="queue")
app.add_typer(tasks.task, name="task")
app.add_typer(scripts.script, name="script")
app.add_typer(schedules.schedule, name="schedule")
app.add_typer(calendars.calendar, name="calendar")
app.add_typer(blackouts.blackout, name="blackout")
app.add_typer(event.event, name="event")
app.add_typer(event.subscription, name="subscription")
app.add_typer(users.user, name="user")
app.add_typer(keys.key, name="key")
app.add_typer(dead.dead, name="dead")
app.command("upcoming")(dead.upcoming)
app.command("stats")(stats.stats)
app.command("doctor")(database.check)


def run(argv: list[str]) -> int:
    """Run one command line; returns its exit code. Prints errors, raises only what is a bug."""
    try:
        result: Any = app(argv, prog_name="pgsched", standalone_mode=False)
    except (PgschedError, psycopg.Error) as error:
        return report(error)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except typer.Exit as done:
        return done.exit_code
    except Exception as error:
        return _refused(error)
    return result if isinstance(result, int) else 0


def _refused(error: Exception) -> int:
    """A usage error, of whichever copy of click typer stands on: it formats its own message."""
    told = getattr(error, "format_message", None)
    if told is None:
        raise error
    ctx = getattr(error, "ctx", None)
    help_of = ctx.command_path if ctx is not None else "pgsched"
    print(f"error: {' '.join(told().split())} See: {help_of} --help", file=sys.stderr)
    return getattr(error, "exit_code", 2)


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))
