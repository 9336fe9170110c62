"""What Scheduler and pgsched.remote.Client refuse alike: bad input, at the door, by name."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from pgsched import Scheduler
from pgsched.errors import InvalidValue, JobNotFound
from pgsched.remote import Client

NAIVE = datetime(2100, 1, 1)  # noqa: DTZ001


@pytest.fixture(params=["database", "api"])
def client(request, dsn, api):
    """A client of either kind; the API asks nobody who it is."""
    with Scheduler(dsn) if request.param == "database" else Client(str(api.base_url)) as made:
        yield made


@pytest.mark.parametrize(
    "options",
    [
        *({"priority": value} for value in (1.0, True, "5", 101, 2**40, 10**5000)),
        *({"max_attempts": value} for value in (1.5, True, "3", 0, 2**40)),
        *(
            {"timeout_s": value}
            for value in (timedelta(seconds=1), True, "1", 10**5000, Decimal(1))
        ),
        *({"timeout_s": value} for value in (0, -1, float("nan"), float("inf"))),
        *({"delay": value} for value in ("60", True, [], Decimal(1), 10**5000, -1, float("nan"))),
        *({"due_at": value} for value in (NAIVE, "2100-01-01T00:00:00Z", 5)),
        *({"queue": value} for value in ("\ud800", "\0", "", "q" * 201, 5, b"q")),
        *({"key": value} for value in ("\ud800", "\0", "", "k" * 501, 5)),
        *({"trace": value} for value in ("\ud800", "\0", "", "t" * 501, 5)),
        *({"parent_id": value} for value in (0, -1, 2**63, True, 1.0, "1")),
        *({"retry": {"kind": "fixed", "base_s": value}} for value in (None, "5", True, -1)),
        *({"retry": value} for value in ({"kind": None}, {"base_s": 1}, [], "fixed")),
        *({"labels": value} for value in ([1], "x", {"a": "\0"})),
    ],
    ids=lambda options: next(iter(options)),
)
def test_options_of_a_job(client, db, options):
    """By both functions, and nothing is made."""
    with pytest.raises(InvalidValue):
        client.enqueue("t", {}, **options)
    with pytest.raises(InvalidValue):
        client.enqueue_many("t", [{}], **options)
    assert db.execute("select count(*) from pgsched._job").fetchone() == (0,)


@pytest.mark.parametrize("task", ["\ud800", "\0", "", "t" * 201, 5, None])
def test_names_of_tasks(client, task):
    with pytest.raises(InvalidValue):
        client.enqueue(task)


@pytest.mark.parametrize("options", [{"key": "k"}, {"trace": "00-ab"}, {"parent_id": 1}])
def test_what_only_one_job_can_have(client, db, options):
    """Of many, it is not passed over."""
    with pytest.raises(InvalidValue, match="key, trace and parent_id are of one job"):
        client.enqueue_many("t", [{}], **options)
    assert db.execute("select count(*) from pgsched._job").fetchone() == (0,)


@pytest.mark.parametrize("id", [0, -1, 2**63, 2**70, True, 1.0, "1", None])
def test_ids_that_no_job_can_have(client, id):
    """Unlike those that none has."""
    asks = (
        client.state,
        client.cancel,
        client.redrive,
        client.origin,
        client.wait,
        lambda id: client.reschedule(id, priority=1),
        lambda id: client.emit("e", cause=id) if id is not None else client.state(id),
    )
    for ask in asks:
        with pytest.raises(InvalidValue):
            ask(id)
    for ask in (client.state, client.cancel, client.redrive):
        with pytest.raises(JobNotFound):
            ask(2**63 - 1)


@pytest.mark.parametrize(
    "change",
    [
        {},
        *({"priority": value} for value in (1.5, "5", True, 101, 2**40)),
        *({"queue": value} for value in ("", "\ud800", "\0", 5)),
        *({"due_at": value} for value in (NAIVE, "2100-01-01T00:00:00Z")),
    ],
    ids=str,
)
def test_moves_of_a_job(client, db, change):
    """Also one that changes nothing; the job stays as it was."""
    job = client.enqueue("t", queue="q", priority=3)
    before = db.execute("select queue, priority, due_at from pgsched._ready").fetchall()

    with pytest.raises(InvalidValue):
        client.reschedule(job.id, **change)
    assert db.execute("select queue, priority, due_at from pgsched._ready").fetchall() == before
