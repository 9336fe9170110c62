"""http.webhook: what it sends, what it keeps, and where it does not go."""

from __future__ import annotations

import asyncio
import gzip
import ipaddress
import ssl
import subprocess
import threading

import httpx
import pytest

from pgsched import Discard
from pgsched.errors import JobFailed
from pgsched.handlers import webhook
from pgsched.handlers.webhook import Sent, deliver
from tests.handlers.servers import json_of, serving
from tests.worker.processes import eventually, outcomes

AT_ONCE = {"kind": "fixed", "base_s": 0}
HERE = [ipaddress.ip_network("127.0.0.1/32")]


@pytest.fixture
def site():
    with serving() as running:
        yield running


def send(url, **options):
    """Deliver to a local server, outside of a worker."""
    sent = Sent(options.pop("method", "GET"), httpx.URL(url), options.pop("headers", {}), b"body")
    return asyncio.run(deliver(sent, HERE, **options))


async def here(host, port):
    return ["127.0.0.1"]


def test_a_job_sends_json_and_keeps_the_answer(work, client, site):
    """With the same webhook-id at each attempt, and what was told to wait."""
    work("http.webhook", {"PGSCHED_HTTP_CIDRS": "127.0.0.1/32", "HTTP_PROXY": "http://127.0.0.1:9"})
    turns = iter([(503, {"retry-after": "0"}, b"busy"), (200, {"x-secret": "no"}, b"do\x00ne")])
    site.answers["/hook?a=1"] = lambda handler: _say(handler, *next(turns))

    job = client.enqueue(
        "http.webhook",
        {"url": f"{site.url}/hook?a=1#x", "body": {"n": [1]}, "headers": {"X-Token": "t"}},
        retry={"kind": "fixed", "base_s": 3600},
    )

    result = job.result(20)
    assert (result["status"], result["body"]) == (200, "do\\x00ne")
    assert "x-secret" not in result["headers"]
    first, second = site.seen
    assert json_of(first["body"]) == {"n": [1]}
    assert first["headers"]["webhook-id"] == second["headers"]["webhook-id"] == f"job_{job.id}"
    assert first["headers"]["host"] == f"127.0.0.1:{site.port}"
    assert (first["headers"]["x-token"], first["method"]) == ("t", "POST")
    assert first["headers"]["content-type"] == "application/json"


def _say(handler, status, headers, body):
    handler.send_response(status)
    for name, value in {**headers, "content-length": str(len(body))}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"url": "http://127.0.0.2/"}, "not a public address"),
        ({"url": "http://localhost:1/", "method": "get"}, "method must be"),
        ({"url": "http://[::1]/"}, "not a public address"),
        ({"url": "file:///etc/passwd"}, "must begin with http"),
        ({"url": "//h/x"}, "must begin with http"),
        ({"url": "http://"}, "name a host"),
        ({"url": "http://u:p@h/"}, "no user and password"),
        ({"url": "http://h:99999/"}, "a port"),
        ({"url": "http://h\n/"}, "url is not valid"),
        ({"url": "http://h/", "headers": {"Host": "x"}}, "may not be given"),
        ({"url": "http://h/", "headers": {"webhook-id": "x"}}, "may not be given"),
        ({"url": "http://h/", "headers": {"a b": "x"}}, "may not be given"),
        ({"url": "http://h/", "headers": {"a": "x\r\nb: c"}}, "one line"),
        ({"url": "http://h/", "timeout_s": 301}, "timeout_s must be"),
        ({"url": "http://h/", "redirects": 11}, "redirects must be"),
        ({"url": "http://h/", "bytes_max": -1}, "bytes_max must be"),
    ],
)
def test_what_is_not_to_be_sent_ends_the_job_dead(monkeypatch, args, said):
    """Before anything is sent."""
    monkeypatch.setenv("PGSCHED_HTTP_CIDRS", "127.0.0.1/32")
    webhook.permits.cache_clear()

    class Ctx:
        id = 1

    with pytest.raises(Discard, match=said):
        asyncio.run(webhook.webhook(Ctx(), **args))


def test_an_address_is_dead_at_once_in_a_worker(work, client, db, site):
    """Nothing was allowed, so the server hears nothing."""
    work("http.webhook")
    job = client.enqueue("http.webhook", {"url": site.url})

    with pytest.raises(JobFailed, match="not a public address"):
        job.result(20)
    assert outcomes(db, job.id) == ["failed"]
    assert site.seen == []


def test_what_was_checked_is_what_is_connected_to(site):
    """The name is asked for once; Host has it. There is no such name here, so nobody else asked."""
    asked = []

    async def rebind(host, port):
        asked.append((host, port))
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    answer = send(f"http://hook.example:{site.port}/", ask=rebind)

    assert answer["status"] == 200
    assert asked == [("hook.example", site.port)]
    assert site.seen[0]["headers"]["host"] == f"hook.example:{site.port}"


def test_a_redirect_is_checked_anew(site):
    """A name that leads elsewhere by then, an address, another scheme."""
    asked = []

    async def rebind(host, port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    site.answers["/a"] = (302, {"location": "/b"}, b"")
    with pytest.raises(Discard, match=r"10\.0\.0\.1"):
        send(f"http://hook.example:{site.port}/a", redirects=1, ask=rebind)
    for target in ("http://127.0.0.2/", "http://169.254.169.254/latest", "//[::1]/", "ftp://x/"):
        site.answers["/a"] = (302, {"location": target}, b"")
        with pytest.raises(Discard):
            send(f"{site.url}/a", redirects=1)
    assert len(site.seen) == 5


def test_redirects_are_followed_only_as_many_as_asked(site):
    """None by default; then as browsers do: 303 becomes a GET, 307 stays."""
    site.answers["/a"] = (307, {"location": "/b"}, b"")
    site.answers["/b"] = (303, {"location": "/c"}, b"")
    assert send(f"{site.url}/a", method="PUT")["status"] == 307
    assert send(f"{site.url}/a", method="PUT", redirects=1)["status"] == 303

    answer = send(f"{site.url}/a", method="PUT", redirects=2)

    assert (answer["status"], answer["url"]) == (200, f"{site.url}/c")
    assert [(s["method"], s["body"]) for s in site.seen[-3:]] == [
        ("PUT", b"body"), ("PUT", b"body"), ("GET", b""),
    ]  # fmt: skip


def test_another_origin_is_told_no_secrets(site):
    """Another port is another origin; the same one keeps its headers."""
    secret = {"authorization": "Bearer s", "x-api-key": "s", "cookie": "s", "webhook-id": "job_1"}
    with serving() as other:
        site.answers["/a"] = (307, {"location": "/b", "set-cookie": "c=d"}, b"")
        site.answers["/b"] = (307, {"location": f"{other.url}/"}, b"")
        send(f"{site.url}/a", headers=secret, redirects=2)

        assert site.seen[1]["headers"]["authorization"] == "Bearer s"
        assert other.seen[0]["headers"].keys() & secret.keys() == {"webhook-id"}


def test_no_more_of_a_body_is_read_than_is_kept(site):
    """A server that never ends is hung up on."""
    hung_up = threading.Event()

    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 65536)
        except OSError:
            hung_up.set()

    site.answers["/"] = endless
    answer = send(f"{site.url}/", bytes_max=100)

    assert (answer["body"], answer["truncated"]) == ("x" * 100, True)
    assert hung_up.wait(20)


def test_what_is_encoded_is_not_decoded(site):
    """A bomb stays small."""
    bomb = gzip.compress(bytes(50_000_000))
    site.answers["/"] = (200, {"content-encoding": "gzip"}, bomb)

    answer = send(f"{site.url}/", bytes_max=131_072)

    assert (answer["body"], answer["headers"]["content-encoding"]) == ("", "gzip")
    assert answer["truncated"]
    assert site.seen[0]["headers"]["accept-encoding"] == "identity"


def test_a_server_that_dribbles_is_given_up(work, client, db, site):
    """timeout_s is for all of it."""
    work("http.webhook", {"PGSCHED_HTTP_CIDRS": "127.0.0.1/32"})
    done = threading.Event()

    def dribble(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            while not done.wait(0.05):
                handler.wfile.write(b"x")
        except OSError:
            pass

    site.answers["/"] = dribble
    job = client.enqueue("http.webhook", {"url": site.url, "timeout_s": 0.3}, max_attempts=1)

    with pytest.raises(JobFailed, match=r"did not answer within 0.3 s"):
        job.result(20)
    done.set()


def test_a_cancel_ends_a_request(work, client, db, site):
    """The job ends cancelled, though the server says nothing."""
    work("http.webhook", {"PGSCHED_HTTP_CIDRS": "127.0.0.1/32"})
    done = threading.Event()
    site.answers["/"] = lambda handler: done.wait(60)
    job = client.enqueue("http.webhook", {"url": site.url, "timeout_s": 300})
    eventually(lambda: site.seen)

    client.cancel(job.id)

    with pytest.raises(JobFailed, match="cancelled"):
        job.result(20)
    done.set()


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    """Of hook.example, by itself; trusted."""
    key, cert = tmp_path / "key", tmp_path / "cert"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert,
         "-days", "2", "-subj", "/CN=x", "-addext", "subjectAltName=DNS:hook.example"],
        check=True, capture_output=True,
    )  # fmt: skip
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    webhook._trusted.cache_clear()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)
    yield tls
    webhook._trusted.cache_clear()


def test_tls_is_by_the_name_not_the_address(certificate):
    """The server is asked for it, and must have a certificate of it."""
    names = []
    certificate.sni_callback = lambda sock, name, context: names.append(name)
    with serving(tls=certificate) as site:
        answer = send(f"https://hook.example:{site.port}/", ask=here)
        with pytest.raises(httpx.ConnectError, match="certificate"):
            send(f"https://other.example:{site.port}/", ask=here)

    assert answer["status"] == 200
    assert names == ["hook.example", "other.example"]


def test_the_next_address_is_tried_where_one_takes_no_connection(site):
    """And the last one's error is told."""

    async def ask(host, port):
        return ["127.0.0.3", "127.0.0.1"]

    networks = [ipaddress.ip_network("127.0.0.0/8")]
    sent = Sent("GET", httpx.URL(f"http://hook.example:{site.port}/"))
    assert asyncio.run(deliver(sent, networks, ask=ask))["status"] == 200

    site.shutdown()
    site.server_close()
    with pytest.raises(httpx.ConnectError, match=r"http://hook\.example"):
        asyncio.run(deliver(sent, networks, ask=ask))
