"""The commands `worker` and `worker list`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from pgsched import observe
from pgsched.cli.output import Format, Output, print_rows
from pgsched.cli.session import ask, connected, dsn
from pgsched.cli.stat_views import WORKER, by_role
from pgsched.cli.values import read_duration, read_file
from pgsched.errors import InvalidValue
from pgsched.settings import Settings

worker = typer.Typer(help="Run jobs; or list who does.", invoke_without_command=True)

App = Annotated[
    str | None, typer.Option(help="Module that declares the @tasks it runs. [PGSCHED_APP]")
]
Handlers = Annotated[
    str | None,
    typer.Option(help="Built-in tasks it runs: 'sleep,test.*,http.webhook'. [PGSCHED_HANDLERS]"),
]
Queues = Annotated[
    str | None, typer.Option(help="Which, with weights: mail:3,default. [PGSCHED_QUEUES]")
]
Concurrency = Annotated[
    int | None, typer.Option(help="Jobs at once in each child, 1..10000. [PGSCHED_CONCURRENCY]")
]
Processes = Annotated[
    int | None,
    typer.Option(help="Child processes, 1..256; 0 with --push alone. [PGSCHED_PROCESSES]"),
]
Lease = Annotated[
    str | None, typer.Option(help="Without a heartbeat it is dead, 1s..1h. [PGSCHED_LEASE_S]")
]
Poll = Annotated[str | None, typer.Option(help="Looks for jobs even if not told. [PGSCHED_POLL_S]")]
Grace = Annotated[
    str | None, typer.Option(help="For running jobs after SIGTERM. [PGSCHED_GRACE_S]")
]
Push = Annotated[bool, typer.Option("--push", help="Send jobs to endpoints, too. [PGSCHED_PUSH]")]
Idle = Annotated[
    str | None,
    typer.Option(help="With nothing to do, leave the database alone for so long. [PGSCHED_IDLE_S]"),
]
Pooler = Annotated[
    str | None, typer.Option(help="Transaction pooler: auto, true, false. [PGSCHED_POOLER]")
]
ResultBytes = Annotated[
    int | None, typer.Option(help="A larger result fails its job. [PGSCHED_RESULT_BYTES_MAX]")
]
Api = Annotated[
    str | None,
    typer.Option(help="Address of an HTTP API to ask, in place of a database. [PGSCHED_API]"),
]
Token = Annotated[
    str | None, typer.Option(help="Its API key: @FILE, or by the variable. [PGSCHED_TOKEN]")
]
LogFormat = Annotated[str | None, typer.Option(help="human, json or auto. [PGSCHED_LOG_FORMAT]")]
LogLevel = Annotated[
    str | None, typer.Option(help="debug, info, warning or error. [PGSCHED_LOG_LEVEL]")
]
Drain = Annotated[
    bool, typer.Option("--drain", help="End when nothing is due, with a JSON line of counts.")
]
MaxSeconds = Annotated[
    str | None, typer.Option(help="End after this time: 90s, 1h. [PGSCHED_MAX_SECONDS]")
]


@worker.callback()
def run_worker(
    ctx: typer.Context,
    api: Api = None,
    token: Token = None,
    app: App = None,
    handlers: Handlers = None,
    queues: Queues = None,
    concurrency: Concurrency = None,
    processes: Processes = None,
    lease: Lease = None,
    poll: Poll = None,
    grace: Grace = None,
    push: Push = False,
    idle: Idle = None,
    drain: Drain = False,
    max_seconds: MaxSeconds = None,
    pooler: Pooler = None,
    result_bytes_max: ResultBytes = None,
    log_format: LogFormat = None,
    log_level: LogLevel = None,
) -> None:
    """
    Claim jobs and run them, until SIGTERM or Ctrl-C. With `list`: show who does.

    Times are 30, 30s, 5m or 1h.
    """
    if ctx.invoked_subcommand is not None:
        return
    settings = Settings.from_env(
        api=api,
        token=_read_token(token),
        app=app,
        handlers=handlers,
        queues=queues,
        concurrency=concurrency,
        processes=processes,
        lease_s=read_duration("--lease", lease),
        poll_s=read_duration("--poll", poll),
        grace_s=read_duration("--grace", grace),
        max_seconds=read_duration("--max-seconds", max_seconds),
        push=push or None,
        idle_s=read_duration("--idle", idle),
        pooler=pooler,
        result_bytes_max=result_bytes_max,
        log_format=log_format,
        log_level=log_level,
    )
    if not settings.api:
        settings = replace(settings, dsn=dsn(ctx) or None)
    raise typer.Exit(start(settings, drain=drain))


def _read_token(given: str | None) -> str | None:
    """The key in a file; one that is an option itself would be in every list of processes."""
    if given is None:
        return None
    if not given.startswith("@"):
        raise InvalidValue(
            "--token takes @FILE, since others see options in a list of processes",
            hint="put the key into a file, or into PGSCHED_TOKEN",
        )
    return read_file("the file of --token", given[1:]).strip()


def start(settings: Settings, *, drain: bool) -> int:
    """Run a worker in this process until it ends; returns its exit code."""
    from pgsched.worker import run  # imports asyncio and uvloop, which no other command needs

    return run(settings, drain=drain)


@worker.command("list")
def list_workers(ctx: typer.Context, output: Output = Format.table) -> None:
    """Every worker process: whether it lives, what it runs, how long its lease lasts."""
    with connected(ctx) as conn:
        rows = by_role(ask(conn, observe.workers().all))
    print_rows(rows, WORKER, output, empty="no worker is registered")
