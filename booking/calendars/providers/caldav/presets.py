"""Kinds of CalDAV servers as rows: what to prefill, what to tell the host, and known quirks.

A quirk is a row here and never a branch elsewhere. Whether a server understands sync-collection
is not listed: it is asked, and answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One kind of server.

    `url`: what the form is prefilled with; `{…}` stands for what the host has to fill in.
    `paths`: where to look when only a host name was given, tried in this order.
    `note`, `link`: what to say about the password, and where the provider explains it.
    `hosts`: patterns of other hosts of the same provider that may receive the password.
    `honours_if_none_match`, `honours_if_match_on_delete`: False means read before writing.
    `silences`: SCHEDULE-AGENT keeps the server from mailing attendees (RFC 6638, 7.1).
    """

    key: str
    label: str
    url: str
    paths: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    note: str = "Use the password of your calendar account."
    link: str = ""
    can_create_calendar: bool = False
    honours_if_none_match: bool = True
    honours_if_match_on_delete: bool = True
    silences: bool = True


_APP_ONLY = "Use an app password, not the password you sign in with."

_ROWS = (
    Preset(
        key="nextcloud",
        label="Nextcloud",
        url="https://{your server}",
        paths=("/remote.php/dav/",),
        note=_APP_ONLY,
        link="https://docs.nextcloud.com/server/stable/user_manual/en/session_management.html",
        can_create_calendar=True,
    ),
    Preset(
        key="sogo",
        label="SOGo",
        url="https://{your server}/SOGo/dav/",
        paths=("/SOGo/dav/",),
        can_create_calendar=True,
        honours_if_none_match=False,
        honours_if_match_on_delete=False,
        silences=False,
    ),
    Preset(
        key="radicale",
        label="Radicale",
        url="https://{your server}",
        paths=("/", "/radicale/"),
        can_create_calendar=True,
    ),
    Preset(
        key="baikal",
        label="Baïkal",
        url="https://{your server}/dav.php/",
        paths=("/dav.php/", "/baikal/html/dav.php/"),
        can_create_calendar=True,
    ),
    Preset(
        key="synology",
        label="Synology Calendar",
        url="https://{your server}/caldav/",
        paths=("/caldav/",),
        note="Use the password of your DSM account, or an app password if you sign in "
        "with two steps.",
        can_create_calendar=True,
    ),
    Preset(
        key="posteo",
        label="Posteo",
        url="https://posteo.de:8443",
        link="https://posteo.de/en/help",
    ),
    Preset(
        key="mailbox.org",
        label="mailbox.org",
        url="https://dav.mailbox.org",
        paths=("/caldav/",),
        note=_APP_ONLY,
        link="https://kb.mailbox.org/en/",
    ),
    Preset(
        key="icloud",
        label="iCloud",
        url="https://caldav.icloud.com",
        hosts=("*.icloud.com",),
        note="Use an app-specific password, made at account.apple.com.",
        link="https://support.apple.com/102654",
        can_create_calendar=True,
    ),
    Preset(
        key="fastmail",
        label="Fastmail",
        url="https://caldav.fastmail.com",
        paths=("/dav/",),
        note=_APP_ONLY,
        link="https://www.fastmail.help/hc/en-us/articles/360058752854",
        can_create_calendar=True,
    ),
    Preset(
        key="generic",
        label="Another CalDAV server",
        url="https://{your server}",
        paths=("/remote.php/dav/", "/dav.php/", "/SOGo/dav/", "/caldav/", "/dav/"),
        note="Use an app password where the provider has them.",
    ),
)

PRESETS = MappingProxyType({row.key: row for row in _ROWS})


def find_preset(key: str) -> Preset | None:
    """Return the row of this key, or None."""
    return PRESETS.get(key)
