"""Which queue is asked for how many jobs: by weight, and none starves."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pgsched.models import Held
from pgsched.queues import Queues

WEIGHTS = st.lists(st.integers(1, 1000), min_size=1, max_size=6).map(
    lambda weights: {f"q{n}": weight for n, weight in enumerate(weights)}
)
LIMIT = st.integers(1, 200)


def rows(count, priority=0):
    """What a claim answers; the last row has the cursor."""
    cursor = f"{priority}/2026-01-01/9"
    return [
        Held(1, n, 1, "t", "{}", None, cursor if n == count - 1 else None) for n in range(count)
    ]


def claim(queues, limit, backlog):
    """One trip: what each queue gives, out of *backlog*, which shrinks."""
    given: dict[str, int] = {}
    for queue, share in queues.shares(limit):
        given[queue.name] = min(share, backlog[queue.name])
        backlog[queue.name] -= given[queue.name]
        queue.cursors_for_claim()
        queue.claimed(rows(given[queue.name]), share, 0.001)
    return given


@given(WEIGHTS, st.lists(LIMIT, min_size=1, max_size=50))
def test_no_more_is_asked_for_than_allowed(weights, limits):
    """And no queue twice, nor for nothing."""
    queues = Queues(weights)
    for limit in limits:
        shares = queues.shares(limit)

        assert sum(share for _, share in shares) <= limit
        assert all(share > 0 for _, share in shares)
        assert len({queue.name for queue, _ in shares}) == len(shares)
        for queue, share in shares:
            queue.claimed(rows(share), share, 0.001)


@given(WEIGHTS, LIMIT)
def test_full_queues_are_served_by_weight(weights, limit):
    """In the long run, within two trips' worth of each queue's due."""
    queues, total = Queues(weights), sum(weights.values())
    trips = min(1 + 4 * total // (limit * min(weights.values())), 3000)
    served = dict.fromkeys(weights, 0)
    for _ in range(trips):
        for name, count in claim(queues, limit, dict.fromkeys(weights, 10**9)).items():
            served[name] += count

    taken = sum(served.values())
    for name, weight in weights.items():
        assert abs(served[name] - taken * weight / total) <= 2 * limit + 1


@given(
    st.integers(1, 1000),
    st.integers(1, 1000),
    LIMIT,
    st.integers(0, 500),
    st.lists(LIMIT, max_size=5),
)
def test_a_queue_that_was_alone_does_not_pay_for_it_later(mine, other, limit, alone, odd_limits):
    """What it took while the others had nothing is no debt, and they have hoarded nothing."""
    queues, backlog = Queues({"mine": mine, "other": other}), {"mine": 10**9, "other": 0}
    for each in [*odd_limits, *[limit] * alone]:
        claim(queues, each, backlog)

    backlog["other"] = 10**9
    queues.stir()
    taken = {"mine": 0, "other": 0}
    for _ in range(2 + 2 * (mine + other) // (limit * min(mine, other))):
        for name, count in claim(queues, limit, backlog).items():
            taken[name] += count

    assert taken["mine"] > 0
    assert taken["other"] > 0


def test_a_busy_worker_asks_few_of_many_queues_a_trip_for_more_and_each_has_its_turn():
    """A claim of a few jobs costs the server more than they do: 6 times as much was measured."""
    queues = Queues({f"q{n}": 1 for n in range(100)})
    backlog = dict.fromkeys(queues.names, 10**9)
    first = claim(queues, 500, backlog)
    claim(queues, 500, backlog)  # what was saved up is spent by now
    trips = [claim(queues, 500, backlog) for _ in range(30)]

    assert first == dict.fromkeys(queues.names, 5)
    assert all(sum(trip.values()) == 500 for trip in trips)
    assert sum(len(trip) for trip in trips) < 30 * 10
    assert {name for trip in trips for name in trip} == set(queues.names)


@settings(max_examples=30)  # of 400 trips each
@given(st.lists(st.integers(1, 20), min_size=20, max_size=60), LIMIT)
def test_many_full_queues_are_served_by_weight_as_well(weights, limit):
    """However few are asked a trip: within as much as a queue is asked for at once."""
    queues = Queues({f"q{n}": weight for n, weight in enumerate(weights)})
    served = dict.fromkeys(queues.names, 0)
    for _ in range(400):
        for name, count in claim(queues, limit, dict.fromkeys(queues.names, 10**9)).items():
            served[name] += count

    taken = sum(served.values())
    for name, weight in zip(queues.names, weights, strict=True):
        assert abs(served[name] - taken * weight / sum(weights)) <= 2 * limit + 1


def test_a_queue_is_called_empty_only_after_a_sweep():
    """A claim from a cursor may miss what was committed late: the whole lane is looked at first."""
    queues = Queues({"q": 1})
    [(queue, _)] = queues.shares(10)
    assert queue.cursors_for_claim() is None  # the first claim is a sweep
    queue.claimed(rows(10), 10, 0.001)
    assert queue.cursors_for_claim() == '{"0":"0/2026-01-01/9"}'

    queue.claimed(rows(3), 10, 0.001)
    assert queues.hungry
    assert queue.cursors_for_claim() is None
    queue.claimed([], 10, 0.001)

    assert not queues.hungry
    queues.stir()
    assert queues.hungry


def test_each_lane_has_its_cursor_and_an_error_forgets_that_they_are_enough():
    """Priority to cursor; sweep() makes the next claim look at all."""
    queues = Queues({"q": 1})
    [(queue, _)] = queues.shares(1)
    queue.cursors_for_claim()
    queue.claimed([*rows(1, 5), *rows(1, -5)], 2, 0.001)
    assert queue.cursors_for_claim() == '{"5":"5/2026-01-01/9","-5":"-5/2026-01-01/9"}'

    queues.sweep()

    assert queue.cursors_for_claim() is None


def test_starve_and_names():
    """A child for suspects has looked at all of them at once."""
    queues = Queues({"a": 1, "b": 2})
    assert queues.names == ["a", "b"]

    queues.starve()

    assert not queues.hungry
    assert queues.shares(5) == []
