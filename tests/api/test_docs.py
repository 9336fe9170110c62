"""/docs: Swagger UI, that comes along."""

from __future__ import annotations

import re

import pytest


def test_the_page_is_made_of_what_comes_along(api):
    page = api.get("/docs")
    parts = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert [api.get(part).status_code for part in parts] == [200] * 3
    assert "<script>" not in page.text


@pytest.mark.parametrize("path", ["/docs", "/docs/swagger-ui-bundle.js"])
def test_its_policy_lets_nothing_else_in(api, path):
    policy = api.get(path).headers["content-security-policy"].split("; ")

    assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= {*policy}
    assert [each for each in policy if "unsafe" in each or "http" in each or "*" in each] == []
