"""What a claim brought: each job with its args as text, which only that job answers for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ...jsontext import load_object
from ...models import Held

# Texts, so that no bracket within them counts, and brackets.
_TOKENS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{\]}]')
_ARGS_LEVEL = 4  # an object in a job, in the jobs, in the answer


def read(text: str) -> dict[str, Any]:
    """
    The answer to a claim, the args of each job as text. Raises ValueError, and others, for none.

    Args that Python does not read, by an integer of 5,000 digits or 6,000 levels, say, do not keep
    the other jobs from being read; numbers that no float holds stay what they were.
    """
    try:
        answer = load_object(text)
        for job in answer["jobs"]:
            job["args"] = json.dumps(job["args"])
    except (ValueError, RecursionError):
        places = list(_args(text))
        rest, at = "", 0
        for start, end in places:
            rest, at = f"{rest}{text[at:start]}{{}}", end
        answer = load_object(rest + text[at:])
        for job, (start, end) in zip(answer["jobs"], places, strict=True):
            job["args"] = text[start:end]
    return answer


def held(job: dict[str, Any]) -> Held:
    """A job as a claim on the database has it."""
    claim, id = int(job["claim"]), int(job["id"])
    return Held(claim, id, job["attempt"], job["task"], job["args"], job["timeout_s"], None)


def _args(text: str) -> Iterator[tuple[int, int]]:
    """From where to where the args of each job stand."""
    level, start = 0, 0
    for token in _TOKENS.finditer(text):
        if token[0] in "[{":
            level += 1
            start = token.start() if level == _ARGS_LEVEL else start
        elif token[0] in "]}":
            if level == _ARGS_LEVEL:
                yield start, token.end()
            level -= 1
