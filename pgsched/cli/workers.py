"""The commands `worker` and `worker list`."""

from __future__ import annotations

from typing import Annotated

import typer

from pgsched import observe
from pgsched.cli.output import Format, Output, print_rows
from pgsched.cli.session import ask, connected, dsn
from pgsched.cli.stat_views import WORKER
from pgsched.cli.values import read_duration
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
Processes = Annotated[int | None, typer.Option(help="Child processes, 1..256. [PGSCHED_PROCESSES]")]
Lease = Annotated[
    str | None, typer.Option(help="Without a heartbeat it is dead, 1s..1h. [PGSCHED_LEASE_S]")
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
    app: App = None,
    handlers: Handlers = None,
    queues: Queues = None,
    concurrency: Concurrency = None,
    processes: Processes = None,
    lease: Lease = None,
    poll: Annotated[
        str | None, typer.Option(help="Looks for jobs even if not told. [PGSCHED_POLL_S]")
    ] = None,
    grace: Annotated[
        str | None, typer.Option(help="For running jobs after SIGTERM. [PGSCHED_GRACE_S]")
    ] = None,
    drain: Drain = False,
    max_seconds: MaxSeconds = None,
    pooler: Annotated[
        str | None, typer.Option(help="Transaction pooler: auto, true, false. [PGSCHED_POOLER]")
    ] = None,
    result_bytes_max: Annotated[
        int | None, typer.Option(help="A larger result fails its job. [PGSCHED_RESULT_BYTES_MAX]")
    ] = None,
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
        dsn=dsn(ctx) or None,
        app=app,
        handlers=handlers,
        queues=queues,
        concurrency=concurrency,
        processes=processes,
        lease_s=read_duration("--lease", lease),
        poll_s=read_duration("--poll", poll),
        grace_s=read_duration("--grace", grace),
        max_seconds=read_duration("--max-seconds", max_seconds),
        pooler=pooler,
        result_bytes_max=result_bytes_max,
        log_format=log_format,
        log_level=log_level,
    )
    raise typer.Exit(start(settings, drain=drain))


def start(settings: Settings, *, drain: bool) -> int:
    """Run a worker in this process until it ends; returns its exit code."""
    from pgsched.worker import run  # imports asyncio and uvloop, which no other command needs

    return run(settings, drain=drain)


@worker.command("list")
def list_workers(ctx: typer.Context, output: Output = Format.table) -> None:
    """Every worker process: whether it lives, what it runs, how long its lease lasts."""
    with connected(ctx) as conn:
        rows = ask(conn, observe.workers())
    print_rows(rows, WORKER, output, empty="no worker is registered")
