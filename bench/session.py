"""One run: install the peers, measure every scenario in rounds, and tell how far it is."""

from __future__ import annotations

import math
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console

from . import machine
from .measure import A_PEER, Measured, Missing, Sample, Scenario, Skipped, Systems, failure
from .peer import Peer, peers
from .report import Entry, Report
from .server import Server
from .work import Bench

_QUICK_S = 100  # no measurement of a quick run starts later: the last may end after it


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure: `against` are the peers beside our own, `jobs_max` bounds every size."""

    scenarios: list[Scenario]
    against: list[Peer]
    repeats: int | None
    quick: bool
    jobs_max: int


def installed(console: Console, against: list[Peer]) -> list[Entry]:
    """Make the environment of each, and tell of it; one that cannot be is marked as missing."""
    made: list[Entry] = []
    for peer in against:
        begun = time.monotonic()
        with console.status(f"{peer.name}: installing"):
            entry = _installed(peer)
        versions = ", ".join(f"{name} {version}" for name, version in entry.versions.items())
        told = str(entry.missing) if entry.missing else versions
        took = f"{time.monotonic() - begun:6.1f} s"
        console.print(f"install {peer.name}  {took}  {told}", style="dim", markup=False)
        made.append(entry)
    return made


def _installed(peer: Peer) -> Entry:
    try:
        peer.install()
        return Entry(peer, peer.versions())
    except Skipped as why:
        return Entry(peer, missing=Missing(str(why)))


@dataclass(slots=True)
class Session:
    """A plan on its way: what is measured joins the report."""

    console: Console
    server: Server
    plan: Plan
    report: Report
    keep: Callable[[], None]
    """Writes the report so far: what comes next may never end."""
    ends: float = math.inf
    """No measurement starts later, in seconds of `time.monotonic`."""

    def run(self) -> None:
        """All scenarios, one after the other; installing is not part of the time."""
        own = [Entry(peer) for peer in peers() if peer.own]
        self.report.entries = [*own, *installed(self.console, self.plan.against)]
        begun = time.monotonic()
        if self.plan.quick and self.plan.repeats is None:
            self.ends = begun + _QUICK_S
        for number, scenario in enumerate(self.plan.scenarios, start=1):
            where = f"{number} of {len(self.plan.scenarios)}, {scenario.name}"
            self.report.measured.append(self._scenario(scenario, where))
            self.report.took_s = time.monotonic() - begun
            self.report.load_after = machine.load()
            try:
                self.keep()
            except Exception:  # the next time may do
                traceback.print_exc(file=sys.stderr)

    def _scenario(self, scenario: Scenario, where: str) -> Measured:
        """All its rounds; a failure of its preparation ends it alone."""
        made = Measured(scenario, unasked=self._unasked())
        usual = 1 if self.plan.quick else scenario.repeats
        repeats, begun = self.plan.repeats or usual, time.monotonic()
        try:
            _in_time(self.ends)
            with (
                self.console.status(f"{where}: preparing") as status,
                scenario.open(self._bench()) as systems,
            ):
                made.missing = self._uninstalled(systems)
                limited = {name: _until(self.ends, each) for name, each in systems.items()}
                for turn, system in made.measure(limited, repeats):
                    status.update(f"{where}: round {turn} of {repeats}, {system}")
        except Skipped as why:
            made.skipped = Missing(str(why))
        except Exception as error:
            made.skipped = failure(error)
        made.took_s = time.monotonic() - begun
        told = str(made.skipped or f"rounds: {repeats}")
        for name, missing in made.missing.items():
            told += f"; {name} {'failed' if missing.failed else 'skipped'}"
        told = f"{scenario.name:<16} {made.took_s:6.1f} s  {told}"
        self.console.print(told, style="dim", markup=False)
        return made

    def _bench(self) -> Bench:
        here = [each.peer for each in self.report.entries if not (each.peer.own or each.missing)]
        return Bench(self.server, self.plan.quick, self.plan.jobs_max, tuple(here))

    def _unasked(self) -> frozenset[str]:
        """Peers that are not part of this run: no line is to miss them."""
        foreign = {peer.name for peer in peers() if not peer.own}
        asked = {peer.name for peer in self.plan.against}
        return frozenset(foreign - asked if asked else {*foreign, A_PEER})

    def _uninstalled(self, systems: Systems) -> dict[str, Missing]:
        """Peers without packages, for a scenario that measures peers: without any, each may."""
        here = [peer.name for peer in self._bench().peers]
        if here and not any(name in systems for name in here):
            return {}
        return {each.peer.name: each.missing for each in self.report.entries if each.missing}


def _in_time(ends: float) -> None:
    if time.monotonic() > ends:
        raise Skipped("no time was left in this quick run")


def _until(ends: float, system: Callable[[], Sample]) -> Callable[[], Sample]:
    """The same, unless time is up."""

    def take() -> Sample:
        _in_time(ends)
        return system()

    return take
