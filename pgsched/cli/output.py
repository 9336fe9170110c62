"""How answers are printed: a table for people, or JSON, JSON lines and CSV for programs."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from pgsched.cli.failure import printable
from pgsched.observe import Record

if TYPE_CHECKING:  # what prints no table starts 30 ms sooner without
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text


class Format(StrEnum):
    """How a command prints its answer."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"


Output = Annotated[
    Format,
    typer.Option("-o", "--output", envvar="PGSCHED_OUTPUT", help="How to print the answer."),
]

_STYLES = {
    "succeeded": "green",
    "ok": "green",
    "ready": "cyan",
    "running": "blue",
    "blocked": "yellow",
    "paused": "yellow",
    "warn": "yellow",
    "dead": "red",
    "failed": "red",
    "fail": "red",
    "lost": "red",
    "timed_out": "red",
}


@dataclass(frozen=True, slots=True)
class Column:
    """
    One column of a table: its heading, and what it shows of a row.

    `cell` is the name of a field, or a function of the row. `side` is where numbers stand. Where
    the terminal is narrow, the columns that `grow` are cut, and the others stay whole.
    """

    heading: str
    cell: str | Callable[[Record], str]
    side: Literal["left", "right"] = "left"
    grow: bool = False

    def text(self, row: Record) -> Text:
        """The cell of a row, in the colour of its state."""
        from rich.text import Text

        value = row[self.cell] if isinstance(self.cell, str) else self.cell(row)
        shown = plain(value)
        return Text(shown, style=_STYLES.get(shown, ""), no_wrap=True, overflow="ellipsis")


def console() -> Console:
    """The terminal; where the output is no terminal, nothing is cut or coloured."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 10_000, highlight=False)


def table(rows: Sequence[Record], columns: Sequence[Column], *, title: str | None = None) -> Table:
    """*rows* as a table that fits the terminal, one line a row."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for column in columns:
        heading = Text(column.heading, no_wrap=True, overflow="ellipsis")
        made.add_column(heading, justify=column.side, no_wrap=not column.grow)
    for row in rows:
        made.add_row(*(column.text(row) for column in columns))
    return made


def print_rows(
    rows: Sequence[Record], columns: Sequence[Column], format: Format, *, empty: str = "none"
) -> None:
    """Print rows; as a table only what *columns* say, else every field."""
    if format is not Format.table:
        print_data(rows, format)
    elif rows:
        console().print(table(rows, columns))
    else:
        print(empty)


def print_data(rows: Iterable[Mapping[str, Any]], format: Format) -> None:
    """Print rows with every field: one JSON array, an object a line, or CSV with a heading."""
    if format is Format.csv:
        _print_csv(list(rows))
    elif format is Format.json:
        print(json.dumps(list(rows), default=_plain_json, indent=2))
    else:
        for row in rows:
            print_object(row, format)


def print_object(value: Mapping[str, Any], format: Format) -> None:
    """Print one object: over several lines as `json`, on one as `jsonl`, heading and row as CSV."""
    if format is Format.csv:
        _print_csv([value])
    else:
        indent = 2 if format is Format.json else None
        print(json.dumps(value, default=_plain_json, indent=indent), flush=True)


def print_done(answer: Mapping[str, Any], words: str, format: Format) -> None:
    """What a command that changes something did: in *words* for people, else as one object."""
    if format is Format.table:
        print(words)
    else:
        print_object(answer, format)


def print_version(kind: str, name: str, version: int, format: Format) -> None:
    """Which version a thing has, now that it was changed."""
    print_done({kind: name, "version": version}, f"{kind} {name} has version {version}", format)


def _print_csv(rows: list[Mapping[str, Any]]) -> None:
    if not rows:
        return
    writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _csv(value) for name, value in row.items()} for row in rows)


def _csv(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value, default=_plain_json)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else value


def _plain_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    number = float(value) if hasattr(value, "as_integer_ratio") else None  # numeric
    return str(value) if number is None else number


def plain(value: Any) -> str:
    """A value as one line of printable text; of several lines, the first."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(" ", "seconds").replace("+00:00", "Z")
    if isinstance(value, dict | list):
        value = json.dumps(value, default=_plain_json, ensure_ascii=False)
    lines = str(value).splitlines() or [""]
    return printable(lines[0])


def declared(row: Record) -> str:
    """Whether code declares a schedule or subscription, and what an operator has changed of it."""
    changed = row["overridden"]
    if changed is None:
        return ""
    return f"by code, but {', '.join(changed)}" if changed else "by code"


def moment(field: str) -> Callable[[Record], str]:
    """A cell with a time in UTC, as short as it can be: the year only if it is not this one."""

    def cell(row: Record) -> str:
        time: datetime = row[field].astimezone(UTC)
        shape = "%m-%d %H:%M:%S" if time.year == datetime.now(UTC).year else "%Y-%m-%d %H:%M:%S"
        return time.strftime(shape)

    return cell


HISTORY = (
    Column("version", "version", "right"),
    Column("changed (UTC)", moment("changed_at")),
    Column("by", "changed_by"),
    Column("what", "changes", grow=True),
)


def seconds(value: float | None) -> str:
    """A length of time with the two units that matter: `0.4s`, `12s`, `3m20s`, `5h02m`, `9d03h`."""
    if value is None:
        return ""
    if abs(value) < 10:
        return f"{value:.1f}s"
    sign, whole = ("-", int(-value)) if value < 0 else ("", int(value))
    minutes, s = divmod(whole, 60)
    hours, m = divmod(minutes, 60)
    days, h = divmod(hours, 24)
    if days:
        return f"{sign}{days}d{h:02}h"
    if hours:
        return f"{sign}{h}h{m:02}m"
    return f"{sign}{m}m{s:02}s" if m else f"{sign}{s}s"


def milliseconds(value: int | None) -> str:
    """`12ms`, `1.2s`, `3m20s`; "-" for None."""
    if value is None:
        return "-"
    return f"{value}ms" if value < 1000 else seconds(value / 1000)
