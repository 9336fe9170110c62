"""A worker: a supervisor process, and the children that claim and run jobs."""

from __future__ import annotations

from .. import handlers, logs
from ..settings import Settings
from .supervisor import Supervisor


def run(settings: Settings, *, drain: bool = False) -> int:
    """
    Run a worker until SIGTERM or SIGINT, `settings.max_seconds`, or, with `drain`, nothing is due.

    Call it in the main thread. Returns an exit code: 0 after an orderly end, 1 if it cannot start.
    Raises SchemaMissing, SchemaTooNew, InvalidValue (handlers); psycopg.OperationalError if there
    is no database.
    """
    handlers.check(settings.handlers)
    logs.configure(settings.log_format, settings.log_level)
    return Supervisor(settings, drain=drain).run()
