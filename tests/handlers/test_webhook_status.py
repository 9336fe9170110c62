"""What the status of an answer means for the job."""

from __future__ import annotations

import httpx
import pytest

from pgsched import Discard, Retry
from pgsched.handlers import webhook
from pgsched.handlers.webhook import Sent

DATE = "Sat, 21 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (503, {"retry-after": "7"}, 7),
        (429, {"retry-after": "999999"}, 86_400),
        (429, {"retry-after": "Sat, 21 Nov 2026 10:01:00 GMT", "date": DATE}, 60),
        (429, {"retry-after": "Sat, 21 Nov 2026 09:00:00 GMT", "date": DATE}, 0),
        (429, {"retry-after": "Sat, 21 Nov 2026 10:01:00 GMT"}, None),
        (429, {"retry-after": "-1"}, None),
        (429, {"retry-after": "Sat, 21 Nov 99999999999 10:01:00 GMT", "date": DATE}, None),
        (429, {}, None),
        (500, {"retry-after": "7"}, None),
        (404, {}, None),
    ],
)
def test_an_unexpected_status_is_tried_again(status, headers, wait):
    """After Retry-After where the server is busy; by its own clock."""
    answer = {"status": status, "headers": headers, "body": "why"}

    with pytest.raises(Retry, match=f"answered {status}: why") as told:
        webhook._judge(answer, Sent("GET", httpx.URL("http://h/p?secret=1")), None)
    assert told.value.after_s == wait
    assert "secret" not in str(told.value)


def test_what_is_expected_is_a_success_and_gone_is_dead():
    sent = Sent("GET", httpx.URL("http://h/"))
    gone = {"status": 410, "headers": {}, "body": ""}

    assert webhook._judge(gone, sent, [410]) == gone
    with pytest.raises(Discard):
        webhook._judge(gone, sent, None)
    with pytest.raises(Retry):
        webhook._judge({"status": 200, "headers": {}, "body": ""}, sent, [201])
