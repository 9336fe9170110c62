"""
Bring a database's schema `pgsched` to this code's version, or say why that must not be done.

`sql/migrations/NNNN_what.sql` are append-only: each is applied once, and its hash recorded.
`sql/functions/` is what may change: all of it is run again whenever any of it has changed. The
record is the table `pgsched._migration`, with one more row, `functions`, for the latter's hash.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from pgsched.errors import PgschedError, SchemaChanged, SchemaMissing, SchemaTooNew

OLDEST_SERVER = 150000
"""The oldest Postgres, as `server_version_num`: 15."""

_FUNCTIONS = "functions"

# The lock (its number is "pgsched" in ASCII) comes first; a snapshot taken before it was granted
# would not show what we waited for, hence READ COMMITTED. The settings last for the transaction.
_PREAMBLE = """\
set transaction isolation level read committed;
select pg_advisory_xact_lock(x'70677363686564'::bigint);
set local search_path = '';
set local client_min_messages = warning;
"""
_INSTALLED = """\
select to_regnamespace('pgsched') is not null, to_regclass('pgsched._migration') is not null
"""
_RECORD_TABLE = """\
create table pgsched._migration (
  name text primary key,
  sha256 text not null,
  applied_at timestamptz not null default now()
);
comment on table pgsched._migration is
  'The migrations applied to this schema, and the functions, each with the hash of its SQL.';
"""
_RECORD = sql.SQL("""\
insert into pgsched._migration (name, sha256) values ({name}, {sha256})
on conflict (name) do update set sha256 = excluded.sha256, applied_at = excluded.applied_at;
""")


@dataclass(frozen=True, slots=True)
class Script:
    """SQL that runs as one: a migration, by its file's name, or all functions together."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def sql_folder() -> Path:
    """The SQL of this code: in the package once installed, beside it in a checkout."""
    package = Path(__file__).parent
    for folder in (package / "sql", package.parent / "sql"):
        if (folder / "migrations").is_dir():
            return folder
    raise PgschedError("this installation of pgsched is incomplete", detail="its SQL is missing")


def migrate(conn: psycopg.Connection[Any], folder: Path | None = None) -> list[str]:
    """
    Apply what is missing, in one transaction. Returns the names applied; empty: all was there.

    Any number may run it at once: one applies, the others wait for that and find nothing to do.
    The role needs CREATE on the database, or to own the schema; it need not be a superuser.
    *folder* has the SQL (default: `sql_folder()`). *conn* has no transaction open.
    Raises SchemaChanged, SchemaTooNew; psycopg errors pass through, noting the script's name.
    """
    _require_server(conn)
    if conn.info.transaction_status != TransactionStatus.IDLE:
        raise PgschedError("migrate needs a connection without an open transaction")
    scripts = _read(folder or sql_folder())
    with conn.transaction():
        conn.execute(_PREAMBLE, prepare=False)
        pending = _pending(scripts, _recorded(conn))
        for step in _steps(conn, pending):
            try:
                conn.execute(step.text.encode(), prepare=False)
            except psycopg.Error as error:
                error.add_note(f"while applying {step.name}")
                raise
    return [script.name for script in pending]


def plan(conn: psycopg.Connection[Any], folder: Path | None = None) -> str:
    """
    The SQL that `migrate` would run now, for people to read; changes nothing. Empty: nothing.

    Raises as `migrate` does.
    """
    _require_server(conn)
    scripts = _read(folder or sql_folder())
    with conn.transaction():
        steps = _steps(conn, _pending(scripts, _recorded(conn)))
    if not steps:
        return ""
    parts = [f"-- {step.name}\n{step.text.rstrip()}\n" for step in steps]
    return "\n".join(["begin;\n" + _PREAMBLE, *parts, "commit;\n"])


def check(conn: psycopg.Connection[Any], folder: Path | None = None) -> None:
    """
    Make sure that this code can work on the database's schema, by one query over a dozen rows.

    Functions of another release on the same tables are no obstacle: during a deploy, workers of
    two releases run side by side. Raises SchemaMissing (none, or older), SchemaTooNew and
    SchemaChanged.
    """
    _require_server(conn)
    hint = "run `pgsched migrate`"
    try:
        with conn.transaction():
            recorded = dict(_rows(conn, "select name, sha256 from pgsched._migration"))
    except psycopg.errors.UndefinedTable:
        raise SchemaMissing("the database has no pgsched schema", hint=hint) from None
    scripts = _pending(_read(folder or sql_folder()), recorded)
    if lacking := [script.name for script in scripts if script.name not in recorded]:
        names = ", ".join(lacking)
        raise SchemaMissing(
            "the database's pgsched schema is older", detail=f"it lacks {names}", hint=hint
        )


def _read(folder: Path) -> list[Script]:
    """All scripts in the order they run; line ends as git keeps them, so that hashes agree."""
    migrations = sorted((folder / "migrations").glob("*.sql"))
    scripts = [Script(path.stem, path.read_text("utf-8")) for path in migrations]
    functions = [
        f"-- {path.relative_to(folder).as_posix()}\n{path.read_text('utf-8')}"
        for path in sorted((folder / "functions").rglob("*.sql"))
    ]
    return [*scripts, Script(_FUNCTIONS, "\n".join(functions))]


def _pending(scripts: list[Script], recorded: dict[str, str]) -> list[Script]:
    """What is to be run, in order. Raises SchemaTooNew, SchemaChanged."""
    *migrations, functions = scripts
    if unknown := sorted(recorded.keys() - {script.name for script in scripts}):
        raise SchemaTooNew(
            "the database's pgsched schema is newer than this code",
            detail=f"it has {', '.join(unknown)}",
            hint="upgrade this installation of pgsched",
        )
    pending = [script for script in migrations if script.name not in recorded]
    for script in migrations:
        if recorded.get(script.name, script.sha256) != script.sha256:
            raise SchemaChanged(
                f"migration {script.name} has changed since it was applied",
                detail=f"applied {recorded[script.name]}, found {script.sha256}",
                hint="undo the change; write a new migration instead",
            )
    # A new migration may have dropped what functions stand on, so they all run again.
    if pending or recorded.get(_FUNCTIONS) != functions.sha256:
        pending.append(functions)
    return pending


def _steps(conn: psycopg.Connection[Any], pending: list[Script]) -> list[Script]:
    """*pending*, each with its record, after what must be there to keep records in."""
    [(has_schema, has_table)] = _rows(conn, _INSTALLED)
    steps: list[Script] = []
    if not has_schema:  # `if not exists` would ask for CREATE on the database all the same
        steps.append(Script("schema", "create schema pgsched;"))
    if not has_table:
        steps.append(Script("record", _RECORD_TABLE))
    for script in pending:
        record = _RECORD.format(
            name=sql.Literal(script.name), sha256=sql.Literal(script.sha256)
        ).as_string(conn)
        steps.append(Script(script.name, f"{script.text}\n{record}"))
    return steps


def _recorded(conn: psycopg.Connection[Any]) -> dict[str, str]:
    [(_, has_table)] = _rows(conn, _INSTALLED)
    return dict(_rows(conn, "select name, sha256 from pgsched._migration") if has_table else [])


def _rows(conn: psycopg.Connection[Any], query: LiteralString) -> list[tuple[Any, ...]]:
    with conn.cursor(row_factory=tuple_row) as cursor:  # whatever the caller's row factory is
        return cursor.execute(query).fetchall()


def _require_server(conn: psycopg.Connection[Any]) -> None:
    if conn.info.server_version < OLDEST_SERVER:
        raise PgschedError(
            f"pgsched needs Postgres {OLDEST_SERVER // 10_000} or newer",
            detail=f"the server is Postgres {conn.info.server_version // 10_000}",
        )
