"""python.script: results, errors in its own lines, limits, and scripts saved by name."""

from __future__ import annotations

import os

import pytest

from pgsched.errors import JobFailed
from tests.worker.processes import alive, eventually, outcomes

FINE = [
    ("1 + 1", {}, 2),
    ("x = 3\n[x, args]", {"a": [1]}, [3, {"a": [1]}]),
    ("result = {'n': None}\n5", {}, {"n": None}),
    ("def f():\n    return args['a'] * 2\nf()", {"a": "é"}, "éé"),
    ("x = 1", {}, None),
    ("", {}, None),
    ("import sys\nsys.exit()", {}, None),
    ("import sys\nresult = 5\nsys.exit(0)", {}, 5),
    ("import sys; sys.stdout.close(); 3", {}, 3),
    ("import os; sorted(os.environ)", {}, ["HOME", "LANG", "PATH", "TMPDIR"]),
    ("import os; open('f', 'w').close(); os.listdir('.')", {}, ["f"]),
    ("import sys; sys.flags.isolated", {}, 1),
    ("from __future__ import annotations\n__name__", {}, "__main__"),
]
REFUSED = [
    ({"source": "x = 1\n\ny ="}, r"SyntaxError: .*\(line 3\)"),
    ({"source": "object()"}, "what JSON has"),
    ({"source": "float('nan')"}, "what JSON has"),
    ({"source": "1", "requirements": ["x"]}, "requirements cannot be given"),
    ({}, "give source, or name"),
    ({"source": "1", "name": "n"}, "give source, or name"),
    ({"name": "n"}, "script 'n' is not saved"),
    ({"source": "1", "memory_mb": 1}, "memory_mb must be"),
    ({"source": "1", "processes": -1}, "processes must be"),
    ({"source": "'x' * 9_000_000"}, "must not exceed"),
]
LIMITED = [
    ({"source": "bytearray(300_000_000)", "memory_mb": 200}, "MemoryError"),
    ({"source": "while True: pass", "cpu_s": 1}, "no result; exit code -"),
    ({"source": "open('f', 'wb').write(bytes(3_000_000))", "file_mb": 1}, "File too large"),
    ({"source": "f = [open('/dev/null') for _ in range(99)]", "open_files": 32}, "Too many open"),
    ({"source": "import os; os.abort()"}, "no result; exit code -6"),
    ({"source": "import sys; sys.exit(3)"}, "SystemExit: 3"),
]


@pytest.fixture
def run(work, client):
    """Runs scripts on a worker that allows them."""
    work("python.script", {"SECRET": "s"})

    def start(args, **options):
        return client.enqueue("python.script", args, max_attempts=1, **options)

    return start


def test_a_script_gives_its_result(run):
    """By the name `result`, else its last expression; alone, with args and nothing else."""
    jobs = [run({"source": source, "args": args}) for source, args, _ in FINE]

    assert [job.result(30) for job in jobs] == [result for _, _, result in FINE]


def test_what_cannot_be_run_or_kept_ends_the_job_dead(run, error_of, db):
    """And says why."""
    jobs = [(run(args), said) for args, said in REFUSED]

    for job, said in jobs:
        with pytest.raises(JobFailed, match=said):
            job.result(30)
        assert error_of(job.id).startswith("pgsched.context.Discard: ")


def test_limits_hold(run):
    """Memory, CPU seconds, size of files, open files; and a script that dies."""
    jobs = [(run(args), said) for args, said in LIMITED]

    for job, said in jobs:
        with pytest.raises(JobFailed, match=said):
            job.result(30)


@pytest.mark.skipif(os.getuid() == 0, reason="Linux holds root to no number of processes")
def test_it_may_start_no_process_unless_allowed(run):
    """By RLIMIT_NPROC."""
    source = "import subprocess; subprocess.run(['/bin/true']).returncode"

    with pytest.raises(JobFailed, match="BlockingIOError"):
        run({"source": source}).result(30)
    assert run({"source": source, "processes": 5}).result(30) == 0


def test_an_error_has_the_lines_of_the_script(run, error_of):
    """And none of what runs it."""
    job = run({"source": "def f(n):\n    return 1 / n\n\nprint('so')\nf(0)\n"})

    with pytest.raises(JobFailed, match="ZeroDivisionError: division by zero"):
        job.result(30)
    error = error_of(job.id)
    assert 'File "<script>", line 5, in <module>\n    f(0)' in error
    assert 'File "<script>", line 2, in f\n    return 1 / n' in error
    assert "script_main" not in error.partition("ZeroDivisionError")[2].partition("script.py")[0]


def test_what_it_prints_is_kept_with_the_job(run, db):
    """As a line of its log."""
    job = run({"source": "import sys; print('one'); print('two', file=sys.stderr)"})
    job.result(30)
    ask = "select message from pgsched.job_log where job_id = %s order by message"

    found = eventually(lambda: len(got := db.execute(ask, [job.id]).fetchall()) == 2 and got)
    assert found == [("one\n",), ("two\n",)]


def test_a_cancel_ends_a_script_and_removes_its_folder(run, client, db, tmp_path):
    """Whatever it is at."""
    said = tmp_path / "said"
    job = run(
        {
            "source": "import os, time\n"
            f"open({str(said)!r}, 'w').write(f'{{os.getpid()}} {{os.getcwd()}} ')\n"
            "while True: time.sleep(1)"
        }
    )
    pid, folder, _ = eventually(lambda: said.exists() and said.read_text().endswith(" ") and
                                said.read_text().split(" "))  # fmt: skip

    client.cancel(job.id)

    with pytest.raises(JobFailed, match="cancelled"):
        job.result(30)
    assert not alive(int(pid))
    assert not os.path.exists(folder)
    assert outcomes(db, job.id) == ["cancelled"]


def test_a_saved_script_is_run_by_name_and_version(work, client, db, pgsched, tmp_path):
    """Also where a job's own source is refused."""
    work("python.script", {"PGSCHED_SCRIPT_SOURCE": "false"})
    file = tmp_path / "s.py"
    for text, version in (("args['n'] + 1", 1), ("args['n'] + 1", 1), ("1 /\\\n 0", 2)):
        file.write_text(text)
        done = pgsched("script", "set", "sum", file)
        assert (done.code, done.out) == (0, f"script sum has version {version}\n")

    old = client.enqueue("python.script", {"name": "sum", "version": 1, "args": {"n": 4}})
    new = client.enqueue("python.script", {"name": "sum"}, max_attempts=1)
    own = client.enqueue("python.script", {"source": "1"})

    assert old.result(30) == 5
    for job, said in ((new, "ZeroDivisionError"), (own, "saved scripts alone")):
        with pytest.raises(JobFailed, match=said):
            job.result(30)


def test_scripts_are_listed_shown_and_refused(pgsched, tmp_path):
    """By name; what is no Python is not saved."""
    file = tmp_path / "s.py"
    for text in ("1\n", "2\n"):
        file.write_text(text)
        pgsched("script", "set", "a", file)

    assert pgsched("script", "show", "a").out == "2\n"
    assert pgsched("script", "show", "a", "--version", "1").out == "1\n"
    assert pgsched("script", "show", "a", "--version", "3").code == 2
    assert [row["version"] for row in pgsched("script", "list", "-o", "json").json] == [2]
    assert [row["version"] for row in pgsched("script", "history", "a", "-o", "json").json] == [
        2,
        1,
    ]
    file.write_text("1 +")
    assert "is not Python" in pgsched("script", "set", "b", file).err
    assert pgsched("script", "set", "b", tmp_path / "none").code == 2
    file.write_text("1")
    assert "1 to 200 characters" in pgsched("script", "set", "", file).err
