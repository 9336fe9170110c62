"""How a handler's exception ends its run."""

from __future__ import annotations

import traceback
from types import TracebackType

from ..context import Cancel, Discard, Retry, Snooze
from ..endings import Ending
from ..jsontext import clean

_ERROR_CHARS = 8000
_OURS = __name__.rpartition(".")[0]  # the worker's modules: through them it got there


def of_exception(error: BaseException) -> Ending:
    """What an exception of the handler means."""
    match error:
        case Snooze(after_s=float() as after_s):
            return Ending("snoozed", after_s=after_s)
        case Cancel():
            return Ending("cancelled", error=_text(error))
        case Discard():
            return Ending("failed", error=_text(error), final=True)
        case Retry(after_s=float() as after_s):
            return Ending("failed", error=_text(error), after_s=after_s)
        case _:
            return Ending("failed", error=_text(error))


def _text(error: BaseException) -> str:
    """Type and message, then the innermost frames, as much as is kept."""
    try:
        lines = traceback.format_exception(type(error), error, _below_ours(error.__traceback__))
        head = lines[-1].strip()
        frames = "".join(lines[:-1])
    except Exception as second:  # a __str__ of the user's that raises
        head, frames = f"{type(error).__name__} (its text raised {type(second).__name__})", ""
    return clean(f"{head[:_ERROR_CHARS]}\n{frames[-_ERROR_CHARS:]}".strip())


def _below_ours(frames: TracebackType | None) -> TracebackType | None:
    """The frames of the handler, for each costs 25 us to show; all, where none is below ours."""
    below = at = frames
    while at is not None and at.tb_next is not None:
        if at.tb_frame.f_globals.get("__name__", "").startswith(_OURS):
            below = at.tb_next
        at = at.tb_next
    return below
