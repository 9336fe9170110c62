"""How a command ends: exit codes, and one clear line on stderr for each error."""

from __future__ import annotations

import re
import sys

import psycopg
from psycopg import errors as pg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from pgsched.errors import (
    EmbeddedUnavailable,
    InvalidValue,
    PgschedError,
    SchemaMissing,
)

FAILED, USAGE, UNREACHABLE, NOT_FOUND, INTERRUPTED = 1, 2, 3, 4, 130

_SECRET = ("password", "sslpassword")
_NO_SCHEMA = (pg.UndefinedTable, pg.InvalidSchemaName, pg.UndefinedFunction, pg.UndefinedColumn)


def report(error: Exception) -> int:
    """Say what went wrong, on stderr, in one line; returns the exit code."""
    if isinstance(error, PgschedError):
        return _say(f"{error.code} {_brief(error)}", _code_of(error))
    if isinstance(error, _NO_SCHEMA):
        missing = SchemaMissing(
            "the database has no pgsched schema, or an older one", hint="run `pgsched migrate`"
        )
        return _say(f"{missing.code} {missing}", FAILED)
    if isinstance(error, pg.QueryCanceled):
        return _say("the search took too long. Hint: narrow it with --since, --queue", FAILED)
    if isinstance(error, psycopg.OperationalError) and (
        error.sqlstate is None or error.sqlstate[:2] in ("08", "28", "3D", "53", "57")
    ):
        return _say(f"cannot reach the database: {first_line(error)}", UNREACHABLE)
    if isinstance(error, psycopg.Error):
        return _say(f"{error.sqlstate or 'Postgres'} {first_line(error)}", FAILED)
    raise error


def _code_of(error: PgschedError) -> int:
    if isinstance(error, InvalidValue):
        return USAGE
    if isinstance(error, EmbeddedUnavailable):
        return UNREACHABLE
    return NOT_FOUND if error.status == 404 else FAILED


def _brief(error: PgschedError) -> str:
    """Message, detail and hint; of a detail of many lines (a traceback) only the first."""
    detail = error.detail.strip().split("\n", 1)[0] if error.detail else None
    return str(PgschedError(error.message, detail=detail, hint=error.hint))


def _say(message: str, code: int) -> int:
    print("error:", printable(" ".join(message.split())), file=sys.stderr)
    return code


def printable(text: str) -> str:
    """*text* with nothing in it that commands a terminal: it may come from a job."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def first_line(error: psycopg.Error) -> str:
    """What Postgres said first, with its hint; without context and position."""
    diag = error.diag
    if diag.message_primary:
        hint = f". Hint: {diag.message_hint}" if diag.message_hint else ""
        return diag.message_primary + hint
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def usable_dsn(dsn: str | None) -> str:
    """
    *dsn*, or "" where libpq's own variables decide.

    Raises InvalidValue for what is no DSN, without repeating it: libpq's own message would print
    the password.
    """
    try:
        words = conninfo_to_dict(dsn or "")
        # A password with @ or / in it, not percent-encoded, is taken for part of host or port.
        clear = re.fullmatch(r"[\d,]*", str(words.get("port") or ""))
        if not clear or "@" in str(words.get("host") or ""):
            raise psycopg.ProgrammingError
    except psycopg.ProgrammingError:
        raise InvalidValue(
            "the DSN is not valid",
            hint="postgresql://user@host:5432/name (percent-encode / and @ in the password)"
            " or host=... dbname=...",
        ) from None
    return dsn or ""


def shown_dsn(dsn: str) -> str:
    """*dsn* without its secrets, to print."""
    words = conninfo_to_dict(dsn)
    return make_conninfo("", **{k: v for k, v in words.items() if k not in _SECRET})
