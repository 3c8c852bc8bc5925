"""Which addresses and events a webhook may have. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from booking.core.errors import InvalidInput
from booking.core.intake import Field, choice, flag, items, line, read_object, web_address
from booking.security.outbound import PrivateHosts
from booking.webhooks.values import Event

_NOWHERE = ipaddress.IPv4Address("0.0.0.0")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class WebhookChecks:
    """Reads what hosts say about their webhooks."""

    def __init__(self, private: PrivateHosts) -> None:
        """Take the places that the operator lets us reach unencrypted."""
        self._private = private
        events = items(choice(*Event), least=1, most=len(Event))
        self._fields: Mapping[str, Field] = {
            "url": Field(read=self._address, required=True),
            "description": Field(read=line(200)),
            "events": Field(read=lambda value, at: sorted(set(events(value, at)))),
        }
        self._changes = {**self._fields, "enabled": Field(read=flag)}

    def new(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a new webhook is to be; events left out are all. Errors: InvalidInput."""
        everything = {"description": "", "events": [event.value for event in Event]}
        return {**everything, **read_object(self._fields, fields)}

    def change(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is to be changed. Errors: InvalidInput."""
        return read_object(self._changes, fields, change=True)

    def _address(self, value: object, pointer: str) -> str:
        address: str = web_address(value, pointer)
        if not address.startswith("https://") and not self._is_listed(address):
            raise InvalidInput.at(
                pointer,
                "Must begin with https://, as bookings hold personal data. The operator can allow "
                "a private server without it in BOOKING_OUTBOUND_PRIVATE_HOSTS.",
            )
        return address

    def _is_listed(self, address: str) -> bool:
        """Tell whether the operator listed this place; a name is not looked up here."""
        try:
            parts = urlsplit(address)
            port = parts.port or _DEFAULT_PORTS[parts.scheme]
        except ValueError:
            return False
        host = parts.hostname or ""
        try:
            return self._private.lists(host, port, ipaddress.ip_address(host))
        except ValueError:
            return self._private.lists(host, port, _NOWHERE)
