"""The commands `hook ...`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pgsched import calls, db, observe
from pgsched.auth.signatures import make_secret
from pgsched.cli.changes import change
from pgsched.cli.output import (
    Column,
    Format,
    Output,
    moment,
    print_done,
    print_object,
    print_rows,
    print_version,
)
from pgsched.cli.session import ask, connected
from pgsched.cli.values import Name, Version, read_duration, read_file
from pgsched.errors import InvalidValue

hook = typer.Typer(help="Let signed webhooks of other systems become events: POST /v1/hooks/NAME.")

SecretFile = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="Its first line is the secret; - reads stdin. Else one is made."
    ),
]
EventType = Annotated[
    str | None, typer.Option(help="A type, or text that ends with a path: stripe.$.data.body.type.")
]
Source = Annotated[str | None, typer.Option(help="Of the events; else hooks/NAME.")]
Tolerance = Annotated[
    str | None, typer.Option(metavar="TIME", help="How old a delivery may be: 5m.")
]
Header = Annotated[str | None, typer.Option(help="hmac: that has the signature: x-signature.")]
Prefix = Annotated[str | None, typer.Option(help="hmac: what it begins with: sha256=.")]
Algorithm = Annotated[str | None, typer.Option(help="hmac: sha256, sha384, sha512 or sha1.")]
Encoding = Annotated[str | None, typer.Option(help="hmac: hex or base64.")]
Keep = Annotated[
    list[str] | None, typer.Option(metavar="HEADER", help="To keep in the data; may be repeated.")
]

_HOOKS = (
    Column("name", "name", grow=True),
    Column("style", "style"),
    Column("type of events", "event_type", grow=True),
    Column("source", "source", grow=True),
    Column("secrets", "secrets", "right"),
    Column("disabled", "disabled"),
    Column("changed (UTC)", moment("updated_at")),
)


@hook.command("add")
def add(
    ctx: typer.Context,
    name: Name,
    style: Annotated[str, typer.Option(help="hmac, standard_webhooks, github or stripe.")],
    secret_file: SecretFile = None,
    event_type: EventType = None,
    source: Source = None,
    tolerance: Tolerance = None,
    header: Header = None,
    prefix: Prefix = None,
    algorithm: Algorithm = None,
    encoding: Encoding = None,
    keep: Keep = None,
    output: Output = Format.table,
) -> None:
    """Make a hook. Where no secret is given, one is made and printed: this once."""
    settings = _settings(
        event_type=event_type, source=source, tolerance=tolerance, header=header, prefix=prefix,
        algorithm=algorithm, encoding=encoding, keep=keep,
    )  # fmt: skip
    given = _read(secret_file)
    secret = given or make_secret(style)
    with connected(ctx) as conn:
        db.run(conn, calls.create_hook(name, style, secret, settings))
    _print_secret(name, 1, None if given else secret, output)


@hook.command("list")
def list_hooks(ctx: typer.Context, output: Output = Format.table) -> None:
    """Every hook."""
    with connected(ctx) as conn:
        rows = ask(conn, observe.hooks().all)
    print_rows(rows, _HOOKS, output, empty="there is no hook: pgsched hook add NAME --style github")


@hook.command("show")
def show(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """A hook, all of it but its secrets."""
    with connected(ctx) as conn:
        found = ask(conn, observe.hook(name))
    print_object(found, Format.json if output is Format.table else output)


@hook.command("set")
def set_hook(
    ctx: typer.Context,
    name: Name,
    event_type: EventType = None,
    source: Source = None,
    tolerance: Tolerance = None,
    header: Header = None,
    prefix: Prefix = None,
    algorithm: Algorithm = None,
    encoding: Encoding = None,
    keep: Keep = None,
    disabled: Annotated[
        bool | None, typer.Option("--disabled/--enabled", help="Refuse deliveries, or take them.")
    ] = None,
    version: Version = None,
    output: Output = Format.table,
) -> None:
    """Change what it makes of deliveries; what is not given stays."""
    changes = _settings(
        event_type=event_type, source=source, tolerance=tolerance, header=header, prefix=prefix,
        algorithm=algorithm, encoding=encoding, keep=keep, disabled=disabled,
    )  # fmt: skip
    change(ctx, "hook", name, changes, version, output)


@hook.command("rotate")
def rotate(
    ctx: typer.Context,
    name: Name,
    secret_file: SecretFile = None,
    finish: Annotated[
        bool, typer.Option("--finish", help="Let only the newest secret be good from now on.")
    ] = False,
    output: Output = Format.table,
) -> None:
    """Give it a new secret, beside those that it has, until --finish."""
    if finish:
        if secret_file is not None:
            raise InvalidValue("--finish and --secret-file exclude each other")
        with connected(ctx) as conn:
            now = db.run(conn, calls.finish_rotation(name))
        print_version("hook", name, now, output)
        return
    given = _read(secret_file)
    with connected(ctx) as conn:
        secret = given or make_secret(ask(conn, observe.hook(name))["style"])
        now = db.run(conn, calls.rotate_hook(name, secret))
    _print_secret(name, now, None if given else secret, output)


@hook.command("remove")
def remove(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """End a hook; the events that came by it stay."""
    with connected(ctx) as conn:
        db.run(conn, calls.remove_hook(name))
    print_done({"hook": name, "removed": True}, f"{name} is removed", output)


def _settings(*, tolerance: str | None, keep: list[str] | None, **given: Any) -> dict[str, Any]:
    """What was given, as create_hook() names it."""
    found = {name: value for name, value in given.items() if value is not None}
    if tolerance is not None:
        found["tolerance_s"] = round(read_duration("--tolerance", tolerance) or 0)
    if keep:
        found["headers"] = [name.lower() for name in keep]
    return found


def _read(file: str | None) -> str | None:
    """A secret, never from an argument: those are seen by everybody."""
    if file is None:
        return None
    secret = read_file("--secret-file", file).partition("\n")[0].strip()
    if not secret:
        raise InvalidValue("--secret-file has no secret in its first line")
    return secret


def _print_secret(name: str, version: int, secret: str | None, output: Format) -> None:
    """The secret for people, to be piped on; if it was given, that it is good."""
    answer = {"hook": name, "version": version, "secret": secret}
    print_done(answer, secret or f"hook {name} has version {version}", output)
