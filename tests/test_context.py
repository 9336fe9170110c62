"""What a handler sees, without a worker around it."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from pgsched import Context, Retry, Scheduler, Snooze
from pgsched.context import seconds
from pgsched.errors import InvalidValue


@pytest.fixture
def kept():
    """Lines that were kept."""
    return []


@pytest.fixture
def ctx(kept):
    """The context of job 5, at its second attempt."""
    return Context(
        id=5,
        attempt=2,
        task="t",
        claim=1,
        worker="w",
        transactional=False,
        scheduler=Scheduler(""),
        keep=kept.append,
    )


@pytest.mark.parametrize(
    ("value", "result"),
    [(None, None), (0, 0.0), (1.5, 1.5), (timedelta(minutes=1), 60.0), (31_536_000, 31_536_000.0)],
)
def test_seconds_of_a_number_or_timedelta(value, result):
    """Retry, Snooze and delay= take both."""
    assert seconds(value) == result
    assert Retry(after=value).after_s == result
    assert seconds(250_000_000_000) == 2.5e11


@pytest.mark.parametrize(
    "value", [-1, float("nan"), float("inf"), timedelta(seconds=-1), 250_000_000_001]
)
def test_seconds_that_are_refused(value):
    """In the handler, where its author sees it."""
    with pytest.raises(InvalidValue, match="from 0 to"):
        seconds(value)
    with pytest.raises(InvalidValue):
        Snooze(value)
    for signal in (lambda: Snooze(31_536_001), lambda: Retry(after=timedelta(days=366))):
        with pytest.raises(InvalidValue, match="from 0 to 31536000 seconds"):
            signal()


def test_log_and_progress_keep_lines_of_this_attempt(ctx, kept):
    """What Postgres would refuse is shown as escapes."""
    ctx.log("a\x00b \ud800", level="warning")
    ctx.log({"any": "thing"})
    ctx.progress(0.5)
    ctx.progress(1, "done\x00")

    assert [(line.id, line.attempt, line.level, line.message, line.progress) for line in kept] == [
        (5, 2, "warning", "a\\x00b \\ud800", None),
        (5, 2, "info", "{'any': 'thing'}", None),
        (5, 2, "progress", None, 0.5),
        (5, 2, "progress", "done\\x00", 1.0),
    ]


@pytest.mark.parametrize("fraction", [-0.1, 1.1, float("nan"), float("inf")])
def test_progress_is_from_0_to_1(ctx, kept, fraction):
    """Refused at once."""
    with pytest.raises(InvalidValue, match="from 0 to 1"):
        ctx.progress(fraction)
    assert kept == []


def test_the_logger_carries_the_ids(ctx, caplog):
    """And what the handler adds."""
    with caplog.at_level(logging.INFO):
        ctx.logger.info("hello %s", "you", extra={"order": 7})

    [record] = caplog.records
    assert record.getMessage() == "hello you"
    assert record.name == "pgsched.task.t"
    assert (record.job_id, record.task, record.attempt, record.order) == (5, "t", 2, 7)


def test_a_signal_has_a_text():
    """Which becomes the job's error."""
    assert str(Retry()) == "the handler asked for a retry"
    assert str(Retry("busy", after=1)) == "busy"


def test_what_causes_events_is_said_of_a_transaction_and_ends_with_it(ctx, db):
    setting = "select current_setting('pgsched.cause_job', true)"
    with pytest.raises(InvalidValue, match="of a transaction"):
        ctx.causes(db)
    with db.transaction():
        ctx.causes(db)
        assert db.execute(setting).fetchall() == [("5",)]

    assert db.execute(setting).fetchall() == [("",)]
