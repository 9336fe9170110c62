"""create_hook() and its like: what is kept of a hook, and what becomes of its deliveries."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from psycopg.types.json import Jsonb

from tests.sql.actors import one
from tests.sql.refusals import refused

SECRET, OTHER = "sixteen or more of these", "sixteen or more of those"
WHSEC = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def create(db, name="h", style="hmac", secret=SECRET, **settings):
    given = settings if style != "hmac" else {"event_type": "told", **settings}
    return one(db, "select pgsched.create_hook(%s, %s, %s, %s)", name, style, secret, Jsonb(given))


def change(db, version=None, **changes):
    return one(db, "select pgsched.change_hook('h', %s, %s)", Jsonb(changes), version)


def deliver(db, id="1", headers=None, body=None):
    said = Jsonb({"headers": headers or {}, "body": body})
    [made] = db.execute("select id, known, wait_s from pgsched._deliver('h', %s, %s)", [id, said])
    return made


def told(db):
    """Type, source, id and data of the events."""
    return db.execute("select type, source, external_id, data from pgsched.event").fetchall()


@pytest.mark.parametrize(
    ("style", "secret", "expected"),
    [
        ("hmac", SECRET, ("told", None, "x-signature", "", "sha256", "hex")),
        ("standard_webhooks", WHSEC, ("$.data.body.type", 300, *[None] * 4)),
        ("github", SECRET, ('github.$.data.headers."x-github-event"', None, *[None] * 4)),
        ("stripe", SECRET, ("stripe.$.data.body.type", 300, *[None] * 4)),
    ],
)
def test_what_is_not_said_is_as_the_style_has_it(db, style, secret, expected):
    assert create(db, style=style, secret=secret) == 1

    found = db.execute(
        "select event_type, tolerance_s, header, prefix, algorithm, encoding, source, secrets,"
        " disabled from pgsched.hook"
    ).fetchall()
    assert found == [(*expected, "hooks/h", 1, False)]


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        ({"name": "a/b"}, "23514", "name must be 1 to 200 of"),
        ({"name": ".."}, "23514", "name must be 1 to 200 of"),
        ({"style": "gitlab"}, "PS010", "style must be hmac"),
        ({"secret": "short"}, "PS010", "16 to 500 characters"),
        ({"secret": None}, "PS010", "16 to 500 characters"),
        ({"style": "standard_webhooks"}, "PS010", "24 to 64 bytes in base64"),
        ({"event_type": None}, "23502", "event_type"),
        ({"event_type": "a b"}, "PS010", "event_type must be words"),
        ({"event_type": "a b.$.data"}, "PS010", "event_type must be words"),
        ({"event_type": "$.("}, "PS010", "must be a JSON path"),
        ({"tolerance_s": 5}, "23514", "tolerance_s must be"),
        ({"style": "stripe", "tolerance_s": 0}, "23514", "tolerance_s must be"),
        ({"style": "github", "header": "x"}, "23514", "are for style hmac alone"),
        ({"header": "X Y"}, "23514", "header must be a name"),
        ({"algorithm": "md5"}, "23514", "algorithm must be"),
        ({"encoding": "octal"}, "23514", "encoding must be"),
        ({"headers": ["authorization"]}, "23514", "no secret's"),
        ({"headers": [None]}, "23514", "headers must be"),
        ({"secrets": ["x"]}, "PS010", "a hook has no secrets that could be given"),
        ({"source": ""}, "23514", "source must have"),
    ],
)
def test_what_is_no_hook_is_refused(db, given, code, message):
    with refused(code, message) as caught:
        create(db, **given)
    assert SECRET not in str(caught.value)


def test_users_pass_for_no_hook_that_is_to_come_or_gone(db):
    """Its subscriptions may be there, and a replay makes jobs of what came before."""
    ann = one(db, "select pgsched.create_user('ann')::text")

    def passed():
        one(db, "select set_config('pgsched.actor', %s, false)", ann)
        with refused("PS028", "source 'hooks/h' is that of a hook"):
            one(db, "select pgsched.emit('told', source => 'hooks/h')")
        one(db, "select set_config('pgsched.actor', '', false)")

    passed()
    create(db)
    one(db, "select pgsched.remove_hook('h')")
    passed()


def test_a_hook_changes_by_versions_and_ends(db):
    create(db)
    with refused("PS035", "hook 'h' exists already"):
        create(db)

    assert change(db, 1, disabled=True) == 2
    assert change(db, disabled=True) == 2
    with refused("PS026", "at version 2 by now, not 1"):
        change(db, 1, disabled=False)
    db.execute("select pgsched.remove_hook('h')")
    for call in ("change_hook('h', '{}')", "remove_hook('h')", "finish_rotation('h')"):
        with refused("PS009", "hook 'h' does not exist"):
            db.execute(f"select pgsched.{call}")


def test_old_secrets_are_good_until_the_rotation_is_finished(db):
    create(db)
    secrets = "select secrets from pgsched._hook_secrets('h')"

    assert one(db, "select pgsched.rotate_hook('h', %s)", OTHER) == 2
    assert one(db, secrets) == [OTHER, SECRET]
    with refused("PS010", "has this secret already"):
        db.execute("select pgsched.rotate_hook('h', %s)", [SECRET])
    assert [one(db, "select pgsched.finish_rotation('h')") for _ in range(2)] == [3, 3]
    assert one(db, secrets) == [OTHER]
    for n in range(9):
        db.execute("select pgsched.rotate_hook('h', %s)", [f"{SECRET} {n}"])
    with refused("PS010", "at most 10 secrets"):
        db.execute("select pgsched.rotate_hook('h', %s)", [SECRET])


def test_no_view_shows_a_secret(db):
    create(db)

    for (view,) in db.execute(
        "select c.relname from pg_class as c where c.relkind = 'v'"
        " and c.relnamespace = 'pgsched'::regnamespace"
    ).fetchall():
        assert SECRET not in str(db.execute(f"select * from pgsched.{view}").fetchall())


def test_a_delivery_becomes_an_event_once(db):
    create(db)

    first, again = deliver(db, "d-1", body=[1]), deliver(db, "d-1", body=[2])

    assert (again[0], first[1], again[1]) == (first[0], False, True)
    assert told(db) == [("told", "hooks/h", "d-1", {"headers": {}, "body": [1]})]


@pytest.mark.parametrize(
    ("event_type", "expected"),
    [
        ("$.data.body.type", "paid"),
        ("shop.$.data.body.type", "shop.paid"),
        ('shop.$.data.headers."x-kind"', "shop.late"),
    ],
)
def test_its_type_is_taken_from_it(db, event_type, expected):
    create(db, event_type=event_type, headers=["x-kind"])

    deliver(db, headers={"x-kind": "late"}, body={"type": "paid"})

    assert [type for type, *_ in told(db)] == [expected]


def test_a_delivery_without_a_type_is_refused(db):
    create(db, event_type="$.data.body.type")

    with refused("PS010", "nothing in the delivery that could be its type"):
        deliver(db, body={})
    with refused("PS010", "type must be words"):
        deliver(db, body={"type": "no type"})
    with refused("PS009", "does not exist"):
        db.execute("select pgsched._deliver('ghost', '1', '{}')")


def test_a_hook_takes_no_more_a_minute_than_the_setting_allows(db, clock):
    """All at once, or one after the other; other hooks are apart; a new limit holds at once."""
    db.execute("select pgsched.change_setting('hook_minute_max', 3)")
    clock.set(datetime(2026, 1, 1, tzinfo=UTC))
    create(db)
    create(db, name="other")

    waits = [deliver(db, str(n))[2] for n in range(5)]
    clock.advance(19)
    waits.append(deliver(db, "early")[2])
    clock.advance(1)
    waits += [deliver(db, "due")[2], deliver(db, "more")[2]]

    clock.advance(3600)
    rested = [deliver(db, f"late {n}")[2] for n in range(4)]

    assert (waits, rested) == ([0, 0, 0, 20, 20, 1, 0, 20], [0, 0, 0, 20])
    kept = ["0", "1", "2", "due", "late 0", "late 1", "late 2"]
    assert [id for _, _, id, _ in told(db)] == kept
    assert one(db, "select wait_s from pgsched._deliver('other', '1', '{}')") == 0
    db.execute("select pgsched.change_setting('hook_minute_max', 0)")
    assert deliver(db, "any")[2] == 0


def test_two_deliveries_at_once_are_both_counted(db, other_db):
    """The second waits for the first, and is one too many."""
    db.execute("select pgsched.change_setting('hook_minute_max', 1)")
    create(db)
    with db.transaction():
        deliver(db, "1")
        with refused("57014", "statement timeout"):
            deliver(other_db, "2")

    assert deliver(other_db, "2")[2] > 0
