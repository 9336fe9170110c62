"""Behind a real pgbouncer in transaction mode: no notification arrives, so the worker polls."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from pgsched import Scheduler
from tests.worker.processes import each_ended_once, eventually, states, unfinished

PROGRAM = shutil.which("pgbouncer", path=os.pathsep.join([os.environ["PATH"], "/usr/sbin"]))

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="pgbouncer is not installed (Debian: pgbouncer)"),
]


def ordinary_user():
    """It refuses to run as root."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@pytest.fixture
def pooled(dsn, tmp_path_factory):
    """DSN of the test's database through a pgbouncer with fewer connections than clients."""
    params = conninfo_to_dict(dsn)
    host, port = str(params["host"]), int(params.get("port") or 5432)
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = free.getsockname()[1]
    # A socket's folder may be closed to the user that pgbouncer runs as: a proxy opens it.
    from tests.kill.servers import proxy_to

    with proxy_to(make_conninfo(dsn, host=host, port=port)) as proxy:
        target = conninfo_to_dict(proxy.dsn)
        config = Path(tmp_path_factory.mktemp("pgbouncer"), "pgbouncer.ini")
        config.write_text(
            f"[databases]\n* = host=127.0.0.1 port={target['port']}"
            f" user={params.get('user', 'postgres')} password={params.get('password') or 'none'}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {listen}\nauth_type = any\n"
            "pool_mode = transaction\ndefault_pool_size = 4\nunix_socket_dir =\nlogfile =\n"
        )
        for folder in config.parents:
            if folder.is_relative_to(Path(os.environ.get("TMPDIR", "/tmp"))):
                folder.chmod(folder.stat().st_mode | 0o055)
        process = subprocess.Popen(
            [PROGRAM, str(config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **ordinary_user(),
        )
        through = make_conninfo(dsn, host="127.0.0.1", port=listen, sslmode="disable")

        def answers():
            try:
                with psycopg.connect(through, autocommit=True, prepare_threshold=None) as conn:
                    return conn.execute("select 1").fetchone()
            except psycopg.OperationalError:
                return None

        try:
            eventually(answers, or_else="pgbouncer answers")
            yield through
        finally:
            process.terminate()
            process.wait()


def test_the_worker_finds_out_and_polls(worker, client, db, pooled):
    """It says so, and works all the same; so do clients."""
    process = worker(dsn=pooled, poll_s=300)
    eventually(
        lambda: any("notifications do not arrive" in line for line in process.messages),
        or_else="the pooler is noticed",
    )
    with Scheduler(pooled) as through:
        jobs = [through.enqueue("add", {"a": n}) for n in range(10)]
        jobs += client.enqueue_many("transfer", [{"n": n} for n in range(20)])
        jobs += client.enqueue_many("succeed_at", [{"attempt": 2}] * 3)

        eventually(lambda: not unfinished(db), or_else="jobs end")
        assert states(db) == {"succeeded": 33}
        assert jobs[9].result(10) == 9
    each_ended_once(db)
    assert process.process.poll() is None


def test_a_worker_that_is_told_does_not_try(worker, db, pooled):
    """PGSCHED_POOLER=true: no LISTEN, polling from the start."""
    process = worker(dsn=pooled, poll_s=300, pooler="true")
    with Scheduler(pooled) as through:
        eventually(lambda: db.execute("select 1 from pgsched._idle").fetchall())
        through.enqueue("add", {"a": 1})

        eventually(lambda: states(db) == {"succeeded": 1})
    assert not any("notifications do not arrive" in line for line in process.messages)
