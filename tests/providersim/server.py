"""The server: finds the route, lets faults strike, checks shapes, and is driven by tests."""

from __future__ import annotations

import json
import secrets
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.providersim import control
from tests.providersim.clock import SimClock
from tests.providersim.faults import Act, Faults
from tests.providersim.google import Call, GoogleCalendars
from tests.providersim.google_oauth import GoogleOAuth
from tests.providersim.hand import GoogleHand
from tests.providersim.quota import Quota
from tests.providersim.schema import Discovery, Method, cut
from tests.providersim.state import JSON, Grant, Refused, World
from tests.providersim.strike import Striker
from tests.providersim.webhooks import Postman
from tests.servers.scripted import Reply, Request, ScriptedServer

_CALENDAR = "/calendar/v3/"
_JSON = {"Content-Type": "application/json; charset=UTF-8"}
_ORDERS = {Act.DUPLICATES, Act.REVERSED, Act.ENDLESS, Act.LOOPING, Act.NO_SYNC_TOKEN}


class ProviderSim(ScriptedServer):
    """Google on one port. `google` is the test's hand on it."""

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        clock: SimClock | None = None,
        port: int = 0,
    ) -> None:
        super().__init__(self._script, tls=tls, port=port)
        self.clock = clock or SimClock()
        self.faults = Faults()
        self.violations: list[str] = []
        self.calls: list[str] = []
        self._discovery = Discovery()
        self._lock = threading.RLock()
        world, postman = World(), Postman()
        self.postman = postman
        self.world = world
        self.quota = Quota(self.clock)
        self._striker = Striker(
            refusal=lambda status, reason: _refusal(Refused(status, reason)),
            rearranged=_rearranged,
            wait=self.wait_for_stop,
        )
        self._oauth = GoogleOAuth(world, self.clock)
        self._calendars = GoogleCalendars(world, self.clock, postman)
        self.google = GoogleHand(
            self._lock, world, self._calendars, self._oauth, self.faults, self.clock
        )

    @property
    def google_settings(self) -> dict[str, str]:
        """Return the product's settings that lead here, by field."""
        return {
            "google_client_id": self._oauth.client_id,
            "google_client_secret": self._oauth.client_secret,
            "google_api_base": self.url,
            "google_auth_uri": f"{self.url}o/oauth2/v2/auth",
            "google_token_uri": f"{self.url}token",
            "google_revoke_uri": f"{self.url}revoke",
        }

    def flush(self) -> None:
        """Wait until every push was delivered."""
        self.postman.flush()

    @property
    def hands(self) -> Mapping[str, Callable[..., Any]]:
        """Return what people do at Google, for `control`."""
        return self.google.deeds

    def shown_state(self) -> JSON:
        """Return every calendar's rows."""
        with self._lock:
            return {key: list(one.rows.values()) for key, one in self.world.calendars.items()}

    def reset(self) -> None:
        """Forget everybody, and everything that is to go wrong."""
        with self._lock:
            self.world.clear()
            self._calendars.channels.clear()
            self.faults.clear()

    def __exit__(self, *details: object) -> None:
        super().__exit__(*details)
        self.postman.stop()

    def _script(self, request: Request) -> Reply:
        path = urlsplit(request.path).path
        if path.startswith(control.PREFIX):
            return control.answer(self, request)
        if path.startswith(_CALENDAR):
            return self._calendar(request, path.removeprefix(_CALENDAR))
        doors = {
            ("GET", "/o/oauth2/v2/auth"): "oauth.authorize",
            ("POST", "/token"): "oauth.token",
            ("POST", "/revoke"): "oauth.revoke",
        }
        route = doors.get((request.method, path))
        if route is None:
            return _refusal(Refused(404, "notFound", "Not Found"))
        return self._struck(route, None, lambda: self._oauth_reply(route, request))

    def _oauth_reply(self, route: str, request: Request) -> Reply:
        try:
            with self._lock:
                if route == "oauth.authorize":
                    query = parse_qs(urlsplit(request.path).query)
                    return self._oauth.authorize({name: one[0] for name, one in query.items()})
                answer = self._oauth.token if route == "oauth.token" else self._oauth.revoke
                return _json(200, answer(request))
        except Refused as refused:
            body = {"error": refused.reason, "error_description": refused.message}
            return _json(refused.status, body)

    def _calendar(self, request: Request, path: str) -> Reply:
        found = self._discovery.route(request.method, path)
        if found is None:
            self.violations.append(f"no such route: {request.method} {path}")
            return _refusal(Refused(404, "notFound", "Not Found"))
        method, names = found
        grant = self._grant_of(request)
        user = grant.user if grant is not None else None
        return self._struck(method.id, user, lambda: self._called(method, names, request, grant))

    def _called(
        self, method: Method, names: Mapping[str, str], request: Request, grant: Grant | None
    ) -> Reply:
        query = parse_qs(urlsplit(request.path).query, keep_blank_values=True)
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            call = self._checked(method, names, query, headers, request.body, grant)
            with self._lock:
                answer = self._calendars.answer(call)
        except Refused as refused:
            return _refusal(refused)
        if answer is None:
            return Reply(204)
        if method.answer is not None:
            self.violations += self._discovery.faults_in_body(method.answer, answer)
        if headers.get("if-none-match") and headers["if-none-match"] == answer.get("etag"):
            return Reply(304)
        fields = query.get("fields", [""])[0]
        return _json(200, cut(answer, fields) if fields else answer)

    def _checked(
        self,
        method: Method,
        names: Mapping[str, str],
        query: Mapping[str, list[str]],
        headers: Mapping[str, str],
        raw: bytes,
        grant: Grant | None,
    ) -> Call:
        if grant is None:
            raise Refused(401, "authError", "Invalid Credentials")
        if not _may(method.id, grant.scopes):
            text = "Request had insufficient authentication scopes."
            raise Refused(403, "insufficientPermissions", text)
        wrong = self._discovery.faults_in_query(method, query)
        try:
            body = json.loads(raw) if raw else {}
        except ValueError:
            raise Refused(400, "parseError", "Parse Error") from None
        if method.body is not None:
            wrong += self._discovery.faults_in_body(method.body, body)
        if wrong:
            self.violations += wrong
            raise Refused(400, "badRequest", wrong[0])
        user = self.google.user(grant.user)
        return Call(method=method, user=user, names=names, query=query, body=body, headers=headers)

    def _grant_of(self, request: Request) -> Grant | None:
        with self._lock:
            return self.google.grant_of(request.headers.get("Authorization") or "")

    def _struck(self, route: str, account: str | None, answer: Callable[[], Reply]) -> Reply:
        """Let the first fault that strikes do its work, within the account's quota."""
        self.calls.append(route)
        with self.quota.asking(account or "") as may:
            if account is not None and not may:
                return _refusal(Refused(403, "userRateLimitExceeded", "User Rate Limit Exceeded"))
            fault = self.faults.take(route, account)
            if fault is not None:
                self._calendars.next_page_is_empty = fault.act is Act.EMPTY_PAGE
            return self._striker.strike(fault, answer)


def _rearranged(act: Act, reply: Reply) -> Reply:
    return _json(200, _reordered(act, json.loads(reply.body))) if act in _ORDERS else reply


def _reordered(act: Act, body: JSON) -> JSON:
    items = body.get("items", [])
    if act is Act.DUPLICATES:
        return {**body, "items": [*items, *items]}
    if act is Act.REVERSED:
        return {**body, "items": items[::-1]}
    rest = {name: part for name, part in body.items() if name != "nextSyncToken"}
    if act is Act.ENDLESS:
        return {**rest, "nextPageToken": f"again-{secrets.token_hex(4)}"}
    if act is Act.LOOPING:
        return {**rest, "nextPageToken": "again-and-again"}
    return rest


def _may(method: str, scopes: frozenset[str]) -> bool:
    names = {scope.rpartition("/")[2] for scope in scopes}
    if "calendar" in names:
        return True
    needed = {
        "calendarList.list": {"calendar.calendarlist.readonly", "calendar.calendarlist"},
        "calendarList.get": {"calendar.calendarlist.readonly", "calendar.calendarlist"},
        "calendarList.patch": {"calendar.calendarlist", "calendar.app.created"},
        "calendars.insert": {"calendar.calendars", "calendar.app.created"},
        "calendars.delete": {"calendar.calendars", "calendar.app.created"},
        "freebusy.query": {"calendar.freebusy", "calendar.events.freebusy"},
    }
    if method in needed:
        return bool(names & needed[method])
    return method in {"channels.stop", "colors.get", "settings.get"} or bool(
        names & {"calendar.events", "calendar.events.owned"}
    )


def _refusal(refused: Refused) -> Reply:
    detail = {"domain": "global", "reason": refused.reason, "message": refused.message}
    error = {"code": refused.status, "message": refused.message, "errors": [detail]}
    return _json(refused.status, {"error": error})


def _json(status: int, body: JSON) -> Reply:
    return Reply(status, json.dumps(body).encode(), _JSON)


@contextmanager
def simulating(clock: SimClock | None = None) -> Iterator[ProviderSim]:
    """Run a simulator for the duration of the block."""
    with ProviderSim(clock=clock) as sim:
        yield sim
