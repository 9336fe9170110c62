"""A tiny run of the benchmark: it measures what it says, and what fails or lacks is told."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import re
import types
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from bench import __main__ as bench
from bench import session, suites
from bench.measure import BenchError, Figure, Line, Scenario, Skipped, ratio
from bench.peer import Peer, peers, to_best_on_postgres

TINY = ["drain-1", "insert", "wal"]
FOREIGN = [peer for peer in peers() if not peer.own]
A, B = FOREIGN[0].name, FOREIGN[1].name


@pytest.fixture(scope="module")
def told(server: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict]:
    """What a run of a few hundred jobs prints, and the JSON it writes."""
    path = tmp_path_factory.mktemp("bench") / "core.json"
    argv = ["core", "--dsn", server, "--jobs", "200", "--repeats", "1", "--json", str(path)]

    with contextlib.redirect_stdout(io.StringIO()) as out:
        code = bench.run([*argv, "--only", *TINY])

    assert code == 0
    return out.getvalue(), json.loads(path.read_text())


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., tuple[int, dict]]:
    """
    Run a suite of one scenario, whose systems do as the test says; its results come to tmp_path.

    Two peers and pgsched, each a function that measures; of `lacking` peers no package is there;
    `error` is raised by the scenario's preparation.
    """

    def run(
        *argv: str, lacking=(), error: Exception | None = None, settings=None, times=1, **measures
    ):
        systems = {"pgsched": lambda: {"x": 100.0}, A: lambda: {"x": 50.0}, B: lambda: {"x": 20.0}}
        systems |= {{"pgsched": "pgsched", "a": A, "b": B}[name]: m for name, m in measures.items()}

        @contextlib.contextmanager
        def opened(run):
            if error:
                raise error
            here = {"pgsched", *(peer.name for peer in run.peers)}
            yield {name: measure for name, measure in systems.items() if name in here}

        lines = (
            Line("to a", ratio("x", "pgsched", A), 1.5),
            dataclasses.replace(to_best_on_postgres("speed", "x", 1.5), rivals=frozenset({A, B})),
        )
        scenario = Scenario("fake", "It.", opened, lines, figures=(Figure("x", "done", "jobs/s"),))

        def install(peer: Peer) -> None:
            if peer.name in lacking or peer.name not in (A, B):
                raise Skipped("no such package")

        monkeypatch.setattr(suites, "found", lambda: (scenario,) * times)
        monkeypatch.setattr(Peer, "install", install)
        monkeypatch.setattr(Peer, "versions", lambda peer: {peer.file.stem: "1.2.3"})
        server = types.SimpleNamespace(settings=lambda: settings or {"fsync": "on"})
        monkeypatch.setattr(bench, "opened", lambda dsn, folder: contextlib.nullcontext(server))
        monkeypatch.setattr(bench, "RESULTS", tmp_path / "results")
        path = tmp_path / "run.json"
        code = bench.run([*argv, "--json", str(path)])
        return code, json.loads(path.read_text())

    return run


def test_a_tiny_run_prints_every_line_with_its_verdict(told: tuple[str, dict]):
    """The tables have each line and figure of the scenarios asked for, in 80 columns."""
    out, written = told

    verdicts = [line["verdict"] for each in written["scenarios"] for line in each["lines"]]
    assert len(verdicts) > 4
    assert not {"skipped", "too noisy"} & set(verdicts)  # one round, of what is all ours
    rows = [row.strip() for row in out.splitlines()]
    for each in written["scenarios"]:
        for line in each["lines"]:
            assert any(row.startswith(line["what"][:20]) for row in rows), line["what"]
            assert not line["target"] or any(row.endswith(line["verdict"]) for row in rows)
        for figure in each["figures"]:
            assert f"{each['name']}: {figure['what']}" in out
    assert max(map(len, out.splitlines())) <= 80


def test_a_tiny_run_writes_every_sample_and_names_the_machine(told: tuple[str, dict]):
    """JSON: a round of each system, ratios that follow from them, machine and settings."""
    _, written = told

    scenarios = {each["name"]: each for each in written["scenarios"]}
    assert list(scenarios) == TINY
    drain = scenarios["drain-1"]
    assert [sorted(each) for each in drain["rounds"]] == [["floor", "pgsched", "sketch"]]
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


def test_a_whole_run_writes_page_samples_and_charts(whole, tmp_path: Path):
    """Results, charts and samples side by side, with each system's versions and habits."""
    code, written = whole()

    assert code == 0
    results = tmp_path / "results"
    assert sorted(p.name for p in results.iterdir()) == ["README.md", "fake-x.svg", "results.json"]
    assert json.loads((results / "results.json").read_text()) == written
    page = (results / "README.md").read_text()
    assert f"| {A} | 50 | 0% | 2.0 x slower |" in page
    assert "| speed: to the best peer on Postgres (2 of 2) | 2 | 0% | >= 1.50 | met |" in page
    assert FOREIGN[0].acknowledges in page
    assert f"{FOREIGN[0].file.stem} 1.2.3" in page


@pytest.mark.parametrize(
    "partial", [["--quick", "--repeats", "1"], ["--only", "fake"], ["--peers", A], ["--jobs", "10"]]
)
def test_a_part_of_a_run_writes_no_results(whole, tmp_path: Path, partial: list[str], monkeypatch):
    """What is committed was measured whole."""
    monkeypatch.setattr(suites, "QUICK", ("fake",))

    code, _ = whole(*partial)

    assert code == 0
    assert not (tmp_path / "results").exists()


def test_core_measures_no_peers_and_tells_nothing_of_them(whole, monkeypatch, capsys):
    """No line about a peer, no install."""
    monkeypatch.setattr(suites, "CORE", ("fake",))

    code, written = whole("core")

    assert code == 0
    assert [sorted(each) for each in written["scenarios"][0]["rounds"]] == [["pgsched"]] * 3
    assert written["scenarios"][0]["lines"] == []
    assert A not in capsys.readouterr().out


def test_a_peer_without_packages_is_skipped_with_its_reason(whole, capsys):
    """In the table, in the lines that need it, and once with its reason; it may be the best."""
    code, written = whole("--only", "fake", lacking=(A,))

    out = capsys.readouterr().out
    assert code == 0
    assert f"{A}: skipped: no such package" in out
    [scenario] = written["scenarios"]
    assert scenario["missing"][A] == "skipped: no such package"
    to_a, to_best = scenario["lines"]
    assert (to_a["verdict"], to_a["skipped"]) == ("skipped", "no such package")
    assert (to_best["median"], to_best["verdict"]) == (5, "incomplete")
    assert "(1 of 2)" in to_best["what"]
    assert re.search(rf"^{A} +skipped", out, re.M)


def test_a_failing_peer_is_told_and_costs_nobody_else_anything(whole, capsys):
    """It fails in the second of three rounds: it keeps the first, and has no other."""
    values = iter([50.0])

    def fails() -> dict:
        if value := next(values, None):
            return {"x": value}
        raise BenchError("its tables are gone")

    code, written = whole("--only", "fake", a=fails)

    assert code == 0
    assert f"{A} in fake: failed: its tables are gone" in capsys.readouterr().out
    [scenario] = written["scenarios"]
    first, *others = [sorted(each) for each in scenario["rounds"]]
    assert first == sorted(["pgsched", A, B])
    assert others == [sorted(["pgsched", B])] * 2
    to_a, to_best = scenario["lines"]
    assert to_a["values"] == [2]
    assert (to_best["values"], to_best["verdict"]) == ([2, 5, 5], "incomplete")


def test_an_unforeseen_error_of_a_peer_is_its_failure_too(whole, capsys):
    """An hour of measuring is not lost to one TypeError; its traceback is printed."""

    def fails() -> dict:
        raise TypeError("no such thing")

    code, written = whole("--only", "fake", b=fails)

    assert code == 0
    assert written["scenarios"][0]["missing"][B] == "failed: TypeError: no such thing"
    assert "Traceback" in capsys.readouterr().err


def test_a_failing_pgsched_is_exit_code_1_after_the_report(whole, capsys):
    """What the others did is still told."""

    def fails() -> dict:
        raise BenchError("a job is missing")

    code, written = whole("--only", "fake", pgsched=fails)

    assert code == 1
    assert "pgsched in fake: failed: a job is missing" in capsys.readouterr().out
    assert written["scenarios"][0]["figures"][0]["systems"][A]["median"] == 50
    assert {line["verdict"] for line in written["scenarios"][0]["lines"]} == {"skipped"}


def test_a_failing_pgsched_and_a_careless_server_replace_no_results(whole, tmp_path: Path, capsys):
    """What is committed stays; the samples are in the file that was asked for."""

    def fails() -> dict:
        raise BenchError("a job is missing")

    failed, _ = whole(pgsched=fails)
    careless, written = whole(settings={"fsync": "on", "synchronous_commit": "off"})

    assert (failed, careless, (tmp_path / "results").exists()) == (1, 0, False)
    out = "".join(capsys.readouterr().out.split())  # a long path is wrapped
    assert "results:fake,pgschedfailed" in out
    assert "results:synchronous_commitoff" in out
    assert "synchronous_commit off: it may lose what it has confirmed" in written["warnings"][0]


def test_samples_are_written_after_each_scenario(whole, tmp_path: Path):
    """A run that is ended from outside keeps what it has measured."""
    path, calls = tmp_path / "run.json", list[int]()

    def ended() -> dict:
        calls.append(len(json.loads(path.read_text())["scenarios"]))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return {"x": 1.0}

    code, written = whole("--repeats", "1", times=2, pgsched=ended)

    assert (code, calls) == (130, [0, 1])
    assert len(written["scenarios"]) == 1


def test_a_preparation_that_fails_ends_its_scenario_alone(whole, capsys):
    """The report is still made, and the exit code tells."""
    code, written = whole("--only", "fake", error=BenchError("no space left"))

    assert code == 1
    assert "fake: failed: no space left" in capsys.readouterr().out
    assert written["scenarios"][0]["skipped"] == "failed: no space left"


def test_what_could_not_be_seen_is_null_in_the_samples(whole):
    """JSON knows no NaN."""
    code, written = whole("--only", "fake", a=lambda: {"x": float("nan")})

    assert code == 0
    assert written["scenarios"][0]["rounds"][0][A] == {"x": None}
    assert written["scenarios"][0]["figures"][0]["systems"][A]["against_pgsched"] == ""


def test_a_quick_run_ends_in_time(whole, monkeypatch):
    """What would start too late is skipped, and says so."""
    monkeypatch.setattr(session, "_QUICK_S", -1)

    code, written = whole("--quick", "--only", "fake")

    assert code == 0
    assert written["scenarios"][0]["skipped"] == "skipped: no time was left in this quick run"


def test_install_only_installs(whole, monkeypatch, capsys, tmp_path: Path):
    """Each peer with its version, or why it has none; nothing is measured."""
    with contextlib.suppress(FileNotFoundError):  # no JSON: nothing was measured
        whole("--install", "--peers", A, B, lacking=(B,))

    out = capsys.readouterr().out
    assert re.search(rf"^install {A} .*{FOREIGN[0].file.stem} 1.2.3", out, re.M)
    assert re.search(rf"^install {B} .*skipped: no such package", out, re.M)
    assert not (tmp_path / "run.json").exists()
