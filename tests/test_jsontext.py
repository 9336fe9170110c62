"""JSON text that Postgres stores as it is, or a reason why not."""

from __future__ import annotations

import json
from collections import OrderedDict
from types import MappingProxyType

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pgsched.errors import InvalidValue
from pgsched.jsontext import (
    DEPTH_MAX,
    clean,
    dump_each,
    dump_object,
    dump_objects,
    dump_value,
    load_object,
)

ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=20)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(-1e15, 1e15)
    | st.sampled_from([float("nan"), float("inf"), 1e-300])
    | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JSON)
def test_what_is_not_refused_is_stored_and_means_the_same(admin, value):
    """Postgres is the judge: text that we let pass is a jsonb, and reads back equal."""
    try:
        text = dump_value("it", value)
    except InvalidValue:
        with pytest.raises((psycopg.Error, UnicodeEncodeError)):
            admin.execute("select %s::jsonb", (json.dumps(value),))
        return

    [(stored,)] = admin.execute("select %s::jsonb", (text,)).fetchall()
    assert stored == value


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (float("nan"), "Out of range float"),
        ([float("-inf")], "Out of range float"),
        ("\x00", r"must not contain NUL"),
        ({"a\x00": 1}, r"must not contain NUL"),
        ("\\\x00", r"must not contain NUL"),
        ("\udc80", "surrogates"),
        ({1, 2}, "set"),
        (object(), "object"),
        ({(1,): 2}, "keys must be"),
        pytest.param(10**5000, "limit", id="many digits"),
    ],
)
def test_what_jsonb_refuses_is_refused_here(value, reason):
    """With the name of what was refused, and why."""
    with pytest.raises(InvalidValue, match=rf"(?s)the thing.*{reason}"):
        dump_value("the thing", value)


@pytest.mark.parametrize("value", ["\\u0000", "\\\\u0000", "u0000", "\\\\\\u0000x", "a\\"])
def test_the_text_of_an_escape_is_no_nul(admin, value):
    """A backslash is just a backslash."""
    text = dump_value("it", value)

    assert admin.execute("select %s::jsonb", (text,)).fetchone() == (value,)


def nested(depth, wrap):
    value = 1
    for _ in range(depth):
        value = wrap(value)
    return value


@pytest.mark.parametrize("wrap", [lambda v: [v], lambda v: {"a": v}, lambda v: (v,)])
def test_nesting_has_a_limit_far_below_postgres(wrap):
    """Whatever Python's own recursion allows; and many brackets side by side are no nesting."""
    with pytest.raises(InvalidValue):
        dump_value("it", nested(DEPTH_MAX + 1, wrap))
    with pytest.raises(InvalidValue):
        dump_value("it", nested(100_000, wrap))
    assert dump_value("it", nested(500, wrap))
    assert dump_value("it", [[]] * 5000) == json.dumps([[]] * 5000, separators=(",", ":"))


def test_an_object_is_any_mapping():
    """None stays None: the policy holds, or the default."""
    assert dump_object("args", MappingProxyType({"a": 1})) == '{"a":1}'
    assert dump_object("args", OrderedDict(b=[1, None, True])) == '{"b":[1,null,true]}'
    assert dump_object("args", None) is None


@pytest.mark.parametrize("value", [[], [("a", 1)], "{}", 1, True, {"a"}])
def test_nothing_else_is_an_object(value):
    """Named by its type."""
    with pytest.raises(
        InvalidValue, match=f"args must be a JSON object. got {type(value).__name__}"
    ):
        dump_object("args", value)


def test_many_objects_are_one_text():
    """None is an empty one; each is judged by itself, wherever it stands."""
    assert dump_objects("args", [{"a": 1}, None, MappingProxyType({})]) == '[{"a":1},{},{}]'
    assert dump_objects("args", []) == "[]"
    assert dump_objects("args", [{"a": [[]]}] * 5000).count("{") == 5000
    for bad in (nested(DEPTH_MAX + 1, lambda v: {"a": v}), {"a": float("nan")}, {"a": "\0"}, 1):
        with pytest.raises(InvalidValue, match="args must"):
            dump_objects("args", [{}, {}, bad])


@given(ANY_TEXT)
def test_clean_text_is_stored_by_postgres(text):
    """What is fine stays as it is."""
    cleaned = clean(text)

    assert "\x00" not in cleaned
    cleaned.encode()
    if "\x00" not in text and text.isascii():
        assert cleaned == text


def test_clean_shows_what_it_replaced():
    """As escapes."""
    assert clean("a\x00b\ud800c") == "a\\x00b\\ud800c"


@given(
    st.dictionaries(ANY_TEXT, JSON | st.integers(-(2**70), 2**70) | st.just(10**400), max_size=4)
)
def test_objects_are_read_as_json_reads_them(value):
    """No integer becomes a float, at whatever depth and of whatever size."""
    text = json.dumps(value)

    assert repr(load_object(text)) == repr(json.loads(text))


@given(
    st.lists(st.none() | st.dictionaries(ANY_TEXT | st.integers(), JSON, max_size=4), max_size=4)
)
def test_each_of_several_is_written_as_one_is_or_all_are_refused(values):
    """Also what the faster writer would pass over, or has not: NaN, large integers, keys."""
    try:
        expected = [json.loads(dump_object("it", value) or "{}") for value in values]
    except InvalidValue:
        with pytest.raises(InvalidValue, match="it must"):
            dump_each("it", values)
    else:
        assert [json.loads(text) for text in dump_each("it", values)] == expected
        assert not any("\n" in text for text in dump_each("it", values))
