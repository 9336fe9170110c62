"""/v1/hooks: signed webhooks, as their senders sign them, become events once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from tests.api.conftest import problem
from tests.sql.actors import one

SECRET, OTHER = "sixteen or more of these", "sixteen or more of those"
WHSEC, WHSEC_2 = (f"whsec_{base64.b64encode(char * 24).decode()}" for char in (b"k", b"l"))
BODY = b'{"type": "order.paid", "id": "evt_1",  "n": 1}'


def sign(secret, content=BODY, algorithm="sha256"):
    return hmac.new(secret.encode(), content, algorithm).hexdigest()


def standard(secret=WHSEC, body=BODY, id="msg_1", age_s=0):
    at = int(time.time()) - age_s
    signature = Webhook(secret).sign(id, datetime.fromtimestamp(at, UTC), body.decode())
    return {"webhook-id": id, "webhook-timestamp": str(at), "webhook-signature": signature}


def stripe(secret=SECRET, body=BODY, age_s=0):
    at = int(time.time()) - age_s
    signature = sign(secret, f"{at}.".encode() + body)
    return {"stripe-signature": f"t={at},v1={'0' * 64},v1={signature},v0=abc"}


def github(secret=SECRET, body=BODY, event="push", id="d-1"):
    return {
        "x-hub-signature-256": f"sha256={sign(secret, body)}",
        "x-github-event": event,
        "x-github-delivery": id,
    }


def plain(secret=SECRET, body=BODY, header="x-signature"):
    return {header: sign(secret, body)}


SIGN = {"standard_webhooks": standard, "stripe": stripe, "github": github, "hmac": plain}
TYPES = {
    "standard_webhooks": "order.paid",
    "stripe": "stripe.order.paid",
    "github": "github.push",
    "hmac": "told",
}
each_style = pytest.mark.parametrize("style", SIGN)


def secret_of(style, second=False):
    if style == "standard_webhooks":
        return WHSEC_2 if second else WHSEC
    return OTHER if second else SECRET


def made(api, style, **given):
    more = {"event_type": "told"} if style == "hmac" else {}
    body = {"name": "h", "style": style, "secret": secret_of(style), **more, **given}
    answer = api.post("/v1/hooks", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def sent(api, headers, body=BODY, media="application/json", name="h"):
    return api.post(f"/v1/hooks/{name}", content=body, headers={"content-type": media, **headers})


def events(db):
    return db.execute("select type, source, external_id, data from pgsched.event").fetchall()


@each_style
def test_a_delivery_becomes_an_event_once(api, db, style):
    made(api, style)
    headers = SIGN[style]()

    first = sent(api, headers | {"if-match": '"7"', "idempotency-key": "k" * 300})
    again = sent(api, headers)

    assert first.status_code == 200, first.text
    assert (first.json()["known"], again.json()) == (False, first.json() | {"known": True})
    [(type, source, _, data)] = events(db)
    assert (type, source, data["body"]) == (TYPES[style], "hooks/h", json.loads(BODY))
    assert data["headers"]["content-type"] == "application/json"
    assert "signature" not in str(data)


@pytest.mark.parametrize(
    ("style", "id"),
    [("standard_webhooks", "msg_1"), ("stripe", "evt_1"), ("github", "d-1"), ("hmac", None)],
)
def test_its_id_is_the_sender_s_or_a_digest(api, db, style, id):
    made(api, style)
    sent(api, SIGN[style]())

    digest = hashlib.sha256(BODY + bytes.fromhex(sign(SECRET))).hexdigest()
    assert events(db)[0][2] == (id or digest)


@each_style
def test_what_is_not_signed_by_its_secret_is_refused_as_for_no_hook(api, db, style):
    """Told alike: a wrong secret, another body, no signature, a signature that is none."""
    made(api, style)
    good = SIGN[style]()
    [key] = [name for name in good if "signature" in name]
    odd = ["", "x", "v1,", "v1,=", "t=,v1=zz", "sha256=zz", "\xe9", good[key][1:]]

    answers = [
        sent(api, SIGN[style](secret_of(style, second=True))),
        sent(api, good, BODY + b" "),
        sent(api, good, b"\xff\x00"),
        sent(api, {}),
        *(sent(api, good | {key: value.encode("latin-1")}) for value in odd),
        sent(api, good, name="ghost"),
    ]

    told = [problem(answer, 401, "PS062") for answer in answers]
    assert len({(each["detail"], each["title"]) for each in told}) == 1
    assert one(db, "select count(*) from pgsched.event") == 0


@pytest.mark.parametrize("style", ["standard_webhooks", "stripe"])
@pytest.mark.parametrize("age_s", [301, -330])
def test_what_was_signed_long_ago_or_ahead_of_time_is_refused(api, db, style, age_s):
    made(api, style)

    told = problem(sent(api, SIGN[style](age_s=age_s)), 401, "PS062")
    assert "too long ago" in told["detail"]
    shown = api.get("/v1/hooks/h")
    tag = {"if-match": shown.headers["etag"]}
    assert api.patch("/v1/hooks/h", json={"tolerance_s": 400}, headers=tag).status_code == 200
    assert sent(api, SIGN[style](age_s=age_s)).status_code == 200


def test_the_time_is_signed_too(api):
    made(api, "standard_webhooks")
    made(api, "stripe", name="s")
    now = str(int(time.time()))

    problem(sent(api, standard(age_s=301) | {"webhook-timestamp": now}), 401, "PS062")
    mark = stripe(age_s=301)["stripe-signature"].partition(",")[2]
    problem(sent(api, {"stripe-signature": f"t={now},{mark}"}, name="s"), 401, "PS062")


@each_style
def test_both_secrets_are_good_while_they_are_rotated(api, style):
    made(api, style)
    second = secret_of(style, second=True)
    assert api.post("/v1/hooks/h/rotate", json={"secret": second}).json() == {
        "name": "h",
        "version": 2,
        "secret": None,
    }

    assert sent(api, SIGN[style]()).status_code == sent(api, SIGN[style](second)).status_code == 200
    assert api.post("/v1/hooks/h/finish-rotation").json()["secrets"] == 1
    problem(sent(api, SIGN[style]()), 401, "PS062")
    assert sent(api, SIGN[style](second)).status_code == 200


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512", "sha1"])
def test_plain_hmac_is_found_where_the_hook_says(api, algorithm):
    """As Shopify, Bitbucket, Linear and others have it."""
    made(api, "hmac", header="x-shop-hmac", prefix="v=", algorithm=algorithm, encoding="base64")
    raw = hmac.new(SECRET.encode(), BODY, algorithm).digest()

    answer = sent(api, {"x-shop-hmac": "v=" + base64.b64encode(raw).decode()})
    assert answer.status_code == 200
    problem(sent(api, {"x-shop-hmac": base64.b64encode(raw).decode()}), 401, "PS062")


def test_the_example_of_github_s_documentation_is_verified():
    from pgsched.auth.signatures import verify
    from pgsched.calls.hooks import HookSecrets

    hook = HookSecrets("github", ["It's a Secret to Everybody"], *[None] * 5, [], False, 0)
    signature = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

    headers = {"x-hub-signature-256": f"sha256={signature}"}
    assert verify(hook, headers, b"Hello, World!").hex() == signature


def test_github_s_ping_makes_nothing_and_its_forms_are_read(api, db):
    made(api, "github")
    assert sent(api, github(event="ping")).json() == {"id": None, "known": False}
    form = b"payload=%7B%22action%22%3A%22opened%22%7D"

    answer = sent(api, github(body=form), form, "application/x-www-form-urlencoded")

    assert answer.status_code == 200
    [(_, _, _, data)] = events(db)
    assert data["body"] == {"action": "opened"}
    assert data["headers"] == {
        "content-type": "application/x-www-form-urlencoded",
        "x-github-event": "push",
        "x-github-delivery": "d-1",
    }


@each_style
def test_headers_that_are_kept_come_beside_those_of_the_style(api, db, style):
    """Else the name of the event was lost: GitHub's were all refused, and do not come again."""
    made(api, style, headers=["x-topic", "content-type"])
    shown = api.get("/v1/hooks/h").json()
    again = {"headers": shown["headers"]}
    assert api.patch("/v1/hooks/h", json=again, headers={"if-match": '"1"'}).json() == shown

    assert sent(api, SIGN[style]() | {"x-topic": "t"}).status_code == 200
    [(kind, _, _, data)] = events(db)
    assert (kind, data["headers"]["x-topic"]) == (TYPES[style], "t")


def test_what_is_signed_need_not_be_json(api, db):
    made(api, "hmac")
    for body, media in ((b"hello", "text/plain"), (b"\xff", "image/png")):
        assert sent(api, plain(body=body), body, media).status_code == 200
    problem(sent(api, plain(body=b"{"), b"{"), 400, "PS070")

    assert [data["body"] for *_, data in events(db)] == [
        {"datacontenttype": "text/plain", "data": "hello"},
        {"datacontenttype": "image/png", "data_base64": "/w=="},
    ]


def test_a_disabled_hook_takes_nothing_and_tells_it_to_its_sender_alone(api):
    made(api, "hmac", disabled=True)

    problem(sent(api, plain()), 403, "PS028")
    problem(sent(api, plain(OTHER)), 401, "PS062")


def test_a_secret_is_made_and_shown_once(api, db):
    for style in ("hmac", "github", "standard_webhooks"):
        answer = api.post("/v1/hooks", json={"name": style, "style": style, "event_type": "a"})
        assert answer.headers["cache-control"] == "no-store"
        secret = answer.json()["secret"]
        shown = api.get("/v1/hooks").text + api.get(f"/v1/hooks/{style}").text
        assert secret not in shown
        assert sent(api, SIGN[style](secret), name=style).status_code == 200
        again = api.post(f"/v1/hooks/{style}/rotate", json={}).json()["secret"]
        assert again not in (None, secret)
    stripe_s = api.post("/v1/hooks", json={"name": "s", "style": "stripe"})
    assert "made by Stripe" in problem(stripe_s, 422, "PS010")["detail"]


def test_hooks_are_kept_by_version(api):
    made(api, "github")
    shown = api.get("/v1/hooks/h")
    tag = {"if-match": shown.headers["etag"]}
    assert [each["name"] for each in api.get("/v1/hooks").json()["items"]] == ["h"]

    problem(api.patch("/v1/hooks/h", json={"disabled": True}), 428, "PS075")
    changed = api.patch("/v1/hooks/h", json={"source": "github"}, headers=tag)
    assert (changed.json()["source"], changed.json()["version"]) == ("github", 2)
    problem(api.patch("/v1/hooks/h", json={"disabled": True}, headers=tag), 412, "PS026")
    problem(
        api.post("/v1/hooks", json={"name": "h", "style": "hmac", "event_type": "a"}), 409, "PS035"
    )
    problem(api.delete("/v1/hooks/h"), 428, "PS075")
    problem(api.delete("/v1/hooks/h", headers=tag), 412, "PS026")
    fresh = {"if-match": changed.headers["etag"]}
    assert api.delete("/v1/hooks/h", headers=fresh).status_code == 204
    for path in ("", "/rotate", "/finish-rotation"):
        body = {"json": {}} if path == "/rotate" else {}
        method = "POST" if path else "GET"
        problem(api.request(method, f"/v1/hooks/h{path}", **body), 404, "PS009")


def test_an_api_that_asks_who_comes_lets_signed_deliveries_in(guarded, db):
    db.execute("select pgsched.create_hook('h', 'github', %s)", [SECRET])

    assert sent(guarded, github()).status_code == 200
    problem(sent(guarded, github(OTHER)), 401, "PS062")
    problem(guarded.get("/v1/hooks"), 401, "PS060")
    assert one(db, "select owner_id is null from pgsched._event") is True


def test_too_many_deliveries_have_to_wait_and_what_is_not_signed_counts_for_nothing(api, db):
    db.execute("select pgsched.change_setting('hook_minute_max', 2)")
    made(api, "github")
    for _ in range(3):
        problem(sent(api, github(OTHER)), 401, "PS062")
    assert [sent(api, github(id=f"d-{n}")).status_code for n in range(2)] == [200, 200]

    refused = sent(api, github(id="d-2"))

    problem(refused, 429, "PS061")
    assert 0 < int(refused.headers["retry-after"]) <= 30
    assert len(events(db)) == 2
