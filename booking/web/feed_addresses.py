"""Where a host's feeds are; the routes themselves stand in `booking.web.public.feeds`."""

from __future__ import annotations

from urllib.parse import urlencode

from booking.web.current import external


def bookings_address(username: str, token: str) -> str:
    """Return the secret address of a host's feed of bookings."""
    return external(f"/{username}/calendar.ics?{urlencode({'token': token})}")


def free_busy_address(username: str) -> str:
    """Return the public address of a host's free and busy times."""
    return external(f"/{username}/freebusy.ifb")
