"""Systems side by side in one figure, and what may be said of each against pgsched."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .measure import NOISY, Figure, Measured, median, spread

Point = tuple[float, float]
"""x, and the figure at it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One system in one figure: `values`, one a round, none of them missing."""

    system: str
    values: list[float]
    factors: list[float]
    """Of each round, how many times worse than pgsched; empty: nothing to set it against."""

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def spread(self) -> float | None:
        return spread(self.values)


@dataclass(frozen=True, slots=True)
class Course:
    """One system over time: of several rounds, the one whose mean is in the middle."""

    system: str
    points: list[Point]

    @property
    def first(self) -> float:
        """Mean of the first tenth."""
        return _mean(self.points[: self._tenth])

    @property
    def last(self) -> float:
        """Mean of the last tenth."""
        return _mean(self.points[-self._tenth :])

    @property
    def _tenth(self) -> int:
        return math.ceil(len(self.points) / 10)


def standings(measured: Measured, figure: Figure) -> list[Standing]:
    """All systems that have the figure, the best first; empty for one of courses."""
    values = {
        system: each
        for system, each in measured.values(figure.name).items()
        if not isinstance(each[0], list)
    }
    made = [
        Standing(system, each, _factors(figure, each, values.get("pgsched", []), system))
        for system, each in values.items()
    ]
    sign = -1 if figure.better == "more" else 1
    return sorted(made, key=lambda each: (math.isnan(each.median), sign * each.median))


def courses(measured: Measured, figure: Figure) -> list[Course]:
    """All systems that have the figure as points, in the order of measuring; empty for numbers."""
    return [
        Course(system, sorted(each, key=_mean)[len(each) // 2])
        for system, each in measured.values(figure.name).items()
        if isinstance(each[0], list) and all(each)
    ]


def against(standing: Standing, figure: Figure) -> str:
    """
    How it compares with pgsched: "3.2 x slower", "2.1-4.5 x slower", "alike", "too noisy".

    Rounds that all fall on one side agree who is ahead; if they spread by more than NOISY, only
    the range is told. One round alone tells no difference below NOISY.
    """
    found = standing.factors
    if not found:
        return ""
    worse, better = _words(figure)
    low, high, apart = min(found), max(found), spread(found)
    if low <= 1 <= high or (apart is None and abs(low - 1) <= NOISY):
        return "too noisy" if (apart or 0) > NOISY else "alike"
    word = worse if low > 1 else better
    if low < 1:
        low, high = 1 / high, 1 / low
    middle = median(found) if word == worse else 1 / median(found)
    if (apart or 0) > NOISY and times(low) != times(high):
        return f"{times(low)}-{times(high)} x {word}"
    return f"{times(middle)} x {word}"


def times(factor: float) -> str:
    """Two digits that count, or three."""
    return f"{factor:,.0f}" if factor >= 20 else f"{factor:.1f}" if factor >= 2 else f"{factor:.2f}"


def _factors(figure: Figure, values: list[float], ours: list[float], system: str) -> list[float]:
    pairs = list(zip(values, ours, strict=False))
    if system == "pgsched" or not all(a > 0 and b > 0 for a, b in pairs):
        return []
    return [b / a if figure.better == "more" else a / b for a, b in pairs]


def _words(figure: Figure) -> tuple[str, str]:
    """What worse and better are called."""
    if figure.unit.endswith("/s") or figure.unit in ("s", "ms", "us"):
        return "slower", "faster"
    return ("more", "less") if figure.unit and figure.better == "less" else ("worse", "better")


def _mean(points: list[Point]) -> float:
    return sum(y for _, y in points) / len(points)
