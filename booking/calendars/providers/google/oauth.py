"""Google's OAuth 2.0: the consent page's address, codes and tokens, revocation.

Three forms by POST, through the guarded client like every other request.
Source: https://developers.google.com/identity/protocols/oauth2/web-server
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from booking.calendars.oauth_ports import Grant, Wish
from booking.calendars.ports import Step
from booking.calendars.providers.google.errors import PROVIDER, throttled, told
from booking.core.clock import Clock
from booking.core.errors import BadAnswer, PermissionDenied, ReconnectRequired, Unreachable
from booking.core.instants import to_instant
from booking.security.outbound import OutboundClient

_PREFIX: Final = "https://www.googleapis.com/auth/"
_EVENTS, _LIST, _BUSY = "calendar.events", "calendar.calendarlist.readonly", "calendar.freebusy"
_NEEDED: Final = {
    _EVENTS: "see and change events",
    _LIST: "see the list of your calendars",
    _BUSY: "see when you are busy",
}
_CREATE: Final = "calendar.app.created"
# The whole calendar: more than we ask for, and so enough.
_ALL: Final = "calendar"
_MOST_BYTES: Final = 256 * 1024


class GoogleAuthority:
    """Google's endpoints for one client (see `oauth_ports.Authority`)."""

    provider = PROVIDER

    def __init__(
        self,
        outbound: OutboundClient,
        *,
        client: tuple[str, str],
        auth_uri: str,
        token_uri: str,
        revoke_uri: str,
        clock: Clock,
    ) -> None:
        """Take the client's id and secret, and where the endpoints are."""
        self._outbound = outbound
        self._client = client
        self._auth_uri = auth_uri
        self._token_uri = token_uri
        self._revoke_uri = revoke_uri
        self._clock = clock

    @property
    def is_configured(self) -> bool:
        """Tell whether the operator has set client id and secret."""
        return all(self._client)

    def address(self, wish: Wish) -> str:
        """Return the consent page's address.

        Consent is asked for each time: a refresh token comes with it, and only with it.
        """
        scopes = [*_NEEDED, *((_CREATE,) if wish.may_create else ())]
        query = {
            "client_id": self._client[0],
            "redirect_uri": wish.redirect_uri,
            "response_type": "code",
            "scope": " ".join(_PREFIX + scope for scope in scopes),
            "state": wish.state,
            "code_challenge": wish.challenge,
            "code_challenge_method": "S256",
            "access_type": "offline",
            "include_granted_scopes": "true",
            "prompt": "consent" if wish.login else "select_account consent",
        }
        if wish.login:
            query["login_hint"] = wish.login
        return f"{self._auth_uri}?{urlencode(query)}"

    def redeem(self, code: str, wish: Wish) -> Grant:
        """Exchange the code. Errors: PermissionDenied for a consent that lacks something."""
        status, answer, retry = self._post(
            self._token_uri,
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": wish.redirect_uri,
                "code_verifier": wish.verifier,
            },
        )
        if status != 200:
            raise self._refused(status, answer, retry, while_connecting=True)
        grant = self._grant(answer, None)
        missing = [] if _ALL in grant.scopes else [n for n in _NEEDED if n not in grant.scopes]
        if missing:
            # Not given back: that would end the same account's access elsewhere here as well.
            told_by = " and to ".join(_NEEDED[name] for name in missing)
            raise told(
                PermissionDenied,
                f"Google was not allowed to let us {told_by}. Connect again and leave every box "
                "on Google's page ticked.",
                Step.SIGN_IN,
            )
        return grant

    def refresh(self, grant: Grant) -> Grant:
        """Return the grant with a new access token. Errors: ReconnectRequired for a dead one."""
        status, answer, retry = self._post(
            self._token_uri,
            {"grant_type": "refresh_token", "refresh_token": grant.refresh_token},
        )
        if status != 200:
            raise self._refused(status, answer, retry, while_connecting=False)
        return self._grant(answer, grant)

    def revoke(self, grant: Grant) -> None:
        """Give the grant back; done also where Google knows it no more. Errors: ProviderError."""
        token = grant.refresh_token or grant.access_token
        status, answer, retry = self._post(self._revoke_uri, {"token": token}, with_client=False)
        if status not in {200, 400}:
            raise self._refused(status, answer, retry, while_connecting=False)

    def _post(
        self, url: str, form: Mapping[str, str], *, with_client: bool = True
    ) -> tuple[int, Mapping[str, Any], str | None]:
        client = dict(zip(("client_id", "client_secret"), self._client, strict=True))
        session = self._outbound.session(PROVIDER, max_bytes=_MOST_BYTES, redirects=0)
        response = session.post(url, data={**form, **(client if with_client else {})})
        try:
            answer = json.loads(response.content) if response.content else {}
        except ValueError:
            answer = {}
        if not isinstance(answer, dict):
            answer = {}
        return response.status_code, answer, response.headers.get("Retry-After")

    def _grant(self, answer: Mapping[str, Any], before: Grant | None) -> Grant:
        access, lasts = answer.get("access_token"), answer.get("expires_in", 3600)
        if not isinstance(access, str) or not access or not isinstance(lasts, int):
            raise told(BadAnswer, "Google's answer was not what was asked for.", Step.SIGN_IN)
        scopes = str(answer.get("scope", "")).split()
        named = tuple(sorted(scope.removeprefix(_PREFIX) for scope in scopes))
        return Grant(
            access_token=access,
            refresh_token=str(
                answer.get("refresh_token") or (before and before.refresh_token) or ""
            ),
            expires_at=to_instant(self._clock.now()) + lasts,
            scopes=named or (before.scopes if before else ()),
        )

    def _refused(
        self, status: int, answer: Mapping[str, Any], retry: str | None, *, while_connecting: bool
    ) -> Exception:
        fault = str(answer.get("error", ""))
        if status == 429:
            return throttled(retry, Step.SIGN_IN, self._clock.now())
        if status >= 500 or status == 408:
            return told(Unreachable, "Google's sign-in has a fault right now.", Step.SIGN_IN)
        if fault == "invalid_grant" and not while_connecting:
            text = "Google no longer accepts our access. Reconnect the account."
            return told(ReconnectRequired, text, Step.SIGN_IN)
        if fault == "invalid_grant":
            text = "Google did not accept this connection any more. Start it once again."
            return told(BadAnswer, text, Step.SIGN_IN)
        text = (
            "Google does not accept this installation's client. Its operator has to check "
            "BOOKING_GOOGLE_CLIENT_ID, the secret and the redirect address at Google."
        )
        return told(BadAnswer, text, Step.SIGN_IN)
