"""The rules of style that a machine can hold: sizes, names, directions, nothing out of place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pgsched import errors

REPO = Path(__file__).parents[1]
PYTHON = sorted(p for top in ("pgsched", "tests", "bench") for p in (REPO / top).rglob("*.py"))
SQL = sorted((REPO / "sql").rglob("*.sql"))
TEXT = [
    *PYTHON,
    *SQL,
    *(p for p in REPO.iterdir() if p.suffix in {".md", ".toml", ".yml", ".lock"}),
    *(p for p in (REPO / "Makefile", REPO / "Dockerfile", REPO / ".ci" / "run") if p.exists()),
]

# Each with the reason why it is better longer.
LONG_FILES = {
    "pgsched/errors.py": "every code, in one list",
    "pgsched/calls/__init__.py": "every call, in one list",
    "tests/test_cli.py": "every command",
    "tests/sql/test_observe.py": "every view",
    "tests/sql/test_grant_roles.py": "every grant",
}
LONG_SQL_FUNCTIONS = {"pgsched.claim": "the hot path, in one piece: a call costs 2 µs a job"}
LONG_FUNCTIONS: dict[str, str] = {}
LINES, FUNCTION_LINES, SQL_FUNCTION_LINES = 300, 50, 60

# Left knows nothing of right: design, section 8.
LAYERS = [
    {
        "errors",
        "settings",
        "models",
        "jsontext",
        "logs",
        "time",
        "channel",
        "urls",
        "values",
        "options",
    },
    {"calls"},
    {"db", "observe", "queues", "endings", "sleeper"},
    {"auth", "context", "registry", "client", "timetable", "schema", "embedded", "_embedded_server"}
    | {"calendars", "moves", "declared", "doctor", "remote"},
    {"api"},
    {"handlers"},
    {"worker", "push"},
    {"cli", "demo", "__main__"},
]
# Raised by Python, where there may be no schema or no answer to raise them.
PYTHON_ONLY = {"PS005", "PS011", "PS030", "PS031", "PS032", "PS040", "PS041", "PS050"} | {
    *(
        "PS061",
        "PS062",
        "PS070",
        "PS071",
        "PS072",
        "PS073",
        "PS074",
        "PS075",
        "PS077",
        "PS078",
        "PS079",
        "PS083",
        "PS080",
    ),
    *("PS081", "PS082"),
}


def name_of(path: Path) -> str:
    return path.relative_to(REPO).as_posix()


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    """Every Python file, parsed."""
    return {name_of(path): ast.parse(path.read_text()) for path in PYTHON}


def test_there_is_something_to_look_at(trees):
    """A rule for no files holds always."""
    assert {"pgsched/db.py", "tests/test_tidy.py"} <= trees.keys()
    assert any(path.name == "30_claim.sql" for path in SQL)


def test_python_files_are_short():
    """A longer one is listed with its reason."""
    long = {name_of(p) for p in PYTHON if p.read_text().count("\n") > LINES}

    assert long <= LONG_FILES.keys()


def test_python_functions_are_short(trees):
    """Longer ones are two ideas."""
    long = {
        f"{name}:{node.name}"
        for name, tree in trees.items()
        for node in functions(tree)
        if (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES
    }

    assert long <= LONG_FUNCTIONS.keys()


def test_sql_functions_are_short():
    """From `as $$` to `$$`."""
    bodies = re.compile(r"create or replace function (pgsched\.\w+).*?\$\$(.*?)\$\$", re.DOTALL)
    long = {
        found[1]
        for path in SQL
        if path.name != "schema.sql"
        for found in bodies.finditer(path.read_text())
        if found[2].strip().count("\n") >= SQL_FUNCTION_LINES
    }

    assert long <= LONG_SQL_FUNCTIONS.keys()


def test_no_file_is_called_after_nothing():
    """A name says what is in it."""
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "lib"}

    assert [name_of(p) for p in TEXT if p.stem.strip("_") in vague] == []


def imported(name: str, tree: ast.Module) -> set[str]:
    """The parts of pgsched that a module of it imports, lazily or for types as well."""
    package = name.removesuffix(".py").split("/")[:-1]
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            modules = [module, *(f"{module}.{alias.name}" for alias in node.names)]
        else:
            continue
        found |= {m.split(".")[1] for m in modules if m.startswith("pgsched.")}
    return found


def test_imports_go_one_way(trees):
    """Layer by layer; and whatever part there is has a layer."""
    rank = {part: n for n, layer in enumerate(LAYERS) for part in layer}
    wrong = []
    for name, tree in trees.items():
        top, *rest = name.removesuffix(".py").split("/")
        if top != "pgsched" or rest == ["__init__"]:
            continue
        assert rest[0] in rank, f"{name} is in no layer: say where it stands"
        wrong += [
            f"{name} imports {part}"
            for part in imported(name, tree) & rank.keys()
            if rank[part] > rank[rest[0]]
        ]

    assert wrong == []


def test_no_test_mocks_postgres(trees):
    """The real thing is never out of reach."""
    patched = re.compile(r"unittest\.mock|from mock|setattr\(.*(psycopg|connect)\b")

    this = name_of(Path(__file__))
    wrong = [n for n in trees if n != this and patched.search((REPO / n).read_text())]
    assert wrong == []


def test_no_test_sleeps_to_pass_time(trees):
    """Handlers may, and the one helper that polls; a test moves the clock, or waits for a state."""
    allowed = {"tests/worker/processes.py": {"eventually"}}
    wrong = []
    for name, tree in trees.items():
        if not name.startswith("tests/") or name.startswith("tests/apps/"):
            continue
        for function in functions(tree):
            calls = (n for n in ast.walk(function) if isinstance(n, ast.Call))
            slept = any(ast.unparse(call.func) in ("time.sleep", "sleep") for call in calls)
            if slept and function.name not in allowed.get(name, set()):
                wrong.append(f"{name}:{function.name}")

    assert wrong == []


def test_workers_never_decide_by_their_own_clock(trees):
    """Promise 5: their clocks may be wrong. time.monotonic() has nothing to be wrong about."""
    clocks = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "date.today"}
    wrong = [
        f"{name}:{node.lineno}"
        for name, tree in trees.items()
        if name.startswith(("pgsched/worker/", "pgsched/client", "pgsched/context", "pgsched/db"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in clocks
    ]

    assert wrong == []


def undocumented(name: str, tree: ast.Module) -> Iterator[str]:
    """Public functions, classes and methods without a docstring; a property's name is enough."""
    todo: list[tuple[str, ast.stmt]] = [(name, node) for node in tree.body]
    while todo:
        where, node = todo.pop()
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        decorators = {ast.unparse(d) for d in node.decorator_list}
        if node.name.startswith("_") or decorators & {"overload", "override", "property"}:
            continue
        if isinstance(node, ast.ClassDef):
            protocol = any(ast.unparse(base) == "Protocol" for base in node.bases)
            todo += [] if protocol else [(f"{where}:{node.name}", child) for child in node.body]
        if ast.get_docstring(node) is None and (where, node.name) not in INHERITED:
            yield f"{where}:{node.name}"


# Overrides of the standard library's own, which says what they do.
INHERITED = {
    ("pgsched/context.py:JobLogger", "process"),
    ("pgsched/logs.py:HumanFormatter", "format"),
    ("pgsched/logs.py:JsonFormatter", "format"),
    ("pgsched/worker/keeper.py:Keeper", "run"),
    ("pgsched/worker/upkeep.py:Upkeep", "run"),
}


def test_what_is_public_is_documented(trees):
    """Shapes, units, ranges, errors: a name alone does not say them."""
    found = {
        each
        for name, tree in trees.items()
        if name.startswith("pgsched/")
        for each in undocumented(name, tree)
    }

    assert found == set()


def test_every_module_says_what_it_is_for(trees):
    """In its first line."""
    silent = {n for n, tree in trees.items() if tree.body and ast.get_docstring(tree) is None}

    assert silent == set()


def test_nothing_of_this_machine_is_in_the_tree():
    """Neither its paths nor where its packages come from."""
    local = re.compile(
        r"(?<![\w.:/])/(work|root|home|Users)/[a-z.]"
        r"|pypi\.org|pythonhosted\.org|registry\.npmjs|crates\.io|proxy\.golang"
    )
    this = Path(__file__)

    wrong = [
        f"{name_of(path)}: {found[0]}"
        for path in TEXT
        if path not in (this, REPO / "Dockerfile") and (found := local.search(path.read_text()))
    ]
    assert wrong == []


def test_each_sqlstate_is_in_one_table():
    """errors.py: what SQL raises is there, what is there is raised, and no code is taken twice."""
    raised = {
        code
        for path in SQL
        if path.name != "schema.sql"
        for code in re.findall(r"errcode = '(PS\d\d\d)'", path.read_text())
    }
    classes = errors.PgschedError.__subclasses__()
    named = {cls.code for cls in classes if cls.__module__ == "pgsched.errors"}
    mentioned = {code for path in SQL for code in re.findall(r"\bPS\d\d\d\b", path.read_text())}

    assert raised | PYTHON_ONLY == named
    assert raised.isdisjoint(PYTHON_ONLY)
    assert mentioned <= named
    assert len(named) == len([cls for cls in classes if cls.__module__ == "pgsched.errors"])
