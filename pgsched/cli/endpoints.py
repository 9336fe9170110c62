"""The commands `endpoint ...`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pgsched import calls, db, observe
from pgsched.cli.changes import change
from pgsched.cli.output import (
    Column,
    Format,
    Output,
    print_done,
    print_object,
    print_rows,
)
from pgsched.cli.session import ask, connected
from pgsched.cli.values import Name, Version, read_duration, read_labels
from pgsched.observe import Record

endpoint = typer.Typer(help="Keep HTTP endpoints, to which jobs are sent by pushers.")

Concurrency = Annotated[int | None, typer.Option(help="Jobs in its hands at once, 1..1000 [10].")]
Timeout = Annotated[str | None, typer.Option(metavar="TIME", help="For an answer [30s].")]
Lease = Annotated[
    str | None, typer.Option(metavar="TIME", help="For which it may be silent after 202 [5m].")
]
Headers = Annotated[
    list[str] | None, typer.Option("--header", metavar="NAME=VALUE", help="Of each request.")
]


def _state(row: Record) -> str:
    if row["paused"]:
        return "paused"
    return "" if row["paused_until"] is None else "held"


COLUMNS = (
    Column("endpoint", "name"),
    Column("url", "url", grow=True),
    Column("tasks", lambda row: ", ".join(row["tasks"]), grow=True),
    Column("runs", lambda row: f"{row['running']}/{row['concurrency']}", "right"),
    Column("is", _state),
    Column("until", "paused_until"),
    Column("problem", "problem", grow=True),
)


@endpoint.command("add")
def add(
    ctx: typer.Context,
    name: Name,
    url: Annotated[str, typer.Argument(metavar="URL")],
    tasks: Annotated[
        list[str] | None, typer.Option("--task", help="Whose jobs it gets; made if unknown.")
    ] = None,
    concurrency: Concurrency = None,
    timeout: Timeout = None,
    lease: Lease = None,
    headers: Headers = None,
    output: Output = Format.table,
) -> None:
    """Make an endpoint, and print the secret that signs its requests: this once."""
    given = _given(concurrency, timeout, lease, headers)
    with connected(ctx) as conn:
        secret = db.run(conn, calls.add_endpoint(name, url, tasks=tasks or (), **given))
    print_done({"endpoint": name, "secret": secret}, secret, output)


@endpoint.command("list")
def list_endpoints(ctx: typer.Context, output: Output = Format.table) -> None:
    """Every endpoint: its tasks, how many jobs it has, and whether it is paused."""
    with connected(ctx) as conn:
        rows = ask(conn, observe.endpoints().all)
    print_rows(rows, COLUMNS, output, empty="there is no endpoint")


@endpoint.command("show")
def show(ctx: typer.Context, name: Name, output: Output = Format.json) -> None:
    """An endpoint, with all its fields but secrets."""
    with connected(ctx) as conn:
        row = ask(conn, observe.endpoint(name))
    print_object(row, Format.json if output is Format.table else output)


@endpoint.command("set")
def set_endpoint(
    ctx: typer.Context,
    name: Name,
    url: Annotated[str | None, typer.Option()] = None,
    tasks: Annotated[
        list[str] | None, typer.Option("--task", help="All of them: others go back to workers.")
    ] = None,
    concurrency: Concurrency = None,
    timeout: Timeout = None,
    lease: Lease = None,
    headers: Headers = None,
    version: Version = None,
    output: Output = Format.table,
) -> None:
    """Change an endpoint; what is not named stays."""
    changes: dict[str, Any] = _given(concurrency, timeout, lease, headers)
    changes |= {k: v for k, v in (("url", url), ("tasks", tasks)) if v is not None}
    change(ctx, "endpoint", name, changes, version, output)


@endpoint.command("rotate")
def rotate(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """Give it a new secret, and print that; requests are signed by the one before, too."""
    with connected(ctx) as conn:
        secret = db.run(conn, calls.rotate_endpoint(name))
    print_done({"endpoint": name, "secret": secret}, secret, output)


@endpoint.command("pause")
def pause(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """Send it no jobs; what it has, goes on."""
    with connected(ctx) as conn:
        db.run(conn, calls.pause_endpoint(name))
    print_done({"endpoint": name, "paused": True}, f"endpoint {name} is paused", output)


@endpoint.command("resume")
def resume(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """Send it its jobs again, at once, also if it asked to be left alone."""
    with connected(ctx) as conn:
        db.run(conn, calls.resume_endpoint(name))
    print_done({"endpoint": name, "paused": False}, f"endpoint {name} is not paused", output)


@endpoint.command("remove")
def remove(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """Forget it; its tasks are for workers again. Not while it has jobs."""
    with connected(ctx) as conn:
        db.run(conn, calls.remove_endpoint(name))
    print_done({"endpoint": name, "removed": True}, f"endpoint {name} is removed", output)


def _given(
    concurrency: int | None, timeout: str | None, lease: str | None, headers: list[str] | None
) -> dict[str, Any]:
    """What was said of the fields that `add` and `set` have alike."""
    given: dict[str, Any] = {
        "concurrency": concurrency,
        "timeout_s": read_duration("--timeout", timeout),
        "lease_s": read_duration("--lease", lease),
        "headers": None if headers is None else read_labels(headers, "--header") or {},
    }
    return {field: value for field, value in given.items() if value is not None}
