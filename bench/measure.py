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


class TooSlow(BenchError):
    """Not all jobs ran in the time that was given."""


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
    `unit` is empty for a ratio. `rivals` are the systems of which it takes the best, if it does.
    """

    what: str
    value: Callable[[Round], float]
    target: float | None = None
    better: Literal["more", "less"] = "more"
    unit: str = ""
    rivals: frozenset[str] = frozenset()

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

    `repeats`: rounds where none are asked for, fewer for what takes long and varies little.
    `figures` are shown of each system; `lines` are judged.
    """

    name: str
    about: str
    open: Callable[[Any], AbstractContextManager[Systems]]
    lines: tuple[Line, ...]
    repeats: int = 3
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What a line came to: the median of `values`, one a round; none if it was skipped."""

    scenario: str
    line: Line
    values: list[float]
    skipped: str = ""
    rivals: int = 0
    """Of how many the best was asked for."""
    absent: int = 0
    """Of these, those that have failed or could not be had: the best may be one of them."""

    @property
    def what(self) -> str:
        """The line's words, and how many of its rivals it has."""
        told, rivals = self.line.what, self.rivals
        return f"{told} ({rivals - self.absent} of {rivals})" if rivals else told

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def spread(self) -> float | None:
        """See the function."""
        return spread(self.values)

    @property
    def verdict(
        self,
    ) -> Literal["met", "missed", "too noisy", "too close", "incomplete", "skipped", ""]:
        """
        Rounds that all fall on one side of the target agree, however far they spread.

        One round alone concludes nothing within NOISY of the target; and nobody is ahead of a best
        peer that is not known.
        """
        if self.skipped:
            return "skipped"
        if self.line.target is None:
            return ""
        met = [self.line.meets(value) for value in self.values]
        if any(met) and not all(met) and (self.spread or 0) > NOISY:
            return "too noisy"
        near = abs(self.median - self.line.target) <= NOISY * abs(self.line.target)
        if len(self.values) == 1 and near:
            return "too close"
        if not self.line.meets(self.median):
            return "missed"
        return "incomplete" if self.absent else "met"


@dataclass(slots=True)
class Measured:
    """All rounds of one scenario; a system that fails is in those before, and in no later one."""

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
        """
        Of the rounds that have what it needs. A line that lacks a system in all of them is skipped
        with it; one that nobody asked for is None.
        """
        name, skipped = self.scenario.name, self.skipped.why if self.skipped else ""
        values, lacks = list[float](), ""
        for each in self.rounds:
            try:
                values.append(line.value(each))
            except KeyError as missing:
                lacks = str(missing.args[0])
            except Exception as error:  # of this line alone: the others still tell theirs
                return Result(name, line, [], f"{type(error).__name__}: {error}")
        if lacks and not values:
            if lacks in self.unasked:
                return None
            why = self.missing.get(lacks, Missing(f"there is no {lacks}"))
            return Result(name, line, [], why.why)
        if any(map(math.isnan, values)):
            return Result(name, line, [], "it cannot be seen here, or is not above zero")
        rivals, absent = len(line.rivals - self.unasked), len(line.rivals & self.missing.keys())
        return Result(name, line, values, skipped, rivals, absent)

    def values(self, figure: str) -> dict[str, list[Any]]:
        """System to its values of this figure, one a round; without those that lack one."""
        systems = self.rounds[0] if self.rounds else {}
        found = {
            system: [each[system] for each in self.rounds if system in each] for system in systems
        }
        return {
            system: [sample[figure] for sample in samples]
            for system, samples in found.items()
            if all(figure in sample for sample in samples)
        }

    def medians(self) -> dict[str, dict[str, float]]:
        """System to figure to its median over the rounds; courses over time are left out."""
        return {
            system: {
                name: median(self.values(name)[system])
                for name, value in sample.items()
                if isinstance(value, (int, float)) and system in self.values(name)
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


def quotient(a: float, b: float) -> float:
    """a / b; NaN unless both are above zero: of what is not, no ratio says who is ahead."""
    return a / b if a > 0 and b > 0 else math.nan


def ratio(figure: str, of: str, to: str) -> Callable[[Round], float]:
    """The figure of one system, divided by the same of another."""
    return lambda each: quotient(each[of][figure], each[to][figure])


def figure(name: str, of: str) -> Callable[[Round], float]:
    """One figure of one system as it is."""
    return lambda each: each[of][name]
