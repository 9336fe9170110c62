"""
Tasks that come with pgsched, for work that needs no handler of one's own.
None is there unless its worker allows it: what a job may do, whoever enqueues it may do. A module
here is imported where one of its tasks is allowed, and an allowed one is a task like any other.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import inspect
import logging
import sys
from fnmatch import fnmatchcase

from ..errors import InvalidValue
from ..models import PolicyOptions
from ..registry import task, tasks
from ..settings import refuse, variable
from .offer import OFFERED
from .permits import Permits

log = logging.getLogger("pgsched.worker")
HARMLESS = "sleep,test.*"
"""What `pgsched dev` allows unless told."""
MODULES = {
    "sleep": "trial",
    "test.echo": "trial",
    "test.delay": "trial",
    "test.log": "trial",
    "http.webhook": "webhook",
    "shell.command": "shell",
    "python.script": "script",
    "container.run": "container",
    "file.write": "files",
    "file.copy": "files",
    "file.delete": "files",
    "sql.run": "sql",
    "system.cleanup": "cleanup",
}
"""Each task, and the module here that has it."""
_PROGRAMS = {"shell.command", "python.script", "container.run"}
_PR_SET_DUMPABLE = 4
_NEEDS = {"http.webhook": "httpx"}


def check(patterns: str) -> None:
    """What `allow` would say, without importing what it would. Raises InvalidValue."""
    chosen = choose(patterns)
    for name, module in _NEEDS.items():
        if name in chosen and importlib.util.find_spec(module) is None:
            raise InvalidValue(
                f"handler {name} needs the Python package {module}",
                hint="pip install 'pgsched[handlers]'",
            )
    Permits.from_env().require(chosen)
    hide(chosen)


def choose(patterns: str) -> list[str]:
    """The tasks that patterns like `sleep,test.*` name. Raises InvalidValue if one names none."""
    chosen: set[str] = set()
    for pattern in filter(None, (each.strip() for each in patterns.split(","))):
        found = [name for name in MODULES if fnmatchcase(name, pattern)]
        if not found:
            raise refuse(variable("handlers"), pattern, f"patterns of {', '.join(MODULES)}")
        chosen.update(found)
    return sorted(chosen)


def allow(patterns: str) -> None:
    """
    Make the tasks that the patterns name known to this process; call it after the app's import.
    A task of the app goes before one of the same name here. Raises InvalidValue.
    """
    chosen = choose(patterns)
    hide(chosen)
    for name in chosen:
        if name in tasks():
            log.info("task %s is the app's own: the handler of this name is not used", name)
            continue
        importlib.import_module(f".{MODULES[name]}", __name__)
        fn, policy = OFFERED[name]
        said: PolicyOptions = {"description": inspect.getdoc(fn), "category": "built in"}
        task(name=name, **{**said, **policy})(fn)


def hide(chosen: list[str]) -> None:
    """
    Where jobs may run programs, keep this process's /proc from them (Linux, not from root).

    They run as the same user, and in its environment is PGSCHED_DSN. It dumps no core from here on.
    """
    if sys.platform == "linux" and _PROGRAMS.intersection(chosen):
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
