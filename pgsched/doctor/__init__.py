"""
What may trouble a scheduler on this database: each check says what it found and what to do.

Checks only look: nothing is changed, but for one notification to itself.
"""

from __future__ import annotations

from psycopg.rows import dict_row

from .. import db
from . import scheduler, server
from .check import Check, Connection

__all__ = ["Check", "examine"]


def examine(dsn: str) -> list[Check]:
    """Every check, in order. Raises psycopg.OperationalError if the database cannot be reached."""
    with db.connect(dsn, application_name="pgsched doctor") as conn:
        typed: Connection = conn
        typed.row_factory = dict_row
        checks = [check(typed) for check in server.CHECKS]
        found = scheduler.schema_fits(typed)
        checks.insert(1, found)
        if found.level != "fail":
            checks += [check(typed) for check in scheduler.CHECKS]
        return checks
