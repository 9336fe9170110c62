"""What the benchmark concludes from its samples, and how it is told: words, tables, charts."""

from __future__ import annotations

import contextlib
import io
import itertools
import math
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from bench.compare import against, courses, standings
from bench.measure import Figure, Line, Measured, Missing, Result, Scenario, ratio
from bench.report import Report, charts, page, style, terminal
from bench.report.lines import apart

SPEED = Figure("jobs_per_s", "drained", "jobs/s")
DELAY = Figure("p50_ms", "idle p50", "ms", "less")
COURSE = Figure("course", "drained under an open transaction", "jobs/s")
SVG = "{http://www.w3.org/2000/svg}"


def measured(figure: Figure, lines: tuple[Line, ...] = (), **values: list) -> Measured:
    """A scenario of these systems (- for _ in their names): values of one figure, one a round."""
    scenario = Scenario("drain", "About.", contextlib.nullcontext, lines, figures=(figure,))
    systems = {name.replace("_", "-"): each for name, each in values.items()}
    count = len(next(iter(systems.values())))
    rounds = [
        {name: {figure.name: each[i]} for name, each in systems.items()} for i in range(count)
    ]
    return Measured(scenario, rounds)


def report(*each: Measured, load: float = 0.1) -> Report:
    machine = {"cores": "2", "cpu": "Some CPU", "commit": "abc"}
    return Report("--repeats 3", machine, {"fsync": "on"}, load, measured=list(each))


def printed(made: Report) -> str:
    out = io.StringIO()
    terminal.show(Console(file=out, width=80, highlight=False), made)
    return out.getvalue()


@pytest.mark.parametrize(
    ("better", "values", "verdict"),
    [
        ("more", [0.71, 0.72, 0.80], "met"),
        ("more", [0.60, 0.65, 0.69], "missed"),
        ("more", [0.40, 0.71, 1.20], "too noisy"),
        ("more", [0.69, 0.71, 0.73], "met"),  # disagree, but closely: the median decides
        ("more", [0.80, 1.20, 2.40], "met"),  # far apart, but all on one side
        ("less", [0.60, 0.65, 0.69], "met"),
        ("less", [0.60, 0.71, 0.72], "missed"),
        ("more", [0.71], "too close"),
        ("more", [0.9], "met"),
    ],
)
def test_rounds_that_disagree_and_spread_allow_no_conclusion(better, values, verdict):
    """Median against the target 0.7, unless rounds fall on both sides and far apart."""
    line = Line("drain", lambda each: 0.0, 0.7, better)

    assert Result("drain", line, values).verdict == verdict


@pytest.mark.parametrize(
    ("figure", "ours", "theirs", "told"),
    [
        (SPEED, [100, 100, 100], [50, 51, 49], "2.0 x slower"),
        (SPEED, [100, 100, 100], [20, 25, 40], "2.5-5.0 x slower"),  # ahead, but by how much?
        (SPEED, [100, 100, 100], [150, 151, 149], "1.50 x faster"),
        (SPEED, [100, 100, 100], [70, 100, 160], "too noisy"),
        (SPEED, [100, 100, 100], [97, 100, 103], "alike"),
        (SPEED, [100, 50, 200], [50, 25, 100], "2.0 x slower"),  # each round by itself
        (SPEED, [100], [90], "alike"),  # one round tells no small difference
        (SPEED, [100], [10], "10.0 x slower"),
        (SPEED, [100, 100], [0, 10], ""),
        (DELAY, [2, 2, 2], [5, 5.1, 4.9], "2.5 x slower"),
        (DELAY, [2, 2, 2], [1, 1, 1], "2.0 x faster"),
        (DELAY, [2, 2, 2], [math.nan] * 3, ""),
        (Figure("x", "disk", "B/job", "less"), [200, 200], [900, 900], "4.5 x more"),
        (Figure("x", "kept", ""), [1, 1], [0.25, 0.25], "4.0 x worse"),
    ],
)
def test_what_may_be_said_of_a_peer(figure: Figure, ours: list, theirs: list, told: str):
    """How many times, a range where the rounds spread, and no winner where they disagree."""
    made = measured(figure, pgsched=ours, peer=theirs)

    found = {each.system: against(each, figure) for each in standings(made, figure)}

    assert found == {"pgsched": "", "peer": told}


@pytest.mark.parametrize(
    ("repeats", "value", "verdict"),
    [(99, 0.8, "too close"), (99, 0.6, "too close"), (99, 0.95, "met"), (1, 0.8, "too close")],
)
def test_one_round_concludes_nothing_near_the_target(repeats, value, verdict):
    """Within a quarter of 0.7; the same where one round is all there ever is."""
    line = Line("drain", lambda each: each["a"]["x"], 0.7)
    scenario = Scenario("drain", "", contextlib.nullcontext, (line,), repeats)

    [result] = Measured(scenario, [{"a": {"x": value}}]).results()

    assert result.verdict == verdict


def test_systems_are_measured_in_turn_back_and_forth():
    """No system has the same neighbour before it in every round."""
    order: list[str] = []
    systems = {name: lambda name=name: order.append(name) or {"x": 1.0} for name in ("a", "b", "c")}
    made = measured(SPEED, a=[])

    turns = list(made.measure(systems, 2))

    assert order == ["a", "b", "c", "c", "b", "a"]
    assert turns == [(1, "a"), (1, "b"), (1, "c"), (2, "c"), (2, "b"), (2, "a")]
    assert [list(each) for each in made.rounds] == [["a", "b", "c"]] * 2


def test_table_sorts_the_best_first_and_the_missing_last():
    """Median, spread, and how it compares; in 80 columns."""
    made = measured(SPEED, peer_b=[9, 10, 11], pgsched=[99, 100, 101], peer_a=[30, 30, 33])
    made.missing["peer-c"] = Missing("npm is not installed here")

    out = printed(report(made))

    rows = [line.split() for line in out.splitlines() if re.match(r"p(gsched|eer-.) ", line)]
    assert [row[0] for row in rows[:4]] == ["pgsched", "peer-a", "peer-b", "peer-c"]
    assert rows[1] == ["peer-a", "30", "10%", "3.3", "x", "slower"]
    assert rows[3] == ["peer-c", "skipped"]
    assert "peer-c in drain: skipped: npm is not installed here" in out
    assert max(map(len, out.splitlines())) <= 80


def test_what_is_too_noisy_and_a_busy_machine_are_told():
    """How much of it allows no conclusion; load above half the cores before anything ran."""
    line = Line("to peer", ratio("jobs_per_s", "pgsched", "peer"), 1.0)
    noisy = report(measured(SPEED, (line,), pgsched=[100, 100], peer=[60, 140]), load=1.5)
    quiet = report(measured(SPEED, (line,), pgsched=[100, 100], peer=[60, 60]))
    once = report(measured(SPEED, (line,), pgsched=[100], peer=[60]))

    busy, unclear = noisy.warnings()
    assert "busy before the run: load 1.5 on 2 cores" in busy
    assert "Too noisy to conclude: 2 of 2" in unclear
    assert quiet.warnings() == []
    assert "One round" in once.warnings()[0]


def test_a_line_of_what_cannot_be_seen_is_skipped():
    """NaN is no number to judge; JSON has none either."""
    line = Line("server CPU", lambda each: each["pgsched"]["jobs_per_s"], 1.0)

    [result] = measured(SPEED, (line,), pgsched=[math.nan]).results()

    assert result.verdict == "skipped"


def test_page_has_charts_tables_machine_and_what_is_missing(tmp_path: Path):
    """The committed page; a chart of an older run goes."""
    line = Line("drain: to peer", ratio("jobs_per_s", "pgsched", "peer"), 2.0)
    made = measured(SPEED, (line,), pgsched=[100, 100], peer=[40, 40])
    gone = Measured(Scenario("mixed", "", contextlib.nullcontext, ()), skipped=Missing("no /proc"))
    (tmp_path / "old-x.svg").write_text("<svg/>")

    page.write(report(made, gone), tmp_path)

    told = (tmp_path / "README.md").read_text()
    assert "| drain: to peer | 2.50 | 0% | >= 2 | met |" in told.replace("&lt;", "<")
    assert "| peer | 40 | 0% | 2.5 x slower |" in told
    assert "![drained, jobs/s: pgsched 100, peer 40](drain-jobs-per-s.svg)" in told
    assert "| Postgres: fsync | on |" in told
    assert "- mixed skipped: no /proc" in told
    assert [path.name for path in tmp_path.glob("*.svg")] == ["drain-jobs-per-s.svg"]


def drawn(*each: Measured) -> str:
    [svg] = charts.drawn(report(*each)).values()
    return svg


def texts(svg: str) -> list[str]:
    return ["".join(each.itertext()) for each in ET.fromstring(svg).iter(f"{SVG}text")]


CHARTS = {
    "bars": measured(SPEED, floor=[300, 330], pgsched=[100, 110], peer=[40, 50]),
    "decades": measured(SPEED, pgsched=[100_000, 110_000], peer=[400, 500]),
    "courses": measured(
        COURSE,
        pgsched=[[[0, 100], [1, 99], [2, 101]]],
        sketch=[[[0, 100], [1, 90], [2, 80]]],
        peer=[[[0, 90], [1, 40], [2, 20]]],
    ),
}


@pytest.mark.parametrize("kind", CHARTS)
def test_charts_are_text_for_light_and_dark_pages(kind: str):
    """Valid SVG without a background; every colour drawn in has one for the dark; no date."""
    svg = drawn(CHARTS[kind])

    shown = texts(svg)
    assert {"pgsched", "peer"} <= set(shown)
    assert any(told.startswith("More is better") for told in shown)
    body, _, sheet = svg.partition("@media (prefers-color-scheme: dark)")
    used = set(re.findall(r"(fill|stroke): (#[0-9a-f]{6})", body))
    assert used
    for what, colour in used:
        assert f'[style*="{what}: {colour}"] {{ {what}: {style.DARK[colour]} !important }}' in sheet
    assert not re.search(r"<dc:date>|\d{4}-\d\d-\d\d", svg)
    assert drawn(CHARTS[kind]) == svg


def test_a_log_scale_is_used_only_where_the_span_needs_it_and_is_said():
    """A factor of 100; bars start at zero otherwise."""
    assert not any("log scale" in told for told in texts(drawn(CHARTS["bars"])))
    assert any("log scale" in told for told in texts(drawn(CHARTS["decades"])))


def test_a_round_of_nothing_has_no_place_on_a_log_scale():
    made = measured(SPEED, floor=[3000, 0.0], pgsched=[10, 11], peer=[1, 1])

    assert not any("log scale" in told for told in texts(drawn(made)))


def test_a_system_that_lacks_a_figure_in_some_round_is_left_out_of_it():
    made = measured(SPEED, floor=[3, 4], pgsched=[1, 2])
    del made.rounds[1]["floor"]["jobs_per_s"]

    assert made.values("jobs_per_s") == {"pgsched": [1, 2]}
    assert list(made.medians()["floor"]) == []


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(a * b for a, b in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_colours_stand_out_in_both_modes():
    """Contrast 3 for what is drawn, 4.5 for text, against GitHub's light and dark pages."""
    for light, dark in style.DARK.items():
        if light == style.FAINT:
            continue
        least = 4.5 if light in (style.INK, style.MUTED, *style.HUES) else 3
        on_white = 1.05 / (_luminance(light) + 0.05)
        on_dark = (_luminance(dark) + 0.05) / (_luminance("#0d1117") + 0.05)
        assert min(on_white, on_dark) >= least, light


def test_a_course_is_that_of_the_round_in_the_middle():
    """Not a mean of rounds, which nobody measured; its ends are tenths."""
    rounds = [[[t, level] for t in range(20)] for level in (5, 1, 3)]

    [course] = courses(measured(COURSE, pgsched=rounds), COURSE)

    assert (course.points, course.first, course.last) == (rounds[2], 3, 3)


def test_names_of_lines_that_end_together_are_moved_apart():
    """By as little as is needed, and in their order."""
    places = list(apart([0.1, 0.5, 0.5, 0.52, 0.9], 0.1))

    assert places[0] == 0.1
    assert places[-1] == 0.9
    assert all(b - a >= 0.1 - 1e-9 for a, b in itertools.pairwise(places))
    assert places[2] == pytest.approx((0.5 + 0.5 + 0.52) / 3)
