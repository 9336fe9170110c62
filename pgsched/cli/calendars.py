"""The commands `calendar ...`."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from pgsched import calendars, calls, db, observe
from pgsched.calendars import Changed, moving
from pgsched.cli.changes import add_history
from pgsched.cli.moved import Dry, print_change
from pgsched.cli.output import Column, Format, Output, print_done, print_rows
from pgsched.cli.session import ask, connected
from pgsched.cli.values import WEEKDAYS, Name, read_day, read_file, read_weekend, read_years
from pgsched.errors import InvalidValue
from pgsched.observe import Record
from pgsched.time import Calendar, combined, from_holidays, from_ical

calendar = typer.Typer(help="Keep business calendars; see which coming runs a change moves.")

Weekend = Annotated[str | None, typer.Option(help="Days of the weekend: sat,sun; fri; none.")]
About = Annotated[str | None, typer.Option(help="What it is.")]

_LIST = (
    Column("name", "name"),
    Column("weekend", lambda row: _weekend(row["weekend"])),
    Column("holidays", lambda row: str(row["holidays"] or 0), "right"),
    Column("first", lambda row: str(row["first_day"] or "")),
    Column("last", lambda row: str(row["last_day"] or "")),
    Column("version", "version", "right"),
    Column("about", "about", grow=True),
)
_CLOSED = (
    Column("day", "day"),
    Column("", lambda row: f"{row['day']:%a}"),
    Column("closed for", "name", grow=True),
)


@calendar.command("list")
def list_calendars(ctx: typer.Context, output: Output = Format.table) -> None:
    """Every calendar: its weekend, and how far its holidays reach."""
    with connected(ctx) as conn:
        rows = ask(conn, observe.calendars().all)
    print_rows(rows, _LIST, output, empty="there is no calendar")


@calendar.command("show")
def show_calendar(
    ctx: typer.Context,
    expression: Annotated[str, typer.Argument(help="A name, or 'nyse and not company'.")],
    years: Annotated[str | None, typer.Option(help="2026, or 2026..2028. [this and next]")] = None,
    output: Output = Format.table,
) -> None:
    """The days that are closed for a reason other than the weekend."""
    span = read_years("--years", years)
    with connected(ctx) as conn:
        known = ask(conn, calls.calendars())
    days = combined(expression, {name: Calendar(name, *facts) for name, facts in known.items()})
    rows: list[Record] = []
    day = date(span[0], 1, 1)
    while day.year in span:
        closed = days.closed(day)
        if closed is not None and closed.code == "holiday":
            rows.append({"day": day, "name": closed.text})
        day += timedelta(days=1)
    print_rows(rows, _CLOSED, output, empty="no day is closed but the weekend")


@calendar.command("add")
def add_calendar(
    ctx: typer.Context,
    name: Name,
    weekend: Weekend = None,
    about: About = None,
    output: Output = Format.table,
) -> None:
    """Make a calendar without holidays: `import` and `holiday` bring them."""
    with connected(ctx) as conn, conn.transaction():
        if name in db.run(conn, calls.calendars()):
            raise InvalidValue(f"calendar {name} exists already", hint="change changes it")
        calendars.put(conn, name, weekend=read_weekend("--weekend", weekend), about=about)
    print_done({"calendar": name}, f"calendar {name} is made", output)


@calendar.command("change")
def change_calendar(
    ctx: typer.Context,
    name: Name,
    weekend: Weekend = None,
    about: About = None,
    dry_run: Dry = False,
    output: Output = Format.table,
) -> None:
    """Change its weekend, or what is said about it."""
    with connected(ctx) as conn, moving(conn, name, dry_run=dry_run) as moved:
        calendars.require(conn, name)
        days = read_weekend("--weekend", weekend)
        version = calendars.put(conn, name, weekend=days, about=about).version
    words = f"calendar {name} is at version {version}"
    print_change({"calendar": name, "version": version}, words, moved, output, dry_run=dry_run)


@calendar.command("holiday")
def holiday(
    ctx: typer.Context,
    name: Name,
    day: Annotated[str, typer.Argument(metavar="DAY", help="2026-12-24")],
    title: Annotated[str, typer.Argument(help="What is celebrated.")] = "holiday",
    remove: Annotated[bool, typer.Option("--remove", help="It is a business day.")] = False,
    dry_run: Dry = False,
    output: Output = Format.table,
) -> None:
    """Make a day a holiday, or with --remove none."""
    when = read_day("DAY", day)
    with connected(ctx) as conn, moving(conn, name, dry_run=dry_run) as moved:
        before = calendars.require(conn, name).holidays
        if remove:
            gone = db.run(conn, calls.remove_holidays(name, [when]))
            version = db.run(conn, calls.calendar_version(name))
            changed = Changed(version, {}, {each: before[each] for each in gone})
        else:
            changed = calendars.put(conn, name, holidays={when: title}, keep=True)
    print_change(_answer(name, changed), _words(changed), moved, output, dry_run=dry_run)


@calendar.command("import")
def import_calendar(
    ctx: typer.Context,
    name: Name,
    years: Annotated[str | None, typer.Option(help="2026, or 2026..2030. [this and next]")] = None,
    country: Annotated[str | None, typer.Option(help="Its public holidays: US, DE.")] = None,
    subdivision: Annotated[str | None, typer.Option(help="Of the country: NY, BY.")] = None,
    market: Annotated[str | None, typer.Option(help="Days it is closed: NYSE, ECB.")] = None,
    ical: Annotated[
        Path | None, typer.Option(help="All-day events of an iCal file; - is stdin.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep other holidays it has.")] = False,
    dry_run: Dry = False,
    output: Output = Format.table,
) -> None:
    """Let its holidays of some years be those of a country, a market or a file."""
    if sum(each is not None for each in (country, market, ical)) != 1:
        raise InvalidValue("give one of --country, --market and --ical")
    span = read_years("--years", years)
    if ical is not None:
        found = from_ical(name, read_file("--ical", ical), years=span)
    else:
        found = from_holidays(name, country or market or "", years=span, subdivision=subdivision)
    with connected(ctx) as conn, moving(conn, name, dry_run=dry_run) as moved:
        days = None if ical else found.weekend
        changed = calendars.put(
            conn, name, weekend=days, holidays=found.holidays, years=span, keep=keep
        )
    print_change(_answer(name, changed), _words(changed), moved, output, dry_run=dry_run)


@calendar.command("remove")
def remove_calendar(
    ctx: typer.Context,
    name: Name,
    force: Annotated[
        bool, typer.Option("--force", help="Though schedules heed it: they will fire no more.")
    ] = False,
    dry_run: Dry = False,
    output: Output = Format.table,
) -> None:
    """Remove a calendar that no schedule heeds, with its holidays."""
    with connected(ctx) as conn, moving(conn, name, dry_run=dry_run) as moved:
        calendars.remove(conn, name, force=force)
    words = f"calendar {name} is removed"
    print_change({"calendar": name, "removed": True}, words, moved, output, dry_run=dry_run)


add_history(calendar, observe.calendar_versions, "there never was a calendar {name}")


@calendar.command("restore")
def restore_calendar(
    ctx: typer.Context,
    name: Name,
    version: Annotated[int, typer.Option(help="As `history` numbers them.")],
    dry_run: Dry = False,
    output: Output = Format.table,
) -> None:
    """Let it be as it was at a version; that makes a new one. Says which runs move."""
    with connected(ctx) as conn, moving(conn, name, dry_run=dry_run) as moved:
        now = db.run(conn, calls.restore_calendar(name, version))
    words = f"calendar {name} is at version {now}, as it was at version {version}"
    print_change({"calendar": name, "version": now}, words, moved, output, dry_run=dry_run)


def _words(changed: Changed) -> str:
    return f"{len(changed.added)} days added, {len(changed.removed)} removed"


def _answer(name: str, changed: Changed) -> dict[str, Any]:
    return {
        "calendar": name,
        "added": {str(day): title for day, title in changed.added.items()},
        "removed": {str(day): title for day, title in changed.removed.items()},
    }


def _weekend(days: list[int]) -> str:
    return ",".join(WEEKDAYS[day - 1] for day in days) or "none"
