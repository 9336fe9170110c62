"""The tables that the demo prints when its jobs have ended: at most 80 columns wide."""

from __future__ import annotations

from dataclasses import dataclass

from rich import box
from rich.console import Console, Group
from rich.table import Table

from . import library, store
from .store import Connection

_STYLES = {"succeeded": "green", "dead": "red"}


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the check: what the demo found, and what it should have."""

    what: str
    found: str
    expected: str

    @property
    def ok(self) -> bool:
        return self.found == self.expected


def checks(conn: Connection, ids: list[int], paths: list[str]) -> list[Check]:
    """Compare what is stored with the file system."""
    stored = store.totals(conn, ids)
    there = library.totals([path for path in paths if path != library.POISONED])
    seen = store.outcomes(conn, ids)
    recover = sum(path in library.FLAKY for path in paths)
    poisoned = int(library.POISONED in paths)
    return [
        Check("files", f"{stored.files:,}", f"{there.files:,}"),
        Check("lines", f"{stored.lines:,}", f"{there.lines:,}"),
        Check("bytes", f"{stored.bytes:,}", f"{there.bytes:,}"),
        Check("hash of hashes", stored.digest[:16], there.digest[:16]),
        Check("stored twice", f"{seen['twice']}", "0"),
        Check("recovered by retry", f"{seen['recovered']}", f"{recover}"),
        Check("ended dead", f"{len(store.dead(conn, ids))}", f"{poisoned}"),
    ]


def show(console: Console, conn: Connection, ids: list[int], paths: list[str]) -> bool:
    """Print all tables; returns whether everything is as it should be."""
    compared = checks(conn, ids, paths)
    left = Group("[bold]Jobs by state[/]", _states(conn, ids))
    right = Group("[bold]Milliseconds[/]", _durations(conn, ids))
    side_by_side = Table.grid(padding=(0, 8))
    side_by_side.add_row(left, right)
    console.print()
    console.print(side_by_side)
    console.print()
    console.print(_speed(conn, ids))
    console.print()
    for path, attempts, error in store.dead(conn, ids):
        console.print(f"[red]dead[/] after {attempts} attempts: {path}")
        console.print(f"  {error.partition(chr(10))[0]:.76}", style="dim", markup=False)
    console.print()
    console.print("[bold]Stored, against the file system[/]")
    console.print(show_checks(compared))
    console.print()
    wrong = [check.what for check in compared if not check.ok]
    if wrong:
        console.print(f"[bold red]DIFFERS[/]: {', '.join(wrong)}")
    else:
        console.print("[bold green]OK[/]: every file is stored exactly once, and as it is on disk.")
    return not wrong


def plain_table(*headings: str) -> Table:
    """Without a frame; all columns but the first stand right."""
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    for n, heading in enumerate(headings):
        made.add_column(heading, justify="right" if n else "left", no_wrap=True)
    return made


def _states(conn: Connection, ids: list[int]) -> Table:
    table = plain_table("state", "jobs")
    for state, jobs in sorted(store.states(conn, ids).items(), key=lambda pair: -pair[1]):
        table.add_row(state, f"{jobs:,}", style=_STYLES.get(state, ""))
    return table


def _durations(conn: Connection, ids: list[int]) -> Table:
    table = plain_table("from .. to", "p50", "p95", "most")
    names = {"wait": "enqueue .. start", "run": "start .. end"}
    for name, values in store.durations(conn, ids).items():
        table.add_row(names[name], *(f"{value:,.0f}" for value in values))
    return table


def _speed(conn: Connection, ids: list[int]) -> str:
    span, stored = store.span_s(conn, ids), store.totals(conn, ids)
    seen = store.outcomes(conn, ids)
    span = max(span, 0.001)
    return (
        f"{stored.files / span:,.0f} files, {stored.lines / span:,.0f} lines and"
        f" {stored.bytes / span / 1e6:.1f} MB a second, for {span:.1f} s\n"
        f"{seen['tokens']:,} tokens; {seen['broken']} files do not tokenize, and say why in"
        " demo.file"
    )


def show_checks(compared: list[Check]) -> Table:
    """Each with what was found, what should have been, and whether they are the same."""
    table = plain_table("", "stored", "expected", "")
    for check in compared:
        verdict = "[green]ok[/]" if check.ok else "[bold red]differs[/]"
        table.add_row(check.what, check.found, check.expected, verdict)
    return table
