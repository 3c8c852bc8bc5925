"""Connecting accounts in a browser: to the provider's consent page, and back once.

The state that travels is random, single-use, ten minutes old at most and bound to the login and
the provider it was begun with; the PKCE verifier is derived from it and never leaves the server.
Leaves to others: endpoints (`Authority`), discovering the account (`connections`), tokens
(`oauth_tokens`).
Source: RFC 9700, 2.1 and 4.7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import delete, select

from booking.calendars import store
from booking.calendars.connections import ConnectionService
from booking.calendars.oauth_models import OAuthVisit
from booking.calendars.oauth_ports import Authority, Grant, Wish
from booking.calendars.ports import Step
from booking.calendars.values import ConnectionView, SignIn
from booking.core.clock import Clock
from booking.core.errors import (
    BadAnswer,
    BookingError,
    NotFound,
    PermissionDenied,
    ProviderError,
    Unsupported,
)
from booking.db import reading, writing
from booking.security.tokens import derived, hash_token, new_token, same

_LIFE = timedelta(minutes=10)
_PURPOSE = "oauth verifier"
_LONGEST_STATE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who connects: a user, and the login that acts (a secret of the session)."""

    user_id: int
    login: str


class OAuthService:
    """Sends hosts to their providers and takes them back."""

    def __init__(
        self,
        *,
        authorities: Mapping[str, Authority],
        connections: ConnectionService,
        clock: Clock,
        secret_key: str,
        base_url: str,
    ) -> None:
        self._authorities = authorities
        self._connections = connections
        self._clock = clock
        self._secret_key = secret_key
        self._base_url = base_url

    @property
    def providers(self) -> tuple[str, ...]:
        """Return the providers that this installation can connect to."""
        return tuple(name for name, one in self._authorities.items() if one.is_configured)

    def start(
        self,
        visitor: Visitor,
        provider: str,
        *,
        connection_id: int | None = None,
        may_create: bool = False,
    ) -> str:
        """Begin a visit and return the consent page's address.

        `connection_id`: the connection that is to be renewed; `may_create`: ask as well whether
        calendars of our own may be made there.
        Errors: NotFound for an unknown provider, or for another's connection; Unsupported where
        the operator has set no client.
        """
        authority = self._authority(provider)
        login = self._login_of(visitor, provider, connection_id)
        state, now = new_token(), self._clock.now()
        with writing() as session:
            session.execute(delete(OAuthVisit).where(OAuthVisit.expires_at <= now))
            session.add(
                OAuthVisit(
                    state_hash=hash_token(state),
                    login_hash=hash_token(visitor.login),
                    provider=provider,
                    user_id=visitor.user_id,
                    connection_id=connection_id,
                    may_create=may_create,
                    expires_at=now + _LIFE,
                )
            )
        return authority.address(self._wish(state, provider, may_create=may_create, login=login))

    def finish(self, visitor: Visitor, provider: str, answer: Mapping[str, str]) -> ConnectionView:
        """Take somebody back: `answer` is the query that the provider sent along.

        Errors: PermissionDenied for a visit that is not theirs or too old, and for a consent that
        was declined or lacks something; Conflict where another account was chosen than the one to
        be renewed; ProviderError.
        """
        authority = self._authority(provider)
        visit = self._ended(visitor, provider, answer.get("state", ""))
        if answer.get("error"):
            raise _declined(provider, answer["error"])
        code = answer.get("code", "")
        if not code:
            raise BadAnswer("The provider sent no answer.", provider=provider, step=Step.SIGN_IN)
        wish = self._wish(answer["state"], provider, may_create=visit.may_create)
        grant = self._lasting(visitor.user_id, provider, authority.redeem(code, wish), visit)
        if visit.connection_id is not None:
            return self._connections.reconnect(visitor.user_id, visit.connection_id, grant.text())
        return self._connections.connect(visitor.user_id, _sign_in(provider, grant))

    def _authority(self, provider: str) -> Authority:
        authority = self._authorities.get(provider)
        if authority is None:
            raise NotFound
        if not authority.is_configured:
            name = provider.upper()
            raise Unsupported(
                "This installation has no client at this provider yet. Its operator sets "
                f"BOOKING_{name}_CLIENT_ID and BOOKING_{name}_CLIENT_SECRET.",
                provider=provider,
                step=Step.SIGN_IN,
            )
        return authority

    def _login_of(self, visitor: Visitor, provider: str, connection_id: int | None) -> str:
        """Return the account to propose. Errors: NotFound for a connection that is not theirs."""
        if connection_id is None:
            return ""
        with reading() as session:
            row = store.get_connection(session, visitor.user_id, connection_id)
            if row.provider != provider:
                raise NotFound("There is no such connection.")
            return str(row.details.get("name", ""))

    def _wish(self, state: str, provider: str, *, may_create: bool, login: str = "") -> Wish:
        return Wish(
            state=state,
            verifier=derived(self._secret_key, _PURPOSE, state),
            redirect_uri=f"{self._base_url}/connections/{provider}/callback",
            may_create=may_create,
            login=login,
        )

    def _ended(self, visitor: Visitor, provider: str, state: str) -> OAuthVisit:
        """Use a visit up and return it. Errors: PermissionDenied for one that does not count."""
        with writing() as session:
            query = select(OAuthVisit).where(OAuthVisit.state_hash == hash_token(state))
            visit = session.scalars(query).one_or_none() if len(state) <= _LONGEST_STATE else None
            is_theirs = (
                visit is not None
                and visit.user_id == visitor.user_id
                and same(visit.login_hash, hash_token(visitor.login))
                and visit.provider == provider
            )
            if visit is None or not is_theirs:
                raise _not_theirs(provider)
            session.delete(visit)
            session.flush()
            session.expunge(visit)
        if visit.expires_at <= self._clock.now():
            raise _not_theirs(provider)
        return visit

    def _lasting(self, user_id: int, provider: str, grant: Grant, visit: OAuthVisit) -> Grant:
        """Return a grant that lasts: a provider may hand the refresh token out only once.

        Errors: PermissionDenied where none is known.
        """
        if grant.refresh_token:
            return grant
        stored = self._connections.secret_of_account(
            user_id, _sign_in(provider, grant), visit.connection_id
        )
        kept = Grant.read(stored).refresh_token if stored else ""
        if not kept:
            raise PermissionDenied(
                "The provider gave us no lasting access. Take this site's access away in the "
                "security settings of your account there, then connect again.",
                provider=provider,
                step=Step.SIGN_IN,
            )
        return replace(grant, refresh_token=kept)


class Farewell:
    """Gives grants back when their connection is removed."""

    def __init__(self, authorities: Mapping[str, Authority]) -> None:
        self._authorities = authorities

    def __call__(self, sign_in: SignIn) -> None:
        """Revoke what was granted, as far as the provider can be reached now."""
        authority = self._authorities.get(sign_in.provider)
        if authority is None:
            return
        try:
            authority.revoke(Grant.read(sign_in.secret))
        except (ProviderError, ValueError, KeyError):
            # The access is forgotten here either way; there the host can take it away.
            return


def _sign_in(provider: str, grant: Grant) -> SignIn:
    return SignIn(provider=provider, preset=provider, url="", secret=grant.text())


def _declined(provider: str, error: str) -> BookingError:
    if error == "access_denied":
        return PermissionDenied(
            "Nothing was connected: access was declined. Connect again if that was not meant.",
            provider=provider,
            step=Step.SIGN_IN,
        )
    return BadAnswer(
        "The provider did not connect us. Try again in a moment.",
        provider=provider,
        step=Step.SIGN_IN,
    )


def _not_theirs(provider: str) -> PermissionDenied:
    return PermissionDenied(
        "This visit was used already, is older than ten minutes, or was begun in another login. "
        "Connect once again.",
        provider=provider,
        step=Step.SIGN_IN,
    )
