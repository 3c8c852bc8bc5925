"""How a fault strikes a call: instead of the answer, before it, or on its way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tests.providersim.faults import Act, Fault
from tests.servers.scripted import Manner, Reply

_HTML = b"<!DOCTYPE html><html><body><h1>Please sign in to the network</h1></body></html>"
_INSTEAD = {
    Act.DROP_BEFORE: Reply(manner=Manner.CLOSE),
    Act.RESET: Reply(manner=Manner.RESET),
    Act.HANG: Reply(manner=Manner.HANG),
    Act.HTML: Reply(200, _HTML, {"Content-Type": "text/html; charset=utf-8"}),
    Act.EMPTY: Reply(200, b"", {"Content-Type": "application/json"}),
}
_MANNERS: Mapping[Act, Manner] = {
    Act.DROP_AFTER_WRITE: Manner.CLOSE,
    Act.TRUNCATE: Manner.HALF,
    Act.DRIP: Manner.DRIP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Striker:
    """What one provider needs to fail in its own words.

    `refusal`: the provider's own body for a refused status; `rearranged`: the acts that change
    the rows of a page; `wait`: sleeps, unless the server stops.
    """

    refusal: Callable[[int, str], Reply]
    rearranged: Callable[[Act, Reply], Reply]
    wait: Callable[[float], object]

    def strike(self, fault: Fault | None, answer: Callable[[], Reply]) -> Reply:
        """Return the answer as `fault` leaves it."""
        if fault is None:
            return answer()
        if fault.act in _INSTEAD:
            return _INSTEAD[fault.act]
        if fault.act is Act.DELAY:
            self.wait(fault.seconds)
        if fault.act is Act.MEANWHILE and fault.hook is not None:
            fault.hook()
        reply = Reply() if fault.act is Act.STATUS else answer()
        if fault.act in {Act.STATUS, Act.APPLY_THEN_STATUS}:
            return self._failed(fault)
        if fault.act in _MANNERS:
            return replace(reply, manner=_MANNERS[fault.act])
        if fault.act is Act.CUT_JSON:
            return replace(reply, body=reply.body[: len(reply.body) // 2])
        return self.rearranged(fault.act, reply) if reply.status == 200 else reply

    def _failed(self, fault: Fault) -> Reply:
        reply = self.refusal(fault.status, fault.reason)
        more = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
        return replace(reply, headers={**reply.headers, **more})
