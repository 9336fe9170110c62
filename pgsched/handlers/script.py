"""python.script: Python of a job, or saved in the database, in a process with limits."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from .. import calls
from ..context import Context, Discard
from ..jsontext import clean
from . import command
from .command import Command, Ended
from .offer import offer, require_range
from .permits import permits

_MAIN = str(Path(__file__).with_name("script_main.py"))
_ANSWER_BYTES_MAX = 8 * 1024 * 1024
_MB = 1024 * 1024


class ScriptFailed(Exception):
    """What the script raised, with its own lines."""


@offer("python.script", timeout_s=3600)
async def script(
    ctx: Context,
    source: str | None = None,
    name: str | None = None,
    version: int | None = None,
    args: dict[str, Any] | None = None,
    requirements: list[str] | None = None,
    memory_mb: int = 512,
    cpu_s: int = 60,
    file_mb: int = 64,
    open_files: int = 64,
    processes: int = 0,
) -> Any:
    """
    Run Python; its result is the name `result`, else the value of its last expression.

    source: the script itself; or name: one that was saved by `pgsched script set`, the newest
    unless version says which. args: what it finds under the name `args`. requirements: refused; it
    has what the worker's Python has. memory_mb: 64..65536. cpu_s: 1..86400. file_mb: the largest
    file that it may write, 0..65536. open_files: 16..4096. processes: how many, with threads, it
    may start, 0..1000; Linux holds no process of root to that. It has a fresh interpreter, a folder
    of its own that is removed after, and no environment. What it prints is kept as a line of the
    job's log.
    """
    if requirements:
        raise Discard("requirements cannot be given: install them where the worker runs")
    limits = _limits(memory_mb, cpu_s, file_mb, open_files, processes)
    title, text = await _source(ctx, source, name, version)
    asked = Command(
        sys.executable,
        [sys.executable, "-I", _MAIN],
        {},
        stdin=json.dumps({"source": text, "args": args or {}, "name": title}),
        output_bytes_max=8192,
        limits=limits,
        answer_bytes=_ANSWER_BYTES_MAX,
    )
    ended = await command.run(asked)
    for printed in (ended.stdout, ended.stderr):
        if printed.length:
            ctx.log(printed.text)
    return _judge(ended)


def _limits(
    memory_mb: int, cpu_s: int, file_mb: int, open_files: int, processes: int
) -> dict[str, int]:
    """By the names that `resource` has. Raises Discard."""
    require_range("memory_mb", memory_mb, 64, 65_536)
    require_range("cpu_s", cpu_s, 1, 86_400)
    require_range("file_mb", file_mb, 0, 65_536)
    require_range("open_files", open_files, 16, 4096)
    require_range("processes", processes, 0, 1000)
    return {
        "RLIMIT_AS": memory_mb * _MB,
        "RLIMIT_CPU": cpu_s,
        "RLIMIT_FSIZE": file_mb * _MB,
        "RLIMIT_NOFILE": open_files,
        "RLIMIT_NPROC": processes,
        "RLIMIT_CORE": 0,
    }


async def _source(
    ctx: Context, source: str | None, name: str | None, version: int | None
) -> tuple[str, str]:
    """What to call the script, and its text. Raises Discard."""
    if (source is None) == (name is None) or (source is not None and version is not None):
        raise Discard("give source, or name and perhaps version")
    if source is not None:
        if not permits().allows("script_source"):
            raise Discard("this worker runs saved scripts alone (PGSCHED_SCRIPT_SOURCE)")
        return "<script>", source
    assert name is not None
    found = await ctx.require_database().run_async(calls.script(name, version))
    if found is None:
        which = "" if version is None else f", version {version},"
        raise Discard(f"script {name!r}{which} is not saved: pgsched script set {name} FILE")
    return f"<{name} {found[0]}>", found[1]


def _judge(ended: Ended) -> Any:
    """The result. Raises ScriptFailed, Discard."""
    if len(ended.answer) > _ANSWER_BYTES_MAX:
        raise Discard(f"the result must not exceed {_ANSWER_BYTES_MAX} bytes")
    try:
        answer = json.loads(ended.answer)
        said = None if "result" in answer else clean(str(answer["error"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        how = f"exit code {ended.exit_code}"
        if ended.exit_code in (-9, -24):
            how += ": it was killed, perhaps at its limit of cpu_s"
        raise ScriptFailed(f"it gave no result; {how}. {ended.stderr.text[-2000:]}") from None
    if said is None:
        return answer["result"]
    if answer.get("final"):
        raise Discard(said)
    raise ScriptFailed(said)
