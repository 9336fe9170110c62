"""The suites: all scenarios there are, and which of them a run of `core` or `--quick` measures."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from . import scenarios
from .measure import Scenario

CORE = (
    "drain-1", "drain-2", "enqueue", "insert", "wal", "latency", "backlog", "partitions",
    "dead-rows", "mixed-short", "mixed-long", "memory",
)  # fmt: skip
"""The engine alone, without peers: to measure before and after a change to the hot path."""

QUICK = ("insert", "wal", "watch", "drain-2", "latency")
"""What says most, the shortest first: all that --quick has is ten seconds for each peer."""

_FIRST = ("drain", "enqueue", "latency")  # files: what most ask for


@cache
def found() -> tuple[Scenario, ...]:
    """Those of each file in `scenarios/`, which lists them in `SCENARIOS`; in order of the page."""
    files = [module.name for module in pkgutil.iter_modules(scenarios.__path__)]
    ordered = [*_FIRST, *sorted(set(files) - set(_FIRST))]
    modules = [importlib.import_module(f"{scenarios.__name__}.{name}") for name in ordered]
    return tuple(scenario for module in modules for scenario in module.SCENARIOS)


def chosen(*, core: bool, quick: bool, only: list[str] | None = None) -> list[Scenario]:
    """What a run measures, in this order: *only* these if they are named, else by suite."""
    if not (only or core or quick):
        return list(found())
    names = only or (CORE if core else QUICK)
    by_name = {scenario.name: scenario for scenario in found()}
    return [by_name[name] for name in dict.fromkeys(names)]
