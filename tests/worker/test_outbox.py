"""The outbox against a model: every job that ends is told once, in a form its claim allows."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pgsched.context import LogLine
from pgsched.endings import Ending, ending_calls
from pgsched.models import Held
from pgsched.worker.complete import Batch, Outbox

WORKER = "00000000-0000-0000-0000-000000000001"
HOW = st.sampled_from(["succeeded", "with a result", "failed", "unstarted"])


def held(claim, n, attempt=1):
    return Held(claim, claim * 1000 + n, attempt, "t", "{}", None, None)


class Database:
    """A model: what `_claim` would hold, told by whole claims or job by job."""

    def __init__(self, claims):
        self.claims = {claim: set(range(size)) for claim, size in claims.items()}
        self.told = {}

    def receive(self, batch):
        """The order of Batch.calls(): endings, then unstarted, then whole claims."""
        for job, end in batch.endings:
            self._end(job, end.kind if end.result is None else "with a result")
        for job, _ in batch.unstarted:
            self._end(job, "unstarted")
        for claim, jobs in batch.whole.items():
            assert self.claims[claim] == {job.id % 1000 for job in jobs}
            for job in jobs:
                self._end(job, "succeeded")
            assert not self.claims[claim]

    def _end(self, job, how):
        self.claims[job.claim].remove(job.id % 1000)
        assert job.id not in self.told
        self.told[job.id] = how


@settings(max_examples=200)
@given(st.data(), st.lists(st.integers(1, 6), min_size=1, max_size=5))
def test_each_end_is_told_once_and_whole_claims_hold_only_successes(data, sizes):
    """Claims open, jobs end in any order and any way, and batches leave at any time."""
    database, outbox = Database(dict(enumerate(sizes, 1))), Outbox()
    for claim, size in enumerate(sizes, 1):
        outbox.opened(claim, size)
    todo = data.draw(
        st.permutations([held(c, n) for c, s in enumerate(sizes, 1) for n in range(s)])
    )
    expected = {}

    for job in todo:
        how = expected[job.id] = data.draw(HOW)
        if how == "succeeded":
            outbox.succeeded(job)
        elif how == "unstarted":
            outbox.unstarted(job, 1.0)
        else:
            outbox.ended(job, Ending("failed") if how == "failed" else Ending("succeeded", "1"))
        assert outbox
        if data.draw(st.booleans()):
            database.receive(outbox.take())
            assert not outbox
            assert len(outbox) == 0
            assert outbox.claims == {claim for claim, left in database.claims.items() if left}
    database.receive(outbox.take())

    assert database.told == expected
    assert outbox.claims == set()
    assert not outbox.take()


def test_a_claim_that_succeeded_at_once_leaves_by_its_id_alone():
    """The cheap form: 2.6 µs a job instead of 4.4."""
    outbox = Outbox()
    outbox.opened(7, 3)
    for n in range(3):
        outbox.succeeded(held(7, n))

    batch = outbox.take()

    assert batch.endings == []
    [call] = batch.calls(WORKER)
    assert call.params == [WORKER, [7], ["t"]]


def test_both_forms_of_finish_tell_the_tasks_that_ended_each_once():
    """Also what leaves piecemeal: the database looks no further where nobody subscribes to them."""
    outbox = Outbox()
    outbox.opened(7, 3)
    outbox.opened(8, 2)
    for n, task in enumerate("aba"):
        outbox.succeeded(held(7, n)._replace(task=task))
    outbox.succeeded(held(8, 0)._replace(task="c"))

    piecemeal, whole = outbox.take().calls(WORKER)

    assert piecemeal.params[-1] == ["c"]
    assert sorted(whole.params[-1]) == ["a", "b"]


def test_what_is_done_leaves_although_a_sibling_still_runs():
    """Piecemeal: nobody waits for the slowest job of a batch."""
    outbox = Outbox()
    outbox.opened(7, 3)
    outbox.succeeded(held(7, 0))
    outbox.succeeded(held(7, 1))

    assert [job.id for job, _ in outbox.take().endings] == [7000, 7001]
    outbox.succeeded(held(7, 2))
    assert list(outbox.take().whole) == [7]


def test_a_failed_sibling_leaves_first():
    """Whole claims are written last: by then their rows hold only what succeeded."""
    outbox = Outbox()
    outbox.opened(7, 2)
    outbox.succeeded(held(7, 0))
    outbox.ended(held(7, 1), Ending("failed", error="e"))

    batch = outbox.take()

    assert [call.sql.split("(")[0] for call in batch.calls(WORKER)] == [
        "select * from pgsched.fail",
        "select pgsched.finish",
    ]


def test_each_kind_of_ending_is_one_call():
    """However many jobs; delays of unstarted jobs are calls of their own, lines come first."""
    jobs = [held(1, n) for n in range(8)]
    ends = [
        Ending("failed", error="a", after_s=1.0),
        Ending("timed_out", error="b"),
        Ending("cancelled", error="c"),
        Ending("snoozed", after_s=2.0),
        Ending("released"),
        Ending("succeeded", "5"),
    ]
    batch = Batch(
        endings=list(zip(jobs, ends, strict=False)),
        unstarted=[(jobs[6], 5.0), (jobs[7], 10.0)],
        lines=[LogLine(1000, 1, "info", "x", None)],
    )

    names = [call.sql.partition("pgsched.")[2].partition("(")[0] for call in batch.calls(WORKER)]

    assert names == ["log", "fail", "snooze", "release", "finish", "release", "release"]
    assert ending_calls(WORKER, []) == []


def test_a_batch_is_true_if_there_is_something_to_carry():
    """A line alone is reason enough for a trip."""
    assert not Batch()
    assert Batch(lines=[LogLine(1, 1, "info", "x", None)])
    assert Batch(endings=[(held(1, 1), Ending("failed"))])
    plain = Batch(whole={1: [held(1, 1), held(1, 2)]}).singly()
    assert [(job.id, end.kind) for job, end in plain] == [(1001, "succeeded"), (1002, "succeeded")]
