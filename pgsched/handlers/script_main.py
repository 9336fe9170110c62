"""
What a script's own process runs: the source from stdin, and then says what came of it.

Started as `python -I script_main.py FD`. It answers on FD with `{"result": ...}`, or with
`{"error": ..., "final": ...}`, where the lines are the script's own.
"""

from __future__ import annotations

import ast
import contextlib
import json
import linecache
import os
import sys
import traceback
from typing import Any


def main() -> None:
    """Read, run, answer."""
    answers = int(sys.argv[1])
    os.set_inheritable(answers, False)
    order = json.load(sys.stdin)
    try:
        answer = _run(order["source"], order["args"], order["name"])
    except SystemExit as error:
        answer = {"error": f"SystemExit: {error.code}", "final": False}
    except BaseException as error:
        answer = {"error": _told(error, order["name"]), "final": isinstance(error, SyntaxError)}
    with contextlib.suppress(OSError, ValueError):  # the script may have closed it
        sys.stdout.flush()
    with os.fdopen(answers, "w", encoding="utf-8") as out:
        out.write(_text(answer))


def _run(source: str, args: dict[str, Any], name: str) -> dict[str, Any]:
    lines = source.splitlines(keepends=True)
    linecache.cache[name] = (len(source), None, lines, name)
    tree = ast.parse(source, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    names: dict[str, Any] = {"__name__": "__main__", "args": args}
    value = None
    try:
        exec(compile(tree, name, "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), name, "eval"), names)
    except SystemExit as error:
        if error.code not in (None, 0):
            raise
    return {"result": names.get("result", value)}


def _told(error: BaseException, name: str) -> str:
    """The error and the script's own frames, in its own lines."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename != name:
        frames = frames.tb_next
    *trace, said = traceback.format_exception(type(error), error, frames)
    if isinstance(error, SyntaxError):
        return f"SyntaxError: {error.msg} (line {error.lineno})"
    return f"{said.strip()}\n{''.join(trace)}".strip()


def _text(answer: dict[str, Any]) -> str:
    try:
        return json.dumps(answer, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        said = f"the result must be what JSON has: {type(error).__name__}: {error}"
        return json.dumps({"error": said, "final": True})


if __name__ == "__main__":
    main()
