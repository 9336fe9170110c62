"""The commands `migrate`, `doctor`, `dev` and `demo`."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from pgsched import db, doctor, schema
from pgsched.cli import workers
from pgsched.cli.api import serving_beside
from pgsched.cli.failure import FAILED, shown_dsn
from pgsched.cli.output import Column, Format, Output, console, print_rows, table
from pgsched.cli.session import connected, dsn
from pgsched.cli.values import read_duration
from pgsched.embedded import EmbeddedPostgres
from pgsched.handlers import HARMLESS
from pgsched.settings import Settings

_CHECKS = (Column("is", "level"), Column("what", "name"), Column("found", "found", grow=True))


def migrate(
    ctx: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the SQL, change nothing.")
    ] = False,
) -> None:
    """Bring the database's schema `pgsched` to this version, in one transaction."""
    with connected(ctx) as conn:
        if dry_run:
            print(schema.plan(conn) or "-- nothing to do")
            return
        applied = schema.migrate(conn)
    for name in applied:
        print("applied", name)
    if not applied:
        print("nothing to do: the schema is up to date")


def check(ctx: typer.Context, output: Output = Format.table) -> None:
    """Look for what may trouble the scheduler, and say what to do. Exit 1 if something fails."""
    checks = doctor.examine(dsn(ctx))
    if output is Format.table:
        terminal = console()
        terminal.print(table([asdict(each) for each in checks], _CHECKS))
        terminal.print()
        for each in checks:
            if each.advice:
                terminal.print(f"{each.name}: {each.advice}", markup=False, soft_wrap=True)
    else:
        print_rows([asdict(each) for each in checks], _CHECKS, output)
    if any(each.level == "fail" for each in checks):
        raise typer.Exit(FAILED)


def dev(
    ctx: typer.Context,
    app: workers.App = None,
    handlers: workers.Handlers = None,
    queues: workers.Queues = None,
    concurrency: workers.Concurrency = None,
    processes: workers.Processes = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where Postgres lives. [default: .pgsched/pg18]")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Also listen on 127.0.0.1, with a password.")
    ] = None,
    api_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Of the HTTP API. [default: 8000, or free]")
    ] = None,
    drain: workers.Drain = False,
    max_seconds: workers.MaxSeconds = None,
    log_format: workers.LogFormat = None,
    log_level: workers.LogLevel = None,
) -> None:
    """Postgres, schema, API and worker, until Ctrl-C; with a DSN given, on that database."""
    given = dsn(ctx)
    settings = Settings.from_env(
        {name: value for name, value in os.environ.items() if name != "PGSCHED_API"},
        dsn=given or None,
        app=app,
        handlers=os.environ.get("PGSCHED_HANDLERS", HARMLESS) if handlers is None else handlers,
        queues=queues,
        concurrency=concurrency,
        processes=processes,
        max_seconds=read_duration("--max-seconds", max_seconds),
        log_format=log_format,
        log_level=log_level,
    )
    if given:
        code = _develop(settings, shown_dsn(given), api_port, drain=drain)
    else:
        with EmbeddedPostgres(folder, port=port) as server:
            settings = replace(settings, dsn=server.dsn)
            if server.tcp_dsn:
                told = shown_dsn(server.tcp_dsn)
                print(f"tcp       '{told}', its password is in {server.folder / 'password'}")
            code = _develop(settings, server.dsn, api_port, drain=drain)
    raise typer.Exit(code)


def _develop(settings: Settings, told: str, api_port: int | None, *, drain: bool) -> int:
    with db.connect(settings.dsn or "", application_name="pgsched dev") as conn:
        applied = schema.migrate(conn)
    print(f"schema    {f'{len(applied)} scripts applied' if applied else 'up to date'}")
    print(f"database  PGSCHED_DSN='{told}'")
    print(f"psql      psql '{told}'")
    with serving_beside(settings, api_port) as url:
        print(f"api       {url}/docs")
        print("worker    at work; Ctrl-C ends it all", flush=True)
        return workers.start(settings, drain=drain)


def demo(
    ctx: typer.Context,
    folder: Annotated[
        Path | None, typer.Option(help="Where Postgres lives. [default: a temporary folder]")
    ] = None,
    events: Annotated[
        bool, typer.Option("--events", help="Jobs by the clock and by rows of a table instead.")
    ] = False,
) -> None:
    """Run the main job on real files: enqueue by plain SQL, work, and check the totals."""
    from pgsched.demo import main  # starts a server and reads the standard library: not for others

    raise typer.Exit(main(dsn(ctx) or None, folder, events=events))
