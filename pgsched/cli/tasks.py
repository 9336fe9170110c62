"""The commands `task ...`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pgsched import calls, db, observe
from pgsched.cli.changes import add_history, change
from pgsched.cli.output import (
    Column,
    Format,
    Output,
    print_done,
    print_object,
    print_rows,
    print_version,
)
from pgsched.cli.session import ask, connected
from pgsched.cli.stat_views import TASK
from pgsched.cli.values import Name, Version, read_duration, read_object
from pgsched.observe import Record

task = typer.Typer(help="Look at tasks; set their policies, pause and resume them.")

Text = Annotated[str | None, typer.Option(metavar="TEXT", help="Empty for none.")]
Json = Annotated[str | None, typer.Option(metavar="JSON", help="An object.")]

_BESIDE = ("name", "version", "paused", "overrides", "updated_at")
_POLICY = (
    Column("field", "field"),
    Column("value", "value", grow=True),
    Column("set by", "by"),
)


@task.command("list")
def list_tasks(ctx: typer.Context, output: Output = Format.table) -> None:
    """Every task: its policy, what runs and is dead, who knows it, and its pace."""
    with connected(ctx) as conn:
        rows = ask(conn, observe.tasks())
    print_rows(rows, TASK, output, empty="no task is known: a worker declares its own at its start")


@task.command("show")
def show_task(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """Its policy as it holds now, and who set each field: code or an operator."""
    with connected(ctx) as conn:
        policy = ask(conn, observe.task(name))
    if output is not Format.table:
        print_object(policy, output)
        return
    print(f"{name}, version {policy['version']}" + (", paused" if policy["paused"] else ""))
    rows = [
        {"field": field, "value": value, "by": _who(policy, field)}
        for field, value in policy.items()
        if field not in _BESIDE
    ]
    print_rows(rows, _POLICY, output)


add_history(task, observe.task_versions, "task {name} is not in the catalogue")


@task.command("set")
def set_task(
    ctx: typer.Context,
    name: Name,
    queue: Annotated[str | None, typer.Option()] = None,
    priority: Annotated[int | None, typer.Option(help="-100..100, higher first.")] = None,
    max_attempts: Annotated[int | None, typer.Option(help="1..1000.")] = None,
    retry: Json = None,
    timeout: Annotated[
        str | None, typer.Option(metavar="TIME", help="90s, 5m, 2h; none for no limit.")
    ] = None,
    isolation: Annotated[str | None, typer.Option(help="none or process.")] = None,
    endpoint: Annotated[
        str | None, typer.Option(metavar="NAME", help="Where its jobs are sent; empty for none.")
    ] = None,
    description: Text = None,
    category: Text = None,
    labels: Json = None,
    version: Version = None,
    output: Output = Format.table,
) -> None:
    """Set fields of its policy in place of what code says; that survives deploys."""
    changes: dict[str, Any] = {
        "queue": queue,
        "priority": priority,
        "max_attempts": max_attempts,
        "retry": read_object("--retry", retry) if retry is not None else None,
        "isolation": isolation,
        "labels": read_object("--labels", labels) if labels is not None else None,
    }
    changes = {field: value for field, value in changes.items() if value is not None}
    if timeout is not None:
        limit = None if timeout == "none" else read_duration("--timeout", timeout)
        changes["timeout_s"] = limit
    texts = (("description", description), ("category", category), ("endpoint", endpoint))
    changes |= {field: words or None for field, words in texts if words is not None}
    change(ctx, "task", name, changes, version, output)


@task.command("enable")
def enable(
    ctx: typer.Context, name: Name, version: Version = None, output: Output = Format.table
) -> None:
    """Let its jobs run again, also after the next deploy."""
    change(ctx, "task", name, {"enabled": True}, version, output)


@task.command("disable")
def disable(
    ctx: typer.Context, name: Name, version: Version = None, output: Output = Format.table
) -> None:
    """Hold its jobs (blocked), as a version of its policy; what runs, goes on."""
    change(ctx, "task", name, {"enabled": False}, version, output)


@task.command("reset")
def reset(
    ctx: typer.Context,
    name: Name,
    fields: Annotated[
        list[str] | None, typer.Argument(metavar="[FIELD]...", help="All if none is named.")
    ] = None,
    output: Output = Format.table,
) -> None:
    """Let what code says hold again."""
    with connected(ctx) as conn:
        version = db.run(conn, calls.reset_task(name, fields or None))
    print_version("task", name, version, output)


@task.command("pause")
def pause_task(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """Hold its jobs for a while; what runs, goes on."""
    with connected(ctx) as conn:
        db.run(conn, calls.pause_task(name))
    print_done({"task": name, "paused": True}, f"task {name} is paused", output)


@task.command("resume")
def resume_task(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """Let the jobs of a paused task run again."""
    with connected(ctx) as conn:
        ready = db.run(conn, calls.resume_task(name))
        enabled = ask(conn, observe.task(name))["enabled"]
    words = f"task {name} is not paused; {ready} jobs that waited are ready"
    if not enabled:
        words = f"task {name} is not paused, but disabled: pgsched task enable {name}"
    answer = {"task": name, "paused": False, "enabled": enabled, "ready": ready}
    print_done(answer, words, output)


def _who(policy: Record, field: str) -> str:
    return "operator" if field in policy["overrides"] else "code"
