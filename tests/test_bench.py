"""A tiny run of the benchmark: it measures what it says, and draws only what follows from it."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import psycopg
import pytest

from bench import __main__ as bench
from bench import core, measure, report
from bench.measure import Line, Measured, Result, Scenario
from bench.report import Report

QUICK = ["drain-1", "enqueue", "wal"]


@pytest.fixture(scope="module")
def told(server: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict]:
    """What a run of a few hundred jobs prints, and the JSON it writes."""
    path = tmp_path_factory.mktemp("bench") / "core.json"
    argv = ["core", "--dsn", server, "--jobs", "200", "--repeats", "2", "--json", str(path)]

    with contextlib.redirect_stdout(io.StringIO()) as out:
        code = bench.run([*argv, "--only", *QUICK])

    assert code == 0
    return out.getvalue(), json.loads(path.read_text())


def test_a_tiny_run_prints_every_line_with_its_target(told: tuple[str, dict]):
    """The table has each line of the scenarios asked for, in 80 columns."""
    out, _ = told

    words = " ".join(out.split())
    for what in ("drain, 1 process: of the sketch", "enqueue one row", "WAL a job", ">= 0.70"):
        assert what in words
    assert max(map(len, out.splitlines())) <= 80


def test_a_tiny_run_writes_every_sample_and_names_the_machine(told: tuple[str, dict]):
    """JSON: two rounds of each system, ratios that follow from them, machine and settings."""
    _, written = told

    scenarios = {each["name"]: each for each in written["scenarios"]}
    assert list(scenarios) == QUICK
    drain = scenarios["drain-1"]
    assert [sorted(each) for each in drain["rounds"]] == [["floor", "pgsched", "sketch"]] * 2
    assert drain["lines"][0]["values"] == [
        each["pgsched"]["jobs_per_s"] / each["sketch"]["jobs_per_s"] for each in drain["rounds"]
    ]
    wal = scenarios["wal"]["rounds"][0]["pgsched"]
    assert 0 < wal["enqueue_bytes"] < wal["bytes"]
    assert {"cpu", "cores", "memory", "python", "commit"} <= written["machine"].keys()
    assert {"server_version", "fsync", "shared_buffers"} <= written["settings"].keys()


def test_a_run_leaves_no_database_behind(told: tuple[str, dict], server: str):
    """Neither the template nor what was measured on."""
    with psycopg.connect(server) as conn:
        left = conn.execute("select datname from pg_database where datname like 'pgsched_bench%'")

        assert left.fetchall() == []


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
        ("more", [0.71], "met"),
    ],
)
def test_rounds_that_disagree_and_spread_allow_no_conclusion(better, values, verdict):
    """Median against the target 0.7, unless rounds fall on both sides and far apart."""
    line = Line("drain", lambda each: 0.0, 0.7, better)

    assert Result("drain", line, values).verdict == verdict


def test_systems_are_measured_in_turn_back_and_forth():
    """No system has the same neighbour before it in every round."""
    order: list[str] = []
    systems = {name: lambda name=name: order.append(name) or {"x": 1.0} for name in ("a", "b", "c")}

    taken = list(measure.rounds(systems, 2))

    assert order == ["a", "b", "c", "c", "b", "a"]
    assert [list(each) for each in taken] == [["a", "b", "c"]] * 2


def test_markdown_page_has_results_machine_and_skipped(tmp_path: Path):
    """The committed page: each line with its verdict, the machine, and why something is missing."""
    line = Line("drain, 1 process", lambda each: each["a"]["x"], 0.7)
    scenario = Scenario("drain", "", lambda bench: contextlib.nullcontext({}), (line,))
    made = Report("core", "core", {"cores": "2", "commit": "abc"}, {"fsync": "on"}, 0.1)
    made.measured = [
        Measured(scenario, [{"a": {"x": 0.75}}]),
        Measured(Scenario("mixed", "", scenario.open, (line,)), skipped="no /proc"),
    ]

    report.write_markdown(made, tmp_path / "core.md")

    page = (tmp_path / "core.md").read_text()
    assert "| drain, 1 process | 0.75 | - | >= 0.70 | met |" in page
    assert "| Postgres: fsync | on |" in page
    assert "mixed skipped: no /proc." in page


def test_a_busy_machine_is_told():
    """Load above half the cores before anything ran."""
    busy = Report("core", "core", {"cores": "2", "commit": ""}, {}, 1.5)
    quiet = Report("core", "core", {"cores": "2", "commit": ""}, {}, 0.5)

    assert "busy" in busy.noisy_machine()
    assert quiet.noisy_machine() == ""


@pytest.mark.parametrize("wrong", [["--only", "nothing"], ["--repeats", "0"], ["--jobs", "1"]])
def test_wrong_arguments_are_refused(wrong: list[str]):
    """Exit code 2, before a server is started."""
    with pytest.raises(SystemExit, match="2"):
        bench.run(["core", *wrong])


def test_names_of_scenarios_are_unique_and_their_systems_have_lines():
    """--only takes a name, and a scenario without lines would say nothing."""
    names = [scenario.name for scenario in core.SCENARIOS]

    assert len(set(names)) == len(names)
    assert all(scenario.lines for scenario in core.SCENARIOS)
