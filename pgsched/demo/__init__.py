"""
The main job on real files: `pgsched demo` measures every module of Python's standard library.

`library` knows the files, `tasks` is the module that the worker imports, `store` holds the SQL,
`report` the tables at the end, `run` the order of events; `stage` is what both demos stand on.

`pgsched demo --events` shows jobs that come by the clock and by what happens: `events` is its
order, `shop` the worker's module, `orders` the SQL.
"""

from __future__ import annotations

from pathlib import Path


def main(dsn: str | None = None, folder: Path | None = None, *, events: bool = False) -> int:
    """
    Run a demo and print what came of it; 0 if all is as it should be, else 1.

    *dsn*: the database to use; None: PGSCHED_DSN or DATABASE_URL, else an embedded Postgres in
    *folder* (None: a temporary one). Raises PgschedError, psycopg.Error, KeyboardInterrupt.
    """
    # the worker imports its tasks through this package, and needs no terminal
    if events:
        from .events import run
    else:
        from .run import run

    return run(dsn, folder)
