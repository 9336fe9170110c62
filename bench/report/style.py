"""
How charts look, and how they become SVG.

Each is one file for light and dark pages: its background is transparent, its colours are those for
light, and a style sheet within swaps them where the reader prefers dark. Text stays text.
"""

from __future__ import annotations

import io
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from bench.measure import Figure

from . import words

INK, MUTED, FAINT, OURS, PEER = "#1f2328", "#59636e", "#d1d9e0", "#0969da", "#818b98"
HUES = (
    "#bc4c00", "#1a7f37", "#8250df", "#bf3989", "#9a6700", "#0f766e", "#cf222e", "#4d6a8f",
)  # fmt: skip
# Light to dark. Each stands out from white, and from #0d1117, by a contrast of 3 at least; FAINT,
# which guides the eye and says nothing, does not.
DARK = {
    INK: "#e6edf3", MUTED: "#9198a1", FAINT: "#3d444d", OURS: "#4493f8", PEER: "#7d8590",
    "#bc4c00": "#f0883e", "#1a7f37": "#3fb950", "#8250df": "#a371f7", "#bf3989": "#f778ba",
    "#9a6700": "#d29922", "#0f766e": "#2dd4bf", "#cf222e": "#ff7b72", "#4d6a8f": "#8fb1dd",
}  # fmt: skip
WIDTH = 8.0  # inches, 768 pixels in a browser
TITLE = 0.62
LETTER = 0.088  # the width of one in the widest font that a reader may have
_LOG_SPAN = 100
_FONTS = "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
_SETTINGS = {
    "svg.fonttype": "none",  # text as text
    "svg.hashsalt": "pgsched",  # the same ids in every run
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same widths everywhere
    "font.size": 9,
    "text.color": INK,
}


def canvas(height: float) -> Canvas:
    """An empty one, *height* inches high; to be used within `settings`."""
    return Canvas(figsize=(WIDTH, height))


def settings() -> Any:
    """A context manager: what matplotlib is to do within it."""
    return mpl.rc_context(_SETTINGS)


def spans_decades(values: list[float]) -> bool:
    """Whether a linear scale would hide what differs among the least: it needs a log scale."""
    return min(values) > 0 and max(values) > _LOG_SPAN * min(values)


def title(canvas: Canvas, figure: Figure, *told: str) -> None:
    """What and its unit; below, smaller, what else must be known."""
    height = float(canvas.get_figheight())
    left = 0.02 / WIDTH
    below = "; ".join(filter(None, (f"{figure.better.capitalize()} is better", *told)))
    canvas.text(left, 1 - 0.06 / height, words.heading(figure), va="top", weight="bold", size=11)
    canvas.text(left, 1 - 0.31 / height, below, va="top", color=MUTED, size=8)


def text(axes: Axes, told: str, at: tuple[float, float], right: float, **style: Any) -> None:
    """Beside a point, so many points of print to the right of it."""
    axes.annotate(
        told,
        at,
        xycoords=style.pop("transform", axes.transData),
        xytext=(right, 0),
        textcoords="offset points",
        va="center_baseline",
        annotation_clip=False,
        **style,
    )


def svg(canvas: Canvas) -> str:
    """With the colours for dark pages, and the reader's own font, which is narrower than ours."""
    out = io.StringIO()
    canvas.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    swaps = "\n".join(
        f'[style*="{what}: {light}"] {{ {what}: {dark} !important }}'
        for light, dark in DARK.items()
        for what in ("fill", "stroke")
    )
    sheet = f"<style>\n@media (prefers-color-scheme: dark) {{\n{swaps}\n}}\n</style>\n"
    return out.getvalue().replace("'DejaVu Sans'", _FONTS).replace("</svg>", sheet + "</svg>")
