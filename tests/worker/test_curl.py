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
    """Five jobs of one queue; one of them fails."""
    [script] = re.findall(r"```sh\n(ask\(\).*?)```", PAGE.read_text(), re.DOTALL)
    do = tmp_path / "do"
    do.write_text('#!/bin/sh\ncase $1 in *\'"n": 3\'*) exit 1 ;; esac\necho \'{"by": "shell"}\'\n')
    do.chmod(0o755)
    jobs = client.enqueue_many("t", [{"n": n} for n in range(5)], queue="mail", max_attempts=1)
    key = key_of(db, "root", ["worker"], queues=["mail"])
    environ = {**os.environ, "PGSCHED_API": api.url, "PGSCHED_TOKEN": key, "once": "yes"}
    script = script.replace('"wait_s": 20', '"wait_s": 0')

    shell = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=50
    )

    assert (shell.returncode, shell.stderr) == (0, ""), shell.stdout
    eventually(lambda: [job.state() for job in jobs].count("succeeded") == 4)
    assert [job.state() for job in jobs][3] == "dead"
    assert jobs[0].result(1) == {"by": "shell"}
