"""Settings are read from the environment, and a bad one is refused by name."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from pgsched import settings
from pgsched.errors import InvalidValue
from pgsched.settings import Settings, parse_queues, variable


def test_an_empty_environment_gives_the_defaults():
    assert Settings.from_env({}) == Settings()


def test_an_empty_variable_means_the_default():
    assert Settings.from_env({"PGSCHED_POLL_S": "", "PGSCHED_APP": ""}) == Settings()


def test_every_variable_is_read_with_its_type():
    read = Settings.from_env(
        {
            "PGSCHED_DSN": "postgresql://a",
            "PGSCHED_APP": "shop.tasks",
            "PGSCHED_HANDLERS": "sleep,test.*",
            "PGSCHED_QUEUES": "mail:3,default",
            "PGSCHED_CONCURRENCY": "7",
            "PGSCHED_PROCESSES": "2",
            "PGSCHED_LEASE_S": "12.5",
            "PGSCHED_POLL_S": "0.1",
            "PGSCHED_GRACE_S": "0",
            "PGSCHED_POOLER": "Yes",
            "PGSCHED_MAX_SECONDS": "60",
            "PGSCHED_LOG_FORMAT": "json",
            "PGSCHED_LOG_LEVEL": "DEBUG",
            "PGSCHED_RESULT_BYTES_MAX": "1024",
            "PGSCHED_API": "https://jobs.example.com",
            "PGSCHED_TOKEN": "pgs_x",
        }
    )

    assert read == Settings(
        dsn="postgresql://a",
        app="shop.tasks",
        handlers="sleep,test.*",
        queues="mail:3,default",
        concurrency=7,
        processes=2,
        lease_s=12.5,
        poll_s=0.1,
        grace_s=0.0,
        pooler=True,
        max_seconds=60.0,
        log_format="json",
        log_level="debug",
        result_bytes_max=1024,
        api="https://jobs.example.com",
        token="pgs_x",
    )


@pytest.mark.parametrize(
    ("environ", "dsn"),
    [
        ({"DATABASE_URL": "b"}, "b"),
        ({"DATABASE_URL": "b", "PGSCHED_DSN": "a"}, "a"),
        ({"DATABASE_URL": "b", "PGSCHED_DSN": ""}, "b"),
        ({"DATABASE_URL": ""}, None),
    ],
)
def test_the_database_is_pgsched_dsn_else_database_url(environ, dsn):
    assert Settings.from_env(environ).dsn == dsn


def test_an_override_wins_unless_it_is_none():
    read = Settings.from_env({"PGSCHED_POLL_S": "9"}, poll_s=None, lease_s=4)

    assert (read.poll_s, read.lease_s) == (9.0, 4.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PGSCHED_CONCURRENCY", "0"),
        ("PGSCHED_CONCURRENCY", "10001"),
        ("PGSCHED_CONCURRENCY", "1.5"),
        ("PGSCHED_PROCESSES", "257"),
        ("PGSCHED_LEASE_S", "0.5"),
        ("PGSCHED_LEASE_S", "nan"),
        ("PGSCHED_LEASE_S", "inf"),
        ("PGSCHED_POLL_S", "301"),
        ("PGSCHED_GRACE_S", "-1"),
        ("PGSCHED_POOLER", "maybe"),
        ("PGSCHED_MAX_SECONDS", "soon"),
        ("PGSCHED_LOG_FORMAT", "xml"),
        ("PGSCHED_LOG_LEVEL", "loud"),
        ("PGSCHED_RESULT_BYTES_MAX", "1e3"),
        ("PGSCHED_QUEUES", "mail,mail"),
    ],
)
def test_a_bad_value_is_refused_with_its_name_and_what_is_allowed(name, value):
    with pytest.raises(InvalidValue, match=rf"^{name} .*got '{re.escape(value)}', allowed .+"):
        Settings.from_env({name: value})


@pytest.mark.parametrize("bad", [{"concurrency": 2.5}, {"concurrency": True}, {"lease_s": None}])
def test_a_bad_value_is_refused_in_python_too(bad):
    with pytest.raises(InvalidValue):
        Settings(**bad)


def test_an_unknown_override_is_refused():
    with pytest.raises(TypeError):
        Settings.from_env({}, colour="red")


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("default", {"default": 1}),
        ("mail:3,default", {"mail": 3, "default": 1}),
        (" mail : 3 , default ", {"mail": 3, "default": 1}),
        ("a:1000,b:1", {"a": 1000, "b": 1}),
    ],
)
def test_queues_are_read_in_order_with_their_weights(text, weights):
    assert list(parse_queues(text).items()) == list(weights.items())
    assert Settings(queues=text).queue_weights == weights


@pytest.mark.parametrize(
    "text", ["", ",", "a,", ":3", "a:", "a:0", "a:1001", "a:-1", "a:x", "a:²", "a:1:2", "a,b,a"]
)
def test_bad_queues_are_refused(text):
    with pytest.raises(InvalidValue, match="PGSCHED_QUEUES"):
        parse_queues(text)


def test_every_setting_says_what_its_variable_means():
    """The text under each field opens with the variable's name."""
    source = Path(settings.__file__).read_text()

    for field in dataclasses.fields(Settings):
        assert f'"""{variable(field.name)}' in source, field.name
