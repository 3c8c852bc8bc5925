"""How often messages may be sent on demand: tests and replays, by page or by API."""

from __future__ import annotations

from typing import Final

from booking.security.throttle import Limit
from booking.web.current import services, user_id

_SENT_BY_HAND: Final = Limit(hits=60, seconds=10 * 60)


def limit_by_hand(webhook_id: int) -> None:
    """Count one message that is sent on demand. Errors: NotFound; RateLimited."""
    services().webhooks.service.get(user_id(), webhook_id)
    bucket = f"webhook|{webhook_id}"
    services().throttle.hit(bucket, _SENT_BY_HAND.hits, _SENT_BY_HAND.seconds)
