"""The commands `job ...`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, get_args

import psycopg
import typer

from pgsched import calls, db, observe
from pgsched.cli.failure import report
from pgsched.cli.job_views import JOB, LOG, RUN, explained, facts
from pgsched.cli.output import Format, Output, console, print_object, print_rows, table
from pgsched.cli.session import ask, connected
from pgsched.cli.values import read_ago, read_duration, read_time
from pgsched.errors import InvalidValue, PgschedError
from pgsched.models import State

job = typer.Typer(help="Look at jobs, and change their fate.")
STATES = get_args(State)

Ids = Annotated[list[int], typer.Argument(metavar="ID...", help="One or more jobs.")]
Id = Annotated[int, typer.Argument(metavar="ID")]
Queue = Annotated[str | None, typer.Option("--queue", help="Only of this queue.")]
Task = Annotated[str | None, typer.Option("--task", help="Only of this task.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=100_000, help="At most so many.")]


@job.command("list")
def list_jobs(
    ctx: typer.Context,
    state: Annotated[str | None, typer.Option(help="One of " + ", ".join(STATES))] = None,
    queue: Queue = None,
    task: Task = None,
    since: Annotated[str | None, typer.Option(help="Made since: 2h, or a time.")] = None,
    limit: Limit = 20,
    output: Output = Format.table,
) -> None:
    """Jobs that match every filter, newest first."""
    if state is not None and state not in STATES:
        raise InvalidValue("--state is not a state", hint="one of " + ", ".join(STATES))
    found = observe.jobs(state=state, queue=queue, task=task, since=read_ago("--since", since))
    with connected(ctx) as conn:
        rows = ask(conn, found.page(limit))
    print_rows(rows, JOB, output, empty="no job matches")


@job.command()
def show(
    ctx: typer.Context,
    id: Id,
    lines: Annotated[int, typer.Option(min=0, max=100_000, help="Last lines of its log.")] = 50,
    output: Output = Format.table,
) -> None:
    """One job: its facts, its runs, its error and its log. As csv: its facts."""
    with connected(ctx) as conn:
        found = ask(conn, observe.job(id))
        runs, log = ask(conn, observe.runs(id).all), ask(conn, observe.log(id, limit=lines))
        why = ask(conn, observe.explain(id))[0]
    if output is Format.csv:
        print_object(found, output)
    elif output is not Format.table:
        about = {"reasons": why["reasons"], "last_error": why["last_error"]}
        print_object(found | about | {"runs": runs, "log": log}, output)
    else:
        terminal = console()
        terminal.print(facts(found, why))
        if runs:
            terminal.print()
            terminal.print(table(runs, RUN, title="runs"))
        if log:
            terminal.print()
            terminal.print(table(log, LOG, title="log"))


@job.command()
def explain(ctx: typer.Context, id: Id, output: Output = Format.table) -> None:
    """Every reason why a job is not running."""
    with connected(ctx) as conn:
        rows = ask(conn, observe.explain(id))
    if output is Format.table:
        console().print(explained(rows[0]))
    else:
        print_object(rows[0], output)


@job.command()
def cancel(ctx: typer.Context, ids: Ids, output: Output = Format.table) -> None:
    """Cancel jobs: those that wait at once, those that run are told. Prints what each is now."""
    _each(ctx, ids, lambda conn, id: db.run(conn, calls.cancel(id)), output)


@job.command()
def redrive(ctx: typer.Context, ids: Ids, output: Output = Format.table) -> None:
    """Run dead, cancelled or expired jobs again, now, with a fresh budget of attempts."""
    _each(ctx, ids, lambda conn, id: db.run(conn, calls.redrive(id)) or "ready", output)


@job.command()
def reschedule(
    ctx: typer.Context,
    ids: Ids,
    at: Annotated[str | None, typer.Option(help="Run at: 2026-01-31T09:00:00Z.")] = None,
    delay: Annotated[str | None, typer.Option(help="Run after 90s, 5m, 1h30m, from now.")] = None,
    priority: Annotated[int | None, typer.Option(help="-100..100, higher runs first.")] = None,
    queue: Annotated[str | None, typer.Option(help="Move it to this queue.")] = None,
    output: Output = Format.table,
) -> None:
    """Move waiting jobs to another time, priority or queue; what is not given stays as it is."""
    if (at, delay, priority, queue) == (None, None, None, None):
        raise InvalidValue("nothing to change", hint="give --at, --delay, --priority or --queue")
    if at is not None and delay is not None:
        raise InvalidValue("give either --at or --delay, not both")
    due_at = read_time("--at", at)
    delay_s = read_duration("--delay", delay)

    def move(conn: psycopg.Connection[Any], id: int) -> str | None:
        due = due_at if delay_s is None else db.run(conn, calls.due_in(delay_s))
        db.run(conn, calls.reschedule(id, due, priority, queue))
        return db.run(conn, calls.job_state(id))

    _each(ctx, ids, move, output)


def _each(
    ctx: typer.Context,
    ids: list[int],
    change: Callable[[psycopg.Connection[Any], int], str | None],
    format: Format,
) -> None:
    """Change each job in a transaction of its own; what one refuses does not stop the others."""
    done: list[dict[str, Any]] = []
    exit_code = 0
    with connected(ctx) as conn:
        for id in ids:
            try:
                done.append({"id": id, "state": change(conn, id)})
            except PgschedError as error:
                exit_code = report(error)
    if format is not Format.table:
        print_rows(done, (), format)
    for each in done if format is Format.table else ():
        print(each["id"], each["state"])
    if exit_code:
        raise typer.Exit(exit_code)
