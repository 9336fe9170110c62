"""shell.command: what it runs, what it keeps, and that nothing of it goes on."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from pgsched.errors import JobFailed
from tests.worker.processes import alive, children_of, eventually, outcomes

ALL = {"PGSCHED_SHELL_COMMANDS": "*", "PGSCHED_SHELL_TEXT": "true", "SECRET": "s3cret"}
ONE = {"PGSCHED_SHELL_COMMANDS": "echo,/bin/cat"}


def python(text, *args):
    """The argv of a Python program."""
    return [sys.executable, "-I", "-c", text, *args]


def test_a_program_gets_what_it_is_given_and_nothing_else(work, client):
    """Args as they are, stdin, env; neither the worker's environment nor its folder."""
    work("shell.command", ALL)
    script = (
        "import os, sys; print(sys.argv[1:]); print(sys.stdin.read()); print(sorted(os.environ));"
        "print(os.getcwd() == os.environ['HOME'] == os.environ['TMPDIR'], os.listdir('.'));"
        "print([int(f) for f in os.listdir('/proc/self/fd') if int(f) > 2][1:], file=sys.stderr)"
    )

    result = client.enqueue(
        "shell.command",
        {"argv": python(script, "$HOME; *"), "stdin": "héllo\n", "env": {"A": "1"}},
    ).result(20)

    assert result["stdout"].splitlines() == [
        "['$HOME; *']", "héllo", "", "['A', 'HOME', 'LANG', 'PATH', 'TMPDIR']", "True []",
    ]  # fmt: skip
    assert (result["exit_code"], result["stderr"], result["truncated"]) == (0, "[]\n", False)


def test_a_text_is_run_by_a_shell_where_that_is_allowed(work, client):
    """Elsewhere it is dead."""
    work("shell.command", ALL)

    assert client.enqueue("shell.command", {"argv": "echo $((1+1))"}).result(20)["stdout"] == "2\n"


def test_output_may_go_by_the_names_that_the_system_has_for_it(work, client):
    """As shell scripts do: to open a socket by such a name is an error."""
    work("shell.command", ALL)
    argv = "echo 1 > /dev/stdout; echo 2 > /dev/stderr; cat /dev/stdin > /dev/fd/2"

    result = client.enqueue("shell.command", {"argv": argv, "stdin": "3"}).result(20)

    assert (result["stdout"], result["stderr"]) == ("1\n", "2\n3")


REFUSED = [
    ({"argv": "echo 1"}, "no text by a shell"),
    ({"argv": []}, "a list of texts"),
    ({"argv": ["echo", 1]}, "a list of texts"),
    ({"argv": ["ls"]}, "not among the programs"),
    ({"argv": ["./echo"]}, "not among the programs"),
    ({"argv": ["bin/echo"]}, "not among the programs"),
    ({"argv": ["/bin/../bin/sh"]}, "not among the programs"),
    ({"argv": ["echo"], "cwd": "."}, "absolute"),
    ({"argv": ["echo"], "cwd": "/no/such"}, "cannot be started"),
    ({"argv": ["echo"], "env": {"LD_PRELOAD": "/x.so"}}, "may not be given"),
    ({"argv": ["echo"], "env": {"PATH": "/x"}}, "may not be given"),
    ({"argv": ["echo"], "env": {"A=B": "x"}}, "may not be given"),
    ({"argv": ["echo"], "grace_s": 4}, "grace_s must be"),
    ({"argv": ["echo"], "output_bytes_max": 65537}, "output_bytes_max must be"),
]


def test_what_is_not_allowed_ends_the_job_dead(work, client, db):
    """By the list of programs, first of all."""
    work("shell.command", ONE)
    good = client.enqueue("shell.command", {"argv": ["/bin/../bin/cat", "-"], "stdin": "hi"})
    jobs = client.enqueue_many("shell.command", [args for args, _ in REFUSED])

    assert good.result(20)["stdout"] == "hi"
    for job, (_, said) in zip(jobs, REFUSED, strict=True):
        with pytest.raises(JobFailed, match=said):
            job.result(20)
        assert outcomes(db, job.id) == ["failed"]


def test_exit_codes_decide(work, client, db):
    """ok_codes, dead_codes, and retry_codes, which are all others unless given."""
    work("shell.command", ALL)
    at_once = {"max_attempts": 2, "retry": {"kind": "fixed", "base_s": 0}}

    def run(code, **rules):
        argv = f"echo why >&2; exit {code}"
        return client.enqueue("shell.command", {"argv": argv, **rules}, **at_once)

    fine = run(3, ok_codes=[0, 3])
    failed = [run(1), run(1, dead_codes=[1]), run(1, retry_codes=[2]), run(2, retry_codes=[2])]

    assert fine.result(20)["exit_code"] == 3
    for job in failed:
        with pytest.raises(JobFailed, match=r"exit code \d: why"):
            job.result(20)
    assert [len(outcomes(db, job.id)) for job in failed] == [2, 1, 1, 2]


def test_output_is_kept_up_to_a_limit(work, client):
    """Head and tail, however much there is, of both streams at once."""
    work("shell.command", ALL)
    script = (
        "import sys\n"
        "for s in sys.stdout, sys.stderr:\n"
        "    s.write('begin'); s.write('x' * 30_000_000); s.write('end')"
    )
    result = client.enqueue(
        "shell.command", {"argv": python(script), "output_bytes_max": 100}
    ).result(30)

    for stream in ("stdout", "stderr"):
        assert result[stream].startswith("beginxxx")
        assert result[stream].endswith("xxxend")
        assert "29999908 bytes left out" in result[stream]
    assert result["truncated"] is True


# A child in the same group, one in a session of its own, and one that has left both and its parent.
FAMILY = """
import os, signal, sys, time
for own in (False, True):
    if os.fork() == 0:
        own and os.setsid()
        if own and os.fork(): os._exit(0)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        open(sys.argv[1] + str(os.getpid()), 'w').close()
        time.sleep(600)
signal.signal(signal.SIGTERM, signal.SIG_IGN if sys.argv[2] == 'deaf' else signal.SIG_DFL)
open(sys.argv[1] + str(os.getpid()), 'w').close()
sys.argv[2] == 'short' or time.sleep(600)
while sys.argv[2] == 'short' and len(os.listdir(sys.argv[1])) < 3: time.sleep(0.01)
"""


@pytest.fixture
def family(tmp_path):
    """A folder for the process ids, and a way to wait for all three."""
    folder = tmp_path / "pids"
    folder.mkdir()
    yield folder, lambda: eventually(lambda: len(found := _pids(folder)) == 3 and found)
    for pid in _pids(folder):
        if alive(pid):
            os.kill(pid, signal.SIGKILL)


def _pids(folder: Path):
    return [int(each.name) for each in folder.iterdir()]


@pytest.mark.parametrize("manner", ["deaf", "polite"])
def test_a_cancel_ends_all_that_was_started(work, client, db, family, manner):
    """By the time that the job has ended, whatever session it is in, and deaf to SIGTERM."""
    folder, started = family
    work("shell.command", ALL)
    argv = python(FAMILY, f"{folder}/", manner)
    job = client.enqueue("shell.command", {"argv": argv, "grace_s": 0.2})
    pids = started()

    client.cancel(job.id)

    with pytest.raises(JobFailed, match="cancelled"):
        job.result(20)
    assert [pid for pid in pids if alive(pid)] == []
    assert outcomes(db, job.id) == ["cancelled"]


def test_a_timeout_ends_all_that_was_started(work, client, db, family):
    """The job's own."""
    folder, started = family
    work("shell.command", ALL)
    argv = python(FAMILY, f"{folder}/", "deaf")
    args = {"argv": argv, "grace_s": 0}
    job = client.enqueue("shell.command", args, timeout_s=3, max_attempts=1)
    pids = started()

    with pytest.raises(JobFailed, match="timed out"):
        job.result(20)
    assert [pid for pid in pids if alive(pid)] == []


def test_what_is_left_behind_ends_with_the_command(work, client, family):
    """Nothing is at work for a job that has succeeded."""
    folder, _ = family
    work("shell.command", ALL)
    argv = python(FAMILY, f"{folder}/", "short")

    assert client.enqueue("shell.command", {"argv": argv}).result(20)["exit_code"] == 0
    assert [pid for pid in _pids(folder) if alive(pid)] == []


@pytest.mark.skipif(os.getuid() == 0, reason="root may write to all of them")
def test_folders_that_may_not_be_written_to_are_removed_too(work, client):
    """As those in which Go keeps its modules; and none that a link leads to is touched."""
    work("shell.command", ALL)
    argv = "mkdir -p a/b c; touch a/b/f; ln -s /tmp a/l; chmod 500 a/b a; chmod 0 c .; pwd"

    home = client.enqueue("shell.command", {"argv": argv}).result(20)["stdout"].strip()

    assert not Path(home).exists()


def test_a_link_in_the_place_of_its_folder_is_removed_and_not_followed(work, client, tmp_path):
    work("shell.command", ALL)
    (tmp_path / "kept").mkdir(mode=0o755)
    argv = f'rmdir "$HOME"; ln -s {tmp_path} "$HOME"; echo "$HOME"'

    home = client.enqueue("shell.command", {"argv": argv}).result(20)["stdout"].strip()

    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o755
    assert not Path(home).is_symlink()


def test_a_killed_worker_takes_all_with_it(work, client, db, family):
    """The child that claimed the job, by SIGKILL."""
    folder, started = family
    process = work("shell.command", ALL)
    client.enqueue("shell.command", {"argv": python(FAMILY, f"{folder}/", "deaf")})
    pids = started()

    [child] = process.children(db)
    os.kill(child, signal.SIGKILL)
    os.kill(process.pid, signal.SIGKILL)

    eventually(lambda: not any(map(alive, pids)))


@pytest.mark.parametrize("which", ["guard", "double"])
def test_a_killed_guard_takes_all_with_it(work, client, db, family, which):
    """Whichever of the two it is; and the run fails."""
    folder, started = family
    process = work("shell.command", ALL)
    argv = python(FAMILY, f"{folder}/", "deaf")
    job = client.enqueue("shell.command", {"argv": argv}, max_attempts=1)
    pids = started()

    [child] = process.children(db)
    [double] = children_of(child)
    [guard] = children_of(double)
    [home] = {Path(f"/proc/{pid}/cwd").readlink() for pid in pids}
    os.kill(guard if which == "guard" else double, signal.SIGKILL)

    with pytest.raises(JobFailed, match="guard"):
        job.result(20)
    assert [pid for pid in pids if alive(pid)] == []
    assert not home.exists()
    eventually(lambda: not (alive(guard) or alive(double)))


def test_a_program_that_is_allowed_by_name_is_the_one_in_the_usual_places(pgsched):
    """A worker that would allow nothing says so at its start; so does one with a wrong path."""
    answer = pgsched("worker", "--handlers", "shell.command")

    assert answer.code == 2
    assert "PGSCHED_SHELL_COMMANDS" in answer.err
