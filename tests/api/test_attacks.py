"""What who means harm, or is broken, may send: each is answered or ended, and others are served."""

from __future__ import annotations

import gzip
import itertools
from pathlib import Path

import httpx
import pytest

from pgsched.settings import Settings
from tests.api.conftest import problem, serving
from tests.api.raw import raw, say, status
from tests.sql.actors import enqueue, one

HOST = b"host: localhost\r\n"
POST = b"POST /v1/jobs HTTP/1.1\r\n" + HOST + b"content-type: application/json\r\n"
LAST = b"connection: close\r\n"


@pytest.fixture(scope="module")
def strict(_served):
    """The URL of an API with little time and room: two connections to the database."""
    settings = Settings(
        dsn=_served[0], api_auth=False, request_s=0.5, api_connections=2, api_clients=30
    )
    with serving(settings) as url:
        yield url


@pytest.fixture
def others(strict, dsn):
    """Somebody else, who is served as ever after each attack."""
    with httpx.Client(base_url=strict, timeout=20) as client:
        yield client
        assert client.get("/v1/jobs").status_code == 200


# --- slow ones ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begun", "piece", "answer"),
    [
        (b"", b"", 0),
        (b"", b"\r\n", 408),
        (b"G", b"", 408),
        (b"GET /health/live HTTP/1.1\r\nx: ", b"a", 408),
        (b"GET /health/live HTTP/1.1\r\n", b"a: b\r\n", 408),
        (b"GET /", b"a", 408),
    ],
)
def test_a_head_that_dribbles_is_ended(strict, others, begun, piece, answer):
    """Also one that never begins: slow-loris."""
    with raw(strict) as slow:
        slow.send(begun)
        assert others.get("/health/live").status_code == 200

        assert status(slow.dribble(piece)) == answer


def test_the_next_head_on_a_connection_is_ended_too(strict, others):
    with raw(strict) as slow:
        slow.send(b"GET /health/live HTTP/1.1\r\n" + HOST + b"\r\n")
        slow.sock.recv(65536)

        slow.dribble(b"\r\n")


@pytest.mark.parametrize(
    ("framing", "piece"),
    [(b"content-length: 1000\r\n", b" "), (b"transfer-encoding: chunked\r\n", b"1\r\n \r\n")],
)
def test_a_body_that_dribbles_is_ended(strict, others, framing, piece):
    with raw(strict) as slow:
        slow.send(POST + framing + b"\r\n")
        said = slow.dribble(piece)

    assert status(said) == 408
    assert b'"code":"PS082"' in said
    assert b"connection: close" in said


def test_slow_bodies_hold_no_connection_to_the_database(strict, others):
    """Also where they have a key, for which a transaction is opened: after the body."""
    slow = [raw(strict) for _ in range(8)]
    for each in slow:
        each.__enter__().send(POST + b"idempotency-key: k\r\ncontent-length: 9\r\n\r\n")

    for _ in range(5):
        assert others.post("/v1/jobs", json={"task": "t"}).status_code == 201
    for each in slow:
        each.__exit__(None, None, None)


@pytest.mark.parametrize("path", [b"GET /v1/jobs", b"POST /v1/nowhere", b"DELETE /v1/jobs"])
def test_the_rest_of_a_body_that_nobody_wants_is_not_waited_for(strict, others, path):
    """It is answered at once; who goes on sending is hung up on."""
    with raw(strict) as slow:
        slow.send(path + b" HTTP/1.1\r\n" + HOST + b"content-length: 100000\r\n\r\n")

        assert status(slow.dribble(b"a")) in (200, 404, 405)


def test_more_clients_than_there_is_room_for_are_told_to_come_again(strict, others):
    idle = [raw(strict) for _ in range(40)]
    for each in idle:
        each.__enter__()
    full = httpx.get(f"{strict}/health/live", verify=False)
    while httpx.get(f"{strict}/health/live", verify=False).status_code == 503:
        pass  # until those that say nothing are ended
    for each in idle:
        each.__exit__(None, None, None)

    problem(full, 503, "PS077")
    assert (full.headers["retry-after"], full.headers["connection"]) == ("1", "close")


def test_an_answer_that_nobody_reads_is_given_up(strict, others, db):
    """Else it would stay in memory for ever."""
    large = "x" * 1_000_000
    for _ in range(14):
        enqueue(db, args={"a": large})
    request = b"GET /v1/jobs?limit=500 HTTP/1.1\r\n" + HOST + b"\r\n"
    with raw(strict) as slow:
        slow.send(request)
        head = slow.sock.recv(1000)
        length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])

        assert status(head) == 200
        while not _gone(slow):
            assert others.get("/health/live").status_code == 200
        assert len(head) + len(slow.read()) < length


def _gone(client):
    """Whether the server has given a connection up: Linux says it of the server's end."""
    port = f":{client.sock.getsockname()[1]:04X}"
    ends = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines())
    return "01" not in {end[3] for end in ends if end[2].endswith(port)}  # ESTABLISHED


# --- large ones -----------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", ["gzip", "deflate", "br", "gzip, gzip", "x-gzip", "zstd"])
def test_a_zip_bomb_is_not_unpacked(others, packed):
    bomb = gzip.compress(b" " * 50_000_000)
    headers = {"content-type": "application/json", "content-encoding": packed}

    told = problem(others.post("/v1/jobs", content=bomb, headers=headers), 415, "PS074")
    assert packed in told["detail"]


@pytest.mark.parametrize(
    "forever",
    [
        (b"GET /health/live HTTP/1.1\r\nx: ", b"a" * 1000),
        (b"GET /health/live HTTP/1.1\r\n", b"a: b\r\n" * 200),
        (b"GET /", b"a" * 1000),
        (b"", b"\r\n" * 500),
        (POST + b"transfer-encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n" * 200),
        (POST + b"transfer-encoding: chunked\r\n\r\n0\r\na: ", b"a" * 1000),
        (POST + b"transfer-encoding: chunked\r\n\r\n1;", b"a" * 1000),
    ],
    ids=["header", "headers", "target", "nothing", "trailers", "trailer", "extension"],
)
def test_a_head_without_end_is_ended(strict, others, forever):
    """Not by its time: by its size, which is kept in memory."""
    begun, piece = forever
    with raw(strict) as client:
        sent, said = client.pour(itertools.chain([begun], itertools.repeat(piece)))

    assert sent < 20_000_000
    assert status(said) in (0, 400, 431)


def test_a_body_without_end_is_ended(strict, others):
    begun = POST + b"transfer-encoding: chunked\r\n\r\n"
    with raw(strict) as client:
        sent, said = client.pour(
            itertools.chain([begun], itertools.repeat(b"3e8\r\n" + b" " * 1000 + b"\r\n"))
        )

    assert status(said) == 413
    assert sent < 50_000_000


def test_a_body_that_says_that_it_is_large_is_not_begun(others):
    said = say(others.base_url, POST + LAST + b"content-length: 1000000000\r\n\r\n")

    assert status(said) == 413


def test_a_thousand_requests_at_once_on_one_connection_are_answered_in_order(strict, others):
    request = b"GET /health/live HTTP/1.1\r\nx-request-id: %d\r\n" + HOST
    said = say(
        strict, b"".join(request % n + (LAST if n == 999 else b"") + b"\r\n" for n in range(1000))
    )

    ids = [part.split(b"\r\n")[0] for part in said.split(b"x-request-id: ")[1:]]
    assert ids == [b"%d" % n for n in range(1000)]


# --- lies and grammar -----------------------------------------------------------------------------

BODY = b'{"task":"t"}'
ONE_CHUNK = b"c\r\n" + BODY + b"\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("framing", "body"),
    [
        (b"content-length: 12\r\ntransfer-encoding: chunked\r\n", ONE_CHUNK),
        (b"content-length: 12\r\ncontent-length: 13\r\n", BODY),
        (b"content-length: -1\r\n", BODY),
        (b"content-length: +12\r\n", BODY),
        (b"content-length: 99999999999999999999999\r\n", BODY),
        (b"content-length: 0x0c\r\n", BODY),
        (b"transfer-encoding: chunked\r\n", b"zz\r\n" + BODY),
        (b"transfer-encoding: chunked\r\n", b"ffffffffffffffffffffff\r\n" + BODY),
        (b"transfer-encoding: gzip, chunked\r\n", b"-1\r\n"),
        (b"x: a\rb\r\n", b""),
        (b"x: a\0b\r\n", b""),
        (b"x y: a\r\n", b""),
        (b" x: a\r\n", b""),
    ],
)
def test_what_is_no_http_is_refused_and_does_nothing(strict, others, db, framing, body):
    said = say(strict, POST + framing + LAST + b"\r\n" + body)

    assert status(said) in (400, 408)
    assert one(db, "select count(*) from pgsched.job") == 0


def test_what_follows_a_body_is_another_request(strict, others, db):
    """Whose length lies smuggles nothing: the rest is no request."""
    said = say(strict, POST + b"content-length: 12\r\n\r\n" + BODY + b"X" * 30 + b"\r\n\r\n")

    assert b"HTTP/1.1 400" in said
    assert one(db, "select count(*) from pgsched.job") <= 1


def test_a_body_that_ends_early_does_nothing(strict, others, db):
    with raw(strict) as client:
        client.send(POST + b"content-length: 13\r\n\r\n" + BODY)

    assert one(db, "select count(*) from pgsched.job") == 0


@pytest.mark.parametrize(
    ("line", "statuses"),
    [
        (b"GET http://evil.example/health/live HTTP/1.1", {200}),
        (b"GET http://evil.example HTTP/1.1", {400, 404}),
        (b"GET //health/live HTTP/1.1", {400, 404}),
        (b"GET /health/live HTTP/1.0", {200}),
        (b"GET /health/live HTTP/9.9", {400}),
        (b"GET /health/live", {200, 400}),
        (b"OPTIONS * HTTP/1.1", {400, 404, 405}),
        (b"CONNECT evil.example:443 HTTP/1.1", {400, 404, 405}),
        (b"TRACE /health/live HTTP/1.1", {405}),
        (b"BREW /health/live HTTP/1.1", {400, 405}),
        (b"GET /health/\xff HTTP/1.1", {400, 404}),
        (b"GET /v1/jobs/%00 HTTP/1.1", {422}),
        (b"GET /v1/jobs/%FF HTTP/1.1", {400}),
        (b"GET /v1/tasks/%00 HTTP/1.1", {422}),
        (b"GET /v1/tasks/%ED%A0%80 HTTP/1.1", {400}),
        (b"GET /v1/../v1/jobs HTTP/1.1", {404}),
        (b"GET /v1/jobs?task=%00 HTTP/1.1", {422}),
        (b"GET /v1/jobs?label=%00=a HTTP/1.1", {422}),
        (b"GET /v1/jobs?%ff=%ff HTTP/1.1", {422}),
        (b"GET /v1/jobs?since=99999-01-01T00:00:00Z HTTP/1.1", {422}),
        (b"GET /v1/jobs?since=0001-01-01T00:00:00Z HTTP/1.1", {200}),
    ],
)
def test_odd_targets_and_methods_are_answered(strict, others, line, statuses):
    said = say(strict, line + b"\r\n" + HOST + LAST + b"\r\n")

    assert status(said) in statuses, said


def test_a_protocol_that_is_not_spoken_is_not_switched_to(strict, others):
    for protocol in (b"h2c", b"websocket", b"x"):
        upgrade = b"connection: upgrade\r\nupgrade: " + protocol + b"\r\n"
        with raw(strict) as client:
            client.send(b"GET /health/live HTTP/1.1\r\n" + HOST + upgrade + b"\r\n")
            assert status(client.dribble(b"a")) == 200
