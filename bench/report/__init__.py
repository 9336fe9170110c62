"""What a run came to: `terminal` prints it; `page`, `charts` and `samples` write what is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from bench.compare import against, standings
from bench.measure import NOISY, Measured, Missing, Result
from bench.peer import Peer


@dataclass(frozen=True, slots=True)
class Entry:
    """One system of the run: `versions` of its packages, or why none of it was measured."""

    peer: Peer
    versions: dict[str, str] = field(default_factory=dict[str, str])
    missing: Missing | None = None


@dataclass(slots=True)
class Report:
    """One run: where, with which settings, how busy the machine was, and what was measured."""

    arguments: str
    machine: dict[str, str]
    settings: dict[str, str]
    load_before: float
    load_after: float = 0.0
    took_s: float = 0.0
    entries: list[Entry] = field(default_factory=list[Entry])
    measured: list[Measured] = field(default_factory=list[Measured])
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(" ", "seconds"))

    def results(self) -> list[Result]:
        return [result for each in self.measured for result in each.results()]

    def absent(self) -> list[tuple[str, Missing]]:
        """What was not measured, and why: a peer, a scenario, a system of some of them, a line."""
        told = [(each.peer.name, each.missing) for each in self.entries if each.missing]
        told += [(each.scenario.name, each.skipped) for each in self.measured if each.skipped]
        places: dict[tuple[str, Missing], list[str]] = {}
        for each in self.measured:
            for found in each.missing.items():
                if found not in told:
                    places.setdefault(found, []).append(each.scenario.name)
        told += [(f"{name} in {', '.join(where)}", why) for (name, why), where in places.items()]
        known = {missing.why for _, missing in told}
        told += [
            (result.what, Missing(result.skipped))
            for result in self.results()
            if result.skipped and result.skipped not in known
        ]
        return told

    def failed(self) -> list[str]:
        """What failed although it is ours: that the figures are missing is our fault."""
        peers = {each.peer.name for each in self.entries if not each.peer.own}
        told: list[str] = []
        for each in self.measured:
            if each.skipped and each.skipped.failed:
                told.append(each.scenario.name)
            told += [
                f"{each.scenario.name}, {name}"
                for name, missing in each.missing.items()
                if missing.failed and name not in peers
            ]
        return told

    def warnings(self) -> list[str]:
        """What a reader must know before any figure; empty if all is well."""
        told = (self._careless(), self._busy(), self._rough(), self._noisy())
        return [each for each in told if each]

    def careless(self) -> list[str]:
        """Settings that are off with which a commit may be lost."""
        names = ("fsync", "synchronous_commit")
        return [name for name in names if self.settings.get(name) == "off"]

    def _careless(self) -> str:
        if not (names := self.careless()):
            return ""
        return (
            f"Postgres runs with {' and '.join(names)} off: it may lose what it has confirmed. Such"
            " figures are written to no results."
        )

    def _busy(self) -> str:
        cores = int(self.machine["cores"])
        if self.load_before <= cores / 2:
            return ""
        return (
            f"The machine was busy before the run: load {self.load_before:.1f} on {cores} cores."
            " Trust no absolute figure, and no ratio of what runs in several processes."
        )

    def _rough(self) -> str:
        if any(len(each.rounds) > 1 for each in self.measured):
            return ""
        return (
            "One round: no spread is known, so take every figure and every ratio as rough; what is"
            f" within {NOISY:.0%} of its target is too close to tell."
        )

    def _noisy(self) -> str:
        """How much of it allows no conclusion."""
        verdicts = [each.verdict for each in self.results() if not each.skipped]
        verdicts += [
            against(standing, figure)
            for each in self.measured
            for figure in each.scenario.figures
            for standing in standings(each, figure)
        ]
        if not (noisy := verdicts.count("too noisy")):
            return ""
        return (
            f"Too noisy to conclude: {noisy} of {sum(map(bool, verdicts))} lines and comparisons."
            " Close other programs, or give it more --repeats."
        )
