"""Microsoft's authority as msal needs it: metadata, consent, tokens that rotate."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlencode

from tests.providersim.clock import SimClock
from tests.providersim.google_oauth import Person
from tests.providersim.state import JSON, Grant, Refused, World
from tests.servers.scripted import Reply, Request

LIFE = timedelta(seconds=3599)
TENANT = "common"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    grant: Grant
    redirect_uri: str
    challenge: str
    nonce: str


class GraphOAuth:
    """Hands out codes and tokens; a refresh token dies with its use. The caller holds the lock."""

    def __init__(self, world: World, clock: SimClock) -> None:
        self._world = world
        self._clock = clock
        self._codes: dict[str, _Code] = {}
        self.person = Person()
        self.client_id = "11111111-2222-3333-4444-555555555555"
        self.client_secret = "client secret"
        self.asked: list[Mapping[str, str]] = []
        self.refreshes = 0

    def metadata(self, origin: str) -> JSON:
        base = f"{origin}{TENANT}"
        return {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def authorize(self, query: Mapping[str, str]) -> Reply:
        self.asked.append(query)
        target, state = query.get("redirect_uri", ""), query.get("state", "")
        if query.get("client_id") != self.client_id or not target:
            return Reply(400, b"AADSTS50011", {"Content-Type": "text/plain"})
        if self.person.denies:
            return _sent_back(target, {"error": "access_denied", "state": state})
        grant = Grant(
            user=self.person.email,
            client=self.client_id,
            scopes=frozenset(query.get("scope", "").split()) - self.person.withholds,
            refresh_token=f"0.{secrets.token_urlsafe(32)}",
        )
        self._world.grants.append(grant)
        code = secrets.token_urlsafe(24)
        self._codes[code] = _Code(
            grant=grant,
            redirect_uri=target,
            challenge=query.get("code_challenge", ""),
            nonce=query.get("nonce", ""),
        )
        return _sent_back(target, {"code": code, "state": state, "client_info": _info(grant)})

    def token(self, request: Request, issuer: str) -> JSON:
        form = {k: v[0] for k, v in parse_qs(request.body.decode(), keep_blank_values=True).items()}
        header = request.headers.get("Authorization") or ""
        given = (form.get("client_id"), form.get("client_secret"))
        if header.startswith("Basic "):
            name, _, secret = base64.b64decode(header[6:]).decode().partition(":")
            given = (name, secret)
        if given != (self.client_id, self.client_secret):
            raise Refused(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.")
        if form.get("grant_type") == "authorization_code":
            return self._exchange(form, issuer)
        grant = next(
            (g for g in self._world.grants if g.refresh_token == form.get("refresh_token")), None
        )
        if grant is None or grant.is_revoked:
            raise Refused(400, "invalid_grant", "AADSTS50173: The provided grant has expired.")
        self.refreshes += 1
        grant.refresh_token = f"0.{secrets.token_urlsafe(32)}"
        return self._answer(grant, issuer, "")

    def _exchange(self, form: Mapping[str, str], issuer: str) -> JSON:
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or form.get("redirect_uri") != code.redirect_uri:
            raise Refused(400, "invalid_grant", "AADSTS70008: The provided code has expired.")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if _encoded(digest) != code.challenge:
            raise Refused(400, "invalid_grant", "AADSTS501481: The verifier does not match.")
        return self._answer(code.grant, issuer, code.nonce)

    def issue(self, grant: Grant) -> str:
        token = f"eyJ{secrets.token_urlsafe(40)}"
        self._world.tokens[token] = (grant, self._clock.now() + LIFE)
        return token

    def _answer(self, grant: Grant, issuer: str, nonce: str) -> JSON:
        now = int(datetime.now().timestamp())  # noqa: DTZ005, TID251  (msal asks the machine)
        claims = {
            "iss": issuer,
            "aud": self.client_id,
            "sub": grant.user,
            "oid": grant.user,
            "tid": TENANT,
            "preferred_username": grant.user,
            "iat": now,
            "exp": now + 3600,
            **({"nonce": nonce} if nonce else {}),
        }
        return {
            "token_type": "Bearer",
            "scope": " ".join(sorted(grant.scopes - {"offline_access", "openid", "profile"})),
            "expires_in": int(LIFE.total_seconds()),
            "ext_expires_in": int(LIFE.total_seconds()),
            "access_token": self.issue(grant),
            "refresh_token": grant.refresh_token,
            "id_token": f"{_encoded(b'{}')}.{_encoded(json.dumps(claims).encode())}.c2ln",
            "client_info": _info(grant),
        }


def _info(grant: Grant) -> str:
    return _encoded(json.dumps({"uid": grant.user, "utid": TENANT}).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _sent_back(target: str, query: Mapping[str, str]) -> Reply:
    return Reply(302, b"", {"Location": f"{target}?{urlencode(query)}"})
