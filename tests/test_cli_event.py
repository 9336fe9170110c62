"""The commands `pgsched event` and `pgsched subscription`."""

from __future__ import annotations

import io
import json
import sys

import pytest


@pytest.fixture
def dsn(shared_dsn):
    """A database that is shared: nothing here changes its schema."""
    return shared_dsn


OK, FAILED, USAGE, NOT_FOUND = 0, 1, 2, 4


def add(pgsched, *options, name="s", on="order.created", task="mail"):
    answer = pgsched("subscription", "add", name, "--on", on, "--task", task, *options)
    assert (answer.code, answer.err) == (OK, "")
    return answer


def emit(pgsched, *options, type="order.created"):
    answer = pgsched("event", "emit", type, *options)
    assert (answer.code, answer.err) == (OK, "")
    return int(answer.out)


def args_made(db):
    return [args for (args,) in db.execute("select args from pgsched.job order by id").fetchall()]


def test_emit_takes_every_option_and_prints_the_event_s_id(pgsched, db):
    options = ("--data", "[1]", "--source", "shop", "--subject", "order 7", "--id", "a1")
    event_id = emit(pgsched, *options)
    again = emit(pgsched, *options)

    found = db.execute("select id, data, source, subject, external_id from pgsched.event")
    assert found.fetchall() == [(event_id, [1], "shop", "order 7", "a1")]
    assert again == event_id
    assert pgsched("event", "emit", "a", "-o", "json").json["id"] > event_id


def test_emit_reads_data_from_stdin(pgsched, db, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"n": 1}'))
    emit(pgsched, "--data", "-")

    assert db.execute("select data from pgsched.event").fetchall() == [({"n": 1},)]


def test_a_subscription_makes_jobs_as_it_was_told(pgsched, db):
    options = ("--filter", "$.data.n > 1", "--args", '{"n": "$.data.n"}', "--queue", "post")
    answer = add(pgsched, *options, "--priority", 7, "--delay", "1h30m", "--key", "$.data.n")
    emit(pgsched, "--data", '{"n": 1}')
    emit(pgsched, "--data", '{"n": 2}')

    found = db.execute(
        "select task, args, queue, priority, key, extract(epoch from due_at - created_at)::int"
        " from pgsched.job"
    ).fetchall()
    assert answer.out == "s is at version 1\n"
    assert found == [("mail", {"n": 2}, "post", 7, "2", 5400)]


def test_list_shows_events_newest_first_by_type_and_source(pgsched):
    add(pgsched, on="order.*")
    first = emit(pgsched)
    second = emit(pgsched, "--source", "shop", type="order.paid")
    other = emit(pgsched, type="other")

    def ids(*options):
        return [row["id"] for row in pgsched("event", "list", *options, "-o", "json").json]

    assert ids() == [other, second, first]
    assert ids("--type", "order.*") == [second, first]
    assert ids("--type", "order.paid") == ids("--source", "shop") == [second]
    assert ids("--since", "0s", "--type", "order.x") == []
    assert ids("--limit", 1) == [other]
    table = pgsched("event", "list", "--type", "order.created").out.splitlines()
    assert table[0].split() == ["id", "time", "(UTC)", "type", "source", "subject", "jobs", "data"]
    assert table[2].split()[-2:] == ["1", "{}"]


def test_show_prints_an_event_with_its_jobs_and_problems(pgsched, db):
    add(pgsched)
    add(pgsched, "--filter", "strict $.data.n > 1", name="picky")
    event_id = emit(pgsched, "--subject", "x")
    shown = pgsched("event", "show", event_id).json

    [job_id] = db.execute("select id from pgsched.job").fetchone()
    assert (shown["subject"], shown["jobs"]) == ("x", [job_id])
    assert shown["problems"] == ["picky: the filter is unknown for it"]
    assert "1, 1 problem" in pgsched("event", "list").out


def test_show_of_an_unknown_event_exits_4(pgsched):
    answer = pgsched("event", "show", 5)

    assert answer.code == NOT_FOUND
    assert answer.err.startswith("error: PS005 event 5 does not exist")


def test_replay_makes_what_is_missing_in_steps_and_once(pgsched, db):
    db.execute(
        "insert into pgsched.event (type) select 'order.created' from generate_series(1, 1200)"
    )
    add(pgsched)

    assert pgsched("event", "replay", "s", "--since", "1h").out == "1200 jobs made\n"
    again = pgsched("event", "replay", "s", "--since", "1h", "-o", "json").json
    assert again == {"subscription": "s", "jobs": 0}
    assert len(args_made(db)) == 1200


def test_subscriptions_are_listed_disabled_enabled_and_removed(pgsched, db):
    add(pgsched, "--disabled", name="a")
    add(pgsched, name="b", on="*")
    emit(pgsched)
    for command in ("enable a", "disable b"):
        assert pgsched("subscription", *command.split()).code == OK
    emit(pgsched)

    made = [row["labels"]["subscription"] for row in pgsched("job", "list", "-o", "json").json]
    listed = pgsched("subscription", "list", "-o", "jsonl").out.splitlines()
    assert made == ["a", "b"]
    assert [(row["name"], row["enabled"]) for row in map(json.loads, listed)] == [
        ("a", True), ("b", False),
    ]  # fmt: skip
    assert pgsched("subscription", "remove", "a").out == "a is removed\n"
    assert "order.created" not in pgsched("subscription", "list").out


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("event emit order..created", USAGE, "type must be words"),
        ("event emit a --data {", USAGE, "--data is not JSON"),
        ('event emit a --data "\\u0000"', USAGE, "data must not contain NUL"),
        ("event emit a --data NaN", USAGE, "data must be JSON that Postgres can store"),
        ("event replay x --since 1h", NOT_FOUND, "PS004 subscription x does not exist"),
        ("event replay s --since 1h --until 2h", USAGE, "since must be before until"),
        ("subscription add s --on * --task t --filter $.a", USAGE, "filter must be a predicate"),
        ("subscription add s --on a* --task t", USAGE, "event_type must be"),
        ("subscription add s --on a --task t --args []", USAGE, "--args must be a JSON object"),
        ("subscription add s --on a --task t --delay x", USAGE, "--delay is not a length of time"),
        ("subscription remove x", NOT_FOUND, "PS004 subscription x does not exist"),
        ("subscription disable x", NOT_FOUND, "PS004 subscription x does not exist"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(pgsched, line, code, message):
    add(pgsched)
    answer = pgsched(*line.split())

    assert (answer.code, answer.out) == (code, "")
    assert message in answer.err
    assert answer.err.count("\n") == 1
