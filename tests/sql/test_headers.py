"""What a reader of the SQL may rely on: comments, honest headers, and sizes that keep one awake."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pgsched.errors import PgschedError
from pgsched.schema import sql_folder

FUNCTIONS = """
select p.proname, pg_get_function_identity_arguments(p.oid), p.prosrc, l.lanname,
       obj_description(p.oid, 'pg_proc'), p.proconfig
  from pg_proc as p join pg_language as l on l.oid = p.prolang
 where p.pronamespace = 'pgsched'::regnamespace order by 1, 2
"""
FUNCTION_LINES_MAX = 60
LONGER_FOR_A_REASON = {"claim": 64}  # each part moved out of the loop would cost every batch a call
FILE_LINES_MAX, COLUMNS_MAX = 250, 150


@pytest.fixture(scope="module")
def functions(janitor):
    """Rows of FUNCTIONS."""
    return janitor.execute(FUNCTIONS).fetchall()


def header(source: str) -> str:
    """The comment that a body begins with."""
    lines = source.strip("\n").splitlines()
    count = next((n for n, line in enumerate(lines) if not line.strip().startswith("--")), 0)
    return "\n".join(line.strip()[2:] for line in lines[:count])


def lines_of_code(source: str) -> int:
    """How long a body is below its header."""
    return len(source.strip().splitlines()) - len(header(source).splitlines())


def errors_named(source: str) -> set[str]:
    """The codes of the header's Errors line and what continues it."""
    found = re.search(r"\bErrors\s(.*)", header(source), re.DOTALL)
    return set(re.findall(r"\bPS\d{3}\b", found[1])) if found else set()


def raised_by(name: str, bodies: dict[str, str]) -> set[str]:
    """The codes that occur below the headers of a function and of all that it calls."""
    todo, seen, codes = [name], set(), set()
    while todo:
        current = todo.pop()
        if current in seen or current not in bodies:
            continue
        seen.add(current)
        code = "\n".join(
            line for line in bodies[current].splitlines() if not line.strip().startswith("--")
        )
        codes |= set(re.findall(r"'(PS\d{3})'", code))
        todo += re.findall(r"pgsched\.(\w+)\s*\(", code)
    return codes


def joined_bodies(functions) -> dict[str, str]:
    """The bodies by name; those of one name together."""
    bodies: dict[str, str] = {}
    for name, _, source, *_ in functions:
        bodies[name] = bodies.get(name, "") + "\n" + source
    return bodies


def test_every_public_function_has_a_comment(functions):
    bare = [
        f"{name}({arguments})"
        for name, arguments, _, _, comment, _ in functions
        if not name.startswith("_") and not comment
    ]

    assert bare == []


def test_every_public_view_has_a_comment(janitor):
    found = janitor.execute(
        "select c.relname, obj_description(c.oid, 'pg_class') from pg_class as c"
        " where c.relnamespace = 'pgsched'::regnamespace and c.relkind in ('v', 'm')"
    ).fetchall()

    assert {"job", "run"} <= {name for name, _ in found}
    assert [name for name, comment in found if not name.startswith("_") and not comment] == []


def test_every_public_type_has_a_comment(janitor):
    found = janitor.execute(
        "select t.typname from pg_type as t where t.typnamespace = 'pgsched'::regnamespace"
        " and t.typtype in ('e', 'd') and t.typname !~ '^_' and obj_description(t.oid, 'pg_type')"
        " is null"
    ).fetchall()

    assert found == []


def test_every_public_function_of_some_length_has_a_header(functions):
    bare = [
        name
        for name, _, source, language, *_ in functions
        if not name.startswith("_")
        and language == "plpgsql"
        and len(source.splitlines()) > 12
        and not header(source)
    ]

    assert bare == []


def test_errors_that_a_header_names_occur_in_the_body_or_in_what_it_calls(functions):
    bodies = joined_bodies(functions)
    wrong = {
        name: sorted(errors_named(source) - raised_by(name, bodies))
        for name, _, source, *_ in functions
        if errors_named(source) - raised_by(name, bodies)
    }

    assert wrong == {}


def test_errors_that_a_body_raises_itself_are_named_in_its_header(functions):
    wrong = {}
    for name, arguments, source, *_ in functions:
        own = set(re.findall(r"errcode = '(PS\d{3})'", source))
        if not name.startswith("_") and (missing := own - errors_named(source)):
            wrong[f"{name}({arguments})"] = sorted(missing)

    assert wrong == {}


def test_what_needs_read_committed_says_so(functions):
    silent = [
        name
        for name, _, source, *_ in functions
        if "_require_read_committed()" in source
        and not name.startswith("_")
        and "PS023" not in errors_named(source)
    ]

    assert silent == []


def test_every_code_raised_is_in_the_table_of_errors(functions):
    known = {error.code for error in PgschedError.__subclasses__()}
    raised = {code for _, _, source, *_ in functions for code in re.findall(r"'(PS\d{3})'", source)}

    assert raised - known == set()
    assert len(raised) >= 8


def test_public_functions_of_a_batch_pin_their_search_path(functions):
    """Those that run per row leave it out, to be inlined: the clock and ids."""
    inlined = {"clock", "new_id", "id_at", "id_time"}
    loose = [
        name
        for name, _, _, _, _, settings in functions
        if not name.startswith("_")
        and name not in inlined
        and "search_path=pg_catalog, pg_temp" not in (settings or [])
    ]

    assert loose == []


def test_functions_are_short(functions):
    long = {
        name: lines
        for name, _, source, *_ in functions
        if (lines := lines_of_code(source)) > LONGER_FOR_A_REASON.get(name, FUNCTION_LINES_MAX)
    }

    assert long == {}


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(sql_folder().rglob("*.sql")) if path.name != "schema.sql"],
    ids=lambda path: path.relative_to(sql_folder()).as_posix(),
)
def test_files_are_short_and_lines_fit(path: Path):
    lines = path.read_text().splitlines()

    assert len(lines) <= FILE_LINES_MAX
    assert [line for line in lines if len(line) > COLUMNS_MAX] == []
    assert "\t" not in path.read_text()
