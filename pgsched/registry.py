"""@task: what can be done, declared beside the code that does it."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any, Unpack, overload

from . import calls
from .errors import InvalidValue
from .models import Declaration, Policy, PolicyOptions

Declared = str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]] | None
"""What stands beside a task: when it runs, or on which events."""

_CHECKED = (str, int, float, bool, list, dict)


class Unfit(InvalidValue):
    """The args of a job do not fit the signature of its task."""


class Task:
    """
    A function with a name and a policy. Calling it calls the function.

    `policy` is what code says; `timeout_s` and `isolation` are those in force: a worker keeps them
    as the catalogue says. "none" runs `async def` on the event loop and `def` in a thread;
    "process" runs it in a child process that a timeout or cancel can kill.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        name: str,
        policy: Policy,
        schedule: Declared = None,
        on: Declared = None,
    ) -> None:
        self.fn, self.name, self.policy = fn, name, policy
        self.is_async = inspect.iscoroutinefunction(fn)
        self._read_signature()
        self.obey(policy.timeout_s, policy.isolation)
        self.declarations = _declared(name, schedule, on)
        for each in self.declarations:
            given = each.columns.get("args", {} if each.kind == "schedule" else {"event": None})
            self._check_names(given.keys(), f"{each.kind} {each.name}: args")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.fn(*args, **kwargs)

    def _read_signature(self) -> None:
        parameters = list(inspect.signature(self.fn).parameters.values())
        self.wants_ctx = bool(parameters) and parameters[0].name == "ctx"
        named = parameters[1:] if self.wants_ctx else parameters
        kinds = inspect.Parameter
        for parameter in named:
            if parameter.kind in (kinds.POSITIONAL_ONLY, kinds.VAR_POSITIONAL):
                raise InvalidValue(
                    f"task {self.name}: parameter {parameter.name} must be allowed by keyword",
                    hint="args of a job are passed by keyword",
                )
        self._open = any(p.kind is kinds.VAR_KEYWORD for p in named)
        named = [p for p in named if p.kind is not kinds.VAR_KEYWORD]
        self._allowed = frozenset(p.name for p in named)
        self._required = frozenset(p.name for p in named if p.default is kinds.empty)
        hints = _hints(self.fn)
        self._types = {p.name: t for p in named if (t := _plain_types(hints.get(p.name)))}

    def obey(self, timeout_s: float | None, isolation: str) -> None:
        """From now on, its jobs run like this."""
        self.timeout_s, self.isolation = timeout_s, isolation
        # Calling a coroutine function runs nothing yet, so Python's own binding does it for free.
        self.checks = bool(self._types) or not self.is_async or isolation == "process"

    def bind(self, args: dict[str, Any]) -> Any:
        """The coroutine of an `async def` task with these args. Raises Unfit."""
        try:
            return self.fn(**args)
        except TypeError as error:
            self.check({name: value for name, value in args.items() if name != "ctx"})
            raise Unfit(f"args do not fit task {self.name}", detail=str(error)) from None

    def check(self, args: Mapping[str, Any]) -> None:
        """Refuse args that do not fit the signature. Raises Unfit."""
        self._check_names(args.keys(), "args")
        for name, allowed in self._types.items():
            if name in args and not _fits(args[name], allowed):
                wanted = " or ".join(t.__name__ for t in allowed)
                raise Unfit(
                    f"args do not fit task {self.name}: {name} must be {wanted}",
                    detail=f"got {type(args[name]).__name__}",
                )

    def _check_names(self, names: Set[str], what: str) -> None:
        if self._required <= names and (self._open or names <= self._allowed):
            return
        missing = sorted(self._required - names)
        extra = [] if self._open else sorted(names - self._allowed)
        wrong = [f"missing {', '.join(missing)}"] if missing else []
        wrong += [f"unknown {', '.join(extra)}"] if extra else []
        raise Unfit(
            f"{what} do not fit task {self.name}: {'; '.join(wrong)}",
            hint=f"it takes {', '.join(sorted(self._allowed)) or 'none'}",
        )

    def declare(self) -> calls.Call[int]:
        """The call that writes this policy into the catalogue."""
        return calls.declare_task(self.name, self.policy)


def _declared(task: str, schedule: Any, on: Any) -> list[Declaration]:
    """What is declared beside the task. Few are, so whoever does pays for the import: 60 ms."""
    if schedule is None and on is None:
        return []
    from . import declared

    found = [] if schedule is None else declared.schedules(task, schedule)
    return found + ([] if on is None else declared.subscriptions(task, on))


def _hints(fn: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(fn)
    except (NameError, TypeError):  # a name only known to type checkers: then nothing is checked
        return {}


def _plain_types(hint: Any) -> tuple[type, ...] | None:
    """The JSON types that an annotation allows; None where it says more than that."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        parts = [_plain_types(part) for part in typing.get_args(hint)]
        return None if None in parts else tuple(t for part in parts if part for t in part)
    plain = origin or hint
    if plain is type(None) or plain in _CHECKED:
        return (plain,)
    return None


def _fits(value: Any, allowed: tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return bool in allowed
    if isinstance(value, int) and float in allowed:
        return True
    return isinstance(value, allowed)


_tasks: dict[str, Task] = {}


@overload
def task(fn: Callable[..., Any], /) -> Task: ...
@overload
def task(
    *,
    name: str | None = None,
    schedule: Declared = None,
    on: Declared = None,
    **policy: Unpack[PolicyOptions],
) -> Callable[[Callable[..., Any]], Task]: ...
def task(
    fn: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    schedule: Declared = None,
    on: Declared = None,
    **policy: Unpack[PolicyOptions],
) -> Task | Callable[[Callable[..., Any]], Task]:
    """
    Declare a function as a task: `@task` or `@task(queue="mail", timeout_s=30)`.

    `name` defaults to the function's name; `queue` to "default"; `priority` is -100..100, higher
    first [0]; `max_attempts` 1..1000 [10]; `retry` a RetryPolicy [exponential_jitter]; `timeout_s`
    None is no limit; `isolation` "none" or "process"; `transactional=True` allows
    `ctx.complete(conn)`; `description` defaults to the first line of the docstring; it, `category`
    and `labels` are for people; with `enabled=False` its jobs wait. What an operator sets by
    `pgsched task set` holds instead.

    A first parameter named `ctx` gets the Context; the others get the job's args by keyword,
    checked against the signature (names, and plain JSON types) before the run.

    `schedule`: when its jobs come by the clock: cron or an interval as text (`"0 6 * * 1-5"`,
    `"10 minutes"`), a mapping of ScheduleColumns, or a list of these. `on`: which events bring
    jobs of it: a type (`"order.created"`), a mapping with `type` and SubscriptionColumns, or a
    list. Workers write them at their start, named as the task unless they have a `name`; what an
    operator changed stays so.

    Raises InvalidValue, also if another function has taken a name; TypeError for an unknown option.
    """

    def declare(fn: Callable[..., Any]) -> Task:
        said: PolicyOptions = {"description": (inspect.getdoc(fn) or "").partition("\n")[0] or None}
        handler = f"{fn.__module__}:{fn.__qualname__}"
        made = Policy(**(said | policy), handler=handler)
        return _keep(Task(fn, name or fn.__name__, made, schedule, on))

    return declare if fn is None else declare(fn)


def name_of(task: str | Task) -> str:
    """What a task is called."""
    return task.name if isinstance(task, Task) else task


def _keep(made: Task) -> Task:
    """From now on the task is known. Raises InvalidValue where a name of it is another's."""
    known = _tasks.get(made.name)
    if known is not None and known.fn.__code__.co_filename != made.fn.__code__.co_filename:
        raise InvalidValue(
            f"task {made.name} is declared twice",
            detail=f"in {known.fn.__module__} and {made.fn.__module__}",
            hint="give one of them name=...",
        )
    own = {(each.kind, each.name) for each in made.declarations}
    for each in (each for task in _tasks.values() for each in task.declarations):
        if each.task != made.name and (each.kind, each.name) in own:
            raise InvalidValue(
                f"{each.kind} {each.name} is declared twice",
                detail=f"by task {each.task} and task {made.name}",
                hint="give one of them a name",
            )
    _tasks[made.name] = made
    return made


def tasks() -> Mapping[str, Task]:
    """Every task declared so far, by name."""
    return types.MappingProxyType(_tasks)
