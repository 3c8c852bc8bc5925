"""What an e-mail address and a username may look like."""

import pytest

from booking.accounts.names import checked_username, normal_email
from booking.core.errors import InvalidInput


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" Some@Example.ORG ", "some@example.org"),
        ("o'brien+cal@mail.example.co.uk", "o'brien+cal@mail.example.co.uk"),
        ("josé@exämple.de", "josé@exämple.de"),
    ],
)
def test_addresses_are_stored_in_one_form(typed: str, stored: str) -> None:
    assert normal_email(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "some",
        "some@",
        "@example.org",
        "some@example",
        "a b@example.org",
        "some@exa mple.org",
        "some@example..org",
        "some@-example.org",
        "some,eve@example.org",
        "some@example.org\nbcc: eve@example.org",
        '"a b"@example.org',
        "<some@example.org>",
        f"{'a' * 65}@example.org",
        f"some@{'a' * 250}.org",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        normal_email(typed)

    assert caught.value.fields[0].pointer == "/email"


def test_usernames_are_lower_case() -> None:
    assert checked_username(" Some-Host ") == "some-host"


@pytest.mark.parametrize("typed", ["", "a", "-some", "some-", "a b", "a/b", "ä", "a.b", "a" * 65])
def test_a_username_must_fit_an_address(typed: str) -> None:
    with pytest.raises(InvalidInput):
        checked_username(typed)


@pytest.mark.parametrize(
    "word", ["login", "API", "settings", "team", "booking", "static", "hooks", "event-types"]
)
def test_words_that_pages_use_are_reserved(word: str) -> None:
    with pytest.raises(InvalidInput):
        checked_username(word)
