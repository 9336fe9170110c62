"""A plain `curl` is a worker: the lines of docs/workers.md, run by a shell."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.api.remote import key_of
from tests.worker.processes import eventually
from tests.worker.remote import ApiProcess

PAGE = Path(__file__).parents[2] / "docs" / "workers.md"


@pytest.fixture
def api(dsn):
    process = ApiProcess(dsn).start()
    yield process
    process.kill()


def test_the_lines_of_the_page_are_a_worker(api, client, db, tmp_path):
    """Five jobs of one queue; one fails, one is large, and one is like an answer without jobs."""
    [script] = re.findall(r"```sh\n(\(umask.*?)```", PAGE.read_text(), re.DOTALL)
    do = tmp_path / "do"
    do.write_text(
        "#!/bin/sh\njob=$(cat)\ncase $job in *'\"n\": 3'*) exit 1 ;; *'\"n\": 4'*) exit 0 ;; esac\n"
        'printf \'{"by": "shell", "bytes": %s}\' ${#job}\n'
    )
    do.chmod(0o755)
    also = [{}, {"jobs": []}, {"text": "\\" * 300_000}, {}, {}]
    args = [{"n": n, **more} for n, more in enumerate(also)]
    jobs = client.enqueue_many("t", args, queue="mail", max_attempts=1)
    key = key_of(db, "root", ["worker"], queues=["mail"])
    environ = {**os.environ, "PGSCHED_API": api.url, "PGSCHED_TOKEN": key, "once": "yes"}
    script = script.replace('"wait_s": 20', '"wait_s": 0')

    shell = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=50
    )

    assert (shell.returncode, shell.stderr) == (0, ""), shell.stdout
    eventually(lambda: [job.state() for job in jobs].count("succeeded") == 4)
    assert [job.state() for job in jobs][3] == "dead"
    assert jobs[0].result(1)["by"] == "shell"
    assert jobs[2].result(1)["bytes"] > 300_000
    assert jobs[4].result(1) is None
    assert (tmp_path / "header").stat().st_mode & 0o077 == 0
    assert db.execute("select seen_at > started_at from pgsched._worker").fetchall() == [(True,)]
