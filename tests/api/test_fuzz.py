"""The API against its own document: schemathesis looks for answers that are not as it says."""

from __future__ import annotations

import os

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.pytest._test_builder import build_operation_test
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from pgsched.api.app import ALL
from pgsched.api.openapi import document
from pgsched.errors import ConditionRequired


@schemathesis.serializer("application/x-ndjson")
def lines(ctx, value):
    """A text, as it is."""
    return value if isinstance(value, bytes) else str(value).encode()


schema = schemathesis.openapi.from_dict(document(ALL)).exclude(path_regex=r"\}/events$")  # endless
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = int(os.environ.get("PGSCHED_TEST_FUZZ", "4"))
UNVERSIONED = {
    f"{route.method} {route.path}"
    for group in ALL
    for route in group.all
    if route.heeds_version and not route.of and ConditionRequired not in route.refusals
}
OPERATIONS = {found.ok().label: found.ok() for found in schema.get_all_operations()}


@pytest.fixture(scope="module")
def session():
    """One for all requests, which share its connections."""
    with requests.Session() as made:
        made.trust_env = False
        yield made


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_as_the_document_says(label, api, session):
    """Whatever is asked, valid or not; no answer is of status 500."""

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case):
        if label in UNVERSIONED:
            case.headers.pop("If-Match", None)  # any is refused, before what else is asked
        case.call_and_validate(base_url=str(api.base_url), session=session, checks=CHECKS)

    # schema.parametrize() would build all of them in each process of pytest: 5 s.
    build_operation_test(
        config=schema.config,
        operation=OPERATIONS[label],
        test_func=ask,
        given_kwargs={},
        feedback=FeedbackSources(),
    )()
