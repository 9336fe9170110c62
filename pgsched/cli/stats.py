"""The command `stats`: all there is to see on one screen, once or again and again."""

from __future__ import annotations

import time
from typing import Annotated, Any

import psycopg
import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from pgsched import observe
from pgsched.cli.job_views import RUNNING
from pgsched.cli.output import Format, Output, console, print_object, print_rows, table
from pgsched.cli.session import ask, connected
from pgsched.cli.stat_views import QUEUE, TASK, WORKER, by_role
from pgsched.observe import Record

_RUNNING_SHOWN = 10


def stats(
    ctx: typer.Context,
    watch: Annotated[bool, typer.Option("--watch", help="Again and again, until Ctrl-C.")] = False,
    interval: Annotated[float, typer.Option(min=0.1, max=3600, help="Seconds between.")] = 2.0,
    output: Output = Format.table,
) -> None:
    """
    Queues, tasks, workers and the longest running jobs.

    As json or jsonl, an object of lists; as csv, the queues. Rates are of the last 5 minutes.
    """
    with connected(ctx) as conn:
        if not watch:
            _print(_read(conn), output)
        elif output is Format.table:
            _watch(conn, interval)
        else:
            while True:
                _print(_read(conn), output)
                time.sleep(interval)


def _read(conn: psycopg.Connection[Any]) -> dict[str, list[Record]]:
    return {
        "queues": ask(conn, observe.queues().all),
        "tasks": ask(conn, observe.tasks()),
        "workers": by_role(ask(conn, observe.workers().all)),
        "running": ask(conn, observe.running_now(limit=_RUNNING_SHOWN)),
    }


def _print(found: dict[str, list[Record]], format: Format) -> None:
    if format is Format.table:
        console().print(_screen(found))
    elif format is Format.csv:
        print_rows(found["queues"], QUEUE, format)
    else:
        print_object(found, format)


def _watch(conn: psycopg.Connection[Any], interval: float) -> None:
    terminal = console()
    with Live(_screen(_read(conn)), console=terminal, screen=terminal.is_terminal) as live:
        while True:
            time.sleep(interval)
            live.update(_screen(_read(conn)), refresh=True)


def _screen(found: dict[str, list[Record]]) -> RenderableType:
    parts: list[RenderableType] = []
    for rows, columns, title in (
        (found["queues"], QUEUE, "queues"),
        (found["tasks"], TASK, "tasks"),
        (found["workers"], WORKER, "workers"),
        (found["running"], RUNNING, "longest running"),
    ):
        if rows:
            parts += [Text()] if parts else []
            parts.append(table(rows, columns, title=title))
    return Group(*parts) if parts else Text("nothing yet: no queue, no task, no worker")
