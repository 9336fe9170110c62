# /// script
# dependencies = ["celery[redis]==5.7.0", "kombu[redis]==5.7.0", "redis==8.1.0"]
# [tool.bench]
# keeps = "nothing: results are switched off"
# acknowledges = "one by one, after the handler; what a dead worker held runs again after an hour"
# bulk = 4000
# store = "redis"
# [tool.bench.variants.always]
# name = "celery"
# settings = "Redis syncs each write; acks_late, prefetch 128, 10 threads; bulk in pipelines"
# drain = 900
# redis = ["--appendonly", "yes", "--appendfsync", "always"]
# [tool.bench.variants.default]
# name = "celery default"
# settings = "Redis as it comes: a crash loses minutes; acks_late, prefetch 128, 10 threads"
# drain = 1500
# ///
"""
Celery with Redis as its broker: durable as Postgres is (`appendfsync always`), and as Redis comes.

Its optimizing guide asks for a large prefetch where tasks are short; late acknowledgement is what
the others do: a job that was started survives its worker. Of its pools the threads were fastest,
and run handlers in the process that counts, as the others do. 3,000 jobs with two workers, durable
and not: 1,020 and 1,550/s with 10 threads; 840 and 1,650/s with `solo`; 420 and 990/s with its
default, one forked child each. Bulk is kombu's `Producer.batch`, new in 5.7: one pipeline, where
each job was a round trip.
"""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from celery import Celery
from kombu import Producer
from program import URL, Args, program, ran

QUEUE = "celery"
_COUNTING = threading.Lock()
app = Celery("bench", broker=URL)
app.conf.update(task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=128)


@app.task(name="noop")
def noop(**args: Any) -> None:
    with _COUNTING:
        ran(**args)


class Client:
    """One producer, with its connection."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self._redis = producer.channel.client

    def one(self, args: Args) -> None:
        noop.apply_async(kwargs=args, producer=self._producer)

    def many(self, args: list[Args]) -> None:
        with self._producer.batch(max_size=len(args)):
            for each in args:
                noop.apply_async(kwargs=each, producer=self._producer)

    def left(self) -> int:
        """What waits, and what workers hold."""
        return self._redis.llen(QUEUE) + self._redis.hlen("unacked")


def setup() -> None:
    """Redis needs no tables."""


@asynccontextmanager
async def client() -> AsyncGenerator[Client]:
    with app.producer_or_acquire() as producer:
        yield Client(producer)


def work(processes: int) -> None:
    options = ["--pool", "threads", "--concurrency", "10", "--loglevel", "WARNING"]
    options += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    app.worker_main(["worker", "--hostname", f"{os.getpid()}@bench", *options])


program(setup=setup, client=client, work=work)
