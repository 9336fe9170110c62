"""
The command `pgsched`.

Exit codes: 0 done; 1 it failed (also: a job that --wait waited for did not succeed, a check of
`doctor` fails); 2 what was asked is not valid; 3 the database cannot be reached; 4 there is no
such job or task; 130 Ctrl-C. An error is one line on stderr.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

import psycopg
import typer
from typer.main import get_group

from pgsched.cli.failure import INTERRUPTED, report
from pgsched.errors import PgschedError

_WHERE = {
    "dev": "database.dev",
    "demo": "database.demo",
    "migrate": "database.migrate",
    "api": "api.api",
    "enqueue": "enqueue.enqueue",
    "upcoming": "dead.upcoming",
    "stats": "stats.stats",
    "doctor": "database.check",
    "worker": "workers.worker",
    "job": "jobs.job",
    "queue": "queues.queue",
    "endpoint": "endpoints.endpoint",
    "task": "tasks.task",
    "script": "scripts.script",
    "schedule": "schedules.schedule",
    "calendar": "calendars.calendar",
    "blackout": "blackouts.blackout",
    "event": "event.event",
    "subscription": "event.subscription",
    "hook": "hooks.hook",
    "setting": "settings.setting",
    "user": "users.user",
    "key": "keys.key",
    "dead": "dead.dead",
}


def _empty() -> typer.Typer:
    return typer.Typer(name="pgsched", add_completion=False, rich_markup_mode=None)


class _Commands(Mapping[str, Any]):
    """Each is imported and built when it is asked for: all together take a quarter of a start."""

    def __getitem__(self, name: str) -> Any:
        return _built(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_WHERE)

    def __len__(self) -> int:
        return len(_WHERE)


@cache
def _built(name: str) -> Any:
    """A command, or a group of them. Raises KeyError."""
    module, _, attribute = _WHERE[name].partition(".")
    made = getattr(import_module(f"pgsched.cli.{module}"), attribute)
    around = _empty()
    if isinstance(made, typer.Typer):
        around.add_typer(made, name=name)
    else:
        around.command(name)(made)
    return get_group(around).commands[name]


@cache
def _pgsched() -> Any:
    app = _empty()
    app.callback(invoke_without_command=True)(root)
    group: Any = get_group(app)
    group.commands = _Commands()
    return group


def root(
    ctx: typer.Context,
    dsn: Annotated[
        str | None,
        typer.Option(help="The database. [PGSCHED_DSN, else DATABASE_URL, else PGHOST, ...]"),
    ] = None,
    show_version: Annotated[bool, typer.Option("--version", help="Print it and exit.")] = False,
) -> None:
    """
    A job scheduler that needs nothing but Postgres.

    Exit codes: 0 done, 1 failed, 2 not valid, 3 no database, 4 not found.
    """
    if show_version:
        print(_version())
    elif ctx.invoked_subcommand is None:
        print(ctx.get_help())


def _version() -> str:
    try:
        return version("pgsched")
    except PackageNotFoundError:
        return "not installed: it runs from its source"


def run(argv: list[str]) -> int:
    """Run one command line; returns its exit code. Prints errors, raises only what is a bug."""
    try:
        result: Any = _pgsched()(argv, prog_name="pgsched", standalone_mode=False)
    except (PgschedError, psycopg.Error) as error:
        return report(error)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except typer.Exit as done:
        return done.exit_code
    except Exception as error:
        return _refused(error)
    return result if isinstance(result, int) else 0


def _refused(error: Exception) -> int:
    """A usage error, of whichever copy of click typer stands on: it formats its own message."""
    told = getattr(error, "format_message", None)
    if told is None:
        raise error
    ctx = getattr(error, "ctx", None)
    help_of = ctx.command_path if ctx is not None else "pgsched"
    print(f"error: {' '.join(told().split())} See: {help_of} --help", file=sys.stderr)
    return getattr(error, "exit_code", 2)


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))
