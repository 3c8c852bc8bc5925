"""The calendar provider port on a published feed: one calendar, read only, always read whole.

The address of a feed is a secret, so it is neither a key nor part of an error. A feed names no
items; each UID in it is one, with a hash of its text as version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from booking.calendars import ical
from booking.calendars.ports import (
    Account,
    Capabilities,
    ChangeKind,
    Changes,
    Fetched,
    Named,
    RemoteCalendar,
    RemoteItem,
    Step,
    Written,
)
from booking.calendars.providers.ics.fetching import (
    PROVIDER,
    Feed,
    Validators,
    download,
    feed_url,
    not_whole,
    read_only,
)
from booking.core.errors import ItemGone
from booking.core.event import CalendarEvent
from booking.security.outbound import OutboundClient

CALENDAR: Final = "feed"
"""The key of the one calendar that a feed is."""


class FeedProvider:
    """A published calendar (see `calendars.ports.CalendarProvider`). Writing is Unsupported.

    Keeps the last download, so that asking for changes and then for items reads it once; not to be
    shared by threads.
    """

    name = PROVIDER
    capabilities = Capabilities(
        can_write=False,
        can_create_calendar=False,
        has_cursor=True,
        keeps_versions=False,
        keeps_marks=False,
    )

    def __init__(self, outbound: OutboundClient, *, url: str) -> None:
        """Take the address that the host pasted; `webcal:` will do."""
        self._url = feed_url(url)
        self._session = outbound.session(PROVIDER)
        self._items: dict[str, RemoteItem] | None = None
        self._header = ical.FeedHeader(name="", time_zone=None, color="")

    def account(self) -> Account:
        """Download the feed, and name it by a hash of its address."""
        self._load()
        return Account(key=hashlib.sha256(self._url.encode()).hexdigest()[:32])

    def list_calendars(self) -> tuple[RemoteCalendar, ...]:
        """Return the feed as the one calendar it is, under the name and in the zone it gives."""
        self._load()
        return (
            RemoteCalendar(
                key=CALENDAR,
                name=self._header.name or urlsplit(self._url).hostname or CALENDAR,
                read_only=True,
                time_zone=self._header.time_zone,
            ),
        )

    def changes(self, calendar: str, cursor: str | None) -> Changes:
        """Download what changed; a feed that did is listed whole."""
        self._require(calendar)
        feed = download(self._session, self._url, Validators.read(cursor))
        if feed is None:
            return Changes(kind=ChangeKind.DELTA, cursor=cursor)
        items = self._keep(feed)
        return Changes(
            kind=ChangeKind.LISTING,
            named=tuple(Named(key=item.key, version=item.version) for item in items.values()),
            cursor=feed.validators.cursor(),
        )

    def fetch(self, calendar: str, keys: Sequence[str]) -> Fetched:
        """Pick items from the last download, or from a fresh one if there is none."""
        self._require(calendar)
        items = self._load()
        wanted = tuple(dict.fromkeys(keys))
        return Fetched(
            items=tuple(items[key] for key in wanted if key in items),
            gone=tuple(key for key in wanted if key not in items),
        )

    def get(self, calendar: str, key: str) -> RemoteItem:
        """Pick one item."""
        found = self.fetch(calendar, (key,)).items
        if not found:
            raise ItemGone(provider=PROVIDER, step=Step.READ)
        return found[0]

    def create_calendar(self, name: str, color: str | None) -> RemoteCalendar:  # noqa: ARG002
        """Refuse: a feed is one calendar."""
        raise read_only()

    def versions(self, calendar: str, keys: Sequence[str], group: str) -> Mapping[str, str | None]:
        """Refuse: nothing of ours stands in a feed."""
        del calendar, keys, group
        raise read_only()

    def key_for(self, calendar: str, name: str) -> str:  # noqa: ARG002
        """Refuse: nothing of ours stands in a feed."""
        raise read_only()

    def create(self, calendar: str, name: str, event: CalendarEvent) -> Written:  # noqa: ARG002
        """Refuse: a feed is read only."""
        raise read_only()

    def creation(self, calendar: str, name: str, event: CalendarEvent) -> Callable[[], Written]:
        """Keep for later what `create` is given."""
        return partial(self.create, calendar, name, event)

    def update(
        self,
        calendar: str,  # noqa: ARG002
        key: str,  # noqa: ARG002
        version: str | None,  # noqa: ARG002
        event: CalendarEvent,  # noqa: ARG002
        *,
        base: RemoteItem | None = None,  # noqa: ARG002
    ) -> Written:
        """Refuse: a feed is read only."""
        raise read_only()

    def delete(self, calendar: str, key: str, version: str | None) -> None:  # noqa: ARG002
        """Refuse: a feed is read only."""
        raise read_only()

    def _require(self, calendar: str) -> None:
        if calendar != CALENDAR:
            raise ItemGone(provider=PROVIDER, step=Step.LIST_ITEMS)

    def _load(self) -> dict[str, RemoteItem]:
        if self._items is None:
            feed = download(self._session, self._url, None)
            return self._keep(feed) if feed is not None else {}
        return self._items

    def _keep(self, feed: Feed) -> dict[str, RemoteItem]:
        try:
            self._header = ical.parse_feed_header(feed.text)
            self._items = {item.key: item for item in map(_item, ical.parse_feed(feed.text))}
        except ical.BadObject:
            raise not_whole() from None
        return self._items


def _item(parsed: ical.ParsedObject) -> RemoteItem:
    """Make an item of one UID's components."""
    return RemoteItem(
        key=parsed.uid,
        version=parsed.digest,
        event=parsed.event,
        quarantine=parsed.quarantine,
        updated_at=parsed.event.updated_at if parsed.event is not None else None,
    )
