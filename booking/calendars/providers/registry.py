"""Which providers there are, and how one is opened. A new provider is one line here.

Providers are imported when they are first opened: their libraries are large, and a process that
only shows pages needs none of them.
"""

from __future__ import annotations

from booking.calendars.ports import CalendarProvider
from booking.calendars.providers.caldav.presets import find_preset
from booking.calendars.values import SignIn
from booking.core.clock import Clock
from booking.core.errors import InvalidInput
from booking.security.outbound import OutboundClient


class ProviderRegistry:
    """Opens accounts at providers over the guarded client."""

    def __init__(self, *, outbound: OutboundClient, clock: Clock) -> None:
        self._outbound = outbound
        self._clock = clock
        self._openers = {"caldav": self._caldav, "ics": self._feed}

    def open(self, sign_in: SignIn) -> CalendarProvider:
        """Return the provider for an account, without asking it anything yet.

        Errors: InvalidInput for a provider or preset that does not exist; AddressRefused.
        """
        opener = self._openers.get(sign_in.provider)
        if opener is None:
            raise InvalidInput.at("/provider", "There is no such provider.")
        return opener(sign_in)

    def _caldav(self, sign_in: SignIn) -> CalendarProvider:
        preset = find_preset(sign_in.preset)
        if preset is None:
            raise InvalidInput.at("/preset", "There is no such kind of server.")
        from booking.calendars.providers.caldav.provider import (  # noqa: PLC0415 - see above
            CaldavProvider,
        )

        return CaldavProvider(
            self._outbound,
            url=sign_in.url,
            username=sign_in.username,
            password=sign_in.secret,
            preset=preset,
            clock=self._clock,
            addresses=sign_in.addresses,
        )

    def _feed(self, sign_in: SignIn) -> CalendarProvider:
        from booking.calendars.providers.ics.provider import (  # noqa: PLC0415 - see above
            FeedProvider,
        )

        return FeedProvider(self._outbound, url=sign_in.secret)
