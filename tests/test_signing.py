"""Signatures of Standard Webhooks, by an example of its libraries; and tokens to call back with."""

from __future__ import annotations

import pytest

from pgsched.auth.callback import make_token, read_token
from pgsched.auth.signing import sign
from pgsched.errors import InvalidValue, NotAuthenticated

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_message_is_signed_by_each_secret():
    other = "whsec_" + "A" * 32

    assert sign([SECRET], *MESSAGE) == SIGNATURE
    assert sign([other, SECRET], *MESSAGE).split(" ") == [sign([other], *MESSAGE), SIGNATURE]


@pytest.mark.parametrize("wrong", [SECRET.removeprefix("whsec_"), "whsec_#", ""])
def test_what_is_no_secret_is_refused_without_being_told(wrong):
    with pytest.raises(InvalidValue, match="must be whsec_ and base64") as caught:
        sign([wrong], *MESSAGE)
    assert "MfKQ9" not in str(caught.value)


def test_a_token_says_who_its_holder_is_and_what_is_stored_of_it():
    made = make_token()

    assert read_token(f"Bearer {made.token}") == made
    assert made.token.encode() not in made.hash


@pytest.mark.parametrize("wrong", ["", "Bearer", "Basic x", "Bearer pgc_1_2", "Bearer " + "x" * 99])
def test_what_is_no_token_is_refused(wrong):
    with pytest.raises(NotAuthenticated):
        read_token(wrong)
