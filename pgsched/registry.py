"""@task: what can be done, declared beside the code that does it."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, Literal, overload

from . import calls
from .errors import InvalidValue
from .models import RetryPolicy

DEFAULT_RETRY: RetryPolicy = {"kind": "exponential_jitter"}
_CHECKED = (str, int, float, bool, list, dict)


class Unfit(InvalidValue):
    """The args of a job do not fit the signature of its task."""


class Task:
    """
    A function with a name and a policy. Calling it calls the function.

    `isolation`: "none" runs `async def` on the event loop and `def` in a thread; "process" runs it
    in a child process that a timeout or cancel can kill.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        *,
        name: str,
        queue: str,
        priority: int,
        max_attempts: int,
        retry: RetryPolicy,
        timeout_s: float | None,
        isolation: Literal["none", "process"],
        transactional: bool,
        description: str | None,
    ) -> None:
        self.fn, self.name, self.queue, self.priority = fn, name, queue, priority
        self.max_attempts, self.retry, self.timeout_s = max_attempts, retry, timeout_s
        self.isolation, self.transactional = isolation, transactional
        self.description = description
        self.is_async = inspect.iscoroutinefunction(fn)
        self._read_signature()

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
        # Calling a coroutine function runs nothing yet, so Python's own binding does it for free.
        self.checks = bool(self._types) or not self.is_async or self.isolation == "process"

    def bind(self, args: dict[str, Any]) -> Any:
        """The coroutine of an `async def` task with these args. Raises Unfit."""
        try:
            return self.fn(**args)
        except TypeError as error:
            self.check({name: value for name, value in args.items() if name != "ctx"})
            raise Unfit(f"args do not fit task {self.name}", detail=str(error)) from None

    def check(self, args: Mapping[str, Any]) -> None:
        """Refuse args that do not fit the signature. Raises Unfit."""
        names = args.keys()
        if not (self._required <= names) or not (self._open or names <= self._allowed):
            missing = sorted(self._required - names)
            extra = [] if self._open else sorted(names - self._allowed)
            what = [f"missing {', '.join(missing)}"] if missing else []
            what += [f"unknown {', '.join(extra)}"] if extra else []
            raise Unfit(
                f"args do not fit task {self.name}: {'; '.join(what)}",
                hint=f"it takes {', '.join(sorted(self._allowed)) or 'none'}",
            )
        for name, allowed in self._types.items():
            if name in args and not _fits(args[name], allowed):
                wanted = " or ".join(t.__name__ for t in allowed)
                raise Unfit(
                    f"args do not fit task {self.name}: {name} must be {wanted}",
                    detail=f"got {type(args[name]).__name__}",
                )

    def declare(self) -> calls.Call[None]:
        """The call that writes this policy into the catalogue."""
        return calls.declare_task(
            self.name,
            self.queue,
            self.priority,
            self.max_attempts,
            self.retry,
            self.timeout_s,
            self.isolation,
            self.transactional,
            self.description,
        )


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
    queue: str = "default",
    priority: int = 0,
    max_attempts: int = 10,
    retry: RetryPolicy | None = None,
    timeout_s: float | None = None,
    isolation: Literal["none", "process"] = "none",
    transactional: bool = False,
    description: str | None = None,
) -> Callable[[Callable[..., Any]], Task]: ...
def task(
    fn: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    queue: str = "default",
    priority: int = 0,
    max_attempts: int = 10,
    retry: RetryPolicy | None = None,
    timeout_s: float | None = None,
    isolation: Literal["none", "process"] = "none",
    transactional: bool = False,
    description: str | None = None,
) -> Task | Callable[[Callable[..., Any]], Task]:
    """
    Declare a function as a task: `@task` or `@task(queue="mail", timeout_s=30)`.

    `name` defaults to the function's name; `description` to the first line of its docstring;
    priority is -100..100, higher first; `timeout_s` None is no limit; `transactional=True` allows
    `ctx.complete(conn)`. A first parameter named `ctx` gets the Context; the others get the job's
    args by keyword, checked against the signature (names, and plain JSON types) before the run.
    Raises InvalidValue if the name is taken by another function.
    """

    def declare(fn: Callable[..., Any]) -> Task:
        doc = inspect.getdoc(fn)
        made = Task(
            fn,
            name=name or fn.__name__,
            queue=queue,
            priority=priority,
            max_attempts=max_attempts,
            retry=retry or DEFAULT_RETRY,
            timeout_s=timeout_s,
            isolation=isolation,
            transactional=transactional,
            description=description or (doc.splitlines()[0] if doc else None),
        )
        known = _tasks.get(made.name)
        if known is not None and known.fn.__code__.co_filename != fn.__code__.co_filename:
            raise InvalidValue(
                f"task {made.name} is declared twice",
                detail=f"in {known.fn.__module__} and {fn.__module__}",
                hint="give one of them name=...",
            )
        _tasks[made.name] = made
        return made

    return declare if fn is None else declare(fn)


def tasks() -> Mapping[str, Task]:
    """Every task declared so far, by name."""
    return types.MappingProxyType(_tasks)
