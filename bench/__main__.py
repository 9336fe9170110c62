"""
Measure pgsched on this machine: `python -m bench core`. See bench/README.md.

Exit codes: 0 measured, whatever came of it; 1 a measured system failed; 2 wrong arguments; 130
Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from rich.console import Console

from pgsched.settings import Settings

from . import core, machine, measure, report
from .measure import Measured, Scenario, Skipped
from .report import Report
from .server import Server, opened
from .work import Bench, BenchError

RESULTS = Path(__file__).parent / "results"
_FOLDER = Path(".pgsched", "bench")


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").strip())
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("suite", choices=["core"], help="what to measure")
    parser.add_argument(
        "--dsn", help="a server whose role may make databases [PGSCHED_DSN, else an embedded one]"
    )
    parser.add_argument("--quick", action="store_true", help="under two minutes: rougher")
    parser.add_argument("--repeats", type=int, help="rounds [5; quick: 2]")
    parser.add_argument("--jobs", type=int, help="at most so many jobs in a measurement, >= 10")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these scenarios only")
    parser.add_argument("--list", action="store_true", help="say which scenarios there are")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample there")
    chosen = parser.parse_args(argv)
    if chosen.repeats is not None and chosen.repeats < 1:
        parser.error("--repeats must be at least 1")
    if chosen.jobs is not None and chosen.jobs < 10:
        parser.error("--jobs must be at least 10")
    known = {scenario.name for scenario in core.SCENARIOS}
    if unknown := set(chosen.only or ()) - known:
        parser.error(f"no scenario {', '.join(sorted(unknown))}; see --list")
    return chosen


def run(argv: list[str]) -> int:
    """Measure what the arguments ask for, and print it."""
    chosen = _arguments(argv)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 80)
    if chosen.list:
        for scenario in core.SCENARIOS:
            console.print(f"[bold]{scenario.name:<12}[/] {scenario.about}")
        return 0
    dsn = chosen.dsn or Settings.from_env().dsn
    try:
        with opened(dsn, _FOLDER) as server:
            made = _measure(console, server, chosen, " ".join(argv))
    except KeyboardInterrupt:
        return 130
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    report.show(console, made)
    if chosen.json:
        report.write_json(made, chosen.json)
    if not (chosen.quick or chosen.only or chosen.jobs):
        report.write_markdown(made, RESULTS / f"{chosen.suite}.md")
        report.write_json(made, RESULTS / f"{chosen.suite}.json")
        console.print(f"written to {RESULTS}")
    return 0


def _measure(
    console: Console, server: Server, chosen: argparse.Namespace, arguments: str
) -> Report:
    """All scenarios asked for, one after the other."""
    made = Report(chosen.suite, arguments, machine.facts(), server.settings(), machine.load())
    bench = Bench(server, chosen.quick, chosen.jobs or sys.maxsize)
    repeats = chosen.repeats or (2 if chosen.quick else 5)
    begun = time.monotonic()
    for scenario in core.SCENARIOS:
        if not chosen.only or scenario.name in chosen.only:
            made.measured.append(_rounds(console, bench, scenario, repeats))
    made.took_s, made.load_after = time.monotonic() - begun, machine.load()
    return made


def _rounds(console: Console, bench: Bench, scenario: Scenario, repeats: int) -> Measured:
    """One scenario; tells how far it is where somebody watches."""
    measured, begun = Measured(scenario), time.monotonic()
    repeats = min(repeats, scenario.repeats)
    try:
        with (
            console.status(f"{scenario.name}: preparing") as status,
            scenario.open(bench) as systems,
        ):
            for done, taken in enumerate(measure.rounds(systems, repeats), start=1):
                measured.rounds.append(taken)
                status.update(f"{scenario.name}: round {done} of {repeats}")
    except Skipped as skipped:
        measured.skipped = str(skipped)
    told = measured.skipped or f"{len(measured.rounds)} rounds"
    console.print(f"{scenario.name:<12} {time.monotonic() - begun:6.1f} s  {told}", style="dim")
    return measured


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
