"""How figures read, on the terminal and on the page alike."""

from __future__ import annotations

import math

from bench.compare import against, courses, standings
from bench.measure import Figure, Measured, Result


def number(value: float) -> str:
    """Three digits that count, none after the point from 100 on."""
    if math.isnan(value):
        return "unknown"
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def percent(spread: float | None) -> str:
    """A dash where it is not known."""
    return "-" if spread is None or math.isnan(spread) else f"{spread:.0%}"


def shortened(text: str, most: int = 300) -> str:
    """On one line: what failed, and how its last words end."""
    told = " ".join(text.split())
    return told if len(told) <= most else f"{told[: most // 3]} ... {told[-most * 2 // 3 :]}"


def line(result: Result) -> list[str]:
    """What, median, spread, target, verdict."""
    of, target = result.line, ""
    if of.target is not None:
        target = f"{'>=' if of.better == 'more' else '<='} {number(of.target)}"
    if not result.values:
        return [result.what, "", "", target, result.verdict]
    median = f"{number(result.median)} {of.unit}".rstrip()
    return [result.what, median, percent(result.spread), target, result.verdict]


def heading(figure: Figure) -> str:
    return f"{figure.what}, {figure.unit}" if figure.unit else figure.what


def side_by_side(measured: Measured, figure: Figure) -> tuple[list[str], list[list[str]]]:
    """Headings and rows of one figure's table: every system, the best first, the missing last."""
    if found := courses(measured, figure):
        headings = ["", "first tenth", "last tenth", "change"]
        rows = [
            [each.system, number(each.first), number(each.last), _change(each.first, each.last)]
            for each in found
        ]
    else:
        ranked = standings(measured, figure)
        headings = ["", "median", "spread", "against pgsched"]
        rows = [
            [each.system, number(each.median), percent(each.spread), against(each, figure)]
            for each in ranked
        ]
        if not any(each.factors for each in ranked):
            headings, rows = headings[:3], [row[:3] for row in rows]
    rest = [""] * (len(headings) - 2)
    rows += [
        [name, "failed" if missing.failed else "skipped", *rest]
        for name, missing in measured.missing.items()
        if name not in {row[0] for row in rows}
    ]
    return headings, rows


def _change(first: float, last: float) -> str:
    return f"x {number(last / first)}" if first else "-"
