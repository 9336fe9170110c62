"""
Measure pgsched and its peers on this machine: `python -m bench`. See bench/README.md.

Exit codes: 0 measured, whatever came of it; 1 pgsched failed, or nothing could be measured; 2 wrong
arguments; 130 Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import argparse
import importlib.util
import signal
import sys
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from pgsched.settings import Settings

from . import machine, suites
from .measure import BenchError
from .peer import BENCH_FOLDER, Peer, peers
from .report import Report, samples, terminal
from .server import opened
from .session import Plan, Session, installed

RESULTS = Path(__file__).parent / "results"
_LAST = BENCH_FOLDER / "last.json"


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").strip())
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "suite", nargs="?", choices=["all", "core"], default="all",
        help="all scenarios and peers, or the engine alone, to measure a change of it [all]",
    )  # fmt: skip
    parser.add_argument(
        "--dsn", help="a server whose role may make databases [PGSCHED_DSN, else an embedded one]"
    )
    parser.add_argument("--quick", action="store_true", help="under two minutes: less, rougher")
    parser.add_argument(
        "--repeats", type=int, help="rounds [1 to 3, as each scenario needs; quick: 1]"
    )
    parser.add_argument("--jobs", type=int, help="at most so many jobs in a measurement, >= 10")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these scenarios only")
    parser.add_argument("--peers", nargs="+", metavar="NAME", help="these peers only, beside ours")
    parser.add_argument(
        "--list", action="store_true", help="say which scenarios and peers there are"
    )
    parser.add_argument("--install", action="store_true", help="only install the peers' packages")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", default=_LAST,
        help=f"write every sample there, after each scenario [{_LAST}]",
    )  # fmt: skip
    chosen = parser.parse_args(argv)
    if chosen.repeats is not None and chosen.repeats < 1:
        parser.error("--repeats must be at least 1")
    if chosen.jobs is not None and chosen.jobs < 10:
        parser.error("--jobs must be at least 10")
    if chosen.suite == "core" and (chosen.peers or chosen.install):
        parser.error("core is measured without peers")
    known = {
        each.name for each in suites.found() if chosen.suite == "all" or each.name in suites.CORE
    }
    if unknown := set(chosen.only or ()) - known:
        parser.error(f"no scenario {', '.join(sorted(unknown))} in {chosen.suite}; see --list")
    if unknown := set(chosen.peers or ()) - {peer.name for peer in peers() if not peer.own}:
        parser.error(f"no peer {', '.join(sorted(unknown))}; see --list")
    return chosen


def run(argv: list[str]) -> int:
    """Do what the arguments ask for."""
    chosen = _arguments(argv)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 80)
    if chosen.list:
        _list(console)
        return 0
    against = _peers(chosen)
    try:
        if chosen.install:
            installed(console, against)
            return 0
        return _measure(console, chosen, against, " ".join(argv))
    except KeyboardInterrupt:
        return 130
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _peers(chosen: argparse.Namespace) -> list[Peer]:
    """
    Those to compare with, the fastest first: they are the last that a quick run should be without.
    It has no time for more than the first variant of each.
    """
    if chosen.suite == "core":
        return []
    foreign = sorted((peer for peer in peers() if not peer.own), key=lambda each: -each.drain)
    if chosen.peers:
        return [peer for peer in foreign if peer.name in chosen.peers]
    if chosen.quick:
        variants = {peer.file: peer for peer in reversed(peers())}
        return [peer for peer in foreign if variants[peer.file] is peer]
    return foreign


def _list(console: Console) -> None:
    """Scenarios by what measures them, and a word on each system."""
    console.print("[bold]scenarios[/] (c: of core, q: of --quick too)\n")
    for scenario in suites.found():
        marks = "c" * (scenario.name in suites.CORE) + "q" * (scenario.name in suites.QUICK)
        console.print(f"[bold]{scenario.name}[/] [dim]{marks}[/]")
        console.print(Padding(escape(scenario.about), (0, 0, 0, 4), expand=False))
    console.print("\n[bold]systems[/]\n")
    for peer in peers():
        versions = ", ".join(peer.dependencies) or "this repository"
        console.print(f"[bold]{escape(peer.name)}[/] [dim]{escape(versions)}[/]")
        for what in ("keeps", "acknowledges", "settings"):
            console.print(
                Padding(escape(f"{what}: {getattr(peer, what)}"), (0, 0, 0, 4), expand=False)
            )


def _measure(
    console: Console, chosen: argparse.Namespace, against: list[Peer], arguments: str
) -> int:
    kept = chosen.suite == "all" and not (
        chosen.quick or chosen.only or chosen.peers or chosen.jobs
    )
    if kept and importlib.util.find_spec("matplotlib") is None:
        raise BenchError("charts need matplotlib: pip install 'pgsched[bench]'")
    plan = Plan(
        suites.chosen(core=chosen.suite == "core", quick=chosen.quick, only=chosen.only),
        against,
        chosen.repeats,
        quick=chosen.quick,
        jobs_max=chosen.jobs or sys.maxsize,
    )
    load = machine.load()  # before anything of ours
    with opened(chosen.dsn or Settings.from_env().dsn, BENCH_FOLDER) as server:
        report = Report(arguments, machine.facts(), server.settings(), load)
        keep = partial(samples.write, report, chosen.json)
        keep()  # a path that cannot be written must not cost a run
        Session(console, server, plan, report, keep).run()
        why = _worthless(report) if kept else ""
        if kept and not why:
            samples.write(report, RESULTS / "results.json")
        terminal.show(console, report)
        if kept and not why:
            from .report import page  # matplotlib takes a second to import

            page.write(report, RESULTS)
    if kept:
        told = f"not written to {RESULTS}: {why}" if why else f"written to {RESULTS}"
        console.print(f"\n{told}", markup=False)
    return 1 if report.failed() else 0


def _worthless(report: Report) -> str:
    """Why it must not replace the results that are committed; empty: it may."""
    if failed := report.failed():
        return f"{', '.join(failed)} failed"
    if careless := report.careless():
        return f"{' and '.join(careless)} off"
    return ""


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # all is stopped and dropped, too
    sys.exit(run(sys.argv[1:]))
