"""
The Dockerfile's steps without Docker: `python -m tests.image` does them in a temporary folder.

Its absolute paths stand below that folder, and all stages share it. What takes root is named and
left out, as is the image that it begins with: this Python takes its place.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REPO = Path(__file__).parents[1]
_OURS = re.compile(r"(?<![\w./])(?=/(?:home|opt|src|tls)\b)")
_TAKES_ROOT = ("useradd ", "install -d -o ")
_CHECK = """
import importlib.metadata, holidays, icalendar
import pgsched.api, pgsched.handlers, pgsched.remote, pgsched.schema, pgsched.worker
from pgsched.settings import Settings
pgsched.api.create_app(Settings(dsn=""))
folder = pgsched.schema.sql_folder()
assert list(folder.glob("migrations/*.sql")) and list(folder.glob("functions/*.sql")), folder
there = {each.name.lower() for each in importlib.metadata.distributions()}
unwanted = there & {"hypothesis", "matplotlib", "pyright", "pytest", "ruff", "schemathesis"}
assert not unwanted, unwanted
print(f"{pgsched.__file__}: {len(there)} packages")
"""


def instructions(text: str) -> list[tuple[str, str]]:
    """Each instruction of a Dockerfile, and what follows it."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    found = (line.partition(" ") for line in joined.splitlines() if line.strip())
    return [(name, " ".join(rest.split())) for name, _, rest in found]


class Image:
    """What the steps so far have made, below a folder."""

    def __init__(self, root: Path) -> None:
        self.root = self.folder = root
        bin = root / "bin"
        bin.mkdir()
        (bin / "python").symlink_to(os.path.realpath(sys.executable))
        kept = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        self.environment = {"PATH": f"{bin}:{os.defpath}", "HOME": str(root), **kept}
        self.command: list[str] = []

    def take(self, name: str, rest: str) -> None:
        """Carry out an instruction. Raises where it is not known, or fails."""
        print(f"{name} {rest}", flush=True)
        if name == "FROM":
            self.folder = self.root
        elif name == "WORKDIR":
            self.folder = Path(self.here(rest))
            self.folder.mkdir(parents=True, exist_ok=True)
        elif name == "COPY":
            self.copy(*rest.split())
        elif name == "RUN":
            for command in rest.split(" && "):
                if command.startswith(_TAKES_ROOT):
                    print(f"  left out, since it takes root: {command}")
                else:
                    self.run("sh", "-euc", self.here(command))
        elif name == "ENV":
            for each in shlex.split(self.here(rest)):
                variable, _, value = each.partition("=")
                self.environment[variable] = value.replace("$PATH", self.environment["PATH"])
        elif name in ("ENTRYPOINT", "CMD"):
            self.command += json.loads(rest)
        elif name not in ("STOPSIGNAL", "USER"):
            raise SystemExit(f"{name} is not known here: teach tests/image.py")

    def here(self, text: str) -> str:
        """With its absolute paths below the folder."""
        return _OURS.sub(str(self.root), text)

    def copy(self, *paths: str) -> None:
        """From the repository; or from another stage, which has it at the same path."""
        *sources, target = paths
        if sources[0].startswith("--from="):
            assert sources[1:] == [target], f"COPY {paths}: the path must be the same"
            assert Path(self.here(target)).exists()
            return
        for source in sources:
            to = self.folder / (Path(source).name if target == "./" else target)
            if (REPO / source).is_dir():
                shutil.copytree(REPO / source, to, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(REPO / source, to)

    def run(self, *command: str) -> str:
        """What a command prints. Raises if it fails."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise SystemExit(f"{command} ended with {done.returncode}: {done.stderr[-3000:]}")
        return done.stdout


def main() -> None:
    """Make it, and see that its programs are there and nothing else is."""
    with tempfile.TemporaryDirectory(prefix="pgsched-image-") as folder:
        image = Image(Path(folder))
        for name, rest in instructions((REPO / "Dockerfile").read_text()):
            image.take(name, rest)
        assert "Usage: pgsched" in image.run(*image.command)
        for command in ("api", "migrate", "worker", "user create"):
            assert "Usage: pgsched" in image.run(image.command[0], *command.split(), "--help")
        print(image.run("python", "-c", _CHECK).strip())


if __name__ == "__main__":
    main()
