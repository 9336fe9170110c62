"""`pgsched demo --events`: a table is watched, a schedule fires each second, a year is foreseen."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from textwrap import indent
from typing import TypeVar
from zoneinfo import ZoneInfo

from pgsched import calendars, calls, db, timetable
from pgsched.errors import PgschedError

from . import orders, shop
from .report import Check, plain_table, show_checks
from .stage import Stage, Worker, staged, working
from .store import Connection
from .us_holidays import us_holidays

T = TypeVar("T")
TOTALS = (120, 40, 250, 99, 100, 180, 75, 310)
"""The orders, one a second."""
_WAIT_S, _LOOK_S = 30.0, 0.02
_DECLARED = f"""\
@task(on={{"type": "{shop.CREATED}",
          "filter": "$.data.new.total >= {shop.LEAST}",
          "args": {{"order": "$.data.new.id"}}}})
def invoice(ctx: Context, order: int) -> None: ...

@task(schedule={{"every": "1 second", "args": {{"nominal": "$nominal"}}}})
def beat(ctx: Context, nominal: str) -> None: ..."""


def run(dsn: str | None, folder: Path | None) -> int:
    """Do it all; 0 if everything is as it should be, else 1."""
    with staged(dsn, folder) as stage:
        conn = stage.conn
        since = orders.make_tables(conn)
        _clear(conn, since)
        years = range(since.year, since.year + 3)
        calendars.put(conn, "demo-us", holidays=us_holidays(years), years=years)
        try:
            with working(
                stage,
                "pgsched.demo.shop",
                shop.QUEUE,
                concurrency=shop.CONCURRENCY,
                for_s=len(TOTALS) + 2 * _WAIT_S,
            ) as worker:
                _show(stage, "Rows of a table become events", orders.WATCH)
                _show(stage, "Events and the clock start tasks", _DECLARED)
                _live(stage, worker)
                _forecast(stage)
                _end_schedules(conn)
                _wait(worker, lambda: len(orders.beats(conn)) >= len(orders.fired(conn, since)))
            checks = _checks(conn, since)
        except BaseException:
            with suppress(Exception):  # what went wrong matters more
                _clear(conn, since)
            raise
        _clear(conn, since)
        stage.console.print("\n[bold]Made, against what there should be[/]\n")
        stage.console.print(show_checks(checks))
        wrong = [check.what for check in checks if not check.ok]
        if wrong:
            stage.console.print(f"\n[bold red]DIFFERS[/]: {', '.join(wrong)}")
        else:
            stage.console.print("\n[bold green]OK[/]: everything happened exactly once.")
        return 1 if wrong else 0


def _end_schedules(conn: Connection) -> None:
    """What the worker declared; else the clock would go on making jobs that nobody runs."""
    for kind in ("schedule", "subscription"):
        db.run(conn, calls.retire_declarations(kind, shop.TASKS, []))


def _clear(conn: Connection, since: datetime) -> None:
    _end_schedules(conn)
    db.run(conn, calls.remove_calendar("demo-us"))
    orders.cancel_rest(conn, since)


def _show(stage: Stage, title: str, text: str) -> None:
    stage.console.print(f"\n[bold]{title}[/]\n")
    stage.console.print(indent(text, "  "), style="cyan", markup=False)


def _live(stage: Stage, worker: Worker) -> None:
    """An order a second, what comes of each, and what the clock does meanwhile."""
    conn, told = stage.conn, 0
    stage.console.print("\n[bold]What happens[/]\n")
    _wait(worker, lambda: orders.beats(conn))
    for number, total in enumerate(TOTALS, 1):
        ends = time.monotonic() + 1
        orders.insert(conn, number, total)
        what = f"order {number} of ${total}"
        if total < shop.LEAST:
            came = "[dim]the filter leaves it out: no job[/]"
        else:
            made = _wait(worker, lambda number=number: orders.invoice_of(conn, number))
            came = f"job {made.job_id}: invoice after {made.after_ms:.0f} ms"
        stage.console.print(f"  [cyan]row[/]    {what:<18} {came}")
        while time.monotonic() < ends:
            for beat in orders.beats(conn)[told:]:
                told += 1
                what = f"beat of {beat.nominal.astimezone():%H:%M:%S}"
                came = f"job {beat.job_id}: ran {beat.after_ms:.0f} ms after its time"
                stage.console.print(f"  [magenta]clock[/]  {what:<18} {came}")
            time.sleep(_LOOK_S)


def _wait(worker: Worker, look: Callable[[], T | None]) -> T:
    """What `look` finds, as soon as it does."""
    ends = time.monotonic() + _WAIT_S
    while not (found := look()):
        worker.require_alive()
        if time.monotonic() > ends:
            raise PgschedError(f"nothing came of it within {_WAIT_S:g} s")
        time.sleep(_LOOK_S)
    return found


def _forecast(stage: Stage) -> None:
    zone = ZoneInfo("America/New_York")
    stage.console.print("\n[bold]Last business day of the month, 18:00 in New York[/]")
    stage.console.print("with the federal holidays of the US: the next twelve\n")
    table = plain_table("in New York", "in UTC", "why that day")
    for each in timetable.forecast(stage.conn, shop.TASKS[2], 12):
        why = "; ".join(note.text for note in each.notes) or "[dim]the last day of the month[/]"
        here = each.due_at.astimezone(zone)
        table.add_row(f"{here:%a %d %b %Y %H:%M}", f"{each.due_at:%H:%M}", why)
    table.columns[2].justify = "left"
    stage.console.print(table)


def _checks(conn: Connection, since: datetime) -> list[Check]:
    made, beats, fired = orders.counts(conn, since), orders.beats(conn), orders.fired(conn, since)
    wanted = sum(total >= shop.LEAST for total in TOTALS)
    seconds = round((fired[-1] - fired[0]).total_seconds()) + 1 if fired else 0
    return [
        Check("events of orders", f"{made['events']}", f"{len(TOTALS)}"),
        Check("orders invoiced", f"{made['invoiced']}", f"{wanted}"),
        Check("invoices", f"{made['invoices']}", f"{wanted}"),
        Check("seconds that fired", f"{len(fired)}", f"{seconds}"),
        Check("beats", f"{len(beats)}", f"{seconds}"),
        Check("beats, each second once", f"{len({each.nominal for each in beats})}", f"{seconds}"),
    ]
