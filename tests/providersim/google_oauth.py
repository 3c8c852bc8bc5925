"""Google's consent page, token endpoint and revocation."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlencode

from tests.providersim.clock import SimClock
from tests.providersim.state import JSON, Grant, Refused, World
from tests.servers.scripted import Reply, Request

LIFE = timedelta(seconds=3599)
_CODE_LIFE = timedelta(minutes=10)
BASE = "https://www.googleapis.com/auth/"


@dataclass(slots=True)
class Person:
    """Who sits before the consent page, and what that person does there."""

    email: str = "host@example.org"
    denies: bool = False
    withholds: frozenset[str] = frozenset()  # scopes left unticked, without their address


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    grant: Grant
    redirect_uri: str
    challenge: str | None
    ends_at: datetime
    with_refresh: bool


class GoogleOAuth:
    """Hands out codes and tokens. The caller holds the lock."""

    def __init__(self, world: World, clock: SimClock) -> None:
        self._world = world
        self._clock = clock
        self._codes: dict[str, _Code] = {}
        self.person = Person()
        self.client_id = "client.apps.example.org"
        self.client_secret = "client secret"
        self.redirect_uris: set[str] | None = None
        self.rotates = False
        self.asked: list[Mapping[str, str]] = []
        self.refreshes = 0

    def authorize(self, query: Mapping[str, str]) -> Reply:
        """Decide as `person` does, and send the browser back."""
        self.asked.append(query)
        target = query.get("redirect_uri", "")
        is_known = self.redirect_uris is None or target in self.redirect_uris
        if query.get("client_id") != self.client_id or not is_known or not target:
            return Reply(400, b"Error 400: redirect_uri_mismatch", {"Content-Type": "text/plain"})
        if query.get("response_type") != "code":
            return Reply(400, b"Error 400: invalid_request", {"Content-Type": "text/plain"})
        if self.person.denies:
            return _sent_back(target, {"error": "access_denied", "state": query.get("state", "")})
        code, scopes = self._grant(query, target)
        back = {"state": query.get("state", ""), "code": code, "scope": " ".join(sorted(scopes))}
        return _sent_back(target, back)

    def _grant(self, query: Mapping[str, str], target: str) -> tuple[str, frozenset[str]]:
        held = {BASE + name for name in self.person.withholds}
        scopes = frozenset(query.get("scope", "").split()) - held
        earlier = [
            g for g in self._world.grants if g.user == self.person.email and not g.is_revoked
        ]
        if query.get("include_granted_scopes") == "true":
            scopes = scopes.union(*(grant.scopes for grant in earlier))
        grant = Grant(
            user=self.person.email,
            client=self.client_id,
            scopes=scopes,
            refresh_token=f"1//{secrets.token_urlsafe(32)}",
        )
        self._world.grants.append(grant)
        is_offline = query.get("access_type") == "offline"
        code = f"4/{secrets.token_urlsafe(24)}"
        self._codes[code] = _Code(
            grant=grant,
            redirect_uri=target,
            challenge=query.get("code_challenge"),
            ends_at=self._clock.now() + _CODE_LIFE,
            with_refresh=is_offline and (not earlier or "consent" in query.get("prompt", "")),
        )
        return code, scopes

    def token(self, request: Request) -> JSON:
        """Exchange a code or renew. Errors: Refused with OAuth's own words."""
        form = {k: v[0] for k, v in parse_qs(request.body.decode(), keep_blank_values=True).items()}
        self._check_client(form, request)
        if form.get("grant_type") == "authorization_code":
            return self._exchange(form)
        if form.get("grant_type") == "refresh_token":
            return self._refresh(form)
        raise Refused(400, "unsupported_grant_type")

    def revoke(self, request: Request) -> JSON:
        form = parse_qs(request.body.decode())
        token = form.get("token", [""])[0]
        grant = self._of(token)
        if grant is None or grant.is_revoked:
            raise Refused(400, "invalid_token")
        for one in self._world.grants:
            if one.user == grant.user and one.client == grant.client:
                one.is_revoked = True
        return {}

    def issue(self, grant: Grant) -> str:
        """Make an access token."""
        token = f"ya29.{secrets.token_urlsafe(32)}"
        self._world.tokens[token] = (grant, self._clock.now() + LIFE)
        return token

    def _check_client(self, form: Mapping[str, str], request: Request) -> None:
        given = (form.get("client_id"), form.get("client_secret"))
        header = request.headers.get("Authorization") or ""
        if header.startswith("Basic "):
            name, _, secret = base64.b64decode(header[6:]).decode().partition(":")
            given = (name, secret)
        if given != (self.client_id, self.client_secret):
            raise Refused(401, "invalid_client", "The OAuth client was not found.")

    def _exchange(self, form: Mapping[str, str]) -> JSON:
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or code.ends_at < self._clock.now():
            raise Refused(400, "invalid_grant", "Bad Request")
        if form.get("redirect_uri") != code.redirect_uri:
            raise Refused(400, "redirect_uri_mismatch")
        if (
            code.challenge is not None
            and _challenge(form.get("code_verifier", "")) != code.challenge
        ):
            raise Refused(400, "invalid_grant", "Invalid code verifier.")
        return self._answer(code.grant, with_refresh=code.with_refresh)

    def _refresh(self, form: Mapping[str, str]) -> JSON:
        grant = self._of(form.get("refresh_token", ""))
        if grant is None or grant.is_revoked:
            raise Refused(400, "invalid_grant", "Token has been expired or revoked.")
        self.refreshes += 1
        if self.rotates:
            grant.refresh_token = f"1//{secrets.token_urlsafe(32)}"
        return self._answer(grant, with_refresh=self.rotates)

    def _answer(self, grant: Grant, *, with_refresh: bool) -> JSON:
        answer: JSON = {
            "access_token": self.issue(grant),
            "expires_in": int(LIFE.total_seconds()),
            "scope": " ".join(sorted(grant.scopes)),
            "token_type": "Bearer",
        }
        return {**answer, "refresh_token": grant.refresh_token} if with_refresh else answer

    def _of(self, token: str) -> Grant | None:
        if token in self._world.tokens:
            return self._world.tokens[token][0]
        return next((one for one in self._world.grants if one.refresh_token == token), None)


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _sent_back(target: str, query: Mapping[str, str]) -> Reply:
    return Reply(302, b"", {"Location": f"{target}?{urlencode(query)}"})
