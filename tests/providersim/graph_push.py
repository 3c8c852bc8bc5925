"""Graph's subscriptions: the handshake, notifications, lifecycle, and the end of their life."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote, unquote

import requests

from tests.providersim.clock import SimClock
from tests.providersim.state import JSON, Refused
from tests.providersim.webhooks import Postman, Push

LONGEST = timedelta(minutes=10_080)
_FIELDS = {
    *("changeType", "notificationUrl", "lifecycleNotificationUrl", "resource"),
    *("expirationDateTime", "clientState"),
}


@dataclass(slots=True, kw_only=True)
class Subscription:
    """A client that wants to be told about a calendar."""

    id: str
    email: str
    calendar: str
    body: JSON
    ends_at: datetime


@dataclass(slots=True)
class Subscriptions:
    """All subscriptions. The caller holds no lock while a client is asked for its echo."""

    clock: SimClock
    postman: Postman
    all: dict[str, Subscription] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    def make(self, email: str, body: JSON) -> JSON:
        self.violations += [f"subscription: unknown field {one}" for one in body.keys() - _FIELDS]
        address = str(body.get("notificationUrl", ""))
        if not address.startswith("https://") and "://127.0.0.1" not in address:
            raise Refused(400, "ValidationError", "The notification URL must be https.")
        if len(str(body.get("clientState", ""))) > 128:
            raise Refused(400, "ValidationError", "The client state is too long.")
        ends_at = self._end(body)
        if ends_at - self.clock.now() > timedelta(hours=1) and not body.get(
            "lifecycleNotificationUrl"
        ):
            raise Refused(400, "ValidationError", "A lifecycle notification URL is needed.")
        for each in {address, str(body.get("lifecycleNotificationUrl") or address)}:
            _require_echo(each)
        path = unquote(str(body["resource"])).strip("/").split("/")
        made = Subscription(
            id=secrets.token_hex(16), email=email, calendar=path[2], body=body, ends_at=ends_at
        )
        self.all[made.id] = made
        return self._shown(made)

    def change(self, email: str, key: str, body: JSON) -> JSON:
        found = self._find(email, key)
        found.ends_at = self._end(body)
        return self._shown(found)

    def drop(self, email: str, key: str) -> None:
        del self.all[self._find(email, key).id]

    def ring(self, calendar: str) -> None:
        """Tell every subscriber of a calendar that something changed."""
        for one in [each for each in self.all.values() if each.calendar == calendar]:
            if one.ends_at > self.clock.now():
                item = {"changeType": "updated", "resource": one.body["resource"]}
                self._post(one, one.body["notificationUrl"], item)

    def tell(self, event: str) -> None:
        """Send a lifecycle notification to every subscriber."""
        for one in list(self.all.values()):
            if event == "subscriptionRemoved":
                del self.all[one.id]
            self._post(one, one.body["lifecycleNotificationUrl"], {"lifecycleEvent": event})

    def _post(self, one: Subscription, address: str, item: JSON) -> None:
        state = one.body.get("clientState", "")
        whole = {"subscriptionId": one.id, "clientState": state, "tenantId": "t", **item}
        headers = {"Content-Type": "application/json"}
        body = json.dumps({"value": [whole]}).encode()
        self.postman.post(Push(url=address, headers=headers, body=body))

    def _find(self, email: str, key: str) -> Subscription:
        found = self.all.get(key)
        if found is None or found.email != email or found.ends_at <= self.clock.now():
            raise Refused(404, "ResourceNotFound", "The object was not found.")
        return found

    def _end(self, body: JSON) -> datetime:
        ends_at = datetime.fromisoformat(f"{body['expirationDateTime'][:19]}+00:00")
        if not timedelta() < ends_at - self.clock.now() <= LONGEST:
            text = "Subscription expiration can only be 10080 minutes in the future."
            raise Refused(400, "ExtensionError", text)
        return ends_at

    def _shown(self, one: Subscription) -> JSON:
        ends_at = one.ends_at.strftime("%Y-%m-%dT%H:%M:%S.0000000Z")
        kept = {name: part for name, part in one.body.items() if name != "clientState"}
        return {**kept, "id": one.id, "expirationDateTime": ends_at, "clientState": None}


def _require_echo(address: str) -> None:
    """Post a word to a client, which has to say it back. Source: Graph, "Validation"."""
    word = f"Validation: Testing client application reachability <{secrets.token_hex(8)}> & more"
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(f"{address}?validationToken={quote(word)}", timeout=10)
    except requests.RequestException:
        raise Refused(400, "ValidationError", "The endpoint did not answer.") from None
    is_text = answer.headers.get("Content-Type", "").startswith("text/plain")
    if answer.status_code != 200 or answer.text != word or not is_text:
        raise Refused(400, "ValidationError", "Subscription validation request failed.")
