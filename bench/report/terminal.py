"""The tables on the terminal: at most 80 columns."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from . import Report, words

_STYLES = {
    "met": "green", "missed": "bold red", "too noisy": "yellow", "too close": "yellow",
    "incomplete": "yellow", "skipped": "dim",
}  # fmt: skip


def show(console: Console, report: Report) -> None:
    """Systems side by side, then what was judged, then what is missing and what to mind."""
    for measured in report.measured:
        for figure in measured.scenario.figures:
            headings, rows = words.side_by_side(measured, figure)
            if rows:
                console.print(f"\n[bold]{measured.scenario.name}[/]: {words.heading(figure)}\n")
                console.print(_table(headings, rows))
    results = [words.line(result) for result in report.results()]
    if results:
        console.print("\n[bold]judged[/]\n")
        console.print(_table(["", "median", "spread", "target", ""], results))
    if absent := report.absent():
        console.print("\n[bold]not measured[/]\n")
        for what, missing in absent:
            console.print(f"{what}: {words.shortened(str(missing))}", style="dim", markup=False)
    for warning in report.warnings():
        console.print(f"\n{warning}", style="yellow")


def _table(headings: list[str], rows: list[list[str]]) -> Table:
    """The first column may wrap, the others are numbers and verdicts."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(headings[0], overflow="fold")
    for heading in headings[1:]:
        told = heading in ("", "against pgsched")
        table.add_column(heading, justify="left" if told else "right", no_wrap=True)
    for row in rows:
        *others, last = map(escape, row)
        style = _STYLES.get(last)
        table.add_row(
            *others,
            f"[{style}]{last}[/]" if style else last,
            style="bold" if row[0] == "pgsched" else None,
        )
    return table
