"""Settings of providers: addresses that cannot be right, and pairs that are incomplete."""

from __future__ import annotations

from pathlib import Path

import pytest

from booking.settings import BadSettings, load_settings

NEEDED = {
    "BOOKING_SECRET_KEY": "s" * 40,
    "BOOKING_CREDENTIAL_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "BOOKING_DATABASE_URL": "sqlite:///unused",
}


def problems(**environ: str) -> list[str]:
    named = {f"BOOKING_{name}": value for name, value in environ.items()}
    with pytest.raises(BadSettings) as caught:
        load_settings({**NEEDED, **named})
    return [line.partition(" ")[0] for line in caught.value.problems]


def test_providers_stand_where_they_usually_are() -> None:
    settings = load_settings(NEEDED)

    assert settings.google_api_base == "https://www.googleapis.com"
    assert settings.provider_addresses == ()


def test_a_server_of_ones_own_is_taken_at_the_operators_word() -> None:
    base = "http://127.0.0.1:9000/"
    settings = load_settings({**NEEDED, "BOOKING_GOOGLE_API_BASE": base})

    assert settings.provider_addresses == (base,)


@pytest.mark.parametrize(
    "address", ["http://example.org", "ftp://example.org", "example.org", "https://", "https://x:0"]
)
def test_an_address_that_cannot_be_right_stops_the_start(address: str) -> None:
    assert problems(GOOGLE_API_BASE=address) == ["BOOKING_GOOGLE_API_BASE"]
    assert problems(GOOGLE_TOKEN_URI=address) == ["BOOKING_GOOGLE_TOKEN_URI"]


def test_client_and_secret_belong_together() -> None:
    assert problems(GOOGLE_CLIENT_ID="client") == ["BOOKING_GOOGLE_CLIENT_ID"]
    assert problems(GOOGLE_CLIENT_SECRET="secret") == ["BOOKING_GOOGLE_CLIENT_ID"]


def test_certificates_must_be_there(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.pem")

    assert problems(PROVIDER_CA_BUNDLE=missing) == ["BOOKING_PROVIDER_CA_BUNDLE"]


def test_the_secret_shows_in_no_repr() -> None:
    client = {"BOOKING_GOOGLE_CLIENT_ID": "client", "BOOKING_GOOGLE_CLIENT_SECRET": "hush-hush"}

    assert "hush-hush" not in repr(load_settings({**NEEDED, **client}))
