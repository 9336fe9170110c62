"""The page that is committed, in Markdown, with its charts beside it."""

from __future__ import annotations

from pathlib import Path

from bench.compare import courses, standings
from bench.measure import NOISY, Figure, Measured

from . import Entry, Report, charts, words


def write(report: Report, folder: Path) -> None:
    """`README.md` and its charts; those of an older run that are not among them are deleted."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = charts.drawn(report)
    for old in folder.glob("*.svg"):
        old.unlink()
    for name, svg in drawn.items():
        (folder / name).write_text(svg)
    (folder / "README.md").write_text("\n".join(_lines(report)) + "\n")


def _lines(report: Report) -> list[str]:
    return [
        *_opening(report),
        *_judged(report),
        *(line for each in report.measured for line in _scenario(each)),
        *_absent(report),
        *_systems(report),
        *_machine(report),
        *_rest(report),
    ]


def _opening(report: Report) -> list[str]:
    command = f"python -m bench {report.arguments}".strip()
    machine = report.machine
    lines = [
        "# Results",
        "",
        f"`{command}`, {report.at}, {report.took_s / 60:.0f} minutes, commit {machine['commit']},",
        f"on {machine['cores']} cores of {machine['cpu']}. Written by the suite, not by hand:",
        "[how to read it](../README.md).",
        "",
        "Every figure is the median of rounds in which all systems were measured one after the",
        "other. *Spread* is (most - least) / median. *Against pgsched* compares within each round:",
        f"a range where the rounds' ratios spread by more than {NOISY:g}. Where the rounds do",
        "not agree which of the two is ahead it is *alike*; *too noisy* if they spread by more.",
        "",
    ]
    for warning in report.warnings():
        lines += [f"**{warning}**", ""]
    return lines


def _judged(report: Report) -> list[str]:
    results = [words.line(result) for result in report.results()]
    if not results:
        return []
    headings = ["", "median", "spread", "target", ""]
    return ["## What was judged", "", *_table(headings, "lrrrl", results), ""]


def _absent(report: Report) -> list[str]:
    told = [
        f"- {_cell(what)} {_cell(words.shortened(str(missing)))}"
        for what, missing in report.absent()
    ]
    return ["## What was not measured", "", *told, ""] if told else []


def _scenario(measured: Measured) -> list[str]:
    """Its figures side by side; nothing for one that has none."""
    lines: list[str] = []
    for figure in measured.scenario.figures:
        headings, rows = words.side_by_side(measured, figure)
        if not measured.values(figure.name):
            continue
        name = charts.name(measured, figure)
        lines += [f"![{_alternative(measured, figure)}]({name})", ""]
        lines += ["<details><summary>The figures</summary>", ""]
        sides = "l" + "r" * (len(headings) - 2) + ("l" if "against" in headings[-1] else "r")
        lines += [*_table(headings, sides, rows), "", "</details>", ""]
    if not lines:
        return []
    return [f"## {measured.scenario.name}", "", measured.scenario.about, "", *lines]


def _alternative(measured: Measured, figure: Figure) -> str:
    """The chart in words."""
    told = [f"{each.system} {words.number(each.median)}" for each in standings(measured, figure)]
    told += [
        f"{each.system} from {words.number(each.first)} to {words.number(each.last)}"
        for each in courses(measured, figure)
    ]
    return f"{words.heading(figure)}: {', '.join(told)}".replace("[", "(").replace("]", ")")


def _systems(report: Report) -> list[str]:
    headings = ["system", "keeps of a job", "acknowledges", "settings"]
    rows = [
        [f"**{each.peer.name}** {_versions(each)}".strip(), each.peer.keeps, each.peer.acknowledges,
         each.peer.settings]
        for each in report.entries
    ]  # fmt: skip
    return ["## The systems", "", *_table(headings, "llll", rows), ""]


def _versions(entry: Entry) -> str:
    if entry.missing:
        return f"({words.shortened(str(entry.missing), 100)})"
    return ", ".join(f"{name} {version}" for name, version in entry.versions.items())


def _machine(report: Report) -> list[str]:
    rows = [[name, value] for name, value in report.machine.items()]
    rows += [[f"Postgres: {name}", value] for name, value in report.settings.items()]
    rows += [["load", f"{report.load_before:.2f} before, {report.load_after:.2f} after"]]
    return ["## The machine", "", *_table(["", ""], "ll", rows), ""]


def _rest(report: Report) -> list[str]:
    """What the figures above do not show too."""
    rows = [
        [
            measured.scenario.name,
            system,
            ", ".join(f"{name} {words.number(value)}" for name, value in figures.items()),
        ]
        for measured in report.measured
        for system, figures in measured.medians().items()
        if figures
    ]
    summary = "<details><summary>Medians, in the units that the names end with</summary>"
    table = _table(["scenario", "system", "figures"], "lll", rows)
    return ["## All that was measured", "", summary, "", *table, "", "</details>"]


def _table(headings: list[str], sides: str, rows: list[list[str]]) -> list[str]:
    marks = ["---:" if side == "r" else "---" for side in sides]
    return [_row(headings), _row(marks), *map(_row, rows)]


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(map(_cell, cells)) + " |"


def _cell(text: str) -> str:
    """Nothing that Markdown would take for its own."""
    return text.replace("|", "\\|").replace("<", "&lt;")
