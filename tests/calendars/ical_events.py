"""Random calendar events, texts cleaned as they are at the edge."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from booking.calendars.ical_read import plain_name
from booking.core.event import (
    AllDay,
    Answer,
    Attendee,
    CalendarEvent,
    EventException,
    EventStatus,
    ExtraDate,
    Organizer,
    Recurrence,
    Role,
    Timed,
    Transparency,
    Visibility,
    When,
    exception_key,
)
from booking.core.recurrence import canonical_rule
from booking.core.text import clean_line, clean_text

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Etc/GMT-3", "Asia/Calcutta"]
RULES = [
    "FREQ=DAILY;COUNT=9",
    "FREQ=WEEKLY;BYDAY=MO,WE",
    "FREQ=WEEKLY;INTERVAL=2;UNTIL=20270101",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=YEARLY",
]

lines = st.text(max_size=40).map(clean_line)
texts = st.text(max_size=120).map(clean_text)
names = lines.map(plain_name)
addresses = st.integers(0, 6).map(lambda number: f"person-{number}@example.org")
moments = st.datetimes(datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2028-01-01"))
walls = moments.map(lambda moment: moment.replace(microsecond=0, fold=0))
dates = st.dates(date(2024, 1, 1), date(2028, 1, 1))


@st.composite
def timed(draw: st.DrawFn) -> Timed:
    start = draw(walls)
    end = start + timedelta(minutes=draw(st.integers(0, 3_000)))
    return Timed(start=start, end=end, zone=draw(st.sampled_from([None, *ZONES])))


@st.composite
def all_day(draw: st.DrawFn) -> AllDay:
    start = draw(dates)
    return AllDay(start=start, end=start + timedelta(days=draw(st.integers(1, 9))))


flights = st.builds(
    lambda start: Timed(
        start=start,
        end=start + timedelta(hours=30),
        zone="Europe/Berlin",
        end_zone="America/New_York",
    ),
    walls,
)
whens: st.SearchStrategy[When] = st.one_of(timed(), all_day(), flights)
attendees = st.builds(
    Attendee,
    address=addresses,
    name=names,
    answer=st.sampled_from(Answer),
    role=st.sampled_from(Role),
)


@st.composite
def bodies(draw: st.DrawFn, when: When | None = None) -> CalendarEvent:
    """Return an event that does not repeat."""
    found = {one.address: one for one in draw(st.lists(attendees, max_size=3))}
    return CalendarEvent(
        uid="random@example.org",
        when=when or draw(whens),
        title=draw(lines),
        description=draw(texts),
        location=draw(texts),
        status=draw(st.sampled_from([EventStatus.CONFIRMED, EventStatus.TENTATIVE])),
        transparency=draw(st.sampled_from(Transparency)),
        visibility=draw(st.sampled_from(Visibility)),
        url=draw(st.sampled_from(["", "https://example.org/a;b,c?d=%2C"])),
        color=draw(st.sampled_from(["", "tomato", "#aabbcc"])),
        priority=draw(st.integers(0, 9)),
        attendees=tuple(found[address] for address in sorted(found)),
        organizer=draw(st.none() | st.builds(Organizer, address=addresses, name=names)),
        sequence=draw(st.integers(0, 5)),
        updated_at=datetime(2026, 1, 1, tzinfo=UTC),
        mark=draw(st.sampled_from(["", "pair-7.link-9"])),
    )


@st.composite
def series(draw: st.DrawFn) -> CalendarEvent:
    """Return a series with exceptions of every kind."""
    master = draw(bodies())
    starts = [_later(master.when, days) for days in (0, 1, 7, 14, 30)]
    exceptions = [
        draw(_exceptions(master, start))
        for start in draw(st.lists(st.sampled_from(starts), max_size=3, unique=True))
    ]
    return replace(
        master,
        recurrence=draw(_recurrences(master.when)),
        exceptions=tuple(sorted(exceptions, key=lambda one: exception_key(one.original_start))),
    )


@st.composite
def _recurrences(draw: st.DrawFn, when: When) -> Recurrence:
    rules = [canonical_rule(rule, when) for rule in draw(st.sets(st.sampled_from(RULES)))]
    days = sorted(draw(st.sets(st.integers(100, 120), max_size=2)))
    extra = [ExtraDate(start=_later(when, day)) for day in days]
    if isinstance(when, Timed) and draw(st.booleans()):
        start = when.start + timedelta(days=200)
        extra.append(ExtraDate(start=start, end=start + timedelta(hours=5)))
    if not rules and not extra:
        rules = ["FREQ=DAILY"]
    return Recurrence(rules=tuple(sorted(rules)), extra_dates=tuple(extra))


@st.composite
def _exceptions(draw: st.DrawFn, master: CalendarEvent, start: date) -> EventException:
    kind = draw(st.sampled_from(["cancelled", "moved", "described"]))
    replacement = None
    if kind == "moved":
        replacement = replace(draw(bodies()), mark=master.mark)
    if kind == "described":
        replacement = replace(master, when=_instance(master.when, start), title=draw(lines))
    return EventException(
        original_start=start, replacement=replacement, and_future=draw(st.booleans())
    )


def _later(when: When, days: int) -> date:
    return when.start + timedelta(days=days)


def _instance(when: When, start: date) -> When:
    if isinstance(when, Timed) and isinstance(start, datetime):
        return when.moved_to(start)
    assert isinstance(when, AllDay)
    return when.moved_to(start)
