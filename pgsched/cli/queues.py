"""The commands `queue ...`."""

from __future__ import annotations

from typing import Annotated

import typer

from pgsched import calls, db, observe
from pgsched.cli.output import Format, Output, print_done, print_rows
from pgsched.cli.session import ask, connected
from pgsched.cli.stat_views import QUEUE
from pgsched.cli.values import Name

queue = typer.Typer(help="Look at queues; pause and resume them.")


@queue.command("list")
def list_queues(ctx: typer.Context, output: Output = Format.table) -> None:
    """Every queue: what waits (10000+ is more than that), runs and is dead, and its pace."""
    with connected(ctx) as conn:
        rows = ask(conn, observe.queues().all)
    print_rows(rows, QUEUE, output, empty="no queue has had a job")


@queue.command("backlog")
def backlog(
    ctx: typer.Context,
    name: Name,
    running: Annotated[bool, typer.Option("--running", help="And those being run.")] = False,
    output: Output = Format.table,
) -> None:
    """How many of its jobs are due and wait, up to 10,000; 0 while it is paused."""
    with connected(ctx) as conn:
        jobs = ask(conn, calls.backlog(name, running=running))
    print_done({"queue": name, "backlog": jobs}, str(jobs), output)


@queue.command("pause")
def pause_queue(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """Let nobody claim from a queue; what runs, goes on."""
    with connected(ctx) as conn:
        db.run(conn, calls.pause_queue(name))
    print_done({"queue": name, "paused": True}, f"queue {name} is paused", output)


@queue.command("resume")
def resume_queue(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """Let workers claim from a queue again."""
    with connected(ctx) as conn:
        db.run(conn, calls.resume_queue(name))
    print_done({"queue": name, "paused": False}, f"queue {name} is not paused", output)
