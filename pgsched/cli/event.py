"""The commands `event ...` and `subscription ...`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from pgsched import calls, db, observe
from pgsched.cli.output import (
    Column,
    Format,
    Output,
    declared,
    moment,
    print_done,
    print_object,
    print_rows,
)
from pgsched.cli.session import ask, connected, dsn
from pgsched.cli.values import Name, read_ago, read_duration, read_json, read_object
from pgsched.client import Scheduler
from pgsched.observe import Record

event = typer.Typer(help="Tell of events; look at them, and at the jobs that they made.")
subscription = typer.Typer(help="Say which events bring jobs of which task into being.")


def _jobs(row: Record) -> str:
    """`3`, or `3, 1 problem`."""
    problems = len(row["problems"])
    words = f", {problems} problem{'s' if problems > 1 else ''}" if problems else ""
    return f"{len(row['jobs'])}{words}"


def _delay(row: Record) -> str:
    return str(row["delay"]) if row["delay"] else ""


EVENT = (
    Column("id", "id", "right"),
    Column("time (UTC)", moment("time")),
    Column("type", "type", grow=True),
    Column("source", "source", grow=True),
    Column("subject", "subject", grow=True),
    Column("jobs", _jobs, "right"),
    Column("data", "data", grow=True),
)
SUBSCRIPTION = (
    Column("name", "name", grow=True),
    Column("events", "event_type", grow=True),
    Column("task", "task", grow=True),
    Column("known", "task_known"),
    Column("enabled", "enabled"),
    Column("filter", "filter", grow=True),
    Column("args", "args", grow=True),
    Column("delay", _delay, "right"),
    Column("declared", declared, grow=True),
)


@event.command()
def emit(
    ctx: typer.Context,
    type: Annotated[str, typer.Argument(metavar="TYPE", help="Such as order.created.")],
    data: Annotated[str, typer.Option(help="JSON; - reads it from stdin.")] = "{}",
    source: Annotated[str, typer.Option(help="Where it happened.")] = "pgsched",
    subject: Annotated[str | None, typer.Option(help="What it happened to.")] = None,
    id: Annotated[str | None, typer.Option(help="The same again makes nothing new.")] = None,
    output: Output = Format.table,
) -> None:
    """Make an event, and the jobs that come of it; print its id."""
    call = calls.emit(
        type,
        read_json("--data", sys.stdin.read() if data == "-" else data),
        source,
        subject,
        id,
        None,
    )
    with connected(ctx) as conn:
        made = db.run(conn, call)
    print_done({"id": made}, str(made), output)


@event.command("list")
def list_events(
    ctx: typer.Context,
    type: Annotated[str, typer.Option(help="A type, order.* or *.")] = "*",
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
    since: Annotated[str, typer.Option(help="2h, or a time.")] = "1d",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 20,
    output: Output = Format.table,
) -> None:
    """Events that match every filter, newest first, and how many jobs each made."""
    at = read_ago("--since", since) or datetime.now(UTC)
    with connected(ctx) as conn:
        found = observe.events(pattern=type, source=source, since=at)
        rows = ask(conn, found.page(limit))
    print_rows(rows, EVENT, output, empty="no event matches")


@event.command()
def show(
    ctx: typer.Context,
    id: Annotated[int, typer.Argument(metavar="ID")],
    output: Output = Format.table,
) -> None:
    """One event: all of it, the jobs that it made, and why others were not made."""
    with connected(ctx) as conn:
        found = ask(conn, observe.event(id))
    print_object(found, Format.json if output is Format.table else output)


@event.command()
def replay(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="SUBSCRIPTION")],
    since: Annotated[str, typer.Option(help="Events since: 2h, or a time.")],
    until: Annotated[str | None, typer.Option(help="And before. [now]")] = None,
    output: Output = Format.table,
) -> None:
    """Make the jobs that a subscription has not made of past events; safe to repeat."""
    start = read_ago("--since", since) or datetime.now(UTC)
    with connected(ctx) as conn:
        events = Scheduler(dsn(ctx)).events
        made = events.replay(name, start, read_ago("--until", until), conn=conn)
    print_done({"subscription": name, "jobs": made}, f"{made} jobs made", output)


@subscription.command("list")
def list_subscriptions(ctx: typer.Context, output: Output = Format.table) -> None:
    """Every subscription, and whether its task is known."""
    with connected(ctx) as conn:
        rows = ask(conn, observe.subscriptions().all)
    print_rows(rows, SUBSCRIPTION, output, empty="there is no subscription")


@subscription.command()
def add(
    ctx: typer.Context,
    name: Name,
    on: Annotated[str, typer.Option(help="A type of events, order.* or *.")],
    task: Annotated[str, typer.Option(help="The task whose jobs they make.")],
    filter: Annotated[str | None, typer.Option(help="JSON path: '$.data.total > 100'.")] = None,
    args: Annotated[str | None, typer.Option(help="""JSON: '{"id": "$.data.id"}'.""")] = None,
    queue: Annotated[str | None, typer.Option(help="Instead of the task's own.")] = None,
    priority: Annotated[int | None, typer.Option(help="-100..100, higher runs first.")] = None,
    delay: Annotated[str, typer.Option(help="Run after 90s, 5m, 1h30m, 2d.")] = "0",
    key: Annotated[str | None, typer.Option(help="The jobs' key; $.data.id takes it.")] = None,
    disabled: Annotated[bool, typer.Option("--disabled", help="Make no jobs yet.")] = False,
    output: Output = Format.table,
) -> None:
    """Make a subscription, or change the one of this name to be exactly so."""
    call = calls.subscribe(
        name,
        on,
        task,
        filter=filter,
        args=None if args is None else read_object("--args", args),
        queue=queue,
        priority=priority,
        delay_s=read_duration("--delay", delay) or 0,
        key=key,
        enabled=False if disabled else None,
    )
    with connected(ctx) as conn:
        version = db.run(conn, call)
    print_done(
        {"subscription": name, "version": version}, f"{name} is at version {version}", output
    )


@subscription.command()
def remove(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """End a subscription; the jobs that it made stay."""
    with connected(ctx) as conn:
        db.run(conn, calls.unsubscribe(name))
    print_done({"subscription": name, "removed": True}, f"{name} is removed", output)


@subscription.command()
def restore(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """Let it be as code declares it, whatever was changed or removed since."""
    with connected(ctx) as conn:
        db.run(conn, calls.restore_declared("subscription", name))
    print_done({"subscription": name, "restored": True}, f"{name} is as code declares it", output)


@subscription.command()
def enable(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """Let a subscription make jobs; `event replay` makes those of the meantime."""
    with connected(ctx) as conn:
        db.run(conn, calls.enable_subscription(name, True))
    print_done({"subscription": name, "enabled": True}, f"{name} is enabled", output)


@subscription.command()
def disable(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """Let a subscription make no jobs."""
    with connected(ctx) as conn:
        db.run(conn, calls.enable_subscription(name, False))
    print_done({"subscription": name, "enabled": False}, f"{name} is disabled", output)
