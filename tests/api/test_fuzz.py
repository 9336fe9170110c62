"""The API against its own document: schemathesis looks for answers that are not as it says."""

from __future__ import annotations

import os

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from pgsched.api.app import ALL
from pgsched.api.openapi import document


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


@schema.parametrize()
@settings(
    max_examples=EXAMPLES, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
def test_every_answer_is_as_the_document_says(case, api):
    """Whatever is asked, valid or not; no answer is of status 500."""
    case.call_and_validate(base_url=str(api.base_url), checks=CHECKS)
