"""What has versions: how its fields are changed, and how its history is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer

from pgsched import calls, db
from pgsched.cli.output import HISTORY, Format, Output, print_rows, print_version
from pgsched.cli.session import ask, connected
from pgsched.cli.values import Limit, Name
from pgsched.errors import InvalidValue
from pgsched.observe import Listing

_CALLS = {
    "endpoint": calls.change_endpoint,
    "hook": calls.change_hook,
    "task": calls.change_task,
    "user": calls.change_user,
}


def change(
    ctx: typer.Context,
    kind: str,
    name: str,
    changes: dict[str, Any],
    version: int | None,
    output: Format,
) -> None:
    """Change fields of one, only if it is at the version that is given; say at which it is then."""
    if not changes:
        hint = f"pgsched {kind} set --help lists the fields"
        raise InvalidValue("nothing is to be set", hint=hint)
    with connected(ctx) as conn:
        now = db.run(conn, _CALLS[kind](name, changes, version))
    print_version(kind, name, now, output)


def add_history(group: typer.Typer, versions: Callable[[str], Listing], empty: str) -> None:
    """Give a group of commands the command `history`; `empty` is what it says of no {name}."""

    @group.command("history")
    def history(
        ctx: typer.Context, name: Name, limit: Limit = 20, output: Output = Format.table
    ) -> None:
        """Its versions, newest first: what changed, when, and who changed it."""
        with connected(ctx) as conn:
            rows = ask(conn, versions(name).page(limit))
        print_rows(rows, HISTORY, output, empty=empty.format(name=name))
