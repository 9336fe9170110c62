"""The commands `schedule ...`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pgsched import calls, db, moves, observe, time, timetable
from pgsched.cli.changes import add_history
from pgsched.cli.moved import Dry, print_change
from pgsched.cli.output import Column, Format, Output, declared, print_done, print_rows
from pgsched.cli.schedule_options import Args, placed, takes_columns
from pgsched.cli.session import ask, connected
from pgsched.cli.values import Limit, Name, Version, read_object

schedule = typer.Typer(help="Make, change and look at schedules: jobs that come by the clock.")

_LIST = (
    Column("name", "name"),
    Column("task", "task"),
    Column("rule", lambda row: _rule(row), grow=True),
    Column("zone", "timezone"),
    Column("next", "next_at"),
    Column("runs", "runs", "right"),
    Column("declared", declared, grow=True),
    Column("problem", lambda row: "paused" if row["paused"] else row["problem"] or "", grow=True),
)
_FORECAST = (
    Column("nominal", "nominal"),
    Column("due", "due_at"),
    Column("", lambda row: "skipped" if row["skipped"] else ""),
    Column("why", "why", grow=True),
)
_SLOTS = (
    Column("nominal", "nominal"),
    Column("outcome", "outcome"),
    Column("job", lambda row: str(row["job_id"] or "")),
    Column("at", "at"),
    Column("reason", lambda row: row["reason"] or "", grow=True),
)


@schedule.command("list")
def list_schedules(ctx: typer.Context, output: Output = Format.table) -> None:
    """Every schedule: its rule, when it fires next, and what is wrong with it."""
    with connected(ctx) as conn:
        rows = ask(conn, observe.schedules().all)
    print_rows(rows, _LIST, output, empty="there is no schedule")


@schedule.command("show")
def show_schedule(
    ctx: typer.Context,
    name: Name,
    limit: Limit = 20,
    output: Output = Format.table,
) -> None:
    """What it is, and its slots, newest first: planned, fired, skipped or missed, with why."""
    with connected(ctx) as conn:
        found = ask(conn, observe.schedule(name))
        rows = ask(conn, observe.slots(name).page(limit))
    if output is Format.table:
        print_rows([found], _LIST, output)
        print()
    print_rows(rows, _SLOTS, output, empty="no slot is planned yet")


@schedule.command("add")
@takes_columns
def add_schedule(
    ctx: typer.Context,
    name: Name,
    task: Annotated[str, typer.Argument(metavar="TASK")],
    columns: dict[str, Any],
    output: Output = Format.table,
) -> None:
    """Make a schedule, with exactly one rule."""
    with connected(ctx) as conn:
        timetable.add(conn, name, task, placed(columns, "UTC"))
    print_done({"schedule": name, "task": task}, f"schedule {name} is made", output)


@schedule.command("change")
@takes_columns
def change_schedule(
    ctx: typer.Context,
    name: Name,
    columns: dict[str, Any],
    version: Version = None,
    dry_run: Dry = False,
    output: Output = Format.table,
) -> None:
    """Change what is given of a schedule; a rule replaces the one it has. Says which runs move."""
    with connected(ctx) as conn, moves.moves(conn, [name], dry_run=dry_run) as moved:
        zone = db.run(conn, calls.schedule(name)).timezone
        version = timetable.change(conn, name, placed(columns, zone), version)
    words = f"schedule {name} has version {version}"
    print_change({"schedule": name, "version": version}, words, moved, output, dry_run=dry_run)


@schedule.command("pause")
def pause_schedule(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """Let it make no jobs; what it misses is not made up for."""
    with connected(ctx) as conn:
        db.run(conn, calls.pause_schedule(name))
    print_done({"schedule": name, "paused": True}, f"schedule {name} is paused", output)


@schedule.command("resume")
def resume_schedule(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """Let it go on, from now."""
    with connected(ctx) as conn:
        db.run(conn, calls.resume_schedule(name))
    print_done({"schedule": name, "paused": False}, f"schedule {name} is not paused", output)


@schedule.command("trigger")
def trigger_schedule(
    ctx: typer.Context, name: Name, args: Args = None, output: Output = Format.table
) -> None:
    """Make its job now; its slots stay where they are."""
    with connected(ctx) as conn:
        given = read_object("--args", args) if args is not None else None
        job = db.run(conn, calls.trigger_schedule(name, given))
    print_done({"schedule": name, "id": job}, str(job), output)


@schedule.command("remove")
def remove_schedule(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """End it; what it has made stays."""
    with connected(ctx) as conn:
        db.run(conn, calls.remove_schedule(name))
    print_done({"schedule": name, "removed": True}, f"schedule {name} is removed", output)


add_history(schedule, observe.schedule_versions, "there never was a schedule {name}")


@schedule.command("restore")
def restore_schedule(
    ctx: typer.Context,
    name: Name,
    version: Annotated[int | None, typer.Option(help="As `history` numbers them.")] = None,
    output: Output = Format.table,
) -> None:
    """Let it be as code declares it, or as it was at a version, whatever was done since."""
    with connected(ctx) as conn:
        if version is None:
            db.run(conn, calls.restore_declared("schedule", name))
        else:
            db.run(conn, calls.restore_schedule(name, version))
    words = "code declares it" if version is None else f"it was at version {version}"
    print_done({"schedule": name, "restored": True}, f"{name} is as {words}", output)


@schedule.command("forecast")
def forecast(
    ctx: typer.Context,
    name: Name,
    n: Annotated[int, typer.Option("-n", min=1, max=10_000, help="How many.")] = 10,
    output: Output = Format.table,
) -> None:
    """Its next occasions, each with why it is there, moved or skipped."""
    with connected(ctx) as conn:
        found = timetable.forecast(conn, name, n)
    rows = [
        {
            "nominal": each.nominal,
            "due_at": each.due_at,
            "skipped": each.skipped,
            "why": "; ".join(note.text for note in each.notes),
        }
        for each in found
    ]
    print_rows(rows, _FORECAST, output, empty=f"schedule {name} never fires again")


@schedule.command("describe")
def describe(
    rule: Annotated[str, typer.Argument(metavar="RULE")],
    kind: Annotated[str, typer.Option(help="cron, rrule, every, at or business.")] = "cron",
    timezone: Annotated[str, typer.Option()] = "UTC",
) -> None:
    """A rule in words, without a database."""
    print(time.describe(kind, rule, timezone))


def _rule(row: observe.Record) -> str:
    return next(f"{kind} {row[kind]}" for kind in time.KINDS if row[kind] is not None)
