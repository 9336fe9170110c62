"""The command `enqueue`."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from pgsched import calls, db, observe
from pgsched.cli.failure import FAILED
from pgsched.cli.output import Format, Output, print_done, print_object
from pgsched.cli.session import connected, dsn
from pgsched.cli.values import read_duration, read_labels, read_object, read_time
from pgsched.client import Scheduler
from pgsched.errors import InvalidValue, JobFailed, ResultTimeout
from pgsched.options import JobOptions

_PATIENCE_S = 5.0


def enqueue(
    ctx: typer.Context,
    task: Annotated[str, typer.Argument(help="Name of the task.")],
    args: Annotated[str, typer.Argument(help="A JSON object; - reads it from stdin.")] = "{}",
    priority: Annotated[int | None, typer.Option(help="-100..100, higher runs first.")] = None,
    delay: Annotated[str | None, typer.Option(help="Run after 90s, 5m, 1h30m, 2d.")] = None,
    at: Annotated[str | None, typer.Option(help="Run at: 2026-01-31T09:00:00Z.")] = None,
    queue: Annotated[str | None, typer.Option(help="Instead of the task's own.")] = None,
    max_attempts: Annotated[int | None, typer.Option(help="1..1000.")] = None,
    timeout: Annotated[str | None, typer.Option(help="Time for each attempt: 30s.")] = None,
    key: Annotated[str | None, typer.Option(help="1 to 500 characters, kept with it.")] = None,
    label: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Print its result; exit 1 if dead.")] = False,
    wait_timeout: Annotated[str | None, typer.Option(help="Exit 1 if not ended by then.")] = None,
    output: Output = Format.table,
) -> None:
    """Make one job; print its id, or with --wait its result."""
    if wait_timeout is not None and not wait:
        raise InvalidValue("--wait-timeout needs --wait")
    options = JobOptions(
        queue=queue,
        priority=priority,
        due_at=read_time("--at", at),
        delay_s=read_duration("--delay", delay),
        max_attempts=max_attempts,
        timeout_s=read_duration("--timeout", timeout),
        key=key,
        labels=read_labels(label or []),
    )
    call = calls.enqueue(
        task, read_object("args", sys.stdin.read() if args == "-" else args), options
    )
    limit_s = read_duration("--wait-timeout", wait_timeout)
    with connected(ctx) as conn:
        id = db.run(conn, call)
    if wait:
        _wait(Scheduler(dsn(ctx)), id, limit_s, output)
    else:
        print_done({"id": id}, str(id), output)


def _wait(scheduler: Scheduler, id: int, limit_s: float | None, format: Format) -> None:
    answer: dict[str, Any] = {"id": id, "state": "succeeded", "result": None, "error": None}
    with scheduler:
        try:
            answer["result"] = _result(scheduler, id, limit_s)
        except JobFailed:
            outcome = scheduler.run(calls.outcome(id))
            answer |= {"state": outcome.state, "error": outcome.error}
            if format is Format.table:
                raise
    if format is Format.table:
        print_object({"result": answer["result"]}, Format.jsonl)
    else:
        print_object(answer, format)
    if answer["state"] != "succeeded":
        raise typer.Exit(FAILED)


def _result(scheduler: Scheduler, id: int, limit_s: float | None) -> Any:
    """Wait for the result; if it does not come soon, say why, once."""
    if limit_s is None or limit_s > _PATIENCE_S:
        try:
            return scheduler.wait(id, _PATIENCE_S)
        except ResultTimeout:
            for reason in scheduler.run(observe.explain(id))[0]["reasons"] or ():
                print(f"job {id} waits: {reason}", file=sys.stderr)
            limit_s = None if limit_s is None else limit_s - _PATIENCE_S
    return scheduler.wait(id, limit_s)
