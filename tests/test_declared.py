"""@task(schedule=..., on=...): what it may say, and how it is told what is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pgsched import registry, task
from pgsched.errors import InvalidValue
from pgsched.registry import Unfit


@pytest.fixture(autouse=True)
def _own_tasks():
    """Tasks declared in a test are forgotten after it."""
    before = dict(registry.tasks())
    yield
    registry._tasks.clear()
    registry._tasks.update(before)


def declared(**given):
    """Kind, name and columns of what a task declares that takes any args."""

    @task(name="t", **given)
    def run(**args): ...

    return [(each.kind, each.name, each.columns) for each in run.declarations]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("0 6 * * 1-5", "cron"),
        ("*/5 * * * *", "cron"),
        ("0 0 6 * * mon", "cron"),
        ("@daily", "cron"),
        ("10 minutes", "every"),
        ("2 days at 09:00, 18:00", "every"),
        ("weekday at 09:00", "every"),
        ("monday, friday at 09:00", "every"),
        ("month on the 15th at 06:00", "every"),
    ],
)
def test_a_text_is_cron_or_an_interval(text, kind):
    assert declared(schedule=text) == [("schedule", "t", {kind: text})]


def test_a_mapping_has_columns_and_a_list_has_several():
    at = datetime(2027, 1, 1, tzinfo=UTC)
    given = [
        {"business": "last business day of month at 18:00", "calendar": "us and (a or not b)"},
        "@hourly",
        {"name": "once", "at": at, "jitter": timedelta(seconds=1.5), "args": {"a": 1}},
        {"every": "1 hour", "queue": None},
    ]

    assert declared(schedule=given) == [
        ("schedule", "t", given[0]),
        ("schedule", "t-2", {"cron": "@hourly"}),
        (
            "schedule",
            "once",
            {"at": "2027-01-01T00:00:00+00:00", "jitter": "1.500000 seconds", "args": {"a": 1}},
        ),
        ("schedule", "t-4", {"every": "1 hour"}),
    ]


def test_a_subscription_is_a_type_or_a_mapping_with_one():
    given = {"type": "order.*", "filter": "$.data.n > 1", "delay": timedelta(minutes=1)}

    assert declared(on="order.created") == [("subscription", "t", {"event_type": "order.created"})]
    assert declared(on=["*", {"name": "s", **given}], schedule="@daily") == [
        ("schedule", "t", {"cron": "@daily"}),
        ("subscription", "t", {"event_type": "*"}),
        (
            "subscription",
            "s",
            {"event_type": "order.*", "filter": "$.data.n > 1", "delay": "60.000000 seconds"},
        ),
    ]


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ("61 * * * *", "task t: schedule 't': .*61"),
        ("sometimes", "task t: schedule 't': this is no interval"),
        ({"cron": "0 0 30 2 *", "name": "n"}, "task t: schedule 'n': .*never"),
        ({"timezone": "UTC"}, "it must have one of cron, rrule, every, at, business"),
        ({"cron": "@daily", "every": "1 day"}, "it must have one of"),
        ({"cron": "@daily", "timezone": "Mars"}, "Mars"),
        ({"cron": "@daily", "calendar": "a and"}, "no expression of calendars"),
        ({"business": "last business day of month at 18:00"}, "needs a calendar"),
        ({"cron": "@daily", "overlap": "never"}, "overlap must be one of allow, skip, queue"),
        ({"cron": "@daily", "max_runs": "5"}, "max_runs must be of type int. got '5'"),
        ({"cron": "@daily", "paused": 1}, "paused must be of type bool"),
        ({"cron": "@daily", "max_runs": True}, "max_runs must be of type int"),
        ({"cron": "@daily", "jitter": timedelta(days=2)}, "jitter_s is out of range"),
        ({"cron": "@daily", "runs": 5}, "it has no runs; allowed are cron, "),
        ({"after": timedelta(1)}, "after counts from when a schedule is made"),
        ({"at": datetime(2027, 1, 1)}, "at needs a time zone"),  # noqa: DTZ001
        ([{"cron": "@daily", "name": "x"}, {"cron": "@daily", "name": "x"}], "two of this name"),
        ({"cron": "@daily", "name": ""}, "name must be a text"),
        (5, "it must be a text or a mapping"),
    ],
)
def test_what_is_wrong_with_a_schedule_is_said_when_it_is_declared(schedule, message):
    with pytest.raises(InvalidValue, match=message):
        declared(schedule=schedule)


@pytest.mark.parametrize(
    ("on", "message"),
    [
        ("order created", "task t: subscription 't': type must be"),
        ({"filter": "$.a == 1"}, "type must be .* got None"),
        ({"type": "a", "delay": 5}, "delay must be of type timedelta"),
        ({"type": "a", "task": "other"}, "it has no task"),
    ],
)
def test_what_is_wrong_with_a_subscription_is_said_when_it_is_declared(on, message):
    with pytest.raises(InvalidValue, match=message):
        declared(on=on)


def test_args_must_fit_the_task_that_they_are_for():
    with pytest.raises(Unfit, match="schedule mail: args do not fit task mail: missing to"):

        @task(schedule="@daily")
        def mail(to: str): ...

    with pytest.raises(Unfit, match="unknown event"):

        @task(name="mail", on="a")
        def mail_too(to: str): ...

    @task(name="mail", on={"type": "a", "args": {"n": "$.data.n"}})
    def count(n: int): ...


def test_two_tasks_cannot_declare_the_same_name():
    @task(schedule="@daily")
    def one(): ...

    with pytest.raises(InvalidValue, match="schedule one is declared twice"):

        @task(schedule={"cron": "@daily", "name": "one"})
        def two(): ...
