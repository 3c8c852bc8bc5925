"""A person with a plain CalDAV client on both sides of a pair, who never stops editing.

Each event carries its own word at the start of its title (`e0007`), by which it is told apart on
both sides; each value that is typed is unique, so that it can be looked for afterwards.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component, Event

from booking.core.clock import SystemClock
from booking.sync.ports import SIDES, Side
from tests.pairs.storm_client import VALUE, Hands, Seen

BERLIN = ZoneInfo("Europe/Berlin")
_FIELDS = ("SUMMARY", "LOCATION", "DESCRIPTION")


@dataclass(slots=True)
class Ledger:
    """What the person did.

    `typed`: each value with its event; `replaced`: values that they overwrote or deleted while
    they saw them; `deleted`: the sides on which they deleted an event.
    """

    typed: dict[str, str] = field(default_factory=dict)
    replaced: set[str] = field(default_factory=set)
    deleted: dict[str, set[Side]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    deeds: Counter[str] = field(default_factory=Counter)

    def value(self, word: str) -> str:
        """Return a value that nobody typed yet."""
        made = f"v{len(self.typed):06}"
        self.typed[made] = word
        return made

    def forget(self, value: str) -> None:
        """Take a value back that never reached a server."""
        self.typed[value] = ""


class Person:
    """Edits both calendars at random; all chance comes from `chance`."""

    def __init__(self, hands: dict[Side, Hands], chance: random.Random) -> None:
        self.hands = hands
        self.ledger = Ledger()
        self._chance = chance
        self._ways: list[tuple[int, str, Callable[[Side], bool]]] = [
            (6, "create", self._create),
            (7, "edit", self._edit),
            (3, "move", self._move),
            (4, "exception", self._exception),
            (2, "delete", self._delete),
            (6, "both", self._both),
        ]

    def act(self) -> None:
        """Do one thing on one side, or on both at once."""
        living = len(self.ledger.words) - len(self.ledger.deleted)
        weights = [way[0] * (3 if way[1] == "create" and living < 15 else 1) for way in self._ways]
        _, name, way = self._chance.choices(self._ways, weights)[0]
        if way(self._chance.choice(SIDES)):
            self.ledger.deeds[name] += 1

    def _create(self, side: Side) -> bool:
        word = f"e{len(self.ledger.words):04}"
        event = Event()
        title, start = self.ledger.value(word), self._start()
        event.add("UID", f"{word}-{self._chance.randrange(1 << 32):08x}@person")
        event.add("DTSTAMP", SystemClock().now())
        event.add("SUMMARY", f"{word} {title}")
        kind = self._chance.choice(("timed", "timed", "day", "series", "series"))
        if kind == "day":
            event.add("DTSTART", start.date())
            event.add("DTEND", start.date() + timedelta(days=1))
        else:
            event.add("DTSTART", start)
            event.add("DURATION", timedelta(minutes=45))
        if kind == "series":
            event.add("RRULE", {"FREQ": "WEEKLY", "COUNT": 8})
        self.ledger.words.append(word)
        hands = self.hands[side]
        done = hands.write(f"{hands.calendar}{word}.ics", _object(event), None, title)
        assert done, "a new name was taken"
        return True

    def _start(self) -> datetime:
        day = SystemClock().now().date() + timedelta(days=self._chance.randrange(2, 60))
        minutes = self._chance.randrange(6 * 60, 20 * 60)
        return datetime(day.year, day.month, day.day, tzinfo=BERLIN) + timedelta(minutes=minutes)

    def _some(self, side: Side, fits: Callable[[Seen], bool] = bool) -> Seen | None:
        """Return an event of this side that fits."""
        found = self.hands[side].listing()
        self._chance.shuffle(found)
        for url in found:
            seen = self.hands[side].read(url)
            if seen is not None and fits(seen):
                return seen
        return None

    def _edit(self, side: Side) -> bool:
        seen = self._some(side)
        return seen is not None and self._typed_into(side, seen, self._chance.choice(_FIELDS))

    def _typed_into(self, side: Side, seen: Seen, name: str) -> bool:
        value = self.ledger.value(seen.word)
        calendar = Calendar.from_ical(seen.text)
        master = _master(calendar)
        old = str(master.get(name, ""))
        text = f"{seen.word} {value}" if name == "SUMMARY" else f"in {value}"
        master.pop(name, None)
        master.add(name, text)
        return self._saved(side, seen, calendar, value, VALUE.findall(old))

    def _move(self, side: Side) -> bool:
        seen = self._some(side, lambda one: not _has_exceptions(one))
        if seen is None:
            return False
        calendar = Calendar.from_ical(seen.text)
        master = _master(calendar)
        start = self._start()
        is_day = not isinstance(master.decoded("DTSTART"), datetime)
        for name in ("DTSTART", "DTEND", "DURATION"):
            master.pop(name, None)
        master.add("DTSTART", start.date() if is_day else start)
        if is_day:
            master.add("DTEND", start.date() + timedelta(days=1))
        else:
            master.add("DURATION", timedelta(minutes=30))
        return self._saved(side, seen, calendar, "DTSTART", ())

    def _exception(self, side: Side) -> bool:
        """Change or cancel one instance of a series."""
        seen = self._some(side, lambda one: "RRULE" in one.text)
        if seen is None:
            return False
        calendar = Calendar.from_ical(seen.text)
        master = _master(calendar)
        place = self._chance.randrange(1, 8)
        instance = master.decoded("DTSTART") + timedelta(weeks=place)
        if any(_same(part, instance) for part in _overrides(calendar)) or "EXDATE" in seen.text:
            return False
        if self._chance.random() < 0.3:
            master.add("EXDATE", instance)
            return self._saved(side, seen, calendar, "EXDATE", ())
        value = self.ledger.value(seen.word)
        part = Event()
        part.add("UID", str(master["UID"]))
        part.add("DTSTAMP", SystemClock().now())
        part.add("RECURRENCE-ID", instance)
        part.add("DTSTART", instance + timedelta(minutes=self._chance.choice((0, 15, 90))))
        part.add("DURATION", timedelta(minutes=20))
        part.add("SUMMARY", f"{seen.word} {value}")
        calendar.add_component(part)
        return self._saved(side, seen, calendar, value, ())

    def _delete(self, side: Side, fits: Callable[[Seen], bool] = bool) -> bool:
        seen = self._some(side, fits)
        if seen is None or not self.hands[side].delete(seen):
            return False
        self.ledger.deleted.setdefault(seen.word, set()).add(side)
        self.ledger.replaced.update(VALUE.findall(seen.text))
        return True

    def _both(self, side: Side) -> bool:
        """Edit an event on both sides, or delete it here and edit it there."""
        seen = self._some(side)
        if seen is None:
            return False
        word = seen.word
        there = self._some(side.other, lambda one: one.word == word)
        if there is None:
            return False
        name = self._chance.choice(_FIELDS)
        done = self._typed_into(side, seen, name)
        if self._chance.random() < 0.2:
            return self._delete(side.other, lambda one: one.word == word) or done
        other = name if self._chance.random() < 0.6 else self._chance.choice(_FIELDS)
        return self._typed_into(side.other, there, other) or done

    def _saved(
        self, side: Side, seen: Seen, calendar: Calendar, sign: str, replaced: list[str] | tuple[()]
    ) -> bool:
        master = _master(calendar)
        master.pop("LAST-MODIFIED", None)
        master.add("LAST-MODIFIED", SystemClock().now())
        text = calendar.to_ical().decode()
        done = self.hands[side].write(seen.url, text, seen.etag, sign)
        if done:
            self.ledger.replaced.update(replaced)
        elif sign in self.ledger.typed:
            self.ledger.forget(sign)
        return done


def _object(event: Event) -> str:
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", "-//person//storm//EN")
    calendar.add_component(event)
    text: str = calendar.to_ical().decode()
    return text


def _master(calendar: Calendar) -> Component:
    return next(part for part in calendar.walk("VEVENT") if "RECURRENCE-ID" not in part)


def _overrides(calendar: Calendar) -> Iterator[Component]:
    return (part for part in calendar.walk("VEVENT") if "RECURRENCE-ID" in part)


def _has_exceptions(seen: Seen) -> bool:
    return "RECURRENCE-ID" in seen.text or "EXDATE" in seen.text


def _same(part: Component, instance: Any) -> bool:
    found = part.decoded("RECURRENCE-ID")
    if isinstance(found, datetime) and isinstance(instance, datetime):
        return found.astimezone(UTC) == instance.astimezone(UTC)
    return bool(found == instance)
