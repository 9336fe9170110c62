"""What keys let workers over HTTP do, and how these end without."""

from __future__ import annotations

import pytest

from tests.api.remote import key_of
from tests.worker.remote import ApiProcess, remote_worker


@pytest.fixture
def guarded(dsn):
    """An API that asks who comes."""
    process = ApiProcess(dsn).start()
    yield process
    process.kill()


def test_a_key_that_is_none_ends_the_worker_and_says_so(guarded, db, tmp_path):
    process = remote_worker(guarded, tmp_path, token="pgs_wrong")

    assert process.wait() == 1
    assert any("key" in line for line in process.messages), process.log
    assert "pgs_wrong" not in process.log


def test_a_key_for_some_queues_works_there_and_declares_nothing(guarded, client, db, tmp_path):
    key = key_of(db, "root", ["worker"], queues=["mail"])
    job, other = client.enqueue("add", {"a": 1}, queue="mail"), client.enqueue("add", {"a": 1})
    token = tmp_path / "token"
    token.write_text(f"{key}\n")

    process = remote_worker(guarded, tmp_path, "--drain", "--token", f"@{token}", queues="mail")

    assert process.wait() == 0, process.log
    assert (job.state(), other.state()) == ("succeeded", "ready")
    assert any("may not declare tasks" in line for line in process.messages)
    assert remote_worker(guarded, tmp_path, token=key).wait() == 1
    assert key not in process.log


def test_a_key_that_is_revoked_ends_the_worker(guarded, db, tmp_path):
    key = key_of(db, "root", ["worker", "admin"])
    process = remote_worker(guarded, tmp_path, token=key, lease_s=2)
    try:
        process.ready(db)
        db.execute("select pgsched.revoke_api_key(id) from pgsched._api_key")
        assert process.wait(within_s=50) == 1
        assert any("revoked" in line for line in process.messages)
    finally:
        process.kill()


def test_a_key_is_no_option(pgsched):
    """A list of processes shows those."""
    refused = pgsched("worker", "--api", "http://127.0.0.1:1", "--token", "pgs_secret")

    assert refused.code != 0
    assert "@FILE" in refused.err
    assert "pgs_secret" not in refused.err
