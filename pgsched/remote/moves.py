"""Occasions and runs that move, as the API tells of them."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from ..moves import Moved, Moves
from ..time import Note, Occasion
from ..time.occasion import NoteCode
from .base import Answer, Json

MOVES_S = 60.0
"""That the API may take to find which runs move."""


def occasion_of(told: Json) -> Occasion:
    """An occasion that is to come."""
    return Occasion(
        datetime.fromisoformat(told["nominal"]),
        datetime.fromisoformat(told["due_at"]),
        told["skipped"],
        tuple(Note(cast(NoteCode, note["code"]), note["text"]) for note in told["notes"]),
    )


def moves_of(answer: Answer) -> Moves:
    """The runs that a change would move."""
    told = answer.json()
    found = Moves(
        Moved(
            each["schedule"],
            each["was"] and occasion_of(each["was"]),
            each["now"] and occasion_of(each["now"]),
        )
        for each in told["moved"]
    )
    found.unseen = told["unseen"]
    return found
