"""The commands `schedule ...`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from pgsched import calls, db, moves, observe, time, timetable
from pgsched.cli.moved import Dry, print_change
from pgsched.cli.output import Column, Format, Output, declared, print_done, print_rows
from pgsched.cli.session import ask, connected
from pgsched.cli.values import read_labels, read_object, read_time
from pgsched.errors import ScheduleNotFound

schedule = typer.Typer(help="Make, change and look at schedules: jobs that come by the clock.")

Name = Annotated[str, typer.Argument(metavar="NAME")]
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

Cron = Annotated[str | None, typer.Option(help="5 fields, 6 with seconds first, or @daily ...")]
Rrule = Annotated[str | None, typer.Option(help="RFC 5545: FREQ=MONTHLY;BYDAY=-1FR")]
Every = Annotated[str | None, typer.Option(help="'15 minutes', 'day at 18:00', 'mon, fri at 9:00'")]
At = Annotated[str | None, typer.Option(help="Once: 2026-12-31T18:00, local in --timezone.")]
After = Annotated[str | None, typer.Option(help="Once, after this long: '90 minutes'.")]
Business = Annotated[str | None, typer.Option(help="'last business day of month at 18:00'")]
Zone = Annotated[str | None, typer.Option(help="Name of a time zone. [UTC]")]
Calendar = Annotated[str | None, typer.Option(help="Business calendar: 'nyse and not company'.")]
Roll = Annotated[str | None, typer.Option(help="skip, following, preceding, modified_following.")]
Args = Annotated[str | None, typer.Option(help='JSON object; "$nominal" is the slot\'s time.')]
Policy = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="COLUMN=VALUE",
        help="Any other column of pgsched.schedule; nothing after = takes it away.",
    ),
]


@schedule.command("list")
def list_schedules(ctx: typer.Context, output: Output = Format.table) -> None:
    """Every schedule: its rule in words, when it fires next, and what is wrong with it."""
    with connected(ctx) as conn:
        rows = ask(conn, observe.schedules())
    print_rows(rows, _LIST, output, empty="there is no schedule")


@schedule.command("show")
def show_schedule(
    ctx: typer.Context,
    name: Name,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 20,
    output: Output = Format.table,
) -> None:
    """What it is, and its slots, newest first: planned, fired, skipped or missed, with why."""
    with connected(ctx) as conn:
        found = ask(conn, observe.schedules(name))
        rows = ask(conn, observe.slots(name, limit))
    if not found:
        raise ScheduleNotFound(f"schedule {name!r} does not exist", hint="see pgsched.schedule")
    if output is Format.table:
        print_rows(found, _LIST, output)
        print()
    print_rows(rows, _SLOTS, output, empty="no slot is planned yet")


@schedule.command("add")
def add_schedule(
    ctx: typer.Context,
    name: Name,
    task: Annotated[str, typer.Argument(metavar="TASK")],
    cron: Cron = None,
    rrule: Rrule = None,
    every: Every = None,
    at: At = None,
    after: After = None,
    business: Business = None,
    timezone: Zone = None,
    calendar: Calendar = None,
    roll: Roll = None,
    args: Args = None,
    policy: Policy = None,
    output: Output = Format.table,
) -> None:
    """Make a schedule, with exactly one rule."""
    given = _columns(cron, rrule, every, at, after, business, timezone, calendar, roll, args)
    if at is not None:
        given["at"] = _instant(at, timezone or "UTC")
    with connected(ctx) as conn:
        timetable.add(conn, name, task, given | _policy(policy))
    print_done({"schedule": name, "task": task}, f"schedule {name} is made", output)


@schedule.command("change")
def change_schedule(
    ctx: typer.Context,
    name: Name,
    version: Annotated[int | None, typer.Option(help="Only if it still has this one.")] = None,
    cron: Cron = None,
    rrule: Rrule = None,
    every: Every = None,
    at: At = None,
    after: After = None,
    business: Business = None,
    timezone: Zone = None,
    calendar: Calendar = None,
    roll: Roll = None,
    args: Args = None,
    policy: Policy = None,
    dry_run: Dry = False,
    output: Output = Format.table,
) -> None:
    """Change what is given of a schedule; a rule replaces the one it has. Says which runs move."""
    given = _columns(cron, rrule, every, at, after, business, timezone, calendar, roll, args)
    with connected(ctx) as conn, moves.moves(conn, [name], dry_run=dry_run) as moved:
        if at is not None:
            given["at"] = _instant(at, timezone or db.run(conn, calls.schedule(name)).timezone)
        version = timetable.change(conn, name, given | _policy(policy), version)
    answer = {"schedule": name, "version": version}
    print_change(answer, f"schedule {name} has version {version}", moved, output, dry_run=dry_run)


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


@schedule.command("restore")
def restore_schedule(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """Let it be as code declares it, whatever was changed or removed since."""
    with connected(ctx) as conn:
        db.run(conn, calls.restore_declared("schedule", name))
    print_done({"schedule": name, "restored": True}, f"{name} is as code declares it", output)


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


def _columns(*given: str | None) -> dict[str, Any]:
    names = (
        "cron", "rrule", "every", "at", "after", "business", "timezone", "calendar", "roll", "args",
    )  # fmt: skip
    columns: dict[str, Any] = {
        name: value for name, value in zip(names, given, strict=True) if value is not None
    }
    if "args" in columns:
        columns["args"] = dict(read_object("--args", columns["args"]))
    return columns


def _instant(at: str, timezone: str) -> datetime:
    """What is local in the zone unless it says otherwise, as every `at` is."""
    begin = datetime.min.replace(tzinfo=UTC)
    return next(time.parse("at", at, timezone).after(begin)).moment


def _policy(pairs: list[str] | None) -> dict[str, Any]:
    given = read_labels(pairs or [], option="--set") or {}
    times = {
        name: read_time(f"--set {name}", given[name])
        for name in ("starts_at", "ends_at")
        if given.get(name)
    }
    # nothing takes a column's value away
    return {name: text or None for name, text in given.items()} | times
