"""Logging: for people on a terminal, JSON lines otherwise."""

from __future__ import annotations

import io
import json
import logging
import os
import pty
import re

import pytest

from pgsched import logs


@pytest.fixture(autouse=True)
def _root_logger():
    """The root logger as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("httpx", "psycopg"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def logged(format, level="info"):
    stream = io.StringIO()
    logs.configure(format, level, stream=stream)
    return stream


def test_json_lines_carry_what_the_job_was():
    stream = logged("json")

    logging.getLogger("pgsched.task.mail").info(
        "sent %d", 3, extra={"job_id": 5, "task": "mail", "attempt": 2, "worker": None, "to": "a"}
    )

    line = json.loads(stream.getvalue())
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line.pop("time"))
    assert line == {
        "level": "info",
        "logger": "pgsched.task.mail",
        "message": "sent 3",
        "job_id": 5,
        "task": "mail",
        "attempt": 2,
        "to": "a",
    }


@pytest.mark.parametrize(
    ("name", "heard"), [("psycopg.pool", ["debug"]), ("httpx", []), ("pgsched", ["info", "debug"])]
)
def test_libraries_that_tell_of_each_request_are_heard_at_debug_and_of_urls_never(name, heard):
    said = {}
    for level in ("info", "debug"):
        said[level] = logged("json", level)
        logging.getLogger(name).info("requested")

    assert [level for level, stream in said.items() if stream.getvalue()] == heard


@pytest.mark.parametrize("poison", ["two\nlines", "\x00", "\ud800", "\x1b[2J"])
def test_a_json_line_is_one_line_whatever_is_in_it(poison):
    stream = logged("json")

    try:
        raise ValueError(poison)
    except ValueError:
        logging.getLogger("x").exception("failed: %s", poison, extra={"odd": {1, object()}})

    [text] = stream.getvalue().splitlines()
    line = json.loads(text)
    assert line["message"] == f"failed: {poison}"
    assert "Traceback" in line["error"]


def test_human_lines_have_the_ids_and_the_traceback():
    stream = logged("human")

    try:
        raise ValueError("boom")
    except ValueError:
        logging.getLogger("pgsched.worker").warning(
            "failed", exc_info=True, extra={"task": "mail", "job_id": 5}
        )

    first, *rest = stream.getvalue().splitlines()
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} warning worker: failed  job_id=5 task=mail", first)
    assert rest[-1] == "ValueError: boom"
    assert "\x1b" not in stream.getvalue()


def test_auto_is_human_and_coloured_on_a_terminal_and_json_elsewhere():
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        logs.configure("auto", stream=terminal)
        logging.getLogger("x").error("seen")
        shown = os.read(ours, 1000).decode()
    os.close(ours)
    stream = logged("auto")
    logging.getLogger("x").error("parsed")

    assert shown.startswith("\x1b[31m")
    assert "error   x: seen" in shown
    assert json.loads(stream.getvalue())["message"] == "parsed"


def test_level_decides_and_configuring_twice_logs_once():
    logged("json")
    stream = logged("json", "warning")

    logging.getLogger("x").info("quiet")
    logging.getLogger("x").warning("loud")

    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == ["loud"]
