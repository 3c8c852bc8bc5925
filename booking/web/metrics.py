"""`/metrics`: numbers for a monitoring system, in Prometheus' text format.

They are the operator's: with `METRICS_TOKEN` for whoever sends it as a bearer, without for this
machine alone. A request that came through a proxy is not from this machine, whatever its address.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

from flask import Blueprint, Response, request

from booking.core.errors import NotFound
from booking.security.tokens import same
from booking.upkeep.metrics import as_text, measure
from booking.web import current
from booking.web.latency import latencies
from booking.web.policy import proven_inside

metrics = Blueprint("metrics", __name__)
_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_FORWARDED: Final = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")


@metrics.get("/metrics")
@proven_inside
def show() -> Response:
    """Tell the numbers of this moment."""
    if not _is_operator():
        raise NotFound
    body = as_text(measure(current.now())) + latencies.as_text()
    return Response(body, content_type=_TYPE, headers={"Cache-Control": "no-store"})


def _is_operator() -> bool:
    token = current.services().settings.metrics_token
    if token:
        return same(request.headers.get("Authorization", ""), f"Bearer {token}")
    return not any(name in request.headers for name in _FORWARDED) and _is_here()


def _is_here() -> bool:
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
