"""The example by which receivers check signatures does what docs/webhooks.md says."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from booking.webhooks.patience import DISABLED_AFTER, LASTS
from booking.webhooks.service import MOST_WEBHOOKS
from booking.webhooks.signature import new_secret, signed_headers
from booking.webhooks.values import Event

DOCUMENT = (Path(__file__).parents[2] / "docs/webhooks.md").read_text(encoding="utf-8")
BODY = b'{"type":"webhook.test"}'


@pytest.fixture
def is_genuine() -> Callable[[str, dict[str, str], bytes], bool]:
    """The example, as a receiver would copy it."""
    (example,) = re.findall(r"^```python\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)  # noqa: S102 - our own document
    check: Callable[[str, dict[str, str], bytes], bool] = names["is_genuine"]
    return check


def test_the_example_takes_what_is_ours(is_genuine: Callable[..., bool]) -> None:
    secret, former = new_secret(), new_secret()
    headers = signed_headers([secret, former], "msg_1", int(time.time()), BODY)

    assert is_genuine(secret, headers, BODY)
    assert is_genuine(former, headers, BODY)


def test_the_example_refuses_what_is_old_changed_or_anothers(
    is_genuine: Callable[..., bool],
) -> None:
    secret, now = new_secret(), int(time.time())
    headers = signed_headers([secret], "msg_1", now, BODY)

    assert not is_genuine(secret, headers, BODY + b" ")
    assert not is_genuine(new_secret(), headers, BODY)
    assert not is_genuine(secret, signed_headers([secret], "msg_1", now - 301, BODY), BODY)


def test_the_document_names_every_event_and_the_present_figures() -> None:
    assert [event for event in Event if f"`{event}`" not in DOCUMENT] == []
    assert f"{LASTS.total_seconds() / 3600:.0f} hours" in DOCUMENT
    assert DISABLED_AFTER.days == 3
    assert f"may have {MOST_WEBHOOKS} webhooks" in DOCUMENT
