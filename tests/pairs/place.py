"""Two calendars on real servers that are a pair, and a person's hands on both."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from urllib.parse import urljoin

from sqlalchemy import select

from booking.calendars.ical import parse_object
from booking.calendars.sync_models import ReplicaItem
from booking.core.clock import FrozenClock
from booking.core.event import to_units
from booking.db import reading
from booking.pairs.values import EndChoice, PairView, SyncReport
from booking.sync.ports import Side
from booking.wiring import Services
from tests.servers.dav import DavAccount

LEFT, RIGHT = Side.LEFT, Side.RIGHT
_NUMBERS = itertools.count(1)
_SHOWN = ("when", "title", "description", "location", "status", "transparency", "recurrence")


@dataclass(slots=True, kw_only=True)
class Hands:
    """One calendar on its server, as a person's client sees it."""

    account: DavAccount
    url: str
    connection: int
    calendar: int

    def put(self, name: str, *lines: str, more: str = "", uid: str = "") -> str:
        """Write an event of these lines; `more`: further VEVENTs of the same UID."""
        return self.account.put(self.url, f"{name}.ics", ics(uid or name, *lines, more=more))

    def rewrite(self, old: str, new: str, *, of: str = "") -> None:
        """Replace a text in the only object that holds `of` (the old text, where not given)."""
        (url,) = self.with_text(of or old)
        text = self.account.get(url)
        assert old in text
        stamp = f"X-EDIT:{next(_NUMBERS)}\r\nEND:VEVENT"
        self.account.put(
            url.rsplit("/", 1)[0] + "/",
            url.rsplit("/", 1)[1],
            text.replace(old, new).replace("END:VEVENT", stamp, 1),
        )

    def delete(self, of: str) -> None:
        """Delete the only object that holds this text."""
        (url,) = self.with_text(of)
        self.account.delete(url)

    def with_text(self, text: str) -> list[str]:
        """Return the addresses of the objects that hold this text."""
        found = self.objects()
        return [url for url in sorted(found) if text in found[url]]

    def objects(self) -> dict[str, str]:
        """Return the unfolded text of each object, by address."""
        found = self.account.listing(self.url)
        return {url: self.account.get(url).replace("\r\n ", "") for url in found}

    def titles(self) -> list[str]:
        """Return the titles of all events, sorted."""
        return sorted(str(one["title"]) for one in self.contents())

    def contents(self) -> list[dict[str, object]]:
        """Return what is to be the same on both sides, of every event, in an order of its own."""
        return sorted(
            (content_of(text) for text in self.account.objects(self.url)),
            key=repr,
        )


def content_of(text: str) -> dict[str, object]:
    """Return what one object says."""
    units = to_units(parse_object(text))
    wanted = (*_SHOWN, "attendees", "exceptions")
    return {name: units[name] for name in wanted}


def ics(uid: str, *lines: str, more: str = "") -> str:
    """Return an object of these lines."""
    body = "".join(f"{line}\r\n" for line in lines)
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//person//client//EN\r\n"
        f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20261101T000000Z\r\n{body}END:VEVENT\r\n{more}"
        "END:VCALENDAR\r\n"
    )


def hour(start: str, title: str) -> tuple[str, ...]:
    """Return the lines of an event of an hour in Berlin; `start` like `20261124T100000`."""
    return (f"DTSTART;TZID=Europe/Berlin:{start}", "DURATION:PT1H", f"SUMMARY:{title}")


@dataclass(slots=True, kw_only=True)
class Place:
    """A host, two calendars of theirs, and the pair that they are."""

    services: Services
    clock: FrozenClock
    user: int
    left: Hands
    right: Hands
    pair: int = 0
    reports: list[SyncReport] = field(default_factory=list)

    def hands(self, side: Side) -> Hands:
        return self.left if side is LEFT else self.right

    def join(self, direction: str = "both", **more: object) -> PairView:
        """Make the two calendars a pair, which nobody has synced yet."""
        view = self.services.pairs.create(
            self.user,
            {
                side: EndChoice(pointer=f"/{side}", calendar_id=self.hands(side).calendar)
                for side in (LEFT, RIGHT)
            },
            direction=direction,
            **more,  # type: ignore[arg-type]
        )
        self.pair = view.id
        return view

    def sync(self, *, full: bool = False) -> SyncReport:
        """Let a minute pass, and sync until nothing is left to do."""
        self.clock.advance(minutes=1)
        report = self.services.pair_runner.run(self.pair, full=full)
        self.reports.append(report)
        return report

    def view(self) -> PairView:
        return self.services.pairs.get(self.user, self.pair)

    def kept_of(self, hands: Hands) -> list[dict[str, object]]:
        """Return what our database holds of a calendar's events."""
        query = select(ReplicaItem.content).where(ReplicaItem.calendar_id == hands.calendar)
        with reading() as session:
            return list(session.scalars(query))

    def written(self) -> int:
        """Return how many writes the last sync made."""
        return sum(sum(side.values()) for side in self.reports[-1].written.values())

    def same(self) -> bool:
        return self.left.contents() == self.right.contents()


def hands_on(services: Services, user: int, account: DavAccount, base_url: str = "") -> Hands:
    """Connect an account with one fresh calendar, maybe through a proxy at `base_url`."""
    url = account.make_calendar()
    connection = services.connections.connect_caldav(
        user, "radicale", base_url or account.base_url, account.user, account.password
    )
    path = url.removeprefix(account.base_url)
    found = [
        one
        for one in services.connections.calendars(user, connection.id)
        if urljoin(account.base_url, path).endswith(f"/{one.name}/")
    ]
    return Hands(account=account, url=url, connection=connection.id, calendar=found[0].id)
