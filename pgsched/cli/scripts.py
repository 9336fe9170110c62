"""The commands `script ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pgsched import calls, db, observe
from pgsched.cli.output import (
    Column,
    Format,
    Output,
    moment,
    print_object,
    print_rows,
    print_version,
)
from pgsched.cli.session import ask, connected
from pgsched.cli.values import Name, read_file
from pgsched.errors import InvalidValue

script = typer.Typer(help="Save and read Python that jobs of python.script run by name.")


_LIST = (
    Column("name", "name", grow=True),
    Column("version", "version", "right"),
    Column("saved (UTC)", moment("saved_at")),
    Column("by", "saved_by"),
)


@script.command("set")
def set_script(
    ctx: typer.Context,
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="- is stdin.")],
    output: Output = Format.table,
) -> None:
    """Save a file as a new version of a script, unless it says what the newest says."""
    source = read_file(str(file), file)
    try:
        compile(source, str(file), "exec")
    except (SyntaxError, ValueError) as error:
        raise InvalidValue(f"{file} is not Python", detail=str(error)) from None
    with connected(ctx) as conn:
        version = db.run(conn, calls.save_script(name, source))
    print_version("script", name, version, output)


@script.command("show")
def show_script(
    ctx: typer.Context,
    name: Name,
    version: Annotated[int | None, typer.Option(help="[default: the newest]")] = None,
    output: Output = Format.table,
) -> None:
    """Its source, as it was saved."""
    with connected(ctx) as conn:
        found = ask(conn, calls.script(name, version))
    if found is None:
        raise InvalidValue(f"script {name!r} has no such version", hint="pgsched script list")
    if output is Format.table:
        print(found[1], end="")
    else:
        print_object({"name": name, "version": found[0], "source": found[1]}, output)


@script.command("list")
def list_scripts(ctx: typer.Context, output: Output = Format.table) -> None:
    """Every script, with its newest version."""
    with connected(ctx) as conn:
        rows = ask(conn, observe.scripts())
    print_rows(rows, _LIST, output, empty="no script is saved: pgsched script set NAME FILE")


@script.command("history")
def history(ctx: typer.Context, name: Name, output: Output = Format.table) -> None:
    """The versions of a script, newest first."""
    with connected(ctx) as conn:
        rows = ask(conn, observe.scripts(name))
    print_rows(rows, _LIST, output, empty=f"script {name} is not saved")
