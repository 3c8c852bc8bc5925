"""An independent opinion: the rules of availability, minute by minute, without any cleverness.

Written from the rules alone; it shares no code with the engine, only the values that go in. It
counts in whole minutes since 1970 and knows nothing of `rolling_available_days`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from booking.availability.facts import Ask, Coverage, OwnBlock, Situation, Source
from booking.availability.hours import WorkingHours

NEAR_DAYS, FAR_DAYS = 6, 16
DAY = 1440


def oracle(situation: Situation, ask: Ask) -> list[tuple[int, int | None, bool]]:
    """Return (start, seats left, on request) of every slot, by trying every minute."""
    return Oracle(situation, ask).slots()


@lru_cache(maxsize=100_000)
def _minute_of(day: date, minute: int, zone: ZoneInfo) -> int:
    """The minute at which clocks first show a wall time, moved on by the gap if they skip it."""
    wanted = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)
    shown = [try_ for try_ in _tries(wanted) if wall(try_, zone) == wanted]
    if shown:
        return min(shown)
    as_utc = int(wanted.replace(tzinfo=UTC).timestamp()) // 60
    day_before, day_after = (_ahead(as_utc + days * DAY, zone) for days in (-1, 1))
    moved = minute + day_after - day_before
    return _minute_of(day, moved, zone)


def _tries(wanted: datetime) -> list[int]:
    """Every minute that might show this wall time: offsets are quarter hours within a day."""
    as_utc = int(wanted.replace(tzinfo=UTC).timestamp()) // 60
    return [as_utc - quarter * 15 for quarter in range(-64, 65)]


def _ahead(minute: int, zone: ZoneInfo) -> int:
    shown = wall(minute, zone).replace(tzinfo=UTC)
    return int(shown.timestamp()) // 60 - minute


@lru_cache(maxsize=100_000)
def wall(minute: int, zone: ZoneInfo) -> datetime:
    """What clocks show at a minute, whichever time round."""
    moment = datetime.fromtimestamp(minute * 60, UTC).astimezone(zone)
    return moment.replace(tzinfo=None, fold=0)


class Oracle:
    def __init__(self, situation: Situation, ask: Ask) -> None:
        self.rules = situation.rules
        self.host = situation.host
        self.situation = situation
        self.ask = ask
        self.duration = ask.duration_minutes or self.rules.duration_minutes
        self.step = self.rules.slot_interval_minutes or self.duration
        self.look(NEAR_DAYS)
        self.dated: dict[int, date] = {}
        self.own = [block for block in self.host.busy.own if self.stands(block)]

    def look(self, days: int) -> None:
        """Look at so many days before and after the question."""
        self.first = self.ask.start // 60 // DAY * DAY - days * DAY
        self.last = self.ask.end // 60 + days * DAY

    def stands(self, block: OwnBlock) -> bool:
        if block.expires_at is not None and self.ask.now >= block.expires_at:
            return False
        if block.source is Source.HOLD:
            return block.ref != self.ask.own_hold
        return block.ref != self.ask.moving

    def slots(self) -> list[tuple[int, int | None, bool]]:
        found = {start: self.rules.seats for start in self.grid() if self.is_bookable(start)}
        seated = self.open_seats()
        found |= {start: left for start, left in seated.items() if self.is_bookable(start)}
        if self.rules.first_slot_only:
            found = self.first_of_each_date(found)
        return [
            (start * 60, found[start], self.is_unknown(start) and self.rules.on_stale == "request")
            for start in sorted(found)
            if self.ask.start <= start * 60 < self.ask.end
        ]

    def first_of_each_date(self, found: dict[int, int | None]) -> dict[int, int | None]:
        kept: dict[date, int] = {}
        for start in sorted(found):
            kept.setdefault(wall(start, self.ask.guest_zone).date(), start)
        return {start: found[start] for start in kept.values()}

    # Hours

    def zone_on(self, day: date, hours: WorkingHours) -> ZoneInfo:
        for journey in hours.travel:
            if journey.first <= day <= journey.last:
                return journey.zone
        return hours.zone

    def open_minutes(self, hours: WorkingHours) -> set[int]:
        minutes: set[int] = set()
        day = wall(self.first, UTC_ZONE).date()
        for _ in range((self.last - self.first) // DAY + 1):
            for opens, closes in self.intervals(day, hours):
                zone = self.zone_on(day, hours)
                minutes |= set(range(_minute_of(day, opens, zone), _minute_of(day, closes, zone)))
            day += timedelta(days=1)
        return minutes

    def intervals(self, day: date, hours: WorkingHours) -> tuple[tuple[int, int], ...]:
        if any(absence.first <= day <= absence.last for absence in hours.out_of_office):
            return ()
        for special in hours.overrides:
            if special.date == day:
                return special.intervals
        return hours.weekly[day.weekday()]

    def openings(self) -> list[tuple[int, int]]:
        return self.whole(self.own_minutes)

    def own_minutes(self) -> set[int]:
        minutes = self.open_minutes(self.host.hours)
        if self.situation.restriction is not None:
            minutes &= self.open_minutes(self.situation.restriction)
        return minutes

    def whole(self, lay: Callable[[], set[int]]) -> list[tuple[int, int]]:
        """Stretches that may matter, seen from further away where one reaches the edge."""
        found = self.near_runs(lay())
        edges = self.first + 2 * DAY, self.last - 2 * DAY
        if any(start <= edges[0] or end >= edges[1] for start, end in found):
            self.look(FAR_DAYS)
            found = self.near_runs(lay())
        return found

    def near_runs(self, minutes: set[int]) -> list[tuple[int, int]]:
        return [run for run in runs(minutes, self.mondays(minutes)) if self.is_near(*run)]

    def mondays(self, minutes: set[int]) -> set[int]:
        """Every Monday's midnight after a week that was open throughout."""
        mondays = {self.day_start(day) for day in self.dates() if day.weekday() == 0}
        return {
            monday
            for monday in mondays
            if all(minute in minutes for minute in range(monday - self.week_before(monday), monday))
        }

    def is_near(self, start: int, end: int) -> bool:
        """Whether a stretch may matter to the question: a slot on any date it touches."""
        since, until = self.ask.start // 60 - 2 * DAY, self.ask.end // 60 + 2 * DAY
        return start <= until and end >= since

    def week_before(self, monday: int) -> int:
        day = self.date_of(monday)
        return monday - self.day_start(day - timedelta(days=7))

    def dates(self) -> list[date]:
        day = wall(self.first + 8 * DAY, UTC_ZONE).date() - timedelta(days=6)
        count = (self.last - self.first) // DAY - 4
        return [day + timedelta(days=ahead) for ahead in range(count)]

    def day_start(self, day: date) -> int:
        return _minute_of(day, 0, self.zone_on(day, self.host.hours))

    def date_of(self, minute: int) -> date:
        if minute not in self.dated:
            day = wall(minute, UTC_ZONE).date() + timedelta(days=2)
            while self.day_start(day) > minute:
                day -= timedelta(days=1)
            self.dated[minute] = day
        return self.dated[minute]

    # Busy

    def gaps(self, block: OwnBlock | None) -> tuple[int, int]:
        """Minutes between a slot and a block that follows it, and one that precedes it."""
        before, after = (0, 0) if block is None else (block.before // 60, block.after // 60)
        floor = self.host.floor_minutes
        return (
            max(floor, self.rules.buffer_after_minutes + before),
            max(floor, self.rules.buffer_before_minutes + after),
        )

    def blocked(self) -> list[tuple[int, int, OwnBlock | None]]:
        rows = [(row.start, row.end, None) for row in self.host.busy.calendar]
        mine = [(block.start, block.end, block) for block in self.own]
        padded = []
        for start, end, block in [*rows, *mine]:
            ahead, behind = self.gaps(block)
            padded.append((start // 60 - ahead, end // 60 + behind, block))
        return padded

    def free_ranges(self) -> list[tuple[int, int]]:
        blocked = self.blocked()
        taken = {minute for start, end, _ in blocked for minute in range(start, end)}
        moments = {start for start, end, _ in blocked if start == end}
        ranges = []
        for start, end in self.openings():
            ranges += runs(set(range(start, end)) - taken, moments)
        return ranges

    def grid(self) -> list[int]:
        mark = next((m for m in (60, 30, 20, 15, 10, 5) if self.step % m == 0), 1)
        found: list[int] = []
        for start, end in self.free_ranges():
            units = [mark] if self.rules.slot_alignment == "clock" else [mark, 15, 5, 1]
            most = len(range(start, end - self.duration + 1, self.step))
            for unit in units:
                first = start
                while self.wall_minute(first) % unit:
                    first += 1
                if len(units) == 1 or len(range(first, end - self.duration + 1, self.step)) == most:
                    break
            first += self.rules.start_offset_minutes
            found += range(first, end - self.duration + 1, self.step)
        return found

    def wall_minute(self, minute: int) -> int:
        return wall(minute, self.zone_on(self.date_of(minute), self.host.hours)).minute

    def open_seats(self) -> dict[int, int]:
        if self.rules.seats is None:
            return {}
        sitting: dict[int, int] = {}
        for block in self.own:
            if self.is_same_slot(block):
                start = block.start // 60
                sitting[start] = sitting.get(start, 0) + block.seats
        openings = self.openings()
        return {
            start: self.rules.seats - taken
            for start, taken in sitting.items()
            if taken < self.rules.seats
            and any(a <= start and start + self.duration <= b for a, b in openings)
            and not self.is_blocked_by_others(start)
        }

    def is_same_slot(self, block: OwnBlock) -> bool:
        is_ours = block.event_type_id == self.situation.event_type_id
        return is_ours and block.end - block.start == self.duration * 60

    def is_blocked_by_others(self, start: int) -> bool:
        for since, until, block in self.blocked():
            if block is not None and self.is_same_slot(block) and block.start == start * 60:
                continue
            if since < start + self.duration and until > start:
                return True
        return False

    # Filters

    def is_bookable(self, start: int) -> bool:
        if start * 60 < self.ask.now + self.rules.minimum_notice_minutes * 60:
            return False
        if not self.is_in_window(start) or self.is_full(start):
            return False
        return not (self.rules.on_stale == "hide" and self.is_unknown(start))

    def is_in_window(self, start: int) -> bool:
        window, day = self.rules.window, self.date_of(start)
        if window.start_date is not None and window.end_date is not None:
            return window.start_date <= day <= window.end_date
        if window.type == "unlimited":
            return True
        left, last = window.days or 0, self.date_of(self.ask.now // 60)
        while left:
            last += timedelta(days=1)
            if window.type == "rolling_days" or last.weekday() < 5:
                left -= 1
        return day <= last

    def is_full(self, start: int) -> bool:
        day = self.date_of(start)
        for tally in self.host.tallies:
            rows = [row for row in tally.counted if row.booking_id != self.ask.moving]
            for kind in ("day", "week", "month", "year"):
                same = [r for r in rows if _same(kind, self.date_of(r.start // 60), day)]
                most = getattr(tally.limits.bookings, kind)
                if most is not None and len(same) + 1 > most:
                    return True
                most = getattr(tally.limits.minutes, kind)
                if most is not None and sum(r.minutes for r in same) + self.duration > most:
                    return True
        return False

    def is_unknown(self, start: int) -> bool:
        ahead, behind = self.gaps(None)
        since, until = start - behind, start + self.duration + ahead
        return any(not self.is_known(calendar, since, until) for calendar in self.host.coverage)

    def is_known(self, calendar: Coverage, since: int, until: int) -> bool:
        if calendar.synced_at is None or self.ask.now - calendar.synced_at > calendar.max_age:
            return False
        return calendar.start <= since * 60 and until * 60 <= calendar.end


def _same(kind: str, one: date, other: date) -> bool:
    if kind == "day":
        return one == other
    if kind == "week":
        return one.isocalendar()[:2] == other.isocalendar()[:2]
    if kind == "month":
        return (one.year, one.month) == (other.year, other.month)
    return one.year == other.year


def runs(minutes: set[int], cuts: set[int]) -> list[tuple[int, int]]:
    """Stretches of consecutive minutes, parted at every cut."""
    runs: list[tuple[int, int]] = []
    for minute in sorted(minutes):
        if runs and runs[-1][1] == minute and minute not in cuts:
            runs[-1] = (runs[-1][0], minute + 1)
        else:
            runs.append((minute, minute + 1))
    return runs


UTC_ZONE = ZoneInfo("UTC")
