"""The commands `queue ...` and `task ...`."""

from __future__ import annotations

from typing import Annotated

import typer

from pgsched import calls, db, observe
from pgsched.cli.output import Format, Output, print_done, print_rows
from pgsched.cli.session import ask, connected
from pgsched.cli.stat_views import QUEUE, TASK

queue = typer.Typer(help="Look at queues; pause and resume them.")
task = typer.Typer(help="Look at tasks; pause and resume them.")

Name = Annotated[str, typer.Argument(metavar="NAME")]


@queue.command("list")
def list_queues(ctx: typer.Context, output: Output = Format.table) -> None:
    """Every queue: what waits (10000+ is more than that), runs and is dead, and its pace."""
    with connected(ctx) as conn:
        rows = ask(conn, observe.queues())
    print_rows(rows, QUEUE, output, empty="no queue has had a job")


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


@task.command("list")
def list_tasks(ctx: typer.Context, output: Output = Format.table) -> None:
    """Every task: its policy, what runs and is dead, who knows it, and its pace."""
    with connected(ctx) as conn:
        rows = ask(conn, observe.tasks())
    print_rows(rows, TASK, output, empty="no task is known: a worker declares its own at its start")


@task.command("pause")
def pause_task(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """Hold the jobs of a task; what runs, goes on."""
    with connected(ctx) as conn:
        db.run(conn, calls.pause_task(name))
    print_done({"task": name, "paused": True}, f"task {name} is paused", output)


@task.command("resume")
def resume_task(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """Let the jobs of a task run again."""
    with connected(ctx) as conn:
        ready = db.run(conn, calls.resume_task(name))
    words = f"task {name} is not paused; {ready} jobs that waited are ready"
    print_done({"task": name, "paused": False, "ready": ready}, words, output)
