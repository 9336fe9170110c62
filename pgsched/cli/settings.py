"""The commands `setting ...`."""

from __future__ import annotations

from typing import Annotated

import typer

from pgsched import calls, db, observe
from pgsched.cli.output import Column, Format, Output, print_done, print_rows
from pgsched.cli.session import ask, connected
from pgsched.cli.values import Name

setting = typer.Typer(help="What holds for the whole database: how long, how many, how large.")

_SETTINGS = (
    Column("name", "name"),
    Column("value", "value", "right"),
    Column("default", "by_default", "right"),
    Column("least", "least", "right"),
    Column("most", "most", "right"),
    Column("about", "about", grow=True),
)


@setting.command("list")
def list_settings(ctx: typer.Context, output: Output = Format.table) -> None:
    """Every setting."""
    with connected(ctx) as conn:
        rows = ask(conn, observe.settings().all)
    print_rows(rows, _SETTINGS, output)


@setting.command("set")
def set_setting(
    ctx: typer.Context,
    name: Name,
    value: Annotated[int, typer.Argument(metavar="VALUE")],
    output: Output = Format.table,
) -> None:
    """Change a setting, at once and for all."""
    with connected(ctx) as conn:
        db.run(conn, calls.change_setting(name, value))
    print_done({"setting": name, "value": value}, f"{name} is {value}", output)
