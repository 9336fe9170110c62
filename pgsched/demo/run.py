"""The main job, in the order of its events: one INSERT, a progress bar, the report."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from textwrap import indent

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pgsched.errors import PgschedError

from . import library, report, store
from .stage import Stage, Worker, staged, working

_LOOK_S = 0.2
_WORK_S = 600.0
_FINAL = ("succeeded", "dead", "cancelled", "expired")


def run(dsn: str | None, folder: Path | None) -> int:
    """Do it all; 0 if everything is as it should be, else 1."""
    with staged(dsn, folder) as stage:
        paths, conn = library.paths(), stage.conn
        store.make_tables(conn, paths)
        ids: list[int] = []
        try:
            with working(
                stage,
                "pgsched.demo.tasks",
                store.QUEUE,
                concurrency=store.CONCURRENCY,
                for_s=_WORK_S,
            ) as worker:
                begun = time.monotonic()
                ids = store.enqueue(conn)
                took_ms = (time.monotonic() - begun) * 1000
                stage.say("enqueued", f"{len(ids):,} jobs in {took_ms:.0f} ms, by plain SQL:")
                stage.console.print("\n" + indent(store.ENQUEUE, " " * 12), style="cyan")
                _watch(stage, ids, worker)
            return 0 if report.show(stage.console, conn, ids, paths) else 1
        except BaseException:
            with contextlib.suppress(Exception):  # what went wrong matters more
                store.cancel_rest(conn, ids)
            raise


def _watch(stage: Stage, ids: list[int], worker: Worker) -> None:
    """Show how far it is, until every job has ended."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    console = stage.console
    ends = time.monotonic() + _WORK_S
    with Progress(*columns, console=console, expand=True, disable=not console.is_terminal) as bar:
        shown = bar.add_task("measuring", total=len(ids))
        done, told = 0, time.monotonic()
        while done < len(ids):
            time.sleep(_LOOK_S)
            states = store.states(stage.conn, ids)
            done = sum(states.get(state, 0) for state in _FINAL)
            bar.update(shown, completed=done)
            if not console.is_terminal and time.monotonic() - told > 5:
                told = time.monotonic()
                stage.say("measured", f"{done:,} of {len(ids):,} files")
            worker.require_alive()
            if time.monotonic() > ends:
                raise PgschedError(f"the jobs did not end within {_WORK_S:g} s", detail=f"{states}")
