"""/v1/events and /v1/subscriptions."""

from __future__ import annotations

from tests.api.conftest import problem

WELCOME = {"event_type": "customer.*", "task": "greet", "args": {"name": "$.data.name"}}


def emitted(api, **body):
    return api.post("/v1/events", json={"type": "customer.created", **body})


def test_an_event_makes_the_jobs_of_who_wants_it(api):
    put = api.put("/v1/subscriptions/welcome", json=WELCOME)
    assert (put.status_code, put.json()["version"]) == (200, 1)

    event = api.get(emitted(api, data={"name": "Ada"}, subject="c-1").headers["location"]).json()

    assert (event["type"], event["subject"], event["data"]) == (
        "customer.created",
        "c-1",
        {"name": "Ada"},
    )
    [job] = event["jobs"]
    assert api.get(f"/v1/jobs/{job}").json()["args"] == {"name": "Ada"}


def test_the_same_event_twice_is_one(api):
    said = {"source": "shop", "id": "c-1"}
    first, again = (emitted(api, **said).json() for _ in range(2))

    assert (first["known"], again) == (False, first | {"known": True})


def test_events_are_listed_by_type_page_by_page(api):
    ids = [emitted(api, data={"n": n}).json()["id"] for n in range(3)]
    api.post("/v1/events", json={"type": "other"})

    page = api.get("/v1/events", params={"type": "customer.*", "limit": 2}).json()
    rest = api.get("/v1/events", params={"type": "customer.*", "cursor": page["next"]}).json()

    assert [each["id"] for each in page["items"] + rest["items"]] == ids[::-1]


def test_what_is_not_valid_is_refused(api):
    problem(api.post("/v1/events", json={"type": "a b"}), 422, "PS010")
    problem(api.put("/v1/subscriptions/s", json=WELCOME | {"filter": "$.("}), 422, "PS010")
    problem(api.get("/v1/events/7"), 404, "PS005")
    problem(api.get("/v1/subscriptions/ghost"), 404, "PS004")
    problem(api.delete("/v1/subscriptions/ghost", headers={"if-match": '"1"'}), 404, "PS004")


def test_a_subscription_is_changed_and_ended_by_its_version(api):
    def put(body, **headers):
        return api.put("/v1/subscriptions/s", json=WELCOME | body, headers=headers)

    tag = put({}).headers["etag"]
    assert api.get("/v1/subscriptions/s").headers["etag"] == tag
    problem(put({"priority": 1}), 428, "PS075")
    changed = put({"priority": 1}, **{"if-match": tag})
    assert (changed.status_code, changed.json()["priority"]) == (200, 1)
    problem(put({"priority": 2}, **{"if-match": tag}), 412, "PS026")

    problem(api.delete("/v1/subscriptions/s"), 428, "PS075")
    problem(api.delete("/v1/subscriptions/s", headers={"if-match": tag}), 412, "PS026")
    ended = api.delete("/v1/subscriptions/s", headers={"if-match": changed.headers["etag"]})
    assert ended.status_code == 204


def test_a_replay_makes_what_was_not_made_once(api):
    emitted(api, data={"name": "Ada"})
    tag = {"if-match": api.put("/v1/subscriptions/welcome", json=WELCOME).headers["etag"]}

    def replayed():
        body = {"since": "2020-01-01T00:00:00Z"}
        return api.post("/v1/subscriptions/welcome/replay", json=body).json()

    assert [replayed(), replayed()] == [{"jobs": 1}, {"jobs": 0}]
    assert api.delete("/v1/subscriptions/welcome", headers=tag).status_code == 204
