"""@task: what a signature allows, and what a policy may say."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Optional

import pytest

from pgsched import Context, registry, task
from pgsched.errors import InvalidValue
from pgsched.models import Policy
from pgsched.registry import Unfit


@pytest.fixture(autouse=True)
def _own_tasks():
    """Tasks declared in a test are forgotten after it."""
    before = dict(registry.tasks())
    yield
    registry._tasks.clear()
    registry._tasks.update(before)


def test_a_bare_decorator_takes_name_and_description_from_the_function():
    """And the defaults for all else; it can still be called."""

    @task
    def shout(text: str) -> str:
        """Say it louder.

        More of it.
        """
        return text.upper()

    assert registry.tasks()["shout"] is shout
    handler = f"{__name__}:{shout.fn.__qualname__}"
    assert shout.name == "shout"
    assert shout.policy == Policy(description="Say it louder.", handler=handler)
    assert shout.policy.retry == {"kind": "exponential_jitter"}
    assert shout("hi") == "HI"


def test_a_policy_is_written_as_declared(db):
    """Into the catalogue, by the call that every worker makes at its start."""

    @task(
        name="mail.send",
        queue="mail",
        priority=7,
        max_attempts=3,
        retry={"kind": "fixed", "base_s": 1},
        timeout_s=9,
        isolation="process",
        transactional=True,
        description="Send it",
        category="letters",
        labels={"team": "post"},
        enabled=False,
    )
    def send() -> None: ...

    call = send.declare()
    db.execute(call.sql, call.params)

    written = db.execute(
        "select name, queue, priority, max_attempts, retry, timeout_s, isolation, transactional,"
        " description, category, labels, enabled, handler, paused, version from pgsched.task"
    ).fetchone()
    retry = {"kind": "fixed", "base_s": 1}
    said = ("mail.send", "mail", 7, 3, retry, 9.0, "process", True, "Send it", "letters")
    handler = f"{__name__}:{send.fn.__qualname__}"
    assert written == (*said, {"team": "post"}, False, handler, False, 1)


def declared(fn: Any) -> registry.Task:
    return task(name="t")(fn)


class Thing:
    """A type that JSON has not."""


def everything(
    a: int,
    b: float = 0,
    c: str | None = None,
    d: list[int] | dict[str, Any] = [],  # noqa: B006
    e: Any = None,
    f: Literal["x"] = "x",
    g: Annotated[bool, "yes or no"] = True,
    h: Optional[int] = None,  # noqa: UP045
    i: Thing | None = None,
) -> None: ...


@pytest.mark.parametrize(
    "args",
    [
        {"a": 1},
        {"a": 1, "b": 2},
        {"a": 1, "b": 2.5, "c": None, "d": [], "e": object(), "f": "not checked"},
        {"a": 1, "d": {}, "g": False, "h": None, "i": "anything"},
    ],
)
def test_args_that_fit(args):
    """Plain JSON types are checked; where the annotation says more than that, nothing is."""
    declared(everything).check(args)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({}, "missing a"),
        ({"b": 1, "zz": 1, "yy": 1}, "missing a; unknown yy, zz"),
        ({"a": "1"}, "a must be int. got str"),
        ({"a": True}, "a must be int. got bool"),
        ({"a": 1.0}, "a must be int. got float"),
        ({"a": 1, "b": "x"}, "b must be float. got str"),
        ({"a": 1, "b": False}, "b must be float. got bool"),
        ({"a": 1, "c": 1}, "c must be str or NoneType. got int"),
        ({"a": 1, "d": "x"}, "d must be list or dict. got str"),
        ({"a": 1, "g": 1}, "g must be bool. got int"),
        ({"a": 1, "h": "1"}, "h must be int or NoneType. got str"),
    ],
)
def test_args_that_do_not_fit(args, message):
    """Each named, with what it should be."""
    with pytest.raises(Unfit, match=message):
        declared(everything).check(args)


def test_a_first_parameter_named_ctx_is_not_an_arg():
    """Wherever it stands else, it is one."""

    def with_ctx(ctx: Context, a: int) -> None: ...
    def without(a: int, ctx: int) -> None: ...

    declared(with_ctx).check({"a": 1})
    with pytest.raises(Unfit, match="unknown ctx"):
        declared(with_ctx).check({"a": 1, "ctx": 2})
    assert declared(with_ctx).wants_ctx
    assert not declared(without).wants_ctx
    declared(without).check({"a": 1, "ctx": 2})


def test_keyword_args_take_whatever_else_there_is():
    """And keyword-only parameters are as good as any."""

    def open_to_all(a: int, *, b: int, **rest: int) -> None: ...

    declared(open_to_all).check({"a": 1, "b": 2, "c": "x"})
    with pytest.raises(Unfit, match="missing b"):
        declared(open_to_all).check({"a": 1})


@pytest.mark.parametrize(
    "fn",
    [lambda a, /: None, lambda *a: None, lambda ctx, a, /: None],
    ids=["positional", "star", "after ctx"],
)
def test_parameters_must_be_allowed_by_keyword(fn):
    """Refused when declared, not when the first job comes."""
    with pytest.raises(InvalidValue, match="must be allowed by keyword"):
        declared(fn)


def test_annotations_that_cannot_be_read_check_nothing():
    """Names that only type checkers know."""

    def puzzling(a: "NoSuchName", b: "int.nothing") -> None: ...  # noqa: F821, UP037

    declared(puzzling).check({"a": 1, "b": "x"})


def test_a_coroutine_function_is_bound_by_python_itself():
    """Same errors, by less work: the names are looked at only if that fails."""

    async def add(a, b=2):
        return a + b

    made = declared(add).bind({"a": 1})
    with pytest.raises(StopIteration, match="3"):
        made.send(None)
    with pytest.raises(Unfit, match="missing a; unknown c"):
        declared(add).bind({"c": 1})


def test_one_name_is_one_function():
    """The same module under two names declares the same tasks; another file may not take one."""

    def first() -> None: ...

    declared(first)
    declared(first)
    namespace: dict[str, Any] = {}
    exec(compile("def first(): ...", "elsewhere.py", "exec"), namespace)
    with pytest.raises(InvalidValue, match="task t is declared twice"):
        declared(namespace["first"])


def test_the_list_of_tasks_is_read_only():
    """@task is the only way in."""
    with pytest.raises(TypeError):
        registry.tasks()["x"] = None
