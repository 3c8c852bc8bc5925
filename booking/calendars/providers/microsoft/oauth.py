"""Microsoft's OAuth 2.0 by msal: the consent page's address, codes, tokens that rotate.

Each grant carries msal's own token cache, sealed with it; the cache's metadata of the authority is
shared. msal sends its requests through the guarded client.
Source: https://learn.microsoft.com/en-us/entra/msal/python/
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import msal
import requests
from msal.exceptions import MsalServiceError

from booking.calendars.oauth_ports import Grant, Wish
from booking.calendars.ports import Step
from booking.calendars.providers.microsoft.errors import PROVIDER, told
from booking.core.clock import Clock
from booking.core.errors import (
    BadAnswer,
    PermissionDenied,
    ProviderError,
    ReconnectRequired,
    Unreachable,
)
from booking.core.instants import to_instant
from booking.security.outbound import OutboundClient

_EVENTS, _ME = "Calendars.ReadWrite", "User.Read"
_SCOPES: Final = [_EVENTS, _ME]
_RESERVED: Final = ("offline_access", "openid", "profile")
_DEAD = frozenset({"invalid_grant", "interaction_required", "consent_required", "login_required"})
_DOWN = frozenset({"temporarily_unavailable", "server_error"})
_MOST_BYTES: Final = 256 * 1024


class MicrosoftAuthority:
    """Microsoft's endpoints for one client (see `oauth_ports.Authority`)."""

    provider = PROVIDER

    def __init__(
        self, outbound: OutboundClient, *, client: tuple[str, str], authority: str, clock: Clock
    ) -> None:
        """Take the client's id and secret, and the authority's address with its tenant."""
        self._outbound = outbound
        self._client = client
        self._authority = authority.rstrip("/")
        self._clock = clock
        self._metadata: dict[str, Any] = {}

    @property
    def is_configured(self) -> bool:
        """Tell whether the operator has set client id and secret."""
        return all(self._client)

    def address(self, wish: Wish) -> str:
        """Return the consent page's address. Errors: Unreachable, BadAnswer."""
        query = {
            "client_id": self._client[0],
            "response_type": "code",
            "response_mode": "query",
            "redirect_uri": wish.redirect_uri,
            "scope": " ".join([*_SCOPES, *_RESERVED]),
            "state": wish.state,
            "nonce": _hex(_nonce(wish)),
            "code_challenge": wish.challenge,
            "code_challenge_method": "S256",
            "client_info": "1",
            "prompt": "select_account",
        }
        if wish.login:
            query["login_hint"] = wish.login
        endpoint = self._asked(lambda app: {"at": app.authority.authorization_endpoint})["at"]
        return f"{endpoint}?{urlencode(query)}"

    def redeem(self, code: str, wish: Wish) -> Grant:
        """Exchange the code. Errors: PermissionDenied for a consent that lacks something."""
        flow = {
            "state": wish.state,
            "redirect_uri": wish.redirect_uri,
            "scope": [*_SCOPES, *_RESERVED],
            "code_verifier": wish.verifier,
            "nonce": _nonce(wish),
        }
        cache = msal.SerializableTokenCache()
        sent = {"code": code, "state": wish.state}
        answer = self._asked(
            lambda app: app.acquire_token_by_auth_code_flow(flow, sent, scopes=_SCOPES), cache
        )
        if "access_token" not in answer:
            raise self._refused(answer, while_connecting=True)
        grant = self._grant(answer, cache)
        if _EVENTS.lower() not in {scope.lower() for scope in grant.scopes}:
            text = "Microsoft was not allowed to let us see and change events. Connect again."
            raise told(PermissionDenied, text, Step.SIGN_IN)
        return grant

    def refresh(self, grant: Grant) -> Grant:
        """Return the grant renewed. Errors: ReconnectRequired for a dead one."""
        cache = msal.SerializableTokenCache()
        cache.deserialize(grant.state)
        answer = self._asked(lambda app: _silent(app), cache)  # noqa: PLW0108  (typed for msal)
        if "access_token" not in answer:
            raise self._refused(answer, while_connecting=False)
        return self._grant(answer, cache)

    def revoke(self, grant: Grant) -> None:
        """Do nothing: Microsoft has no endpoint for it; the grant is forgotten here."""
        del grant

    def _asked(self, ask: Any, cache: Any = None) -> Mapping[str, Any]:
        """Ask msal something. Errors: Unreachable, BadAnswer instead of msal's own."""
        session = self._outbound.session(PROVIDER, max_bytes=_MOST_BYTES, redirects=0)
        try:
            app = msal.ConfidentialClientApplication(
                self._client[0],
                client_credential=self._client[1],
                authority=self._authority,
                instance_discovery=False,
                token_cache=cache or msal.TokenCache(),
                http_client=session,
                http_cache=self._metadata,
            )
            found: Mapping[str, Any] | None = ask(app)
        except ProviderError as error:
            error.step = error.step or Step.SIGN_IN
            raise
        except (requests.RequestException, MsalServiceError):
            raise told(Unreachable, _FAULT, Step.SIGN_IN) from None
        except (ValueError, RuntimeError, KeyError):
            raise told(BadAnswer, _ODD, Step.SIGN_IN) from None
        return found or {"error": "invalid_grant"}

    def _grant(self, answer: Mapping[str, Any], cache: Any) -> Grant:
        scopes = str(answer.get("scope", "")).split()
        kept = cache.search(msal.TokenCache.CredentialType.REFRESH_TOKEN)
        refresh = next((str(one["secret"]) for one in kept), "")
        return Grant(
            access_token=str(answer["access_token"]),
            refresh_token=refresh,
            expires_at=to_instant(self._clock.now()) + int(answer.get("expires_in", 3600)),
            scopes=tuple(sorted(scope.rpartition("/")[2] for scope in scopes)),
            state=cache.serialize(),
        )

    def _refused(self, answer: Mapping[str, Any], *, while_connecting: bool) -> ProviderError:
        fault = str(answer.get("error", ""))
        if fault in _DOWN:
            return told(Unreachable, _FAULT, Step.SIGN_IN)
        if fault in _DEAD and not while_connecting:
            text = "Microsoft no longer accepts our access. Reconnect the account."
            return told(ReconnectRequired, text, Step.SIGN_IN)
        if fault in _DEAD:
            text = "Microsoft did not accept this connection any more. Start it once again."
            return told(BadAnswer, text, Step.SIGN_IN)
        text = (
            "Microsoft does not accept this installation's client. Its operator has to check "
            "BOOKING_MICROSOFT_CLIENT_ID, the secret and the redirect address at Microsoft."
        )
        return told(BadAnswer, text, Step.SIGN_IN)


# It would log answers that it cannot read, tokens among them.
logging.getLogger("msal").setLevel(logging.CRITICAL)

_FAULT = "Microsoft's sign-in has a fault right now."
_ODD = "Microsoft's answer was not what was asked for."


def _silent(app: Any) -> Any:
    """Renew by the cache's refresh token, and say why where that fails."""
    accounts = app.get_accounts()
    account = accounts[0] if accounts else None
    return app.acquire_token_silent_with_error(_SCOPES, account=account, force_refresh=True)


def _nonce(wish: Wish) -> str:
    return _hex(f"nonce|{wish.verifier}")


def _hex(text: str) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()
