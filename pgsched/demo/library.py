"""The files of the standard library, and what can be known of each by reading it."""

from __future__ import annotations

import hashlib
import io
import os
import sysconfig
import tokenize
from dataclasses import dataclass
from pathlib import Path

_NOT_OURS = {"site-packages", "dist-packages"}
FLAKY = {"abc.py": 1, "bisect.py": 1, "json/decoder.py": 2, "heapq.py": 2, "types.py": 1}
"""Files whose jobs are made to fail at first: so many times, fewer than a job has attempts."""
POISONED = "antigravity.py"
"""The file whose job fails each time, and ends dead."""
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """What is stored of a file; `tokens` is None where it does not tokenize, `problem` says why."""

    bytes: int
    lines: int
    tokens: int | None
    problem: str | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Totals:
    """Of many files: `digest` is the SHA-256 over a line `<sha256>  <path>` each, by path."""

    files: int
    lines: int
    bytes: int
    digest: str


def root() -> Path:
    """The folder of the standard library of the Python that runs this."""
    return Path(sysconfig.get_path("stdlib"))


def paths() -> list[str]:
    """Every .py file below the root, relative to it, sorted; what was installed besides is not."""
    found: list[str] = []
    for folder, below, files in os.walk(root()):
        below[:] = [name for name in below if name not in _NOT_OURS]
        modules = [Path(folder, name) for name in files if name.endswith(".py")]
        found += [path.relative_to(root()).as_posix() for path in modules if path.is_file()]
    return sorted(found)


def fail_first(path: str) -> int:
    """How many times the job of this file is made to fail."""
    return ATTEMPTS if path == POISONED else FLAKY.get(path, 0)


def measure(path: str) -> Measured:
    """Read a file once: its size, lines (as `wc -l` counts), tokens and SHA-256."""
    content = (root() / path).read_bytes()
    tokens, problem = None, None
    try:
        tokens = sum(1 for _ in tokenize.tokenize(io.BytesIO(content).readline))
    except (tokenize.TokenError, SyntaxError) as error:  # some test files are meant to be broken
        problem = f"{type(error).__name__}: {error}".replace("\0", "\\0")
    digest = hashlib.sha256(content).hexdigest()
    return Measured(len(content), content.count(b"\n"), tokens, problem, digest)


def totals(files: list[str]) -> Totals:
    """The totals of *files* (sorted), from the file system alone."""
    digest, lines, size = hashlib.sha256(), 0, 0
    for path in files:
        with (root() / path).open("rb") as file:
            own = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            lines += sum(line.endswith(b"\n") for line in file)
        size += (root() / path).stat().st_size
        digest.update(f"{own}  {path}\n".encode())
    return Totals(len(files), lines, size, digest.hexdigest())
