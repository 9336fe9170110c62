"""
The main job on real files: `pgsched demo` measures every module of Python's standard library.

`library` knows the files, `tasks` is the module that the worker imports, `store` holds the SQL,
`report` the tables at the end, `run` the order of events.
"""

from __future__ import annotations

from pathlib import Path


def main(dsn: str | None = None, folder: Path | None = None) -> int:
    """
    Run the demo and print what came of it; 0 if all is as the file system says, else 1.

    *dsn*: the database to use; None: PGSCHED_DSN or DATABASE_URL, else an embedded Postgres in
    *folder* (None: a temporary one). Raises PgschedError, psycopg.Error, KeyboardInterrupt.
    """
    from .run import run  # the worker imports `tasks` through this package, and needs no terminal

    return run(dsn, folder)
