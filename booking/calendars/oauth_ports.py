"""What connecting by OAuth 2.0 asks of a provider, and what a provider's client asks of us.

Leaves to others: the steps in a browser (`oauth`), keeping tokens (`oauth_tokens`), and each
provider's own addresses and words (`providers.*.oauth`).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a person allowed us, as it is sealed in `connections.secret`.

    Units: `expires_at` in UTC epoch seconds. `scopes` are those that were really granted.
    `state` is the provider's own (a token cache), "" where the fields say all.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: int
    scopes: tuple[str, ...]
    state: str = field(default="", repr=False)

    def text(self) -> str:
        """Return the grant as one text, to be sealed."""
        return json.dumps(
            {
                "access_token": self.access_token,
                "refresh_token": self.refresh_token,
                "expires_at": self.expires_at,
                "scopes": list(self.scopes),
                "state": self.state,
            }
        )

    @classmethod
    def read(cls, text: str) -> Grant:
        """Return what `text` was made from. Errors: ValueError, KeyError for any other text."""
        fields = json.loads(text)
        return cls(
            access_token=fields["access_token"],
            refresh_token=fields["refresh_token"],
            expires_at=int(fields["expires_at"]),
            scopes=tuple(fields["scopes"]),
            state=fields["state"],
        )


class AccessTokens(Protocol):
    """Access tokens for one account."""

    @property
    def scopes(self) -> frozenset[str]:
        """What was granted, by the scopes' last words (`calendar.events`)."""

    def access_token(self, refused: str | None = None) -> str:
        """Return a token to send; another one than `refused`, which was not accepted.

        Errors: ReconnectRequired once the grant is dead; Unreachable, Throttled, BadAnswer.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked of the person at the provider's consent page.

    `verifier` is the PKCE secret (RFC 7636); `may_create` asks for calendars of our own as well;
    `login` is the account to propose, "" for any.
    """

    state: str
    verifier: str
    redirect_uri: str
    may_create: bool = False
    login: str = ""

    @property
    def challenge(self) -> str:
        """Return what the consent page is told of the verifier: S256 (RFC 7636, 4.2)."""
        digest = hashlib.sha256(self.verifier.encode("ascii")).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class Authority(Protocol):
    """A provider's OAuth 2.0 endpoints. No method keeps anything."""

    @property
    def provider(self) -> str:
        """The provider's short name, as in `connections.provider`."""

    @property
    def is_configured(self) -> bool:
        """Tell whether the operator has set client id and secret."""

    def address(self, wish: Wish) -> str:
        """Return the consent page's address for a wish."""

    def redeem(self, code: str, wish: Wish) -> Grant:
        """Exchange the code that came back.

        Errors: PermissionDenied for a consent that lacks what we need, with the reason;
        BadAnswer for a code that is not accepted; Unreachable.
        """

    def refresh(self, grant: Grant) -> Grant:
        """Return the grant renewed; its refresh token may be another one, and is never empty.

        Errors: ReconnectRequired once the grant is dead; Unreachable, Throttled, BadAnswer.
        """

    def revoke(self, grant: Grant) -> None:
        """Give the grant back. Errors: ProviderError."""


Pace = Callable[[], AbstractContextManager[None]]
"""Entered round each request: waits for the account's turn (`calendars.budget`)."""
