"""Everything that decides one schedule's occasions, and the occasions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, islice, takewhile
from zoneinfo import ZoneInfo

from ..errors import InvalidValue
from .blackout import BLACKOUT_POLICIES, Covering, around, move
from .calendar import BusinessDays, moved
from .occasion import FIRST, LAST, Firing, Note, Notes, Occasion, Rule, require_aware
from .roll import ROLLS, roll
from .spread import jitter, splay
from .zone import find_zone, place, wall_of

_SPREAD_S_MAX = 86_400
_SECOND, _TICK = timedelta(seconds=1), timedelta(microseconds=1)
_DAY = timedelta(days=1)
# Blackouts and closed days can lead back to one another, but hardly more often than this.
_LOOK_BACK_MAX, _CLOSED_DAYS_MAX = 20, 366
_REMEMBERED = 10_000
_SHOWN = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    A rule, and what moves, skips, delays and ends its occasions.

    `timezone`: decides what day an occasion is on. `starts_at`, `ends_at`: the first and last
    nominal time there may be. `max_runs`: how many more may run from the instant that after() is
    given; whoever knows how many there were says the rest; None: no limit.
    `calendar`, `roll`: where an occasion on a closed day goes, at its wall time: `skip` (nowhere),
    `following`, `preceding`, `modified_following`.
    `blackouts`, `blackout_policy`: where one in a window goes: `skip`, `hold` (to its end),
    `before` (to a second before it). The calendar does not move it again.
    `splay_s`, `jitter_s` (0..86,400): delays, from `name`, and from `name` and nominal time. An
    occasion that they bring into a blackout is moved out of it: to its end exactly, or before it.

    Several occasions moved onto one instant, or onto a regular one, run once: the first does, the
    others are skipped. Nominal times say which is first, and never change by any of this.

    Raises InvalidValue for values out of range, unknown zones, and times without a zone.
    """

    rule: Rule
    timezone: str = "UTC"
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    max_runs: int | None = None
    calendar: BusinessDays | None = None
    roll: str = "skip"
    blackouts: Sequence[Covering] = ()
    blackout_policy: str = "skip"
    splay_s: float = 0
    jitter_s: float = 0
    name: str = ""
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)
    _splay: timedelta = field(init=False, repr=False, compare=False)
    # By day, for rules that fire often: the calendar takes 18 us to roll a Saturday.
    _rolled: dict[date, tuple[date | None, Notes]] = field(
        init=False, repr=False, compare=False, default_factory=dict[date, tuple[date | None, Notes]]
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "_zone", find_zone(self.timezone))
        for name in ("starts_at", "ends_at"):
            if (moment := getattr(self, name)) is not None:
                object.__setattr__(self, name, require_aware(name, moment))
        if self.starts_at and self.ends_at and self.ends_at < self.starts_at:
            raise InvalidValue(
                "ends_at is before starts_at", detail=f"got {self.ends_at} and {self.starts_at}"
            )
        if self.max_runs is not None and self.max_runs < 0:
            raise InvalidValue(
                "max_runs is out of range", detail=f"got {self.max_runs}, least is 0"
            )
        for name in ("splay_s", "jitter_s"):
            if not 0 <= getattr(self, name) <= _SPREAD_S_MAX:
                raise InvalidValue(
                    f"{name} is out of range", detail=f"got {getattr(self, name)}, allowed 0..86400"
                )
        for name, allowed in (("roll", ROLLS), ("blackout_policy", BLACKOUT_POLICIES)):
            if getattr(self, name) not in allowed:
                raise InvalidValue(
                    f"{name} is unknown",
                    detail=f"got {getattr(self, name)!r}",
                    hint=f"allowed are {', '.join(allowed)}",
                )
        object.__setattr__(self, "_splay", splay(self.name, self.splay_s))

    def after(self, instant: datetime) -> Iterator[Occasion]:
        """
        Every occasion whose nominal time is strictly after *instant* (aware), by nominal time.

        The same ones wherever one begins. Ends with `ends_at`, after `max_runs` that are not
        skipped, where the rule ends, and in the year 2999. due_at may be before nominal (rolled
        to a preceding day, or before a blackout): plan so much ahead.
        Raises InvalidValue where *instant* has no zone.
        """
        if instant.tzinfo is None:
            raise InvalidValue("instant has no time zone", detail=f"got {instant}")
        left = self.max_runs
        for occasion in self._settled(instant):
            if left == 0:
                return
            if left is not None and not occasion.skipped:
                left -= 1
                if left == 0:
                    occasion = _noted(occasion, Note("max_runs", "the last of max_runs"))
            yield occasion

    def _settled(self, instant: datetime) -> Iterator[Occasion]:
        """What after() yields, without regard to max_runs."""
        last = instant.astimezone(UTC) if instant > FIRST else FIRST
        if last >= LAST:
            return
        if self.starts_at:
            last = max(last, self.starts_at - _TICK)
        taken: dict[datetime, Occasion] = {}
        limit = _REMEMBERED
        for nominal, notes in self._until_end(self._firings(last)):
            occasion = self._settle(nominal, notes, taken)
            if nominal > last:
                yield occasion
            if len(taken) > limit:
                floor = self._look_back(nominal)
                taken = {due: taken[due] for due in taken if due >= floor}
                limit = 2 * len(taken) + _REMEMBERED

    @property
    def _rolls(self) -> bool:
        return self.calendar is not None and self.roll != "skip"

    @property
    def _shifts(self) -> bool:
        return bool(self.blackouts) and self.blackout_policy != "skip"

    def _firings(self, last: datetime) -> Iterator[Firing]:
        """Those after *last*, and before them all that may have taken an instant from them."""
        if not (self._rolls or self._shifts):
            return self.rule.after(last)
        begin = self._look_back(last)
        begin = max(begin, self.starts_at) if self.starts_at else begin
        early = self.rule.after(begin - _TICK)
        if self.calendar is not None:
            return early
        # A blackout has one instant for all, and its first firing took it: no need to walk through
        # a month of seconds. One more, since there may be one in the second before the blackout.
        first = takewhile(lambda firing: firing[0] <= last, islice(early, 2))
        return chain(first, self.rule.after(last))

    def _until_end(self, firings: Iterator[Firing]) -> Iterator[Firing]:
        """The firings up to `ends_at`; the last of them says so, if there were more."""
        if self.ends_at is None:
            yield from firings
            return
        held: Firing | None = None
        for firing in firings:
            if held and firing[0] > self.ends_at:
                yield held[0], (*held[1], Note("ends", f"the last before the end, {self.ends_at}"))
            if firing[0] > self.ends_at:
                return
            if held:
                yield held
            held = firing
        if held:
            yield held

    def _settle(self, nominal: datetime, notes: Notes, taken: dict[datetime, Occasion]) -> Occasion:
        """One occasion, which is entered in *taken* where it runs, by when before all delays."""
        due, rolled = self._roll(nominal)
        notes += rolled
        if due is None:
            return Occasion(nominal, nominal, True, notes)
        due, moves = self._move(due)
        notes += moves
        if due is None:
            return Occasion(nominal, nominal, True, notes)
        if first := taken.get(due):
            why = (notes or first.notes)[-1].code
            text = f"{first.nominal:{_SHOWN}} UTC already runs at {due:{_SHOWN}} UTC: skipped"
            return Occasion(nominal, due, True, (*notes, Note(why, text)))
        delayed = due + self._splay + jitter(self.name, nominal, self.jitter_s)
        target, moves = self._move(delayed) if delayed > due else (due, ())
        notes += moves
        if target is None:
            return Occasion(nominal, delayed, True, notes)
        occasion = Occasion(nominal, target, False, notes)
        if self._rolls or self._shifts:
            taken[due] = occasion
        return occasion

    def _move(self, due: datetime) -> tuple[datetime | None, Notes]:
        """Where the blackouts put *due*, and why; None: skipped."""
        return move(self.blackouts, due, self.blackout_policy) if self.blackouts else (due, ())

    def _roll(self, nominal: datetime) -> tuple[datetime | None, Notes]:
        """Where the calendar puts *nominal*, and why; None: skipped."""
        if self.calendar is None:
            return nominal, ()
        wall = wall_of(nominal, self._zone)
        day = wall.date()
        if day not in self._rolled:
            self._rolled[day] = _roll_day(self.calendar, day, self.roll)
        to, notes = self._rolled[day]
        if to is None or to == day:
            return to and nominal, notes
        due, shifted = place(datetime.combine(to, wall.time()), self._zone)
        return due, notes + shifted

    def _look_back(self, instant: datetime) -> datetime:
        """
        From when on, *instant* at the latest, there may be occasions that were moved to where ones
        after *instant* would go.

        A blackout is one such stretch. So is a run of closed days with the days around it: it
        ends, going back, at two business days in a row.
        """
        begin = instant
        for _ in range(_LOOK_BACK_MAX):
            earlier = min(self._blackout_before(begin), self._closed_before(begin))
            if earlier >= begin:
                break
            begin = earlier
        return begin

    def _blackout_before(self, instant: datetime) -> datetime:
        if not self._shifts:
            return instant
        # An occasion a second before a blackout is where others of it are moved to.
        for near in (instant, instant + _SECOND):
            blackout = around(self.blackouts, near)
            if blackout and not blackout.endless:
                return min(instant, blackout.begin - _SECOND)
        return instant

    def _closed_before(self, instant: datetime) -> datetime:
        if self.calendar is None or not self._rolls:
            return instant
        day = wall_of(instant, self._zone).date()
        for _ in range(_CLOSED_DAYS_MAX):
            if self.calendar.business(day) and self.calendar.business(day - _DAY):
                break
            day -= _DAY
        return min(instant, place(datetime.combine(day, time.min), self._zone)[0])


def _noted(occasion: Occasion, note: Note) -> Occasion:
    return Occasion(occasion.nominal, occasion.due_at, occasion.skipped, (*occasion.notes, note))


def _roll_day(calendar: BusinessDays, day: date, how: str) -> tuple[date | None, Notes]:
    to, closed = roll(calendar, day, how), calendar.closed(day)
    if to is None and closed:
        return None, (Note(closed.code, f"{day} is {closed.text}: skipped"),)
    return to, moved(calendar, day, to) if to else ()
