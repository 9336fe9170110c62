"""Everything that decides one schedule's occasions, and the occasions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..errors import InvalidValue
from .blackout import BLACKOUT_POLICIES, Blackouts, Window, merged
from .calendar import BusinessDays, moved
from .occasion import FIRST, LAST, TICK, Firing, Note, Notes, Occasion, Rule, require_aware
from .roll import ROLLS, roll
from .spread import jitter, splay
from .zone import find_zone, last_of, place, wall_of

_SPREAD_S_MAX = 86_400
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_MOVES = {"holiday", "weekend", "blackout"}
_SHOWN = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    A rule, and what moves, skips, delays and ends its occasions.

    `timezone`: that of the rule; it decides what day an occasion is on. `starts_at`, `ends_at`:
    the first and last nominal time there may be. `since`: what is nominally then or before is no
    occasion either, as if the rule had been made just then. `max_runs`: how many more may run from
    the instant that after() is given; whoever knows how many there were says the rest; None: no
    limit.
    `calendar`, `roll`: where an occasion on a closed day goes, at its wall time: `skip` (nowhere),
    `following`, `preceding`, `modified_following`.
    `blackouts`, `blackout_policy`: where one in a window goes: `skip`, `hold` (to its end),
    `before` (to a second before it). The calendar does not move it again.
    `splay_s`, `jitter_s` (0..86,400): delays, from `name`, and from `name` and nominal time. An
    occasion that they bring into a blackout is moved out of it: to its end exactly, or before it.

    What would be moved to where there is an occasion anyway is skipped; of several that are moved
    to one instant the first runs. Delays come after that and skip nothing: all that a delay brings
    into a blackout run at its end. Nominal times never change by any of this.

    Raises InvalidValue for values out of range, unknown zones, and times without a zone.
    """

    rule: Rule
    timezone: str = "UTC"
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    since: datetime | None = None
    max_runs: int | None = None
    calendar: BusinessDays | None = None
    roll: str = "skip"
    blackouts: Sequence[Window] = ()
    blackout_policy: str = "skip"
    splay_s: float = 0
    jitter_s: float = 0
    name: str = ""
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)
    _splay: timedelta = field(init=False, repr=False, compare=False)
    _stretches: Blackouts = field(init=False, repr=False, compare=False)
    # There is no occasion at this instant or before.
    _floor: datetime = field(init=False, repr=False, compare=False)
    # By day, for rules that fire often: the calendar takes 18 us to roll a Saturday.
    _rolled: dict[date, tuple[date | None, Notes]] = field(
        init=False, repr=False, compare=False, default_factory=dict[date, tuple[date | None, Notes]]
    )

    def __post_init__(self) -> None:
        for name in ("starts_at", "ends_at", "since"):
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
        start = self.starts_at - TICK if self.starts_at else FIRST
        object.__setattr__(self, "_floor", max(start, self.since or FIRST))
        object.__setattr__(self, "_zone", find_zone(self.timezone))
        object.__setattr__(self, "_splay", splay(self.name, self.splay_s))
        stretches = merged(tuple(self.blackouts))
        object.__setattr__(self, "_stretches", Blackouts(stretches, self.blackout_policy))

    def after(self, instant: datetime) -> Iterator[Occasion]:
        """
        Every occasion whose nominal time is strictly after *instant* (aware), by nominal time.

        The same ones wherever one begins. Ends with `ends_at`, after `max_runs` that are not
        skipped, where the rule ends, and in the year 2999. due_at may be before nominal (rolled
        to a preceding day, or before a blackout): reach() says how far one must look.
        Raises InvalidValue where *instant* has no zone.
        """
        if instant.tzinfo is None:
            raise InvalidValue("instant has no time zone", detail=f"got {instant}")
        if instant >= LAST:
            return
        left = self.max_runs
        for firing in self._until_end(self.rule.after(max(instant, self._floor).astimezone(UTC))):
            if left == 0:
                return
            occasion = self._settle(firing)
            if left is not None and not occasion.skipped:
                left -= 1
                if left == 0:
                    last = Note("max_runs", "the last of max_runs")
                    occasion = replace(occasion, notes=(*occasion.notes, last))
            yield occasion

    def reach(self, due: datetime) -> datetime:
        """
        The nominal time up to which after() has told all that is due at *due* (aware) or before.

        *due* itself, unless something later is moved back so far: then the end of that, which is
        a blackout, or a run of closed days.
        """
        reached = due.astimezone(UTC)
        if self.blackout_policy == "before":
            second = reached.replace(microsecond=0)
            ahead = self._stretches.around(second) or self._stretches.leading_to(second)
            reached = ahead.end if ahead else reached
        today = wall_of(reached, self._zone).date()
        start = day = today + _DAY if self._roll_day(today)[0] == today else today
        while (to := self._roll_day(day)[0]) and to <= today:
            day += _DAY
        if day == start:
            return reached
        return last_of(datetime.combine(day - _DAY, time.max), self._zone)

    def _until_end(self, firings: Iterator[Firing]) -> Iterator[Firing]:
        """The firings up to `ends_at`; the last of them says so, if there were more."""
        if self.ends_at is None:
            yield from firings
            return
        held: Firing | None = None
        for firing in firings:
            over = firing.moment > self.ends_at
            if held and over:
                note = Note("ends", f"the last before the end, {self.ends_at}")
                held = held._replace(notes=(*held.notes, note))
            if held:
                yield held
            if over:
                return
            held = firing
        if held:
            yield held

    def _settle(self, firing: Firing) -> Occasion:
        """What becomes of a firing."""
        nominal = firing.moment
        due, notes = self._move(firing)
        if due is None:
            return Occasion(nominal, nominal, True, notes)
        if due != nominal and (other := self._other(nominal, due)):
            why = [note for note in notes if note.code in _MOVES][-1].code
            text = f"{due:{_SHOWN}} UTC has its own"
            if other != due:
                text = f"{other:{_SHOWN}} UTC already runs at {due:{_SHOWN}} UTC"
            return Occasion(nominal, due, True, (*notes, Note(why, f"{text}: skipped")))
        delayed = due + self._splay + jitter(self.name, nominal, self.jitter_s)
        target, moves = self._stretches.move(delayed) if delayed > due else (due, ())
        return Occasion(nominal, target or delayed, target is None, notes + moves)

    def _move(self, firing: Firing) -> tuple[datetime | None, Notes]:
        """Where calendar and blackouts put a firing, with all its notes; None: nowhere."""
        due, notes = self._roll(firing)
        if due is None:
            return None, notes
        due, moves = self._stretches.move(due)
        return due, notes + moves

    def _roll(self, firing: Firing) -> tuple[datetime | None, Notes]:
        """Where the calendar puts a firing, with all its notes; None: nowhere."""
        if self.calendar is None:
            return firing.moment, firing.notes
        wall = wall_of(firing.moment, self._zone)
        to, why = self._roll_day(wall.date())
        if to is None or to == wall.date():
            return to and firing.moment, firing.notes + why
        # The change of the clock is left behind, and with it what it did to the time.
        if firing.asked and firing.asked.date() == wall.date():
            wall = firing.asked
        due, shifted, _ = place(datetime.combine(to, wall.time()), self._zone)
        kept = (note for note in firing.notes if note.code not in ("dst_gap", "dst_fold"))
        return due, (*kept, *why, *shifted)

    def _roll_day(self, day: date) -> tuple[date | None, Notes]:
        """The day that occasions of *day* go to, and why; None: nowhere."""
        if self.calendar is None:
            return day, ()
        if day not in self._rolled:
            to, closed = roll(self.calendar, day, self.roll), self.calendar.closed(day)
            notes = moved(self.calendar, day, to) if to else ()
            if to is None and closed:
                notes = (Note(closed.code, f"{day} is {closed.text}: skipped"),)
            self._rolled[day] = to, notes
        return self._rolled[day]

    def _other(self, nominal: datetime, due: datetime) -> datetime | None:
        """What runs at *due* so that *nominal*, which is moved there, does not; None: nothing."""
        there = next(self.rule.after(max(due - TICK, self._floor)), None)
        exists = there and there.moment == due and (not self.ends_at or due <= self.ends_at)
        if there and exists and self._move(there)[0] == due:
            return due
        for earlier in self._leading_to(due, nominal):
            if self._move(earlier)[0] == due:
                return earlier.moment
        return None

    def _leading_to(self, due: datetime, end: datetime) -> Iterator[Firing]:
        """
        All firings before *end* that may be moved to *due*, ascending, and a few others.

        Only days that lead there are looked at, and only their times of day that do: so even a
        rule for each second is asked for one or two firings.
        """
        stretch = self._stretches.leading_to(due)
        low, high = (min(due, stretch.begin), stretch.end) if stretch else (due, due)
        # Where the clock has just leapt, the times that it left out lead there too.
        first = min(wall_of(low, self._zone), wall_of(low - _SECOND, self._zone))
        last = wall_of(high, self._zone)
        day, until = first.date(), wall_of(end, self._zone).date()
        while (to := self._roll_day(day - _DAY)[0]) and to >= first.date():
            day -= _DAY
        while day <= until:
            to, next_day = self._roll_day(day)[0], day + _DAY
            if to and first.date() <= to <= last.date():
                begin = first.time() if to == first.date() else time.min
                stop = last.time() if to == last.date() else time.max
                start = place(datetime.combine(day, begin), self._zone).moment - TICK
                latest = min(last_of(datetime.combine(day, stop), self._zone), end - TICK)
                for firing in self.rule.after(max(start, self._floor)):
                    if firing.moment > latest:
                        next_day = max(next_day, wall_of(firing.moment, self._zone).date())
                        break
                    yield firing
                else:
                    return
            day = next_day
