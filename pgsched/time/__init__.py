"""
When schedules fire, and why: rules, time zones, calendars, blackouts. No database, no clock.

parse() makes the rule of a text, Plan adds what moves, skips and ends its occasions, and
Plan.after() lists them, the same for whoever asks. describe() says a rule in words.
"""

from .blackout import Window
from .calendar import BusinessDays, Calendar
from .calendar_expression import combined, names_in
from .calendar_sources import from_holidays, from_ical
from .describe import describe
from .occasion import Firing, Note, Occasion, Rule
from .parse import KINDS, Kind, parse
from .plan import Plan
from .zone import find_zone

__all__ = [
    "KINDS",
    "BusinessDays",
    "Calendar",
    "Firing",
    "Kind",
    "Note",
    "Occasion",
    "Plan",
    "Rule",
    "Window",
    "combined",
    "describe",
    "find_zone",
    "from_holidays",
    "from_ical",
    "names_in",
    "parse",
]
