"""A cursor is good for the list that gave it, and for no other."""

from __future__ import annotations

import pytest

from tests.api.conftest import problem
from tests.sql.actors import enqueue_n
from tests.sql.timetable import schedule


def test_a_cursor_may_have_its_padding(api, db):
    enqueue_n(db, 2)
    cursor = api.get("/v1/jobs", params={"limit": 1}).json()["next"]
    padded = cursor + "=" * (-len(cursor) % 4)

    assert padded != cursor
    assert len(api.get("/v1/jobs", params={"cursor": padded}).json()["items"]) == 1


@pytest.mark.parametrize(
    ("path", "other"),
    [
        ("/v1/jobs", "/v1/events"),
        ("/v1/schedules", "/v1/tasks"),
        ("/v1/schedules/a/versions", "/v1/schedules/b/versions"),
    ],
)
def test_a_cursor_of_another_list_is_refused(api, db, path, other):
    """Also where the keys of both are of the same types."""
    enqueue_n(db, 2)
    for name in ("a", "b"):
        schedule(db, name)
        db.execute("update pgsched.schedule set priority = 1 where name = %s", [name])
    cursor = api.get(path, params={"limit": 1}).json()["next"]

    refused = problem(api.get(other, params={"cursor": cursor}), 422, "PS010")

    assert cursor is not None
    assert api.get(path, params={"cursor": cursor}).status_code == 200
    assert refused["errors"][0]["message"].startswith("is no cursor of this list")


def test_a_cursor_of_another_action_is_refused(api, db):
    enqueue_n(db, 2)
    some = {"filter": {"task": "t"}, "limit": 1, "dry_run": True}
    cursor = api.post("/v1/jobs/cancel", json=some).json()["next"]
    refused = api.post("/v1/jobs/change", json=some | {"cursor": cursor, "priority": 1})

    assert cursor is not None
    assert problem(refused, 422, "PS010")["errors"][0]["at"] == "body/cursor"
