"""Every sample of every round, and what was concluded, as JSON."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from bench.compare import against, standings
from bench.measure import Figure, Measured, Missing, Result

from . import Entry, Report


def write(report: Report, path: Path) -> None:
    told = {
        "at": report.at,
        "arguments": report.arguments,
        "took_s": round(report.took_s, 1),
        "machine": report.machine,
        "settings": report.settings,
        "load": {"before": report.load_before, "after": report.load_after},
        "warnings": report.warnings(),
        "systems": [_entry(each) for each in report.entries],
        "scenarios": [_scenario(each) for each in report.measured],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_name(
        path.name + ".part"
    )  # whoever is killed now leaves the last ones whole
    written.write_text(json.dumps(_finite(told), indent=1, allow_nan=False) + "\n")
    written.replace(path)


def _entry(entry: Entry) -> dict[str, Any]:
    peer = entry.peer
    return {
        "name": peer.name,
        "versions": entry.versions,
        "keeps": peer.keeps,
        "acknowledges": peer.acknowledges,
        "settings": peer.settings,
        "missing": _missing(entry.missing),
    }


def _scenario(measured: Measured) -> dict[str, Any]:
    scenario = measured.scenario
    return {
        "name": scenario.name,
        "about": scenario.about,
        "took_s": round(measured.took_s, 1),
        "skipped": _missing(measured.skipped),
        "missing": {name: _missing(each) for name, each in measured.missing.items()},
        "rounds": measured.rounds,
        "lines": [_line(result) for result in measured.results()],
        "figures": [_figure(measured, figure) for figure in scenario.figures],
    }


def _line(result: Result) -> dict[str, Any]:
    return {
        "what": result.what,
        "unit": result.line.unit,
        "values": result.values,
        "median": result.median if result.values else None,
        "spread": result.spread if result.values else None,
        "target": result.line.target,
        "better": result.line.better,
        "verdict": result.verdict,
        "skipped": result.skipped,
    }


def _figure(measured: Measured, figure: Figure) -> dict[str, Any]:
    return {
        "name": figure.name,
        "what": figure.what,
        "unit": figure.unit,
        "better": figure.better,
        "systems": {
            each.system: {
                "median": each.median,
                "spread": each.spread,
                "times_worse_than_pgsched": each.factors,
                "against_pgsched": against(each, figure),
            }
            for each in standings(measured, figure)
        },
    }


def _missing(missing: Missing | None) -> str:
    """Empty if it is not."""
    return str(missing) if missing else ""


def _finite(value: Any) -> Any:
    """JSON has no NaN: null stands for what could not be seen."""
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
