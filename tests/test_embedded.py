"""The embedded Postgres ends with its last owner, however that ends."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
from pathlib import Path

import psycopg
import pytest

from pgsched.embedded import EmbeddedPostgres, bin_dir_of
from pgsched.errors import EmbeddedUnavailable, InvalidValue
from tests.worker.processes import eventually

OWNER = """
    import subprocess, sys
    from pgsched.embedded import EmbeddedPostgres

    with EmbeddedPostgres(sys.argv[1], fsync=False) as server:
        print(server.dsn, flush=True)
        {then}
"""


@pytest.fixture
def folder():
    """A short path, which another user may be allowed to reach."""
    with tempfile.TemporaryDirectory(prefix="pgsched-e-") as name:
        yield Path(name, "pg")
        # Postgres, and who stops it, write until the end
        eventually(lambda: not lives_in(name), or_else="it lives on")


def lives_in(folder):
    """Whether a process lives that was started with this folder."""
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if folder.encode() in command.read_bytes():
                return True
    return False


def start_owner(folder, then="sys.stdin.read()"):
    """A process that owns the server in *folder*, once it runs; and the server's DSN."""
    owner = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(OWNER.format(then=then)), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return owner, owner.stdout.readline().strip()


def end(owner):
    owner.stdin.close()
    owner.stdout.close()
    owner.wait()


def ask(dsn, query="select 1"):
    with psycopg.connect(dsn) as conn:
        return conn.execute(query).fetchone()[0]


def wait_until_stopped(dsn):
    """Return when the server has hung up on a connection and accepts no more."""
    try:
        with psycopg.connect(dsn) as conn:
            # The safety net is pytest's timeout; nothing here depends on how long it takes.
            conn.execute("select pg_sleep(50)")
    except psycopg.OperationalError:
        pass
    while True:
        try:
            psycopg.connect(dsn).close()
        except psycopg.OperationalError as error:
            if "shutting down" not in str(error):
                return


def test_it_runs_while_owned_and_keeps_its_data(folder):
    with EmbeddedPostgres(folder, fsync=False) as server:
        with psycopg.connect(server.dsn) as conn:
            conn.execute("create table kept as select 7 as n")
        dsn = server.dsn
        assert server.tcp_dsn is None
    with pytest.raises(psycopg.OperationalError):
        ask(dsn)

    with EmbeddedPostgres(folder, fsync=False) as server:
        assert ask(server.dsn, "select n from kept") == 7


def test_it_is_tuned(folder):
    with EmbeddedPostgres(folder) as server:
        names = "shared_buffers max_connections max_wal_size fsync max_prepared_transactions"
        values = [ask(server.dsn, f"show {name}") for name in names.split()]

    assert values == ["256MB", "200", "4GB", "on", "10"]


def test_start_and_stop_may_be_called_again(folder):
    server = EmbeddedPostgres(folder, fsync=False)
    server.stop()
    assert server.start() is server.start()
    server.stop()
    server.stop()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_stops_when_its_owner_is_killed(folder, sent):
    owner, dsn = start_owner(folder)
    assert ask(dsn) == 1

    owner.send_signal(sent)

    wait_until_stopped(dsn)
    end(owner)


def test_it_stops_although_a_child_of_the_killed_owner_lives_on(folder):
    sleeper = "import signal; signal.pause()"
    then = f"print(subprocess.Popen([sys.executable, '-c', {sleeper!r}]).pid, flush=True)"
    owner, dsn = start_owner(folder, then + "; sys.stdin.read()")
    child = int(owner.stdout.readline())

    owner.kill()

    wait_until_stopped(dsn)
    os.kill(child, signal.SIGKILL)
    end(owner)


def test_it_stops_although_a_fork_of_the_killed_owner_lives_on(folder):
    fork = "import os, signal; pid = os.fork(); pid or signal.pause(); print(pid, flush=True)"
    owner, dsn = start_owner(folder, fork + "; sys.stdin.read()")
    child = int(owner.stdout.readline())

    owner.kill()

    wait_until_stopped(dsn)
    os.kill(child, signal.SIGKILL)
    end(owner)


def test_it_stops_when_its_owner_is_killed_while_it_starts(folder):
    code = textwrap.dedent(OWNER.format(then="pass"))
    owner = subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.DEVNULL)
    while not (folder / "turn").exists():
        assert owner.poll() is None

    owner.kill()
    owner.wait()

    with EmbeddedPostgres(folder, fsync=False) as server:
        assert ask(server.dsn) == 1


def test_a_second_owner_joins_and_the_last_one_stops_it(folder):
    owner, dsn = start_owner(folder)
    with EmbeddedPostgres(folder) as second:
        assert second.dsn == dsn
        end(owner)
        assert ask(dsn) == 1

    with pytest.raises(psycopg.OperationalError):
        ask(dsn)


def test_owners_who_start_together_share_one_server(folder):
    servers = [EmbeddedPostgres(folder, fsync=False) for _ in range(4)]
    threads = [threading.Thread(target=server.start) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    started = {ask(server.dsn, "select pg_postmaster_start_time()") for server in servers}
    for server in servers:
        server.stop()
    assert len(started) == 1


def test_the_owner_stops_it_himself_when_the_watch_process_was_killed(folder):
    with EmbeddedPostgres(folder, fsync=False) as server:
        server._watch.kill()
        assert ask(server.dsn) == 1
        dsn = server.dsn

    with pytest.raises(psycopg.OperationalError):
        ask(dsn)


@pytest.mark.parametrize("name", ["two words", "it's", 'a "b", $HOME `c`', "long/" * 40, "ü%41"])
def test_any_path_will_do(folder, name):
    with EmbeddedPostgres(folder / name, fsync=False) as server:
        assert ask(server.dsn) == 1


def test_a_tcp_port_asks_for_the_password(folder, unused_port):
    with EmbeddedPostgres(folder, port=unused_port, fsync=False) as server:
        assert ask(server.dsn) == 1
        assert ask(server.tcp_dsn) == 1
        with pytest.raises(psycopg.OperationalError, match="password"):
            ask(f"postgresql://postgres@127.0.0.1:{unused_port}/postgres")


@pytest.fixture
def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_data_of_another_version_is_refused_and_left_alone(folder):
    with EmbeddedPostgres(folder, version=16, fsync=False):
        pass
    with pytest.raises(EmbeddedUnavailable, match="did not start"):
        EmbeddedPostgres(folder, version=18, fsync=False).start()

    with EmbeddedPostgres(folder, version=16, fsync=False) as server:
        assert ask(server.dsn, "show server_version").startswith("16.")


def test_a_half_made_data_folder_is_made_anew(folder):
    (folder / "data.new").mkdir(parents=True)
    (folder / "data.new" / "PG_VERSION").write_text("18")

    with EmbeddedPostgres(folder, fsync=False) as server:
        assert ask(server.dsn) == 1


def test_a_folder_that_is_deleted_under_it_does_no_harm(folder):
    server = EmbeddedPostgres(folder, fsync=False).start()
    pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    shutil.rmtree(folder)
    server.stop()

    os.kill(pid, signal.SIGQUIT)  # it would notice within a minute


def test_the_default_folder_is_under_the_current_one_and_ignored_by_git(folder, monkeypatch):
    folder.mkdir()
    monkeypatch.chdir(folder)

    with EmbeddedPostgres(fsync=False) as server:
        assert server.folder == folder / ".pgsched" / "pg18"
    assert (folder / ".pgsched" / ".gitignore").read_text() == "*\n"


def test_without_the_extra_it_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    with pytest.raises(EmbeddedUnavailable, match=r"pip install 'pgsched\[embedded\]'"):
        EmbeddedPostgres()


def test_an_unknown_version_or_port_is_refused(folder):
    with pytest.raises(EmbeddedUnavailable, match="have 16, 18"):
        bin_dir_of(17)
    with pytest.raises(InvalidValue, match=r"1\.\.65535"):
        EmbeddedPostgres(folder, port=0)
