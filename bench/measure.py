"""What is measured, and what may be concluded from it: scenarios, lines, rounds, verdicts."""

from __future__ import annotations

import math
import statistics
import sys
import traceback
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal

Sample = Mapping[str, Any]
"""
What one measurement of one system gave, by name: `jobs_per_s`, `cpu_us`, `wal_bytes`, ...

Numbers; a list of points [x, y] is a course over time, for a chart.
"""

Round = Mapping[str, Sample]
"""One sample of each system, taken one after the other within one repeat."""

Systems = Mapping[str, Callable[[], Sample]]

OURS = frozenset({"pgsched", "sketch", "floor"})
"""Systems that are part of this repository: no peers."""

A_PEER = "peer"
"""What is missing where any peer would do."""

NOISY = 0.25
"""A spread, (most - least) / median, above which repeats that disagree allow no conclusion."""


class Skipped(Exception):
    """A scenario, or one system of it, cannot be measured here; the message says why."""


class BenchError(Exception):
    """A measured system did not do its work: its figures would say nothing."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a system, or a whole scenario, has no figures: it could not be measured, or failed."""

    why: str
    failed: bool = False

    def __str__(self) -> str:
        return f"failed: {self.why}" if self.failed else f"skipped: {self.why}"


@dataclass(frozen=True, slots=True)
class Line:
    """
    One figure of the results: computed from each round, then the median over the rounds.

    `target` with `better`: at least ("more") or at most ("less"); None: shown without judgement.
    `unit` is empty for a ratio.
    """

    what: str
    value: Callable[[Round], float]
    target: float | None = None
    better: Literal["more", "less"] = "more"
    unit: str = ""

    def meets(self, value: float) -> bool:
        assert self.target is not None
        return value >= self.target if self.better == "more" else value <= self.target


@dataclass(frozen=True, slots=True)
class Figure:
    """
    One figure that the results show of every system, side by side, with its ratio to pgsched's.

    `name` is its name in the samples; one of points [x, y] gives a chart of courses instead of
    bars. `unit` is that of y, empty for a ratio; `over` says what x is, with its unit.
    """

    name: str
    what: str
    unit: str
    better: Literal["more", "less"] = "more"
    over: str = "seconds"


@dataclass(frozen=True, slots=True)
class Scenario:
    """
    One thing to measure: `open` makes what it needs and gives its systems, measured in turn.

    `repeats` bounds the rounds, for what takes long and varies little. `figures` are shown of each
    system; `lines` are judged.
    """

    name: str
    about: str
    open: Callable[[Any], AbstractContextManager[Systems]]
    lines: tuple[Line, ...]
    repeats: int = 99
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What a line came to: the median of `values`, one a round; none if it was skipped."""

    scenario: str
    line: Line
    values: list[float]
    skipped: str = ""
    rough: bool = False
    """One round of what more rounds were meant for."""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def spread(self) -> float | None:
        """See the function."""
        return spread(self.values)

    @property
    def verdict(self) -> Literal["met", "missed", "too noisy", "too close", "skipped", ""]:
        """
        Rounds that all fall on one side of the target agree, however far they spread.

        A rough one concludes nothing within NOISY of the target.
        """
        if self.skipped:
            return "skipped"
        if self.line.target is None:
            return ""
        met = [self.line.meets(value) for value in self.values]
        if any(met) and not all(met) and (self.spread or 0) > NOISY:
            return "too noisy"
        if self.rough and abs(self.median - self.line.target) <= NOISY * abs(self.line.target):
            return "too close"
        return "met" if self.line.meets(self.median) else "missed"


@dataclass(slots=True)
class Measured:
    """All rounds of one scenario; a system that is missing is in none of them."""

    scenario: Scenario
    rounds: list[dict[str, Sample]] = field(default_factory=list[dict[str, Sample]])
    skipped: Missing | None = None
    """Why nothing of it was measured."""
    missing: dict[str, Missing] = field(default_factory=dict[str, Missing])
    unasked: frozenset[str] = frozenset()
    """Systems that nobody asked for: no line tells about them."""
    took_s: float = 0.0

    def results(self) -> list[Result]:
        return [made for line in self.scenario.lines if (made := self._result(line))]

    def _result(self, line: Line) -> Result | None:
        """A line that needs a missing system is skipped with it; one nobody asked for is None."""
        name, skipped = self.scenario.name, self.skipped.why if self.skipped else ""
        try:
            values = [line.value(each) for each in self.rounds]
        except KeyError as missing:
            system = str(missing.args[0])
            if system in self.unasked:
                return None
            why = self.missing.get(system, Missing(f"there is no {system}"))
            return Result(name, line, [], why.why)
        if any(map(math.isnan, values)):
            return Result(name, line, [], "it cannot be seen here")
        rough = len(values) == 1 and self.scenario.repeats > 1
        return Result(name, line, values, skipped, rough)

    def values(self, figure: str) -> dict[str, list[Any]]:
        """System to its values of this figure, one a round; without those that have none."""
        systems = self.rounds[0] if self.rounds else {}
        return {
            system: [each[system][figure] for each in self.rounds]
            for system, sample in systems.items()
            if figure in sample
        }

    def medians(self) -> dict[str, dict[str, float]]:
        """System to figure to its median over the rounds; courses over time are left out."""
        return {
            system: {
                name: median(self.values(name)[system])
                for name, value in sample.items()
                if isinstance(value, (int, float))
            }
            for system, sample in (self.rounds[0] if self.rounds else {}).items()
        }

    def measure(self, systems: Systems, repeats: int) -> Generator[tuple[int, str]]:
        """
        Measure every system once in each repeat, so that what disturbs the machine disturbs all.

        Every other repeat goes backwards: the same neighbour does not always come first. Yields
        the number of the round, from 1, and the system that is measured next.
        """
        for repeat in range(repeats):
            order = list(systems) if repeat % 2 == 0 else list(systems)[::-1]
            taken: dict[str, Sample] = {}
            for name in order:
                if name not in self.missing:
                    yield repeat + 1, name
                    self._take(name, systems[name], taken)
            self.rounds.append({name: taken[name] for name in systems if name in taken})
        for each in self.rounds:
            for name in self.missing:
                each.pop(name, None)

    def _take(self, name: str, system: Callable[[], Sample], taken: dict[str, Sample]) -> None:
        """One failure, of whatever kind, must not cost what the others take an hour to tell."""
        try:
            taken[name] = system()
        except Skipped as why:
            self.missing[name] = Missing(str(why))
        except Exception as error:
            self.missing[name] = failure(error)


def failure(error: Exception) -> Missing:
    """What is kept of an error; its traceback is printed unless it was foreseen."""
    if isinstance(error, BenchError):
        return Missing(str(error), failed=True)
    traceback.print_exception(error, file=sys.stderr)
    return Missing(f"{type(error).__name__}: {error}", failed=True)


def median(values: Iterable[float]) -> float:
    """NaN, for a figure that could not be seen, if one of them is."""
    found = list(values)
    return math.nan if any(map(math.isnan, found)) else statistics.median(found)


def spread(values: list[float]) -> float | None:
    """(most - least) / median; None for fewer than two values."""
    middle = median(values) if len(values) > 1 else 0
    return (max(values) - min(values)) / abs(middle) if middle else None


def ratio(figure: str, of: str, to: str) -> Callable[[Round], float]:
    """The figure of one system, divided by the same of another."""
    return lambda each: each[of][figure] / each[to][figure]


def figure(name: str, of: str) -> Callable[[Round], float]:
    """One figure of one system as it is."""
    return lambda each: each[of][name]


def to_best(figure: str, *, better: Literal["more", "less"] = "more") -> Callable[[Round], float]:
    """Our figure divided by the best of the peers: of all systems that are not our own."""

    def value(each: Round) -> float:
        peers = [sample[figure] for name, sample in each.items() if name not in OURS]
        if not peers:
            raise KeyError(A_PEER)
        return each["pgsched"][figure] / (max(peers) if better == "more" else min(peers))

    return value
