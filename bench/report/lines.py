"""Lines: the course of every system over time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from matplotlib.axes import Axes

from bench.compare import Course
from bench.measure import OURS, Figure

from . import style, words

_HEIGHT, _LEFT, _BELOW = 3.8, 0.75, 0.5  # inches
_PLOT = _HEIGHT - style.TITLE - _BELOW - 0.05
_NAME = 0.16  # inches between two names
_FEW = 12  # points that are each marked: a line between them was not measured


def draw(figure: Figure, found: list[Course]) -> str:
    """One line a system, named at its end."""
    xs, ys = ([point[i] for each in found for point in each.points] for i in (0, 1))
    log = style.spans_decades(ys)
    right = max(len(each.system) for each in found) * style.LETTER + 0.2
    width = style.WIDTH - _LEFT - right
    with style.settings():
        canvas = style.canvas(_HEIGHT)
        sides = (_LEFT / style.WIDTH, _BELOW / _HEIGHT, width / style.WIDTH, _PLOT / _HEIGHT)
        axes = canvas.add_axes(sides)
        looks = _looks(found)
        for each in found:
            look = looks[each.system]
            if len(each.points) <= _FEW:
                look |= {"marker": "o", "markersize": 4, "clip_on": False}
            axes.plot(*zip(*each.points, strict=True), **look)
        if figure.over != "seconds" and style.spans_decades(xs):
            axes.set_xscale("log")
            if len(set(xs)) <= _FEW:
                axes.set_xticks(sorted(set(xs)))
        if log:
            axes.set_yscale("log")
            axes.set_ylim(min(ys) / 1.2, max(ys) * 1.2)
        else:
            axes.set_ylim(min(0, *ys), max(0, *ys) * 1.05 or 1)
        _grid(axes, figure)
        _names(axes, found, looks)
        style.title(canvas, figure, "log scale" if log else "")
        return style.svg(canvas)


def _looks(found: list[Course]) -> dict[str, dict[str, Any]]:
    """pgsched thick, its variants dashed; what else is ours, grey; others in hues, dashed later."""
    looks: dict[str, dict[str, Any]] = {}
    others = variants = 0
    for each in found:
        if each.system == "pgsched":
            looks[each.system] = {"color": style.OURS, "linewidth": 2.6, "zorder": 4}
        elif each.system.startswith("pgsched"):
            dashes = ((4, 1.5), (1, 1))[variants % 2]
            looks[each.system] = {"color": style.OURS, "linewidth": 1.2, "dashes": dashes}
            variants += 1
        elif each.system in OURS:
            looks[each.system] = {"color": style.PEER, "linewidth": 1.2}
        else:
            again, hue = divmod(others, len(style.HUES))
            looks[each.system] = {"color": style.HUES[hue], "linewidth": 1.4}
            looks[each.system] |= {"dashes": (3, 1.5)} if again else {}
            others += 1
    return looks


def _grid(axes: Axes, figure: Figure) -> None:
    axes.set_facecolor("none")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(style.MUTED)
    axes.tick_params(length=0, labelcolor=style.MUTED, labelsize=8, which="both")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: words.number(value))
        axis.set_minor_formatter(lambda value, _: "")
    axes.grid(axis="y", color=style.FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.margins(x=0)
    axes.set_xlabel(figure.over, color=style.MUTED, fontsize=8)


def _names(axes: Axes, found: list[Course], looks: dict[str, dict[str, Any]]) -> None:
    """At the right ends of the lines, moved apart where they would lie on each other."""
    to_axes = axes.transData + axes.transAxes.inverted()
    height = {each.system: float(to_axes.transform(each.points[-1])[1]) for each in found}
    ordered = sorted(height, key=height.__getitem__)
    places = apart([height[system] for system in ordered], _NAME / _PLOT)
    for system, place in zip(ordered, places, strict=True):
        told = {
            "color": looks[system]["color"],
            "weight": "bold" if system == "pgsched" else "normal",
        }
        style.text(axes, system, (1, place), 8, transform=axes.transAxes, **told)


def apart(wanted: list[float], gap: float) -> Iterator[float]:
    """Places at least *gap* apart, near those *wanted*, which ascend; a group moves as one."""
    groups: list[list[float]] = []
    for place in wanted:
        groups.append([place])
        while len(groups) > 1 and _first(groups[-1], gap) < _last(groups[-2], gap) + gap:
            groups[-2:] = [groups[-2] + groups[-1]]
    for group in groups:
        yield from (_first(group, gap) + gap * number for number in range(len(group)))


def _first(group: list[float], gap: float) -> float:
    """The lowest place of a group around its mean."""
    return sum(group) / len(group) - gap * (len(group) - 1) / 2


def _last(group: list[float], gap: float) -> float:
    return _first(group, gap) + gap * (len(group) - 1)
