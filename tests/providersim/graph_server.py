"""Microsoft over TLS: finds the route, checks the token, lets faults strike."""

from __future__ import annotations

import json
import re
import secrets
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.providersim import control
from tests.providersim.clock import SimClock
from tests.providersim.faults import Act, Fault, Faults
from tests.providersim.graph import WRITABLE, GraphCalendar, GraphCalendars, immutable, shown
from tests.providersim.graph_oauth import TENANT, GraphOAuth
from tests.providersim.graph_push import Subscriptions
from tests.providersim.quota import Quota
from tests.providersim.state import JSON, Grant, Mail, Refused, World, Write
from tests.providersim.strike import Striker
from tests.providersim.webhooks import Postman
from tests.servers.scripted import Reply, Request, ScriptedServer

_ROUTES = (
    ("GET", r"me", "me"),
    ("GET", r"me/calendars", "calendars.list"),
    ("POST", r"me/calendars", "calendars.create"),
    ("GET", r"me/calendars/(?P<calendar>[^/]+)", "calendars.get"),
    ("GET", r"me/calendars/(?P<calendar>[^/]+)/calendarView/delta(?:\(\))?", "delta"),
    ("GET", r"me/calendars/(?P<calendar>[^/]+)/events", "events.list"),
    ("POST", r"me/calendars/(?P<calendar>[^/]+)/events", "events.create"),
    ("GET", r"me/calendars/(?P<calendar>[^/]+)/events/(?P<event>[^/]+)", "events.get"),
    ("PATCH", r"me/calendars/(?P<calendar>[^/]+)/events/(?P<event>[^/]+)", "events.patch"),
    ("DELETE", r"me/calendars/(?P<calendar>[^/]+)/events/(?P<event>[^/]+)", "events.delete"),
    ("GET", r"me/calendars/(?P<calendar>[^/]+)/events/(?P<event>[^/]+)/instances", "instances"),
)
_SUBSCRIPTION = re.compile(r"subscriptions(?:/(?P<key>[^/]+))?")
_PROPERTY = re.compile(r"id eq '([^']+)'")
_VALUE = re.compile(r"ep/id eq '([^']+)' and ep/value eq '([^']+)'")
_MOST_AT_ONCE = 4


class GraphSim(ScriptedServer):
    """Microsoft on one port, by TLS; `ca_file` is who vouches for it."""

    def __init__(self, *, tls: ssl.SSLContext, ca_file: str, port: int = 0) -> None:
        super().__init__(self._script, tls=tls, port=port)
        self.ca_file = ca_file
        self.clock = SimClock()
        self.faults = Faults()
        self.world = World()
        self.oauth = GraphOAuth(self.world, self.clock)
        self.calendars = GraphCalendars(self.world, self.clock)
        self.violations: list[str] = []
        self.calls: list[str] = []
        self.quota = Quota(self.clock, at_once=_MOST_AT_ONCE)
        self.postman = Postman()
        self.subscriptions = Subscriptions(self.clock, self.postman)
        self._lock = threading.RLock()
        self._striker = Striker(
            refusal=lambda status, reason: _refusal(Refused(status, reason)),
            rearranged=_rearranged,
            wait=self.wait_for_stop,
        )

    @property
    def microsoft_settings(self) -> dict[str, str]:
        """Return the product's settings that lead here, by field."""
        return {
            "microsoft_client_id": self.oauth.client_id,
            "microsoft_client_secret": self.oauth.client_secret,
            "microsoft_authority": f"{self.url}{TENANT}",
            "microsoft_graph_base": self.url,
            "provider_ca_bundle": self.ca_file,
        }

    def flush(self) -> None:
        """Wait until every push was delivered."""
        self.postman.flush()

    def __exit__(self, *details: object) -> None:
        super().__exit__(*details)
        self.postman.stop()
        self.violations += self.subscriptions.violations

    # The test's hand

    def sign_in(self, email: str) -> str:
        """Grant without a browser; return an access token."""
        with self._lock:
            self.calendars.calendars_of(email)
            grant = Grant(
                user=email,
                client=self.oauth.client_id,
                scopes=frozenset({"Calendars.ReadWrite", "User.Read"}),
                refresh_token=f"0.{email}-{len(self.world.grants)}",
            )
            self.world.grants.append(grant)
            return self.oauth.issue(grant)

    def add_calendar(self, email: str, name: str, **more: Any) -> str:
        with self._lock:
            return self.calendars.add(email, name, **more).id

    def add_event(self, email: str, calendar: str, **fields: Any) -> JSON:
        with self._lock:
            made = dict(self.calendars.insert(self.calendars.find(email, calendar), fields, email))
        self.subscriptions.ring(calendar)
        return made

    def edit_event(self, email: str, calendar: str, key: str, **fields: Any) -> JSON:
        with self._lock:
            done = dict(self.calendars.patch(self.calendars.find(email, calendar), key, fields))
        self.subscriptions.ring(calendar)
        return done

    def delete_event(self, email: str, calendar: str, key: str) -> None:
        with self._lock:
            self.calendars.delete(self.calendars.find(email, calendar), key)
        self.subscriptions.ring(calendar)

    def remove_calendar(self, email: str, calendar: str) -> None:
        """Take a calendar away, with all that is in it."""
        with self._lock:
            del self.calendars.calendars_of(email)[calendar]

    @contextmanager
    def locked(self) -> Iterator[GraphCalendars]:
        """Hand out what is behind the doors while no request is answered."""
        with self._lock:
            yield self.calendars

    def rows(self, email: str, calendar: str) -> list[JSON]:
        with self._lock:
            return [dict(row) for row in self.calendars.find(email, calendar).rows.values()]

    def revoke(self, email: str) -> None:
        with self._lock:
            for grant in self.world.grants:
                grant.is_revoked = grant.is_revoked or grant.user == email

    def expire_access_tokens(self) -> None:
        with self._lock:
            self.world.tokens.clear()

    def expire_cursors(self, email: str, calendar: str) -> None:
        with self._lock:
            self.calendars.find(email, calendar).generation += 1

    def fail_next(self, route: str, act: Act = Act.STATUS, **details: Any) -> Fault:
        return self.faults.add(Fault(act=act, route=route, **details))

    @property
    def hands(self) -> Mapping[str, Callable[..., Any]]:
        """Return what people do at Microsoft, for `control`."""
        return {
            "sign_in": self.sign_in,
            "add_calendar": self.add_calendar,
            "remove_calendar": self.remove_calendar,
            "add_event": self.add_event,
            "edit_event": self.edit_event,
            "delete_event": self.delete_event,
            "revoke": self.revoke,
            "expire_access_tokens": self.expire_access_tokens,
            "expire_cursors": self.expire_cursors,
        }

    def shown_state(self) -> JSON:
        """Return every calendar's rows."""
        with self._lock:
            return {
                key: list(one.rows.values())
                for calendars in self.calendars.people.values()
                for key, one in calendars.items()
            }

    def reset(self) -> None:
        """Forget everybody, and everything that is to go wrong."""
        with self._lock:
            self.world.clear()
            self.calendars.people.clear()
            self.faults.clear()

    # Requests

    def _script(self, request: Request) -> Reply:
        path = urlsplit(request.path).path
        if path.startswith(control.PREFIX):
            return control.answer(self, request)
        if path.startswith("/v1.0/"):
            return self._graph(request, path.removeprefix("/v1.0/"))
        with self._lock:
            return self._authority(request, path)

    def _authority(self, request: Request, path: str) -> Reply:
        if path == f"/{TENANT}/v2.0/.well-known/openid-configuration":
            return _json(200, self.oauth.metadata(self.url))
        if path == f"/{TENANT}/oauth2/v2.0/authorize":
            query = parse_qs(urlsplit(request.path).query)
            return self.oauth.authorize({name: one[0] for name, one in query.items()})
        if path != f"/{TENANT}/oauth2/v2.0/token":
            return _json(404, {"error": "not_found"})
        self.calls.append("oauth.token")
        fault = self.faults.take("oauth.token", None)
        striker = replace(self._striker, refusal=_oauth_refusal)
        return striker.strike(fault, lambda: self._token(request))

    def _token(self, request: Request) -> Reply:
        try:
            return _json(200, self.oauth.token(request, f"{self.url}{TENANT}/v2.0"))
        except Refused as refused:
            return _oauth_refusal(refused.status, refused.reason, refused.message)

    def _graph(self, request: Request, path: str) -> Reply:
        for verb, pattern, route in _ROUTES:
            match = re.fullmatch(pattern, path)
            if match is not None and verb == request.method:
                names = {name: unquote(text) for name, text in match.groupdict().items()}
                return self._struck(route, names, request)
        subscription = _SUBSCRIPTION.fullmatch(path)
        if subscription is not None:
            return self._subscription(request, subscription["key"] or "")
        self.violations.append(f"no such route: {request.method} {path}")
        return _refusal(Refused(404, "BadRequest", "Resource not found for the segment."))

    def _struck(self, route: str, names: Mapping[str, str], request: Request) -> Reply:
        self.calls.append(route)
        with self._lock:
            found = self._grant_of(request)
        account = found.user if found is not None else None
        with self.quota.asking(account or "") as may:
            if account is not None and not may:
                reply = _refusal(Refused(429, "MailboxConcurrency", "Too many requests at once."))
                return replace(reply, headers={**reply.headers, "Retry-After": "1"})
            fault = self.faults.take(route, account)
            if fault is not None and fault.act in {Act.EMPTY_PAGE, Act.ENDLESS}:
                return _json(200, {"value": [], "@odata.nextLink": self._again(request)})
            if fault is not None and fault.act is Act.LOOPING:
                return _json(200, {"value": [], "@odata.nextLink": f"{self._origin}{request.path}"})
            return self._striker.strike(fault, lambda: self._answered(route, names, request))

    @property
    def _origin(self) -> str:
        return self.url.rstrip("/")

    def _again(self, request: Request) -> str:
        """Return a link to the same page under another address."""
        joint = "&" if "?" in request.path else "?"
        return f"{self._origin}{request.path}{joint}$again={secrets.token_hex(4)}"

    def _subscription(self, request: Request, key: str) -> Reply:
        verb = {"POST": "create", "PATCH": "patch", "DELETE": "delete"}.get(request.method, "get")
        route = f"subscriptions.{verb}"
        self.calls.append(route)
        fault = self.faults.take(route, None)
        return self._striker.strike(fault, lambda: self._subscribed(request, key))

    def _subscribed(self, request: Request, key: str) -> Reply:
        """Answer about subscriptions; no lock is held while the client is asked for its echo."""
        body: JSON = json.loads(request.body) if request.body else {}
        try:
            email = self._signed_in(request)
            if request.method == "POST":
                self.calendars.find(email, unquote(str(body["resource"]).split("/")[2]))
                return _json(201, self.subscriptions.make(email, body))
            if request.method == "PATCH":
                return _json(200, self.subscriptions.change(email, key, body))
            self.subscriptions.drop(email, key)
            return Reply(204)
        except Refused as refused:
            return _refusal(refused)

    def _answered(self, route: str, names: Mapping[str, str], request: Request) -> Reply:
        try:
            with self._lock:
                email = self._signed_in(request)
                if route in {"me", "calendars.list", "calendars.create"}:
                    return self._account(route, request, email)
                return self._called(route, names, request, email)
        except Refused as refused:
            return _refusal(refused)

    def _signed_in(self, request: Request) -> str:
        found = self._grant_of(request)
        if found is None:
            raise Refused(401, "InvalidAuthenticationToken", "Access token has expired.")
        return found.user

    def _grant_of(self, request: Request) -> Grant | None:
        header = request.headers.get("Authorization") or ""
        found = self.world.tokens.get(header.removeprefix("Bearer "))
        if found is None or found[0].is_revoked or found[1] <= self.clock.now():
            return None
        return found[0]

    def _account(self, route: str, request: Request, email: str) -> Reply:
        if route == "me":
            names = {"displayName": email, "mail": email, "userPrincipalName": email}
            return _json(200, {"id": f"id-{email}", **names})
        if route == "calendars.list":
            found = self.calendars.calendars_of(email).values()
            return _json(200, {"value": [_calendar(one, email) for one in found]})
        body = json.loads(request.body)
        made = self.calendars.add(email, body["name"], color=body.get("color", "auto"))
        return _json(201, _calendar(made, email))

    def _called(self, route: str, names: Mapping[str, str], request: Request, email: str) -> Reply:
        query = {k: v[0] for k, v in parse_qs(urlsplit(request.path).query).items()}
        body: JSON = json.loads(request.body) if request.body else {}
        calendar = self.calendars.find(email, names["calendar"])
        if "event" in names:
            names = {**names, "event": immutable(names["event"])}
        if route == "calendars.get":
            return _json(200, _calendar(calendar, email))
        if route == "delta":
            path = f"{self.url.rstrip('/')}{urlsplit(request.path).path}"
            answer = self.calendars.delta(calendar, query, path)
            rows = [self._row(row, {}, request) for row in answer["value"]]
            return _json(200, {**answer, "value": rows})
        if request.method == "GET":
            return self._read(route, calendar, names, query, request)
        return self._write(route, calendar, names, body, request, email)

    def _read(
        self,
        route: str,
        calendar: GraphCalendar,
        names: Mapping[str, str],
        query: Mapping[str, str],
        request: Request,
    ) -> Reply:
        if route == "events.get":
            row = self.calendars.event(calendar, names["event"])
            return _json(200, self._row(row, query, request))
        if route == "instances":
            rows = self.calendars.instances(calendar, names["event"], query)
        else:
            rows = [r for r in calendar.rows.values() if "seriesMasterId" not in r]
            wanted = _VALUE.search(query.get("$filter", ""))
            if wanted is not None:
                one = {"id": wanted[1], "value": wanted[2]}
                rows = [r for r in rows if one in r.get("singleValueExtendedProperties", ())]
        size = min(int(query.get("$top", "10")), self.calendars.page_size)
        start = int(query.get("$skip", "0"))
        answer: JSON = {"value": [self._row(r, query, request) for r in rows[start : start + size]]}
        if start + size < len(rows):
            path = f"{self.url.rstrip('/')}{urlsplit(request.path).path}"
            kept = "&".join(
                part for part in urlsplit(request.path).query.split("&") if "skip=" not in part
            )
            answer["@odata.nextLink"] = f"{path}?{kept}&$skip={start + size}"
        return _json(200, answer)

    def _write(
        self,
        route: str,
        calendar: GraphCalendar,
        names: Mapping[str, str],
        body: JSON,
        request: Request,
        email: str,
    ) -> Reply:
        self.violations += [f"Event: unknown field {name}" for name in body if name not in WRITABLE]
        if not calendar.can_edit:
            raise Refused(403, "ErrorAccessDenied", "Access is denied.")
        wanted = request.headers.get("If-Match")
        key = names.get("event", "")
        if wanted is not None:
            row = self.calendars.event(calendar, key)
            if wanted != f'W/"{row["changeKey"]}"':
                raise Refused(412, "ErrorIrresolvableConflict", "The change key is not current.")
        self.world.journal.append(
            Write(method=route, user=email, calendar=calendar.id, key=key, body=body)
        )
        self._mail(route, calendar, key, body)
        self.subscriptions.ring(calendar.id)
        if route == "events.delete":
            self.calendars.delete(calendar, key)
            return Reply(204)
        if route == "events.create":
            row = self.calendars.insert(calendar, body, email)
            return _json(201, self._row(row, {}, request))
        return _json(200, self._row(self.calendars.patch(calendar, key, body), {}, request))

    def _mail(self, route: str, calendar: GraphCalendar, key: str, body: JSON) -> None:
        """Write to all attendees of an event that a client touches, as Graph always does."""
        row = body if route == "events.create" else self.calendars.event(calendar, key)
        people = body.get("attendees", row.get("attendees") or ())
        if people:
            to = tuple(one["emailAddress"]["address"] for one in people)
            self.world.mails.append(Mail(kind=route, key=key, to=to))

    def _row(self, row: JSON, query: Mapping[str, str], request: Request) -> JSON:
        if "@removed" in row:
            return row
        prefer = request.headers.get("Prefer") or ""
        zone = re.search(r'outlook\.timezone="([^"]+)"', prefer)
        row = {"changeKey": "", **row}
        return shown(
            row,
            zone[1] if zone else "UTC",
            _PROPERTY.findall(query.get("$expand", "")),
            query.get("$select", "").split(","),
            lasting_ids='IdType="ImmutableId"' in prefer,
        )


def _calendar(one: GraphCalendar, email: str) -> JSON:
    return {
        "id": one.id,
        "name": one.name,
        "color": one.color,
        "hexColor": one.hex_color,
        "canEdit": one.can_edit,
        "isDefaultCalendar": one.is_default,
        "owner": {"name": email, "address": email},
    }


def _rearranged(act: Act, reply: Reply) -> Reply:
    if act not in {Act.DUPLICATES, Act.REVERSED}:
        return reply
    body = json.loads(reply.body)
    rows = body.get("value", [])
    more = [*rows, *rows] if act is Act.DUPLICATES else rows[::-1]
    return _json(200, {**body, "value": more})


def _refusal(refused: Refused) -> Reply:
    return _json(refused.status, {"error": {"code": refused.reason, "message": refused.message}})


def _oauth_refusal(status: int, reason: str, message: str = "") -> Reply:
    return _json(status, {"error": reason, "error_description": message})


def _json(status: int, body: JSON) -> Reply:
    return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
