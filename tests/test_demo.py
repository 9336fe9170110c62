"""The demo, on a part of the standard library and a database of the test."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import sys
from subprocess import Popen

import pytest
from rich.console import Console

from pgsched import demo
from pgsched.demo import library, report, store
from tests.conftest import Connection

# Small files, of which some fail at first and one ends dead.
SOME = sorted({*library.FLAKY, library.POISONED, "this.py", "keyword.py", "stat.py"})


@pytest.fixture
def some_paths(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The demo sees only these files."""
    monkeypatch.setattr(library, "paths", lambda: SOME)
    return SOME


def test_every_module_of_the_library_is_found_and_nothing_installed_besides():
    """Real input: more than a thousand files, by paths relative to the library."""
    paths = library.paths()

    assert len(paths) > 500
    assert {"abc.py", "json/decoder.py", library.POISONED} < set(paths)
    assert not any("site-packages" in path for path in paths)


def test_a_file_that_does_not_tokenize_is_measured_all_the_same(
    tmp_path, monkeypatch: pytest.MonkeyPatch
):
    """Lines, bytes and hash are there; tokens are None, and the reason is told."""
    monkeypatch.setattr(library, "root", lambda: tmp_path)
    (tmp_path / "broken.py").write_bytes(b"x = '''\nno end\n")

    found = library.measure("broken.py")

    assert (found.bytes, found.lines, found.tokens) == (15, 2, None)
    assert found.problem is not None
    assert "TokenError" in found.problem


def test_demo_runs_to_its_end_and_says_ok(
    some_paths: list[str], dsn: str, db: Connection, capsys: pytest.CaptureFixture[str]
):
    """All stored once, the flaky ones recovered, the poisoned one dead, 80 columns at most."""
    code = demo.main(dsn)

    told = capsys.readouterr().out
    assert code == 0, told
    assert "OK: every file is stored exactly once" in told
    assert max(map(len, told.splitlines())) <= 80
    states = dict(db.execute("select state::text, count(*) from pgsched.job group by 1").fetchall())
    assert states == {"succeeded": len(SOME) - 1, "dead": 1}
    attempts = dict(db.execute("select path, attempt from demo.file").fetchall())
    assert {path: n for path, n in attempts.items() if n > 1} == {
        path: fails + 1 for path, fails in library.FLAKY.items()
    }


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        ("delete from demo.file where path = 'this.py'", "files"),
        ("insert into demo.file select * from demo.file where path = 'this.py'", "stored twice"),
        ("update demo.file set lines = lines + 1 where path = 'this.py'", "lines"),
        ("update demo.file set sha256 = reverse(sha256) where path = 'this.py'", "hash of hashes"),
    ],
)
def test_check_names_what_differs(harm: str, found: str, db: Connection):
    """The report is false, and says which total, when a row is missing, doubled or wrong."""
    store.make_tables(db, ["keyword.py", "this.py"])
    for job_id, path in enumerate(["keyword.py", "this.py"]):
        store.keep(db, job_id, 1, path, library.measure(path))
    console = Console(width=80)

    with console.capture() as captured:
        before = report.show(console, db, [0, 1], ["keyword.py", "this.py"])
        db.execute(harm)
        after = report.show(console, db, [0, 1], ["keyword.py", "this.py"])

    assert (before, after) == (True, False)
    differs = captured.get().splitlines()[-1]
    assert "DIFFERS" in differs
    assert found in differs


def test_a_schema_of_that_name_which_is_not_ours_is_left_alone(
    dsn: str, db: Connection, some_paths: list[str]
):
    """The demo drops its own schema only."""
    db.execute("create schema demo create table precious (id int)")

    with pytest.raises(Exception, match="did not make"):
        demo.main(dsn)

    assert db.execute("select count(*) from demo.precious").fetchall() == [(0,)]


def test_ctrl_c_ends_everything(dsn: str, db: Connection):
    """On a terminal, in the middle: exit code 130, no worker is left, no job will run later."""
    terminal, inner = pty.openpty()
    demo_process = Popen(
        [sys.executable, "-m", "pgsched", "demo"],
        stdin=inner,
        stdout=inner,
        stderr=inner,
        env={**os.environ, "PGSCHED_DSN": dsn, "TERM": "xterm"},
        start_new_session=True,
    )
    os.close(inner)
    read_until(terminal, b"measuring")
    workers = [pid for (pid,) in db.execute("select pid from pgsched.stat_worker").fetchall()]

    os.killpg(demo_process.pid, signal.SIGINT)  # what the terminal does on Ctrl-C
    read_until(terminal, None)

    assert demo_process.wait(30) == 130
    assert len(workers) == 3
    assert [pid for pid in workers if alive(pid)] == []
    assert db.execute("select count(*) from pgsched.stat_worker").fetchall() == [(0,)]
    left = "select count(*) from pgsched.job where state not in ('succeeded', 'cancelled', 'dead')"
    assert db.execute(left).fetchall() == [(0,)]


def read_until(terminal: int, wanted: bytes | None) -> None:
    """Read a terminal until *wanted* shows; None: until the program at its other end is gone."""
    seen = b""
    with contextlib.suppress(OSError):  # EIO: nobody holds the other end
        while wanted is None or wanted not in seen:
            seen += os.read(terminal, 65536)
        return
    assert wanted is None, seen.decode(errors="replace")


def alive(pid: int) -> bool:
    """Whether there is a process of this id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
