"""A worker: a supervisor process, and the children that claim and run jobs."""

from __future__ import annotations

from importlib.util import find_spec

from .. import handlers, logs
from ..errors import InvalidValue
from ..settings import Settings, refuse, variable


def run(settings: Settings, *, drain: bool = False) -> int:
    """
    Run a worker until SIGTERM or SIGINT, `settings.max_seconds`, or, with `drain`, nothing is due.

    Call it in the main thread. Returns an exit code: 0 after an orderly end, 1 if it cannot start.
    Raises SchemaMissing, SchemaTooNew, InvalidValue (handlers, push, httpx);
    psycopg.OperationalError if there is no database.
    """
    if settings.api and find_spec("httpx") is None:
        raise InvalidValue("a worker over HTTP takes httpx", hint="pip install 'pgsched[client]'")
    handlers.check(settings.handlers)
    if not (settings.processes or settings.push):
        raise refuse(variable("processes"), 0, "1..256, or 0 with push")
    if settings.push and settings.api:
        raise InvalidValue("pushing takes a database", hint="leave out --push, or --api")
    if settings.push and find_spec("httpx") is None:
        raise InvalidValue("pushing needs httpx", hint="pip install 'pgsched[handlers]'")
    from .supervisor import Supervisor  # with all of time: children, who go by here too, save 30 ms

    logs.configure(settings.log_format, settings.log_level)
    return Supervisor(settings, drain=drain).run()
