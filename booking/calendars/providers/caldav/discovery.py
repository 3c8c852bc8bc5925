"""From whatever a host typed to an account: principal, calendar homes, directly named calendars.

RFC 6764, 6 and RFC 5397: the typed address, the well-known one, then the preset's usual paths.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from booking.calendars.ports import Step
from booking.calendars.providers.caldav import bodies
from booking.calendars.providers.caldav.errors import bad_answer, refusal
from booking.calendars.providers.caldav.hrefs import resolve
from booking.calendars.providers.caldav.multistatus import CALDAV, DAV, Row
from booking.calendars.providers.caldav.presets import Preset
from booking.calendars.providers.caldav.transport import Dav
from booking.core.errors import (
    BadAnswer,
    ItemGone,
    PermissionDenied,
    ProviderError,
    Unreachable,
    Unsupported,
)
from booking.security.outbound import RedirectRefused, origin_of

_MOST_HOMES = 10
_WELL_KNOWN = "/.well-known/caldav"
_PRINCIPAL = f"{DAV}current-user-principal"
_HOME = f"{CALDAV}calendar-home-set"
_SCHEMES = {"caldav": "https", "caldavs": "https", "webcal": "https", "webcals": "https"}

# What another address may still cure, and so it may a fault that the server itself reports.
# A refused password or a host that cannot be reached it does not.
_TRY_ELSEWHERE = (BadAnswer, ItemGone, PermissionDenied, Unsupported)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where an account's calendars are. All addresses are absolute.

    `principal` is None when the typed address is a calendar that names no account;
    `calendar` is the typed address if it is itself a calendar.
    """

    principal: str | None
    homes: tuple[str, ...] = ()
    calendar: str | None = None
    name: str = ""
    addresses: tuple[str, ...] = ()


def typed_url(text: str) -> str:
    """Complete what was typed: a bare host name means https.

    Errors: AddressRefused for what cannot be an address.
    """
    scheme, colon, rest = text.strip().partition("://")
    url = (
        f"{_SCHEMES.get(scheme.lower(), scheme.lower())}://{rest}" if colon else f"https://{scheme}"
    )
    origin_of(url)
    parts = urlsplit(url)
    return parts._replace(path=parts.path or "/", query="", fragment="").geturl()


def discover(dav: Dav, url: str, preset: Preset) -> Found:
    """Find the account behind an address.

    Errors: ReconnectRequired at step `sign_in`; BadAnswer or ItemGone at step `discovery`;
    Unreachable with the step that failed.
    """
    failure: ProviderError = bad_answer(Step.DISCOVERY)
    for place, candidate in enumerate(_candidates(url, preset)):
        try:
            found = _look_around(dav, candidate)
        except (*_TRY_ELSEWHERE, Unreachable) as error:
            if isinstance(error, Unreachable) and error.step != Step.DISCOVERY:
                raise
            if place == 0 or isinstance(error, RedirectRefused):
                failure = error
            continue
        if found is not None:
            return found
    raise failure


def _candidates(url: str, preset: Preset) -> Iterator[str]:
    yield url
    yield urljoin(url, _WELL_KNOWN)
    for path in preset.paths:
        if urljoin(url, path) != url:
            yield urljoin(url, path)


def _look_around(dav: Dav, candidate: str) -> Found | None:
    """Look at an address, or where it redirects to when only a proxy's scheme or port is wrong."""
    try:
        return _look(dav, candidate)
    except RedirectRefused as redirect:
        place = resolve(candidate, redirect.location)
        if urlsplit(place).netloc != urlsplit(candidate).netloc or place == candidate:
            raise
    return _look(dav, place)


def _look(dav: Dav, url: str) -> Found | None:
    """Ask one address who we are there; None if it is WebDAV but tells nothing of calendars."""
    row = _first(dav, url)
    calendar = url if f"{CALDAV}calendar" in row.children(f"{DAV}resourcetype") else None
    if f"{DAV}unauthenticated" in row.children(_PRINCIPAL):
        raise refusal(401, Step.DISCOVERY)
    named = row.hrefs(_PRINCIPAL)
    if named:
        return _account(dav, resolve(url, named[0]), row=row, at=url, calendar=calendar)
    if row.hrefs(_HOME):
        return _found(row, at=url, principal=url, calendar=calendar)
    return Found(principal=None, calendar=calendar) if calendar else None


def _account(dav: Dav, principal: str, *, row: Row, at: str, calendar: str | None) -> Found:
    if principal != at:
        try:
            row = _first(dav, principal)
        except (ItemGone, PermissionDenied, BadAnswer):
            if calendar is None:
                raise
            return Found(principal=None, calendar=calendar)
    return _found(row, at=principal, principal=principal, calendar=calendar)


def _found(row: Row, *, at: str, principal: str, calendar: str | None) -> Found:
    homes = tuple(dict.fromkeys(resolve(at, href) for href in row.hrefs(_HOME)))[:_MOST_HOMES]
    addresses = (
        href[len("mailto:") :].lower()
        for href in row.hrefs(f"{CALDAV}calendar-user-address-set")
        if href.lower().startswith("mailto:")
    )
    return Found(
        principal=principal,
        homes=homes or (principal,),
        calendar=calendar,
        name=row.text(f"{DAV}displayname") or "",
        addresses=tuple(dict.fromkeys(addresses)),
    )


def _first(dav: Dav, url: str) -> Row:
    answer = dav.propfind(url, bodies.WHO, depth=0, step=Step.DISCOVERY)
    if not answer.rows:
        raise bad_answer(Step.DISCOVERY)
    return answer.rows[0]
