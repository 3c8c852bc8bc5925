"""Posts one message to one address by the guarded client, and tells what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from booking.calendars.patience import patience
from booking.core.errors import ProviderError
from booking.core.text import clean_text
from booking.security.outbound import OutboundClient
from booking.webhooks.patience import Answer
from booking.webhooks.signature import signed_headers

SECONDS = 10.0
_KEPT_BYTES = 4096
_KEPT_LETTERS = 1000
_AGENT = "Booking-Webhooks/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A message in our hands, opened; `secrets` are all that are valid now."""

    webhook_id: int
    delivery_id: int
    url: str
    message_id: str
    body: bytes = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)


def post(client: OutboundClient, parcel: Parcel, timestamp: int, seconds: float) -> Answer:
    """Send a parcel; never raises for the receiver's sake.

    No redirect is followed, and of the answer's body only the beginning is read. `timestamp`: UTC
    epoch seconds of this try; `seconds`: how long it may take in all.
    """
    session = client.session(
        "webhook", seconds=seconds, max_bytes=_KEPT_BYTES, redirects=0, cut=True
    )
    headers = {
        "Content-Type": "application/json",
        "User-Agent": _AGENT,
        **signed_headers(parcel.secrets, parcel.message_id, timestamp, parcel.body),
    }
    try:
        answer = session.post(parcel.url, data=parcel.body, headers=headers, allow_redirects=False)
    except ProviderError as error:
        return Answer(error=error.message)
    text = clean_text(answer.content.decode("utf-8", "replace"))[:_KEPT_LETTERS]
    return Answer(
        status=answer.status_code,
        excerpt=text,
        retry_after=patience(answer.headers.get("Retry-After"), 0),
    )
