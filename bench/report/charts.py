"""The charts: one of every figure, as SVG by matplotlib."""

from __future__ import annotations

import math
import re

from bench.compare import courses, standings
from bench.measure import Figure, Measured

from . import Report, bars, lines


def drawn(report: Report) -> dict[str, str]:
    """File name to SVG, of every figure that has values."""
    return {
        name(measured, figure): svg
        for measured in report.measured
        for figure in measured.scenario.figures
        if (svg := _drawn(measured, figure))
    }


def name(measured: Measured, figure: Figure) -> str:
    """Of the file."""
    return re.sub(r"[^a-z0-9]+", "-", f"{measured.scenario.name}-{figure.name}".lower()) + ".svg"


def _drawn(measured: Measured, figure: Figure) -> str:
    """Empty if no system has a value."""
    if over_time := courses(measured, figure):
        return lines.draw(figure, over_time)
    seen = [each for each in standings(measured, figure) if not math.isnan(each.median)]
    return bars.draw(figure, seen) if seen else ""
