"""The options of `schedule add` and `schedule change`: columns of `pgsched.schedule`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from pgsched import time
from pgsched.cli.values import read_labels, read_object, read_time

Args = Annotated[str | None, typer.Option(help='JSON object; "$nominal" is the slot\'s time.')]


def _option(help: str) -> Any:
    return Annotated[str | None, typer.Option(help=help)]


OPTIONS: dict[str, Any] = {
    "cron": _option("5 fields, 6 with seconds first, or @daily ..."),
    "rrule": _option("RFC 5545: FREQ=MONTHLY;BYDAY=-1FR"),
    "every": _option("'15 minutes', 'day at 18:00', 'mon, fri at 9:00'"),
    "at": _option("Once: 2026-12-31T18:00, local in --timezone."),
    "after": _option("Once, after this long: '90 minutes'."),
    "business": _option("'last business day of month at 18:00'"),
    "timezone": _option("Name of a time zone. [UTC]"),
    "calendar": _option("Business calendar: 'nyse and not company'."),
    "roll": _option("skip, following, preceding, modified_following."),
    "args": Args,
    "policy": Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="COLUMN=VALUE",
            help="Any other column of pgsched.schedule; nothing after = takes it away.",
        ),
    ],
}


def takes_columns(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options; it gets what they say as its parameter `columns`."""
    signature = inspect.signature(command, eval_str=True)
    kind = inspect.Parameter.KEYWORD_ONLY
    own = [each.replace(kind=kind) for each in signature.parameters.values()]
    parameters = [each for each in own if each.name != "columns"]
    parameters += [
        inspect.Parameter(name, kind, default=None, annotation=hint)
        for name, hint in OPTIONS.items()
    ]

    @functools.wraps(command)
    def run(**given: Any) -> None:
        options = {name: given.pop(name) for name in OPTIONS}
        command(**given, columns=_columns(**options))

    # what typer reads
    run.__dict__["__signature__"] = signature.replace(parameters=parameters)
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def placed(columns: dict[str, Any], timezone: str) -> dict[str, Any]:
    """With `at`, if it is there, as an instant: local in the zone unless it says otherwise."""
    if columns.get("at") is None:
        return columns
    begin = datetime.min.replace(tzinfo=UTC)
    instant, *_ = next(
        time.parse("at", columns["at"], columns.get("timezone", timezone)).after(begin)
    )
    return {**columns, "at": instant}


def _columns(policy: list[str] | None, **given: str | None) -> dict[str, Any]:
    columns: dict[str, Any] = {name: text for name, text in given.items() if text is not None}
    if "args" in columns:
        columns["args"] = dict(read_object("--args", columns["args"]))
    for name, text in (read_labels(policy or [], option="--set") or {}).items():
        moment = name in ("starts_at", "ends_at") and text
        # nothing takes a column's value away
        columns[name] = read_time(f"--set {name}", text) if moment else text or None
    return columns
