"""Multistatus answers, written by hand as servers of different makes write them."""

from __future__ import annotations

from booking.calendars.providers.caldav.multistatus import (
    Multistatus,
    Row,
    read_multistatus,
)
from tests.servers.scripted import Reply

_SPACES = (
    'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" '
    'xmlns:A="http://apple.com/ns/ical/" xmlns:S="http://calendarserver.org/ns/" '
    'xmlns:N="http://nextcloud.com/ns"'
)


def row(href: str, props: str = "", *, status: str = "200 OK", more: str = "") -> str:
    """A response with one propstat."""
    return (
        f"<D:response><D:href>{href}</D:href><D:propstat><D:prop>{props}</D:prop>"
        f"<D:status>HTTP/1.1 {status}</D:status></D:propstat>{more}</D:response>"
    )


def bare(href: str, status: str) -> str:
    """A response that is only a status."""
    return f"<D:response><D:href>{href}</D:href><D:status>HTTP/1.1 {status}</D:status></D:response>"


def etag(value: str) -> str:
    return f"<D:getetag>{value}</D:getetag>"


def text(*rows: str, token: str | None = None) -> str:
    tail = "" if token is None else f"<D:sync-token>{token}</D:sync-token>"
    return f'<?xml version="1.0"?><D:multistatus {_SPACES}>{"".join(rows)}{tail}</D:multistatus>'


def reply(*rows: str, token: str | None = None) -> Reply:
    """A 207 that holds these rows."""
    headers = {"Content-Type": "application/xml; charset=utf-8"}
    return Reply(207, text(*rows, token=token).encode(), headers)


def multistatus(*rows: str) -> Multistatus:
    found = read_multistatus(text(*rows).encode())
    assert found is not None
    return found


def parsed_row(props: str, *, href: str = "/home/cal/") -> Row:
    """One row with these properties."""
    return multistatus(row(href, props)).rows[0]
