"""What is measured, and what may be concluded from it: scenarios, lines, rounds, verdicts."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal

Sample = Mapping[str, float]
"""What one measurement of one system gave, by name: `jobs_per_s`, `cpu_us`, `wal_bytes`, ..."""

Round = Mapping[str, Sample]
"""One sample of each system, taken one after the other within one repeat."""

Systems = Mapping[str, Callable[[], Sample]]

NOISY = 0.25
"""A spread, (most - least) / median, above which repeats that disagree allow no conclusion."""


class Skipped(Exception):
    """A scenario cannot be measured here; the message says why."""


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
class Scenario:
    """
    One thing to measure: `open` makes what it needs and gives its systems, measured in turn.

    `repeats` bounds the rounds, for what takes long and varies little.
    """

    name: str
    about: str
    open: Callable[[Any], AbstractContextManager[Systems]]
    lines: tuple[Line, ...]
    repeats: int = 99


@dataclass(frozen=True, slots=True)
class Result:
    """What a line came to: the median of `values`, one a round; empty if it was skipped."""

    scenario: str
    line: Line
    values: list[float]
    skipped: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def spread(self) -> float | None:
        """(most - least) / median; None for fewer than two rounds."""
        if len(self.values) < 2 or not self.median:
            return None
        return (max(self.values) - min(self.values)) / abs(self.median)

    @property
    def verdict(self) -> Literal["met", "missed", "too noisy", "skipped", ""]:
        """Rounds that all fall on one side of the target agree, however far they spread."""
        if self.skipped:
            return "skipped"
        if self.line.target is None:
            return ""
        met = [self.line.meets(value) for value in self.values]
        if any(met) and not all(met) and (self.spread or 0) > NOISY:
            return "too noisy"
        return "met" if self.line.meets(self.median) else "missed"


@dataclass(slots=True)
class Measured:
    """All rounds of one scenario."""

    scenario: Scenario
    rounds: list[dict[str, Sample]] = field(default_factory=list[dict[str, Sample]])
    skipped: str = ""

    def results(self) -> list[Result]:
        return [
            Result(
                self.scenario.name, line, [line.value(each) for each in self.rounds], self.skipped
            )
            for line in self.scenario.lines
        ]

    def medians(self) -> dict[str, dict[str, float]]:
        """System to figure to its median over the rounds."""
        if not self.rounds:
            return {}
        return {
            system: {
                name: statistics.median(each[system][name] for each in self.rounds)
                for name in sample
            }
            for system, sample in self.rounds[0].items()
        }


def rounds(systems: Systems, repeats: int) -> Generator[dict[str, Sample]]:
    """
    Measure every system once in each repeat, so that what disturbs the machine disturbs them all.

    Every other repeat goes backwards: the same neighbour does not always come first.
    """
    for repeat in range(repeats):
        order = list(systems) if repeat % 2 == 0 else list(systems)[::-1]
        taken = {name: systems[name]() for name in order}
        yield {name: taken[name] for name in systems}


def ratio(figure: str, of: str, to: str) -> Callable[[Round], float]:
    """The figure of one system, divided by the same of another."""
    return lambda each: each[of][figure] / each[to][figure]


def figure(name: str, of: str) -> Callable[[Round], float]:
    """One figure of one system as it is."""
    return lambda each: each[of][name]
