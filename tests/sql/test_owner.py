"""
Who may do what: each role, each public function and view; what is its own, its team's, or not.

A new view stands in no list here, and so fails; a new function is for admins, or fails.
"""

from __future__ import annotations

import re

import pytest

from tests.sql.owners import (
    ADMINS,
    EVERYTHING,
    KNOWN,
    OWNERS,
    SEEN,
    UNKNOWN_JOB,
    UNKNOWN_SCHEDULE,
    WRITERS,
    Refusal,
)

# Of which column its rows are told apart by owner.
OWNED_VIEWS = {
    "job": "task",
    "run": "task",
    "job_log": "message",
    "running_now": "task",
    "upcoming": "task",
    "dead_letters": "task",
    "schedule": "name",
    "slot": "schedule",
    "event": "type",
}
CATALOGUE = {
    "task",
    "task_version",
    "calendar",
    "calendar_version",
    "holiday",
    "blackout",
    "stat_queue",
}
FOR_WHO_SEES_ALL = {
    "schedule_version",
    "script",
    "hook",
    "subscription",
    "declaration",
    "stat_task",
    "stat_worker",
    "stat_day",
    "stat_ended",
    "endpoint",
    "setting",
}

JOB_READS = {
    "job_state": "select pgsched.job_state(%s)",
    "outcome": "select state from pgsched.outcome(%s)",
    "explain": "select state from pgsched.explain(%s)",
    "await": "select pgsched.await(gen_random_uuid(), %s, 1)",
}
JOB_WRITES = {
    "cancel": "select pgsched.cancel(%s)",
    "redrive": "select pgsched.redrive(%s)",
    "reschedule": "select pgsched.reschedule(%s, priority => 5)",
    "cancel_run": "select pgsched.cancel_run(%s, 1)",
    "retry_run": "select pgsched.retry_run(%s, 1)",
}
# Of which job each can be called; the others, of one that waits.
CHANGED = {"redrive": "dead", "retry_run": "dead", "cancel_run": "running"}
SCHEDULE_WRITES = {
    "change_schedule": "select pgsched.change_schedule(%s, '{\"priority\": 5}')",
    "pause_schedule": "select pgsched.pause_schedule(%s)",
    "resume_schedule": "select pgsched.resume_schedule(%s)",
    "remove_schedule": "select pgsched.remove_schedule(%s)",
    "trigger_schedule": "select pgsched.trigger_schedule(%s)",
}
MAKES = {
    "enqueue": "select pgsched.enqueue('t')",
    "enqueue_many": "select pgsched.enqueue_many('t', array['{}', '{}']::jsonb[])",
    "emit": "select pgsched.emit('order.created')",
    "emit_many": """select pgsched.emit_many('[{"type": "order.created"}]')""",
    "redrive_many": "select pgsched.redrive_many()",
    "find_jobs": "select pgsched.find_jobs('{ready}')",
    "cancel_jobs": "select pgsched.cancel_jobs('{1}')",
    "redrive_jobs": "select pgsched.redrive_jobs('{1}')",
    "reschedule_jobs": "select pgsched.reschedule_jobs('{1}')",
    "insert into job": "insert into pgsched.job (task) select 't' from generate_series(1, 2)",
    "insert into event": "insert into pgsched.event (type) values ('order.created')",
    "insert into schedule": "insert into pgsched.schedule (name, task, at)"
    " values ('n', 't', '2030-01-01')",
}
# They tell nothing and change nothing; forgo() takes back what its caller asked by await().
HARMLESS = {"clock", "new_id", "id_at", "id_time", "forgo", "begin_request", "keep_answer"}
# For whoever is nobody yet; tests/sql/test_user.py has them.
OPEN = {"sign_up"}
# tests/sql/test_user.py has them.
OF_ONESELF = {"user", "api_key"}
EMPTY = "'{}'"
# For who sees all: test_who_sees_all_counts_all.
COUNTS = {"backlog"}
LISTED = {*JOB_READS, *JOB_WRITES, *SCHEDULE_WRITES, *MAKES, *HARMLESS, *OPEN, *COUNTS}

each_actor = pytest.mark.parametrize("who", SEEN, ids=lambda who: who or "operator")


def test_every_public_view_stands_in_a_list(owned):
    found = owned.conn.execute(
        "select c.relname from pg_class as c where c.relnamespace = 'pgsched'::regnamespace"
        " and c.relkind in ('v', 'm') and not c.relname ^@ '_'"
    ).fetchall()

    assert {name for (name,) in found} == {*OWNED_VIEWS} | CATALOGUE | FOR_WHO_SEES_ALL | OF_ONESELF


@each_actor
def test_a_view_shows_what_is_seen(owned, who):
    shown = {
        view: {whose for (whose,) in owned.ask(who, f"select {column} from pgsched.{view}")}
        for view, column in OWNED_VIEWS.items()
    }

    assert shown == dict.fromkeys(OWNED_VIEWS, SEEN[who])


@each_actor
def test_the_catalogue_is_shown_to_users_and_what_counts_all_to_who_sees_all(owned, who):
    shown = {
        view
        for view in CATALOGUE | FOR_WHO_SEES_ALL
        if owned.ask(who, f"select 1 from pgsched.{view}")
    }

    catalogue = CATALOGUE if who in KNOWN else set()
    assert shown == catalogue | (FOR_WHO_SEES_ALL if SEEN[who] == EVERYTHING else set())


@each_actor
@pytest.mark.parametrize("call", JOB_READS)
def test_who_does_not_see_a_job_is_told_the_same_as_of_none(owned, who, call):
    of_none = _told(owned, who, JOB_READS[call], UNKNOWN_JOB)
    for (_, whose), job in owned.jobs.items():
        assert (_told(owned, who, JOB_READS[call], job) != of_none) == (whose in SEEN[who])


@each_actor
@pytest.mark.parametrize("call", JOB_WRITES)
def test_who_sees_a_job_changes_it_unless_it_only_looks(owned, who, call):
    of_none = _told(owned, who, JOB_WRITES[call], UNKNOWN_JOB)
    assert of_none[0] == "PS001"
    for whose in OWNERS:
        job = owned.jobs[CHANGED.get(call, "waiting"), whose]
        if whose in SEEN[who]:
            done = None if who in WRITERS else "PS028"
            assert owned.code(who, JOB_WRITES[call], job) == done
        else:
            assert _told(owned, who, JOB_WRITES[call], job) == of_none


@each_actor
@pytest.mark.parametrize("call", SCHEDULE_WRITES)
def test_who_sees_a_schedule_changes_it_unless_it_only_looks(owned, who, call):
    of_none = _told(owned, who, SCHEDULE_WRITES[call], UNKNOWN_SCHEDULE)
    assert of_none[0] == "PS003"
    for whose in OWNERS:
        if whose in SEEN[who]:
            done = None if who in WRITERS else "PS028"
            assert owned.code(who, SCHEDULE_WRITES[call], whose) == done
        else:
            assert _told(owned, who, SCHEDULE_WRITES[call], whose) == of_none


@each_actor
def test_who_may_change_something_makes_things(owned, who):
    told = {call: owned.code(who, query) for call, query in MAKES.items()}

    assert told == dict.fromkeys(MAKES, None if who in WRITERS else "PS028")


@each_actor
def test_every_other_public_function_is_for_admins(owned, who):
    """With arguments that mean nothing: who may do it is asked first."""
    found = owned.conn.execute(
        "select p.proname, array(select format_type(t, null) from unnest(p.proargtypes) as t)"
        " from pg_proc as p where p.pronamespace = 'pgsched'::regnamespace"
        " and not p.proname ^@ '_' and p.prokind = 'f'"
    ).fetchall()
    assert {name for name in LISTED if " " not in name} <= {name for name, _ in found}

    refused, called = set(), {name for name, _ in found} - LISTED
    for name, types in found:
        values = ", ".join(f"{EMPTY if '[]' in each else 'null'}::{each}" for each in types)
        if name in called and owned.code(who, f"select pgsched.{name}({values})") == "PS028":
            refused.add(name)
    assert refused == (set() if who in ADMINS else called)


@each_actor
def test_who_sees_all_counts_all(owned, who):
    told = owned.code(who, "select pgsched.backlog('default')")

    assert told == (None if SEEN[who] == EVERYTHING else "PS028")


@each_actor
@pytest.mark.parametrize(
    "statement",
    [
        "insert into pgsched.task (name) values ('new')",
        "update pgsched.task set priority = 3",
        "delete from pgsched.task",
        "insert into pgsched.calendar (name) values ('new')",
        "update pgsched.calendar set about = 'x'",
        "delete from pgsched.calendar",
        "insert into pgsched.holiday values ('office', '2031-01-01', 'x')",
        "delete from pgsched.holiday",
        "insert into pgsched.blackout values ('n', '2031-01-01', '2031-01-02', 'x')",
        "delete from pgsched.blackout",
        "insert into pgsched.subscription (name, event_type, task) values ('n', 'a', 't')",
        "update pgsched.subscription set enabled = false",
        "delete from pgsched.subscription",
    ],
)
def test_admins_alone_write_the_catalogue(owned, who, statement):
    sees_none = who not in KNOWN and "pgsched.task " in f"{statement} " and "new" not in statement

    assert owned.code(who, statement) == (None if who in ADMINS or sees_none else "PS028")


@each_actor
def test_a_view_lets_nobody_write_what_is_not_seen(owned, who):
    """A statement that finds no row is not refused, whoever says it."""
    for statement in (
        "update pgsched.schedule set priority = 5 where name = %s",
        "delete from pgsched.schedule where name = %s",
    ):
        for whose in OWNERS:
            done = None if whose not in SEEN[who] or who in WRITERS else "PS028"
            assert owned.code(who, statement, whose) == done
    for view in ("job", "event", "job_log"):
        for statement in (
            f"delete from pgsched.{view}",
            f"update pgsched.{view} set {OWNED_VIEWS[view]} = 'x'",
        ):
            assert owned.code(who, statement) == ("PS024" if SEEN[who] else None)
    assert owned.code(who, "insert into pgsched.job_log (job_id) values (1)") == "PS024"


@pytest.mark.parametrize("who", sorted(WRITERS))
def test_who_redrives_many_redrives_its_own(owned, who):
    assert owned.ask(who, "select pgsched.redrive_many()") == [(len(SEEN[who]),)]


def _told(owned, who, query, value):
    """The outcome, without the id or name that was asked for."""
    found = owned.ask(who, query, value)
    if isinstance(found, Refusal):
        return [part and re.sub(rf"\b{value}\b", "?", part) for part in found]
    return found
