"""Bars: one figure of every system, the best on top."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from bench.compare import Standing, against
from bench.measure import OURS, Figure

from . import style, words

_ROW = 0.26  # inches
_BAR, _CAP = 0.6, 0.16  # of a row
_DIGIT = 6.2  # points of print


def draw(figure: Figure, found: list[Standing]) -> str:
    """
    The value stands at the end, and how it compares; the rounds' least and most are a whisker.

    On a log scale a dot on a thin line: the length of a bar would say nothing.
    """
    # all values, since a log scale has no place for a round of 0
    medians = [each.median for each in found]
    log = style.spans_decades(medians) and min(min(each.values) for each in found) > 0
    left = max(len(each.system) for each in found) * style.LETTER + 0.15
    told = [f"{words.number(each.median)}  {against(each, figure)}" for each in found]
    right = max(map(len, told)) * style.LETTER + 0.1
    below, rows = 0.25 if log else 0.05, _ROW * len(found)
    height = style.TITLE + rows + below
    with style.settings():
        canvas = style.canvas(height)
        width = style.WIDTH - left - right
        sides = (left / style.WIDTH, below / height, width / style.WIDTH, rows / height)
        axes = canvas.add_axes(sides)
        _scale(axes, found, log)
        axes.set_ylim(len(found) - 0.5, -0.5)
        for row, each in enumerate(found):
            _system(axes, row, each, log)
            _value(axes, row, each, against(each, figure))
        style.title(canvas, figure, *_notes(found, log))
        return style.svg(canvas)


def _notes(found: list[Standing], log: bool) -> list[str]:
    rounds = len(found[0].values)
    return [
        f"median of {rounds} rounds, whiskers from least to most" if rounds > 1 else "",
        "outlined: bare SQL, no job system" if any(map(_reference, found)) else "",
        "log scale" if log else "",
    ]


def _reference(each: Standing) -> bool:
    return each.system in OURS and each.system != "pgsched"


def _system(axes: Axes, row: int, each: Standing, log: bool) -> None:
    colour = style.OURS if each.system.startswith("pgsched") else style.PEER
    weight = "bold" if each.system == "pgsched" else "normal"
    face = "none" if _reference(each) else colour
    low, high = min(each.values), max(each.values)
    if high > low:
        axes.hlines(row, low, high, colors=style.INK, linewidth=1, zorder=3)
    if log:
        axes.hlines(row, axes.get_xlim()[0], low, colors=style.FAINT, linewidth=1)
        axes.plot(each.median, row, "o", markersize=6, mfc=face, mec=colour, zorder=4)
    else:
        axes.barh(row, each.median, height=_BAR, facecolor=face, edgecolor=colour, linewidth=1)
        if high > low:
            ends = row - _CAP, row + _CAP
            axes.vlines([low, high], *ends, colors=style.INK, linewidth=1, zorder=3)
    beside = axes.get_yaxis_transform()
    style.text(axes, each.system, (0, row), -8, transform=beside, ha="right", weight=weight)


def _value(axes: Axes, row: int, each: Standing, compared: str) -> None:
    told, end = words.number(each.median), (max(each.values), row)
    weight = "bold" if each.system == "pgsched" else "normal"
    style.text(axes, told, end, 6, weight=weight)
    style.text(axes, compared, end, 14 + len(told) * _DIGIT, color=style.MUTED)


def _scale(axes: Axes, found: list[Standing], log: bool) -> None:
    """Values stand beside the bars: an axis is only needed for a log scale."""
    values = [value for each in found for value in each.values]
    axes.set_facecolor("none")
    for side in ("top", "right", "bottom", *(["left"] if log else [])):
        axes.spines[side].set_visible(False)
    axes.spines["left"].set_color(style.MUTED)
    axes.set_yticks([])
    axes.tick_params(length=0, labelcolor=style.MUTED, labelsize=8)
    if log:
        axes.set_xscale("log")
        axes.set_xlim(10 ** math.floor(math.log10(min(values)) - 0.05), max(values) * 1.1)
        axes.xaxis.set_major_formatter(lambda value, _: words.number(value))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.grid(axis="x", color=style.FAINT, linewidth=0.6)
        axes.set_axisbelow(True)
    else:
        axes.set_xlim(min(0, *values), max(0, *values) or 1)
        axes.set_xticks([])
