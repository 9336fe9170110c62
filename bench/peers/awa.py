# /// script
# dependencies = ["awa-pg==0.6.9"]
# [tool.bench]
# name = "awa"
# keeps = "ended jobs for some seconds, until their partition is truncated; then counts a queue"
# acknowledges = "in batches of up to 512, fenced; what a dead worker held is rescued, runs again"
# settings = "queue storage; 2 claimers of up to 1000, 1000 workers a process; bulk by direct COPY"
# drain = 7500
# bulk = 60000
# batch = 5000
# ///
"""
awa (awa-pg): a queue in Rust with Python handlers, on partitions that rotate and are truncated.

Its configuration guide asks for about 1,000 workers where handlers do nothing, since each waits for
its durable completion: two processes drained 15,000 jobs at 1,000/s with its default of 50, at
3,500/s with 256, at 4,500/s with 1,000. Its other levers for one hot queue (shards, stripes, a
partitioned queue) gave no more, and weaken its order.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import awa
from program import URL, Args, program, ran

QUEUE, KIND = "bench", "noop"
CLAIM, WORKERS = 1000, 1000
# Enqueued and not claimed, claimed and not closed, waiting for a retry. Its own queue_stats() joins
# every ready row with every claim: minutes for 15,000 jobs before autovacuum has analysed them.
_LEFT = """\
select ((select coalesce(sum(awa.sequence_next_value(made.seq_name)
                           - awa.sequence_next_value(claimed.seq_name)), 0)
         from awa.queue_enqueue_heads as made
         join awa.queue_claim_heads as claimed using (queue, priority, enqueue_shard))
      + (select coalesce(sum(claimed_count), 0) from awa.lease_claim_batches)
      + (select count(*) from awa.lease_claims)
      - (select coalesce(sum(closed_count), 0) from awa.lease_claim_closure_batches)
      - (select count(*) from awa.lease_claim_closures)
      + (select count(*) from awa.deferred_jobs))::bigint as jobs
"""


class Client:
    """Its asynchronous client; what it inserts are dicts."""

    def __init__(self, client: awa.AsyncClient) -> None:
        self._client = client

    async def one(self, args: Args) -> None:
        await self._client.insert(args, kind=KIND, queue=QUEUE)

    async def many(self, args: list[Args]) -> None:
        await self._client.enqueue_many_copy(args, kind=KIND, queue=QUEUE)

    async def left(self) -> int:
        async with await self._client.transaction() as transaction:
            return (await transaction.fetch_one(_LEFT))["jobs"]


async def setup() -> None:
    async with awa.AsyncClient(URL) as opened:
        await opened.migrate()
        # else only the first worker's start makes it the active one, after the first jobs
        await opened.install_queue_storage()


@asynccontextmanager
async def client() -> AsyncGenerator[Client]:
    async with awa.AsyncClient(URL) as opened:
        yield Client(opened)


async def work(processes: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with awa.AsyncClient(URL) as opened:

        @opened.task(dict, kind=KIND, queue=QUEUE)
        async def noop(job: awa.Job[Args]) -> None:
            ran(**job.args)

        queue = {"name": QUEUE, "max_workers": WORKERS, "claimers": 2, "claim_batch_size": CLAIM}
        await opened.start([queue])
        await stop.wait()
        await opened.shutdown()


program(setup=setup, client=client, work=work)
