"""The commands `dead ...` and `upcoming`."""

from __future__ import annotations

from typing import Annotated

import typer

from pgsched import calls, db, observe
from pgsched.cli.job_views import DEAD, UPCOMING
from pgsched.cli.jobs import Limit, Queue, Task
from pgsched.cli.output import Format, Output, print_done, print_rows
from pgsched.cli.session import ask, connected
from pgsched.cli.values import read_ago
from pgsched.errors import InvalidValue

dead = typer.Typer(help="Jobs that ended dead: out of attempts, or told not to retry.")


@dead.command("list")
def list_dead(
    ctx: typer.Context,
    queue: Queue = None,
    task: Task = None,
    limit: Limit = 20,
    output: Output = Format.table,
) -> None:
    """Dead jobs, the last first."""
    with connected(ctx) as conn:
        rows = ask(conn, observe.dead_letters(queue=queue, task=task).page(limit))
    print_rows(rows, DEAD, output, empty="no job is dead")


@dead.command()
def redrive(
    ctx: typer.Context,
    queue: Queue = None,
    task: Task = None,
    since: Annotated[str | None, typer.Option(help="Dead since: 2h, or a time.")] = None,
    until: Annotated[str | None, typer.Option(help="Dead before: 2h, or a time.")] = None,
    error_like: Annotated[
        str | None, typer.Option(help="Its error is LIKE this: '%refused%'.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many; default all.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Needed where no filter is given.")] = False,
    output: Output = Format.table,
) -> None:
    """Run dead jobs again, oldest first, with a fresh budget of attempts; print how many."""
    if all_ == any(each is not None for each in (queue, task, since, until, error_like)):
        raise InvalidValue("give a filter, or --all", hint="--queue, --task, --error-like, --since")
    after, before = read_ago("--since", since), read_ago("--until", until)
    count, step = 0, 1000
    with connected(ctx) as conn:
        before = before or db.run(conn, calls.due_in(0))  # what dies meanwhile is left alone
        while limit is None or count < limit:
            asked = step if limit is None else min(step, limit - count)
            moved = db.run(conn, calls.redrive_many(queue, task, after, before, error_like, asked))
            count += moved
            if moved < asked:
                break
    print_done({"redriven": count}, f"{count} redriven", output)


def upcoming(
    ctx: typer.Context,
    queue: Queue = None,
    task: Task = None,
    limit: Limit = 20,
    output: Output = Format.table,
) -> None:
    """Scheduled jobs, soonest first: of the next 100 of each priority of each queue."""
    with connected(ctx) as conn:
        rows = ask(conn, observe.upcoming(queue=queue, task=task, limit=limit))
    print_rows(rows, UPCOMING, output, empty="nothing is scheduled")
