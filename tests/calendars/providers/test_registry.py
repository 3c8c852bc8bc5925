"""An account is opened by its provider's name."""

from __future__ import annotations

import pytest

from booking.calendars.providers.caldav.provider import CaldavProvider
from booking.calendars.providers.ics.provider import FeedProvider
from booking.calendars.providers.registry import ProviderRegistry
from booking.calendars.values import SignIn
from booking.core.errors import InvalidInput
from tests.calendars.providers.dav_scene import OUTBOUND
from tests.calendars.providers.made import CLOCK
from tests.servers.dav import DavAccount

REGISTRY = ProviderRegistry(outbound=OUTBOUND, clock=CLOCK)


def test_a_caldav_account_is_opened(radicale_account: DavAccount) -> None:
    sign_in = SignIn(
        provider="caldav",
        preset="radicale",
        url=radicale_account.base_url,
        username=radicale_account.user,
        secret=radicale_account.password,
        addresses=("Some@Example.org",),
    )

    provider = REGISTRY.open(sign_in)

    assert isinstance(provider, CaldavProvider)
    assert provider.account().addresses == ("some@example.org",)


def test_a_feed_is_opened_by_its_secret_address() -> None:
    sign_in = SignIn(provider="ics", preset="ics", url="https://…", secret="webcal://x.org/a.ics")

    assert isinstance(REGISTRY.open(sign_in), FeedProvider)


@pytest.mark.parametrize(
    ("provider", "preset", "pointer"),
    [("frobnicate", "generic", "/provider"), ("caldav", "frobnicate", "/preset")],
)
def test_what_does_not_exist_is_pointed_at(provider: str, preset: str, pointer: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        REGISTRY.open(SignIn(provider=provider, preset=preset, url="https://x.org"))

    assert [field.pointer for field in caught.value.fields] == [pointer]
