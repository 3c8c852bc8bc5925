"""Google's consent page and token endpoint, driven by requests and by google-auth."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request as AuthRequest
from google.oauth2.credentials import Credentials

from tests.providersim.server import ProviderSim

VERIFIER = "v" * 43
CALLBACK = "http://127.0.0.1/callback"


def ask_token(sim: ProviderSim, **fields: str) -> dict[str, Any]:
    """Ask the token endpoint as a client does."""
    client = {
        "client_id": sim.google.oauth.client_id,
        "client_secret": sim.google.oauth.client_secret,
    }
    answer = requests.post(f"{sim.url}token", data={**client, **fields}, timeout=5)
    found: dict[str, Any] = answer.json()
    return found


def consent(sim: ProviderSim, **more: str) -> dict[str, str]:
    """Visit the consent page; return what comes back."""
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    query = {
        "client_id": sim.google.oauth.client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "https://www.googleapis.com/auth/calendar.events",
        "state": "state",
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
        "access_type": "offline",
        **more,
    }
    address = f"{sim.url}o/oauth2/v2/auth?{urlencode(query)}"
    answer = requests.get(address, allow_redirects=False, timeout=5)
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def redeem(sim: ProviderSim, code: str, **more: str) -> dict[str, Any]:
    fields = {"code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER, **more}
    return ask_token(sim, grant_type="authorization_code", **fields)


def test_a_code_is_redeemed_once_with_state_verifier_and_secret(sim: ProviderSim) -> None:
    back = consent(sim)
    assert back["state"] == "state"
    assert redeem(sim, back["code"], client_secret="wrong")["error"] == "invalid_client"

    first = redeem(sim, back["code"])

    assert first["access_token"]
    assert first["refresh_token"]
    assert redeem(sim, back["code"])["error"] == "invalid_grant"
    assert redeem(sim, consent(sim)["code"], code_verifier="x" * 43)["error"] == "invalid_grant"
    assert "refresh_token" not in redeem(sim, consent(sim)["code"])
    assert "refresh_token" in redeem(sim, consent(sim, prompt="consent")["code"])


def test_a_grant_renews_until_it_is_taken_back(sim: ProviderSim) -> None:
    granted = redeem(sim, consent(sim)["code"])
    known = Credentials(  # type: ignore[no-untyped-call]
        token="old",
        refresh_token=granted["refresh_token"],
        token_uri=f"{sim.url}token",
        client_id=sim.google.oauth.client_id,
        client_secret=sim.google.oauth.client_secret,
    )

    known.refresh(AuthRequest())  # type: ignore[no-untyped-call]
    assert known.token != "old"
    sim.google.revoke(sim.google.person.email)

    with pytest.raises(RefreshError, match="invalid_grant"):
        known.refresh(AuthRequest())  # type: ignore[no-untyped-call]


def test_a_consent_may_be_denied_or_narrowed(sim: ProviderSim) -> None:
    sim.google.person.denies = True
    assert consent(sim)["error"] == "access_denied"
    sim.google.person.denies = False
    sim.google.person.withholds = frozenset({"calendar.events"})

    assert redeem(sim, consent(sim)["code"])["scope"] == ""
