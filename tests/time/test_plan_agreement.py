"""Plans against the oracle: calendars and blackouts around changes of the clock."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from pgsched.time import Calendar, Plan, Window, parse
from tests.time.moments import examples
from tests.time.oracle import changes_of, cron_fits
from tests.time.plan_oracle import DAY, QUARTER, SECOND, Clock, Fate, around

# Two hours; midnight, on a weekend and on Thursday; half an hour; Ramadan; a day left out.
ZONES = {
    "Antarctica/Troll": 2026,
    "America/Havana": 2026,
    "Asia/Beirut": 2026,
    "Africa/Cairo": 2026,
    "Australia/Lord_Howe": 2026,
    "Africa/Casablanca": 2026,
    "America/New_York": 2026,
    "Pacific/Apia": 2011,
}
TEXTS = ["30 2 * * *", "0 0,12 * * *", "*/15 0-3 * * *", "15 1,2,23 * * 0,5,6", "30 2 * * 0"]
EACH = ["0 * * * *", "*/30 * * * sat,sun"]
WEEKENDS = [{6, 7}, {5, 6}, {2, 4, 6, 7}, {1, 2, 3, 5, 6, 7}, {7}]
ROLLS = ["skip", "following", "preceding", "modified_following"]


@cache
def clock(timezone: str, number: int) -> Clock:
    """The weeks around a change of the clock."""
    year = ZONES[timezone]
    changes = changes_of(timezone, year, year)
    return Clock(timezone, *around(changes[number % len(changes)]))


@st.composite
def plans(draw):
    """A plan, what the oracle says becomes of its firings, and where to begin."""
    timezone, text = draw(st.sampled_from(sorted(ZONES))), draw(st.sampled_from(TEXTS + EACH))
    seen = clock(timezone, draw(st.integers(0, 3)))
    middle = seen.begin + (seen.end - seen.begin) / 2
    weekend = draw(st.sampled_from(WEEKENDS))
    near = st.integers(-9, 9).map(lambda n: (middle + n * DAY).date())
    holidays = draw(st.sets(near, max_size=5))
    policy, roll = draw(st.sampled_from(["skip", "hold", "before"])), draw(st.sampled_from(ROLLS))
    starts = st.integers(-40, 40).map(lambda n: middle + n * 3 * QUARTER)
    lengths = st.sampled_from([1, 2, 7, 60, 200])
    windows = [
        (start, start + length * QUARTER)
        for start, length in draw(st.lists(st.tuples(starts, lengths), max_size=4))
    ]
    closed = draw(st.booleans())
    plan = Plan(
        rule=parse("cron", text, timezone),
        timezone=timezone,
        calendar=Calendar("c", frozenset(weekend), dict.fromkeys(holidays, "")) if closed else None,
        roll=roll,
        blackouts=[Window(*window) for window in windows],
        blackout_policy=policy,
    )

    def is_open(day):
        return day.isoweekday() not in weekend and day not in holidays

    firings = seen.firings(cron_fits(text), each=text in EACH)
    inner = {n: w for n, w in firings.items() if seen.begin + 14 * DAY < n < seen.end - 14 * DAY}
    fate = Fate(seen, inner, is_open if closed else None, roll, windows, policy)
    begin = draw(st.sampled_from(sorted(inner)))
    return plan, fate, begin + draw(st.sampled_from([-SECOND, 0 * SECOND, SECOND]))


@examples(250)
@given(plans())
def test_occasions_are_what_someone_sees_who_walks_through_all_of_them(case):
    """From wherever one begins; and nothing is due in time that reach() has not told of."""
    plan, fate, begin = case
    bounded = replace(plan, since=min(fate.firings) - SECOND, ends_at=max(fate.firings))

    told = [(o.nominal, None if o.skipped else o.due_at) for o in bounded.after(begin)]
    everything = fate.of_all()
    assert told == [(now, at) for now, at in everything if now > begin]

    reached = bounded.reach(begin)
    assert begin <= reached
    assert [now for now, at in everything if at and at <= begin and now > reached] == []


@examples(100)
@given(plans(), st.sampled_from(["splay_s", "jitter_s"]))
def test_delays_never_end_in_a_blackout_and_are_the_same_from_wherever_one_begins(case, delay):
    """And they skip nothing that would run without them, but by the policy that skips."""
    plan, fate, begin = case
    bounded = replace(plan, since=min(fate.firings) - SECOND, ends_at=max(fate.firings))
    delayed = replace(bounded, name="report", **{delay: 7200})

    told = list(delayed.after(begin))
    assert told == [o for o in delayed.after(bounded.since) if o.nominal > begin]
    for begins, ends in fate.windows:
        assert not [o for o in told if not o.skipped and begins <= o.due_at < ends]
    if fate.policy != "skip":
        runs = [o.nominal for o in bounded.after(begin) if not o.skipped]
        assert [o.nominal for o in told if not o.skipped] == runs
    reached = delayed.reach(begin)
    early = [o for o in delayed.after(reached) if not o.skipped and o.due_at <= begin]
    assert early == []
