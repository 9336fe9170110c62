"""The systems that are measured: what each file in `peers/` says of itself, and its packages."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from . import redis
from .measure import A_PEER, Line, Round, Skipped, quotient

_HERE = Path(__file__).parent
_HEADER = re.compile(
    r"^(?:#|//) /// script$\n(?P<toml>(?:^(?:#|//)(?: .*)?$\n)+)^(?:#|//) ///$", re.M
)
_INSTALL_S = 600
_REASON_LINE = 100  # pip lists each version there is in one line
BENCH_FOLDER = Path(".pgsched", "bench")


@dataclass(frozen=True, slots=True)
class Peer:
    """
    One system, or one variant of it, as the header of its file describes it.

    The header is Python's inline script metadata (PEP 723): `dependencies` for its own environment
    (none: it runs in ours), and a table `tool.bench` with the fields below. In JavaScript it stands
    in `//` comments, with npm's names and versions.
    """

    name: str
    file: Path
    dependencies: tuple[str, ...]
    keeps: str
    """What is left of a job that ended: history, or nothing."""
    acknowledges: str
    """How the end of a job is told, and what a crash may repeat or lose."""
    settings: str
    """Its settings, and where they come from."""
    drain: int
    """Roughly the jobs a second that two processes drain: sizes its measurements."""
    bulk: int
    """Roughly the jobs a second that it enqueues in bulk."""
    store: Literal["postgres", "redis"] = "postgres"
    variant: str = ""
    batch: int = 1000
    """How many jobs a call of `many` gets: the faster for it of 1000 and 5000."""
    starts_processes: bool = False
    """One `work N` starts N processes, instead of N of them one each."""
    redis: tuple[str, ...] = ()
    """Options of the Redis server."""

    @property
    def folder(self) -> Path:
        """Its environment: another one for other dependencies."""
        digest = hashlib.sha256(" ".join(self.dependencies).encode()).hexdigest()[:8]
        return (BENCH_FOLDER / "peers" / f"{self.file.stem}-{digest}").absolute()

    @property
    def own(self) -> bool:
        """Part of this repository: needs no environment of its own."""
        return not self.dependencies

    @property
    def _node(self) -> bool:
        return self.file.suffix == ".mjs"

    def install(self) -> None:
        """Make its environment unless it is there. Raises Skipped if that is not possible."""
        if self.own:
            return
        if self.store == "redis":
            redis.program()
        if not (self.folder / "installed.json").exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            make = _install_node if self._node else _install_python
            (self.folder / "installed.json").write_text(json.dumps(make(self)))
        if self._node:  # finds packages from where a file is: it runs beside them
            for file in (self.file, _HERE / "drive/program.mjs"):
                shutil.copy(file, self.folder)

    def versions(self) -> dict[str, str]:
        """Package to version, of what its header asks for, and of Redis; empty for our own."""
        if self.own:
            return {}
        found = json.loads((self.folder / "installed.json").read_text())
        return {**found, "redis-server": redis.version()} if self.store == "redis" else found

    def command(self, *args: str) -> list[str]:
        """What runs its file."""
        if self.own:
            return [sys.executable, "-P", str(self.file), *args]
        if self._node:
            node = str(self.folder / "node_modules/.bin/node")
            return [node, str(self.folder / self.file.name), *args]
        # -P: a file peers/celery.py must not be found by its own `import celery`
        return [str(self.folder / "bin/python"), "-P", str(self.file), *args]

    def environment(self) -> dict[str, str]:
        folders = [_HERE / "drive", _HERE.parent] if self.own else [_HERE / "drive"]
        return {"PYTHONPATH": os.pathsep.join(map(str, folders)), "BENCH_VARIANT": self.variant}


@cache
def peers() -> tuple[Peer, ...]:
    """All of them, in the order of their files' names; a file with variants gives one for each."""
    found: list[Peer] = []
    for file in sorted((_HERE / "peers").iterdir()):
        if file.suffix in (".py", ".mjs"):
            found += _described(file)
    return tuple(found)


def named(name: str) -> Peer:
    """The one of this name; there must be one."""
    return next(peer for peer in peers() if peer.name == name)


def to_best_on_postgres(
    what: str, figure: str, target: float | None = None, better: Literal["more", "less"] = "more"
) -> Line:
    """Our figure divided by that of the best peer whose store is Postgres too."""
    rivals = frozenset(peer.name for peer in peers() if not peer.own and peer.store == "postgres")

    def value(each: Round) -> float:
        theirs = [sample[figure] for name, sample in each.items() if name in rivals]
        if not theirs:
            raise KeyError(A_PEER)
        return quotient(each["pgsched"][figure], (max if better == "more" else min)(theirs))

    return Line(f"{what}: to the best peer on Postgres", value, target, better, rivals=rivals)


def _described(file: Path) -> list[Peer]:
    header = _HEADER.search(file.read_text())
    if header is None:
        raise ValueError(f"{file}: no `/// script` header")
    told = tomllib.loads(re.sub(r"^(#|//) ?", "", header["toml"], flags=re.M))
    facts: dict[str, Any] = told["tool"]["bench"]
    variants: dict[str, dict[str, Any]] = facts.pop("variants", {"": {}})
    dependencies = tuple(told.get("dependencies", ()))
    made: list[Peer] = []
    for variant, differs in variants.items():
        fields = {**facts, **differs, "variant": variant}
        made.append(Peer(file=file, dependencies=dependencies, **fields))
    return made


def _install_python(peer: Peer) -> dict[str, str]:
    """By uv where there is one, for it takes a second instead of ten; or else by venv and pip."""
    folder, python = str(peer.folder), str(peer.folder / "bin/python")
    if uv := shutil.which("uv"):
        with contextlib.suppress(Skipped):  # it ignores pip's settings, which may name a mirror
            _run([uv, "venv", "-q", "--python", sys.executable, folder])
            _run([uv, "pip", "install", "-q", "--python", python, *peer.dependencies])
            return _python_versions(peer)
    _run([sys.executable, "-m", "venv", "--clear", folder])
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    _run([*pip, *peer.dependencies])
    return _python_versions(peer)


def _python_versions(peer: Peer) -> dict[str, str]:
    """Of what it asked for, as they were installed, not as they were asked for."""
    names = [re.split(r"[\[<>=~! ;]", each, maxsplit=1)[0] for each in peer.dependencies]
    query = "import importlib.metadata as m, json, sys; "
    query += "print(json.dumps({name: m.version(name) for name in sys.argv[1:]}))"
    return json.loads(_run([*peer.command()[:1], "-c", query, *names]))


def _install_node(peer: Peer) -> dict[str, str]:
    npm = shutil.which("npm")
    if npm is None:
        raise Skipped("npm is not installed here")
    # errors only: with --silent it would not say why it failed
    options = ["--loglevel=error", "--no-audit", "--no-fund", "--prefix", str(peer.folder)]
    _run([npm, "install", *options, *peer.dependencies])
    _run([*peer.command()[:1], "--version"])  # its install script may have been forbidden
    found = dict[str, str]()
    for name in (each.rpartition("@")[0] for each in peer.dependencies):
        package = peer.folder / "node_modules" / name / "package.json"
        found[name] = json.loads(package.read_text())["version"]
    return found


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Skipped(f"its packages cannot be installed: {error}") from error
    if done.returncode != 0:
        raise Skipped(f"its packages cannot be installed: {_reason(done.stderr or done.stdout)}")
    return done.stdout


def _reason(told: str) -> str:
    """Of what an installer has told: the lines that name an error, or else the last three."""
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(npm )?err(or|!)", line, re.IGNORECASE)]
    return " / ".join(line[:_REASON_LINE] for line in errors[:4] or lines[-3:])
