"""A CalDAV provider on a real server, and another program's hands on the same calendar."""

from __future__ import annotations

from booking.calendars.providers.caldav.presets import PRESETS
from booking.calendars.providers.caldav.provider import CaldavProvider
from booking.security.outbound import OutboundClient
from tests.calendars.providers.contract import Scene
from tests.calendars.providers.made import CLOCK
from tests.servers.dav import DavAccount

OUTBOUND = OutboundClient(["127.0.0.1"])


def provider_for(
    account: DavAccount,
    *,
    url: str | None = None,
    preset: str = "radicale",
    password: str | None = None,
) -> CaldavProvider:
    """Sign in to an account, at its server's root unless another address is given."""
    return CaldavProvider(
        OUTBOUND,
        url=url or account.base_url,
        username=account.user,
        password=account.password if password is None else password,
        preset=PRESETS[preset],
        clock=CLOCK,
    )


class DavHands:
    """Writes objects by plain requests."""

    def __init__(self, account: DavAccount, calendar: str) -> None:
        self.account = account
        self.calendar = calendar

    def put(self, uid: str, text: str) -> None:
        self.account.put(self.calendar, self._name(uid), text)

    def remove(self, uid: str) -> None:
        self.account.delete(self.calendar + self._name(uid))

    @staticmethod
    def _name(uid: str) -> str:
        return f"{uid.partition('@')[0]}.ics"


def dav_scene(account: DavAccount) -> Scene:
    """Make a calendar and return everything on it."""
    calendar = account.make_calendar()
    return Scene(provider_for(account), calendar, DavHands(account, calendar))
