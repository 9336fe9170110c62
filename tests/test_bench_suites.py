"""What there is to measure: scenarios that can be named, and peers that say what they are."""

from __future__ import annotations

import re

import pytest

from bench import __main__ as bench
from bench import suites
from bench.measure import OURS
from bench.peer import peers

A = next(peer.name for peer in peers() if not peer.own)


def test_list_names_scenarios_and_systems(capsys):
    """With what a system keeps, how it acknowledges, and its pinned versions."""
    assert bench.run(["--list"]) == 0

    out = " ".join(capsys.readouterr().out.split())
    for scenario in suites.found():
        assert scenario.name in out
    for peer in peers():
        for told in (peer.name, peer.keeps, peer.acknowledges, *peer.dependencies):
            assert " ".join(told.split()) in out


def test_names_of_scenarios_are_unique_and_each_has_something_to_tell():
    """--only takes a name; core and quick name scenarios that there are."""
    found = suites.found()
    names = [scenario.name for scenario in found]

    assert len(set(names)) == len(names)
    assert {*suites.CORE, *suites.QUICK} <= set(names)
    assert all(scenario.lines or scenario.figures for scenario in found)
    assert all(scenario.about for scenario in found)


def test_each_peer_says_what_it_is_and_pins_its_packages():
    """Exactly: a newer release would be another measurement."""
    exact = {".py": r"[\w.-]+(\[[\w,-]+\])?==\d[\w.]*", ".mjs": r"(@[\w-]+/)?[\w.-]+@\d+\.\d+\.\d+"}

    assert len({peer.name for peer in peers()}) == len(peers())
    assert {peer.name for peer in peers() if peer.own} == OURS
    for peer in peers():
        for dependency in peer.dependencies:
            assert re.fullmatch(exact[peer.file.suffix], dependency), f"{peer.file}: {dependency}"
        for told in (peer.keeps, peer.acknowledges, peer.settings):
            assert len(told.split()) > 1, f"{peer.file}: {told}"
        assert peer.drain > 0
        assert peer.bulk > 0
        assert peer.batch > 0


@pytest.mark.parametrize(
    "wrong",
    [
        ["--only", "nothing"],
        ["--repeats", "0"],
        ["--jobs", "1"],
        ["--peers", "nobody"],
        ["--peers", "pgsched"],
        ["core", "--peers", A],
        ["core", "--install"],
        ["part"],
    ],
)
def test_wrong_arguments_are_refused(wrong: list[str], capsys):
    """Exit code 2, before a server is started."""
    with pytest.raises(SystemExit, match="2"):
        bench.run(wrong)
