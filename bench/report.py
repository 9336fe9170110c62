"""What a run came to: a table for the terminal, Markdown for people to keep, JSON for programs."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from .measure import NOISY, Measured, Result

_STYLES = {"met": "green", "missed": "bold red", "too noisy": "yellow", "skipped": "dim"}


@dataclass(slots=True)
class Report:
    """One run: where, with which settings, how busy the machine was, and what was measured."""

    suite: str
    arguments: str
    machine: dict[str, str]
    settings: dict[str, str]
    load_before: float
    load_after: float = 0.0
    took_s: float = 0.0
    measured: list[Measured] = field(default_factory=list[Measured])
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(" ", "seconds"))

    def results(self) -> list[Result]:
        return [result for each in self.measured for result in each.results()]

    def noisy_machine(self) -> str:
        """A warning if others wanted the cores before the run began; empty if not."""
        cores = int(self.machine["cores"])
        if self.load_before <= cores / 2:
            return ""
        return (
            f"The machine was busy before the run: load {self.load_before:.1f} on {cores} cores."
            " Trust no absolute figure, and no ratio of what runs in several processes."
        )


def show(console: Console, report: Report) -> None:
    """Print the table: at most 80 columns."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("measured", overflow="fold")
    for heading in ("median", "spread", "target"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for result in report.results():
        style = _STYLES.get(result.verdict, "")
        verdict = f"[{style}]{result.verdict}[/]" if style else result.verdict
        table.add_row(*_cells(result), verdict)
    console.print()
    console.print(table)
    console.print()
    for name, why in _skipped(report):
        console.print(f"{name} skipped: {why}", style="dim")
    if warning := report.noisy_machine():
        console.print(warning, style="yellow")


def write_json(report: Report, path: Path) -> None:
    """Every sample of every round, and what was concluded."""
    told = {
        "suite": report.suite,
        "at": report.at,
        "arguments": report.arguments,
        "took_s": round(report.took_s, 1),
        "machine": report.machine,
        "settings": report.settings,
        "load": {"before": report.load_before, "after": report.load_after},
        "scenarios": [_scenario_json(each) for each in report.measured],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told, indent=1) + "\n")


def write_markdown(report: Report, path: Path) -> None:
    """The page that is committed."""
    lines = [
        f"# Results: {report.suite}",
        "",
        f"`python -m bench {report.arguments}`, {report.at}, {report.took_s / 60:.0f} minutes.",
        f"Commit {report.machine['commit']}.",
        "",
        "Medians of rounds in which all systems were measured one after the other. *Spread* is",
        "(most - least) / median; rounds that disagree about the target, and spread above",
        f"{NOISY:g}, are called too noisy.",
        "",
    ]
    if warning := report.noisy_machine():
        lines += [f"**{warning}**", ""]
    lines += _rows(["measured", "median", "spread", "target", ""], "lrrrl")
    lines += _rows_of([[*_cells(result), result.verdict] for result in report.results()])
    lines += [f"\n{name} skipped: {why}." for name, why in _skipped(report)]
    lines += ["", "## The machine", ""]
    lines += _rows(["", ""], "ll")
    lines += _rows_of([[name, value] for name, value in report.machine.items()])
    lines += _rows_of([[f"Postgres: {name}", value] for name, value in report.settings.items()])
    load = f"{report.load_before:.2f} before, {report.load_after:.2f} after"
    lines += _rows_of([["load", load]])
    lines += ["", "## Each system", "", "Medians, in the units that the names end with.", ""]
    lines += _rows(["scenario", "system", "figures"], "lll")
    for measured in report.measured:
        for system, figures in measured.medians().items():
            told = ", ".join(f"{name} {_number(value)}" for name, value in figures.items())
            lines += _rows_of([[measured.scenario.name, system, told]])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def _cells(result: Result) -> list[str]:
    line = result.line
    target = ""
    if line.target is not None:
        sign = ">=" if line.better == "more" else "<="
        target = f"{sign} {_number(line.target)}"
    if not result.values:
        return [line.what, "", "", target]
    median = f"{_number(result.median)} {line.unit}".rstrip()
    spread = f"{result.spread:.0%}" if result.spread is not None else "-"
    return [line.what, median, spread, target]


def _number(value: float) -> str:
    """Three digits that count, none after the point from 100 on."""
    if math.isnan(value):
        return "unknown"
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def _skipped(report: Report) -> list[tuple[str, str]]:
    return [(each.scenario.name, each.skipped) for each in report.measured if each.skipped]


def _scenario_json(measured: Measured) -> dict[str, object]:
    return {
        "name": measured.scenario.name,
        "about": measured.scenario.about,
        "skipped": measured.skipped,
        "rounds": [
            {
                system: {name: None if math.isnan(v) else v for name, v in sample.items()}
                for system, sample in each.items()
            }
            for each in measured.rounds
        ],
        "lines": [
            {
                "what": result.line.what,
                "unit": result.line.unit,
                "values": result.values,
                "median": result.median if result.values else None,
                "spread": result.spread if result.values else None,
                "target": result.line.target,
                "better": result.line.better,
                "verdict": result.verdict,
            }
            for result in measured.results()
        ],
    }


def _rows(headings: list[str], sides: str) -> list[str]:
    marks = ["---:" if side == "r" else "---" for side in sides]
    return ["| " + " | ".join(headings) + " |", "| " + " | ".join(marks) + " |"]


def _rows_of(rows: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
