"""What is allowed is a task like any other; what is not, is not there."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pgsched import handlers
from pgsched.errors import InvalidValue, JobFailed
from tests.worker.processes import eventually, outcomes


def test_an_allowed_task_works_and_the_others_are_unknown(work, client, db):
    """By patterns; the catalogue describes it by its whole docstring."""
    work("sleep,test.l*")

    job = client.enqueue("test.log", {"message": "so", "level": "warning", "times": 2})

    assert job.result(20) is None
    found = "select level, message from pgsched.job_log where job_id = %s"
    eventually(lambda: len(db.execute(found, [job.id]).fetchall()) == 2)
    assert db.execute(found, [job.id]).fetchall() == [("warning", "so")] * 2
    known = db.execute("select name, description, category from pgsched.task order by 1").fetchall()
    assert [name for name, _, _ in known] == ["sleep", "test.echo", "test.log"]
    assert "0..604800" in known[0][1]
    assert known[0][2] == "built in"


def test_a_delay_succeeds_or_fails_as_told(work, client, db):
    """With its message."""
    work("test.*")
    options = {"max_attempts": 2, "retry": {"kind": "fixed", "base_s": 0}}

    good = client.enqueue("test.delay", {"durationMs": 5})
    bad = client.enqueue(
        "test.delay", {"durationMs": 0, "shouldFail": True, "failMessage": "oh no"}, **options
    )

    assert good.result(20) == {"durationMs": 5, "attempt": 1}
    with pytest.raises(JobFailed, match="oh no"):
        bad.result(20)
    assert outcomes(db, bad.id) == ["failed", "failed"]


def test_a_sleep_ends_when_it_is_cancelled(work, client, db):
    """At once."""
    work("sleep")
    job = client.enqueue("sleep", {"seconds": 604800})
    eventually(lambda: job.state() == "running")

    client.cancel(job.id)

    with pytest.raises(JobFailed, match="cancelled"):
        job.result(20)


REFUSED = [
    ("sleep", {"seconds": -1}, "seconds must be from 0 to 604800, got -1"),
    ("test.log", {"level": "loud"}, "level must be debug"),
    ("test.log", {"times": 1001}, "times must be from 1 to 1000"),
    ("test.delay", {"duration": 1}, "unknown duration"),
]


def test_args_out_of_range_end_the_job_dead(work, client, db):
    """Trying again would not help."""
    work("sleep,test.*")
    jobs = [client.enqueue(task, args) for task, args, _ in REFUSED]

    for job, (_, _, said) in zip(jobs, REFUSED, strict=True):
        with pytest.raises(JobFailed, match=said):
            job.result(20)
        assert outcomes(db, job.id) == ["failed"]


def test_a_task_of_the_app_goes_before_one_of_the_same_name(work, client):
    """Whoever has named one `test.echo` goes on having it."""
    work("test.*")

    assert client.enqueue("test.echo", {"a": 1}).result(20) == "the app's own"


def test_a_pattern_that_names_nothing_is_refused_at_the_door(pgsched):
    """With the names that there are."""
    answer = pgsched("worker", "--handlers", "sleep,http.webhok")

    assert answer.code == 2
    assert "PGSCHED_HANDLERS" in answer.err
    assert "http.webhok" in answer.err
    assert "test.echo" in answer.err


def test_nothing_is_allowed_unless_said():
    """An empty text, and spaces and commas, name nothing; names are matched whole."""
    assert handlers.choose("") == handlers.choose(" , ") == []
    assert handlers.choose("test.*, sleep") == ["sleep", "test.delay", "test.echo", "test.log"]
    with pytest.raises(InvalidValue):
        handlers.choose("slee")


@pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")
@pytest.mark.parametrize(("chosen", "dumpable"), [("sleep", 1), ("shell.command", 0)])
def test_where_jobs_run_programs_the_worker_hides_its_environment(chosen, dumpable):
    """The kernel then lets nobody but root read its /proc."""
    ask = (
        "import ctypes; from pgsched import handlers; handlers.allow('%s');"
        "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )
    command = [sys.executable, "-c", ask % chosen]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stdout == f"{dumpable}\n"


@pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")
def test_the_process_that_pushes_hides_it_too():
    """It runs no jobs, but has the environment of those that do."""
    ask = (
        "import asyncio, ctypes; from types import SimpleNamespace as Orders\n"
        "from pgsched.worker import child, database\n"
        "async def introduce(*_): exit(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))\n"
        "database.introduce = introduce\n"
        "asyncio.run(child._push(Orders(handlers='%s'), None, None))"
    )

    codes = [
        subprocess.run([sys.executable, "-c", ask % chosen]).returncode
        for chosen in ("sleep", "shell.command")
    ]

    assert codes == [1, 0]


def test_an_isolated_process_knows_it_too(work, client, db):
    """Whom an operator gives a process of its own."""
    db.execute("select pgsched.declare_task('test.delay')")
    db.execute("select pgsched.change_task('test.delay', '{\"isolation\": \"process\"}')")
    work("test.delay")

    assert client.enqueue("test.delay", {"durationMs": 1}).result(20)["attempt"] == 1
