"""Which providers there are, and how one is opened. A new provider is one line here.

Providers are imported when they are first opened: their libraries are large, and a process that
only shows pages needs none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from booking.calendars.budget import Budgets
from booking.calendars.oauth_ports import Pace
from booking.calendars.oauth_tokens import TokenKeeper
from booking.calendars.ports import CalendarProvider
from booking.calendars.providers.caldav.presets import find_preset
from booking.calendars.values import SignIn
from booking.core.clock import Clock
from booking.core.errors import InvalidInput
from booking.security.outbound import OutboundClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Clouds:
    """What accounts with granted access need: where they are, and who keeps their tokens.

    `outbound` may reach what the operator's settings name, which hosts' addresses may not.
    """

    outbound: OutboundClient
    tokens: TokenKeeper
    google_base: str
    graph_base: str
    budgets: Budgets = field(default_factory=Budgets)

    def pace(self, sign_in: SignIn) -> Pace:
        """Return what an account's requests wait for."""
        account = sign_in.account or str(sign_in.connection_id or "")
        return partial(self.budgets.turn, sign_in.provider, account)


class ProviderRegistry:
    """Opens accounts at providers over the guarded client."""

    def __init__(
        self, *, outbound: OutboundClient, clock: Clock, clouds: Clouds | None = None
    ) -> None:
        self._outbound = outbound
        self._clock = clock
        self._openers: dict[str, Callable[[SignIn], CalendarProvider]] = {
            "caldav": self._caldav,
            "ics": self._feed,
        }
        if clouds is not None:
            self._openers["google"] = partial(self._google, clouds)
            self._openers["microsoft"] = partial(self._microsoft, clouds)

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

    def _google(self, clouds: Clouds, sign_in: SignIn) -> CalendarProvider:
        from booking.calendars.providers.google.provider import (  # noqa: PLC0415 - see above
            GoogleProvider,
        )

        return GoogleProvider(
            clouds.outbound,
            base=clouds.google_base,
            pace=clouds.pace(sign_in),
            tokens=clouds.tokens.tokens(sign_in.connection_id, sign_in.provider, sign_in.secret),
            clock=self._clock,
        )

    def _microsoft(self, clouds: Clouds, sign_in: SignIn) -> CalendarProvider:
        from booking.calendars.providers.microsoft.provider import (  # noqa: PLC0415 - see above
            MicrosoftProvider,
        )

        return MicrosoftProvider(
            clouds.outbound,
            base=clouds.graph_base,
            pace=clouds.pace(sign_in),
            tokens=clouds.tokens.tokens(sign_in.connection_id, sign_in.provider, sign_in.secret),
            clock=self._clock,
        )
