"""pgsched.remote.Client where things go wrong, and who it says that it is."""

from __future__ import annotations

import socket

import pytest

from pgsched.auth.keys import make_key
from pgsched.auth.passwords import hash_now
from pgsched.errors import (
    Busy,
    Forbidden,
    InternalError,
    InvalidValue,
    NotAuthenticated,
    TooManyAttempts,
)
from pgsched.remote import Client
from tests.api.flaky import flaky
from tests.sql.actors import one

PASSWORD = "a few words to remember"


@pytest.fixture
def way(api):
    """A way to that API on which things go wrong."""
    with flaky(str(api.base_url).rstrip("/")) as made:
        yield made


@pytest.mark.parametrize("lost", ["refuse", "lose"])
def test_what_was_lost_on_the_way_is_sent_again_and_done_once(way, db, lost):
    """One job, though the first answer never came; and so of many."""
    with Client(way.url) as client:
        way.to_come = [lost]
        job = client.enqueue("t")
        way.to_come = [lost]
        many = client.enqueue_many("t", [{}, {}])

    keys = [seen["idempotency-key"] for seen in way.seen]
    assert (keys[0], keys[2]) == (keys[1], keys[3])
    assert len(set(keys)) == 2
    assert one(db, "select array_agg(id order by id) from pgsched.job") == [
        job.id, *(each.id for each in many),
    ]  # fmt: skip


def test_what_must_not_be_done_twice_is_not_sent_again(way):
    """A change names the version that it is of, and would be told that this has passed."""
    with Client(way.url) as client:
        client.schedules.add("s", "t", every="1 hour")
        way.seen.clear()
        way.to_come = ["pass", "lose"]
        with pytest.raises(Busy, match="cannot be reached"):
            client.schedules.change("s", priority=1)

    assert len(way.seen) == 2


def test_whoever_is_told_to_come_again_does(way, db):
    """For as long as was said; also with what is not safe to repeat, since nothing was done."""
    room = (503, {"retry-after": "0"}, b"")
    with Client(way.url) as client:
        way.to_come = [room, (429, {}, b""), (502, {}, b"<html>")]
        client.enqueue("t")
        client.schedules.add("s", "t", every="1 hour")
        way.to_come = ["pass", room]
        assert client.schedules.change("s", priority=1) == 2

    assert one(db, "select count(*) from pgsched.job") == 1


def test_whoever_has_no_patience_is_told_at_once(way):
    """retry_s, and a wait that is longer than it."""
    with Client(way.url, retry_s=0) as client:
        way.to_come = ["refuse"]
        with pytest.raises(Busy):
            client.enqueue("t")
    problem = b'{"code": "PS061", "title": "Too many attempts", "detail": "too many"}'
    with Client(way.url) as client:
        headers = {"retry-after": "800", "content-type": "application/problem+json"}
        way.to_come = [(429, headers, problem)]
        with pytest.raises(TooManyAttempts) as caught:
            client.enqueue("t")
        assert caught.value.retry_after_s == 800
        way.to_come = [(200, {}, b"<html>hello")]
        with pytest.raises(InternalError, match="not JSON"):
            client.enqueue("t")
        way.to_come = [(403, {"content-type": "text/html"}, b"<html>no")]
        with pytest.raises(InternalError, match=r"403.*<html>no"):
            client.enqueue("t")


def test_where_nobody_listens_it_says_so(free_port):
    with (
        Client(f"http://127.0.0.1:{free_port}", retry_s=0) as client,
        pytest.raises(Busy, match="cannot be reached"),
    ):
        client.enqueue("t")


@pytest.fixture
def free_port():
    """A port on which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        yield found.getsockname()[1]


@pytest.fixture
def ada(db):
    """A user with a password; her key."""
    one(db, "select pgsched.create_user('ada', 'user', null, %s)", hash_now(PASSWORD))
    made = make_key()
    one(
        db,
        "select pgsched.make_api_key('ada', 'k', %s, %s, '{read,write}')",
        made.hash,
        made.shown,
    )
    return made.key


def test_a_key_says_who_asks(guarded, ada, monkeypatch):
    """Given, or of the environment; without one nobody comes in."""
    url = str(guarded.base_url)
    with Client(url, ada) as client:
        job = client.enqueue("t")
        with pytest.raises(Forbidden):
            client.events.subscribe("s", "a", "t")
        assert ada not in repr(vars(client))
    with Client(url) as client, pytest.raises(NotAuthenticated):
        client.enqueue("t")
    monkeypatch.setenv("PGSCHED_API", url)
    monkeypatch.setenv("PGSCHED_TOKEN", ada)
    with Client() as client:
        assert client.state(job.id) == "ready"


def test_a_name_and_a_password_log_in_and_stay_so(guarded, ada, db):
    """Once; and again when the access token is refused, or the log-in was ended."""
    with Client(str(guarded.base_url), name="ada", password=PASSWORD) as client:
        client.enqueue("t")
        client.enqueue("t")
        assert one(db, "select count(*) from pgsched._session") == 1
        client._exchange.credentials._access = "a.b.c"
        client.enqueue("t")
        assert one(db, "select count(*) from pgsched._session") == 1
        client._exchange.credentials._access = "a.b.c"
        client._exchange.credentials._refresh = "gone"
        client.enqueue("t")
    with (
        Client(str(guarded.base_url), name="ada", password="not hers at all") as client,
        pytest.raises(NotAuthenticated),
    ):
        client.enqueue("t")

    assert one(db, "select count(*) from pgsched._job") == 4


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "no URL"),
        ({"url": "localhost"}, "https://"),
        ({"url": "http://a", "name": "ada"}, "name and password"),
        ({"url": "http://a", "token": "t", "name": "ada", "password": "p"}, "token, or"),
    ],
)
def test_a_client_needs_to_know_where_and_who(monkeypatch, given, message):
    monkeypatch.delenv("PGSCHED_API", raising=False)
    with pytest.raises(InvalidValue, match=message):
        Client(**given)
