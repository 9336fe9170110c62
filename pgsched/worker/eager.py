"""
Runs coroutines one after the other in one asyncio task, until one of them waits for something.

A handler that never waits needs no task of its own, and making one costs as much as all else that
is done for it (1.0 of 2.4 us). Each runs in a context of its own all the same.
"""

from __future__ import annotations

import contextvars
from collections.abc import Coroutine, Generator
from typing import Any

Handler = Coroutine[Any, Any, Any]


def begin(handler: Handler) -> Any:
    """
    Run a coroutine in a copy of this context until it waits for something: then a Rest.

    Where it never waits, its result; raises what it raises.
    """
    context = contextvars.copy_context()
    try:
        return Rest(handler, context, context.run(handler.send, None))
    except StopIteration as stop:
        return stop.value


class Rest:
    """What is left of a coroutine that waits. To be awaited once, in the task that began it."""

    __slots__ = ("_context", "_handler", "_waits_for")

    def __init__(self, handler: Handler, context: contextvars.Context, waits_for: Any) -> None:
        self._handler, self._context, self._waits_for = handler, context, waits_for

    def __await__(self) -> Generator[Any, Any, Any]:
        handler, context, waits_for = self._handler, self._context, self._waits_for
        while True:
            try:
                try:
                    sent = yield waits_for
                except GeneratorExit:
                    handler.close()
                    raise
                except BaseException as error:  # a cancel
                    waits_for = context.run(handler.throw, error)
                else:
                    waits_for = context.run(handler.send, sent)
            except StopIteration as stop:
                return stop.value
