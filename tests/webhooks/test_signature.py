"""Signatures are those of Standard Webhooks: its published example, and a check of our own."""

from __future__ import annotations

from base64 import b64decode
from email.message import Message as Headers

import pytest

from booking.webhooks.signature import new_secret, sign, signed_headers
from tests.servers.scripted import Request
from tests.webhooks.receiver import NotSignedError, check


def _request(headers: dict[str, str], body: bytes) -> Request:
    found = Headers()
    for name, value in headers.items():
        found[name] = value
    return Request("POST", "/", found, body)


def test_the_published_example_is_signed_as_published() -> None:
    signature = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )

    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_is_marked_and_holds_256_random_bits() -> None:
    one, other = new_secret(), new_secret()

    assert one != other
    assert one.startswith("whsec_")
    assert len(b64decode(one.removeprefix("whsec_"), validate=True)) == 32


def test_every_valid_secret_signs() -> None:
    new, old = new_secret(), new_secret()

    request = _request(signed_headers([new, old], "msg_1", 1_700_000_000, b"{}"), b"{}")

    check(new, request)
    check(old, request)


@pytest.mark.parametrize("field", ["webhook-id", "webhook-timestamp", "body"])
def test_a_changed_message_has_no_valid_signature(field: str) -> None:
    secret = new_secret()
    headers = signed_headers([secret], "msg_1", 1_700_000_000, b"{}")
    body = b"{ }" if field == "body" else b"{}"
    changed = headers if field == "body" else {**headers, field: "1"}

    with pytest.raises(NotSignedError):
        check(secret, _request(changed, body))
