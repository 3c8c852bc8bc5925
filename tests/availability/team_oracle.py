"""An independent opinion about several hosts: every company is tried at every minute.

Written from the rules alone, on the brute force for one host. A company is everybody who is
needed and one host of each group; a minute is possible when some company is free for the whole
slot.
"""

from __future__ import annotations

from itertools import product

from booking.availability.facts import Ask, HostFacts, OwnBlock, Situation
from booking.availability.hosts_facts import Resource, TeamHost, TeamSituation
from tests.availability.oracle import DAY, Oracle, runs

Company = tuple[int, ...]
Found = tuple[int, int | None, bool, tuple[int, ...]]
"""Start, seats left, on request, and the hosts among whom one may choose."""


def team_oracle(situation: TeamSituation, ask: Ask) -> list[Found]:
    """Return every slot, by trying every company at every minute."""
    return _TeamOracle(situation, ask).slots()


class _TeamOracle:
    def __init__(self, situation: TeamSituation, ask: Ask) -> None:
        self.team = situation
        self.ask = ask
        self.rules = situation.rules
        clocks = situation.clocks or situation.hosts[0].facts.hours
        self.clock = self.member(HostFacts(hours=clocks, tallies=situation.tallies))
        self.hosts = [self.member(host.facts) for host in situation.hosts]
        self.rooms = [self.room(resource) for resource in situation.resources]
        self.everyone = [*self.hosts, *self.rooms]
        self.duration = self.clock.duration
        self.companies = self.every_company()
        self.openings = self.clock.whole(self.team_minutes)
        self.free = [self.free_starts(place) for place in range(len(self.everyone))]

    def member(self, facts: HostFacts) -> Oracle:
        event_type_id = self.team.event_type_id
        return Oracle(
            Situation(rules=self.rules, host=facts, event_type_id=event_type_id), self.ask
        )

    def room(self, resource: Resource) -> Oracle:
        hours = self.clock.host.hours
        return self.member(
            HostFacts(hours=hours, busy=resource.busy, floor_minutes=resource.floor_minutes)
        )

    def every_company(self) -> list[Company]:
        def is_needed(host: TeamHost) -> bool:
            return host.is_fixed or self.team.scheduling != "round_robin"

        needed = [place for place, host in enumerate(self.team.hosts) if is_needed(host)]
        needed += range(len(self.hosts), len(self.everyone))
        groups: dict[int, list[int]] = {}
        for place, host in enumerate(self.team.hosts):
            if not is_needed(host):
                groups.setdefault(host.group, []).append(place)
        return [(*needed, *one_of_each) for one_of_each in product(*groups.values())]

    # Free time

    def team_minutes(self) -> set[int]:
        for member in self.everyone:
            member.first, member.last = self.clock.first, self.clock.last
        always = set(range(self.clock.first - 2 * DAY, self.clock.last + 2 * DAY))
        self.each = [host.open_minutes(host.host.hours) for host in self.hosts]
        self.each += [always] * len(self.rooms)
        minutes: set[int] = set()
        for company in self.companies:
            minutes |= set.intersection(*(self.each[place] for place in company))
        if self.team.restriction is not None:
            minutes &= self.clock.open_minutes(self.team.restriction)
        return minutes

    def free_starts(self, place: int) -> set[int]:
        """Every minute at which a slot lies wholly in this member's free time."""
        member = self.everyone[place]
        blocked = member.blocked()
        taken = {minute for start, end, _ in blocked for minute in range(start, end)}
        moments = {start for start, end, _ in blocked if start == end}
        starts: set[int] = set()
        for opening in self.openings:
            free = set(range(*opening)) & self.each[place] - taken
            for start, end in runs(free, moments):
                starts |= set(range(start, end - self.duration + 1))
        return starts

    def grid(self) -> list[int]:
        possible: set[int] = set()
        for company in self.companies:
            possible |= set.intersection(*(self.free[place] for place in company))
        found: list[int] = []
        for start, last in self.stretches(sorted(possible)):
            first = self.first_of(start, last, possible) + self.rules.start_offset_minutes
            found += range(first, last + 1, self.clock.step)
        return found

    def stretches(self, possible: list[int]) -> list[tuple[int, int]]:
        """First and last of the minutes that follow each other by less than a duration."""
        found: list[tuple[int, int]] = []
        for start in possible:
            if found and start - found[-1][1] < self.duration:
                found[-1] = (found[-1][0], start)
            else:
                found.append((start, start))
        return found

    def first_of(self, start: int, last: int, possible: set[int]) -> int:
        step = self.clock.step
        mark = next((m for m in (60, 30, 20, 15, 10, 5) if step % m == 0), 1)
        units = [mark] if self.rules.slot_alignment == "clock" else [mark, 15, 5, 1]
        best, most = start, -1
        for unit in units:
            first = start
            while self.clock.wall_minute(first) % unit:
                first += 1
            count = sum(minute in possible for minute in range(first, last + 1, step))
            if count > most:
                best, most = first, count
        return best

    # Slots

    def slots(self) -> list[Found]:
        found: dict[int, Found] = {}
        grid = self.grid()
        for start in sorted({*grid, *self.seat_starts()}):
            slot = self.slot_at(start)
            if slot is not None and self.clock.is_bookable(start):
                found[start] = slot
        if self.rules.first_slot_only:
            kept = self.clock.first_of_each_date(dict.fromkeys(found))
            found = {start: found[start] for start in kept}
        asked = range(self.ask.start, self.ask.end)
        return [found[start] for start in sorted(found) if start * 60 in asked]

    def slot_at(self, start: int) -> Found | None:
        """The sitting with the fewest places left, else whoever is free."""
        parties = sorted(self.parties(start).values())
        offers = [(left, members) for left, _, members in parties]
        free = {place for place, starts in enumerate(self.free) if start in starts}
        for left, members in [*offers, (self.rules.seats, frozenset(free))]:
            able = {place for place in members if self.can(place, start)}
            companies = [company for company in self.companies if able.issuperset(company)]
            if companies:
                return self.told(start, left, companies)
        return None

    def told(self, start: int, left: int | None, companies: list[Company]) -> Found:
        def doubts(company: Company) -> int:
            return sum(self.everyone[place].is_unknown(start) for place in company)

        is_request = self.rules.on_stale == "request"
        least = min(map(doubts, companies)) if is_request else 0
        chosen = [c for c in companies if not is_request or doubts(c) == least]
        places = {place for company in chosen for place in company}
        hosts = (host.host_id for place, host in enumerate(self.team.hosts) if place in places)
        return start * 60, left, bool(least), tuple(hosts)

    def can(self, place: int, start: int) -> bool:
        member = self.everyone[place]
        if member.is_full(start):
            return False
        return not (self.rules.on_stale == "hide" and member.is_unknown(start))

    # Seats

    def seat_starts(self) -> set[int]:
        if self.rules.seats is None:
            return set()
        blocks = [block for member in self.everyone for block in member.own]
        starts = {block.start // 60 for block in blocks if self.clock.is_same_slot(block)}
        return {start for start in starts if self.parties(start)}

    def parties(self, start: int) -> dict[frozenset[OwnBlock], tuple[int, int, frozenset[int]]]:
        """Those who sit together at a start, with the places left and their bits."""
        found: dict[frozenset[OwnBlock], tuple[int, int, frozenset[int]]] = {}
        if self.rules.seats is None:
            return found
        for place, member in enumerate(self.everyone):
            sitting = self.sitting(member, start)
            left = self.rules.seats - sum(block.seats for block in sitting)
            if not sitting or left < 1 or not self.is_seat_open(place, start):
                continue
            _, bits, places = found.get(sitting, (0, 0, frozenset()))
            found[sitting] = (left, bits | 1 << place, places | {place})
        return found

    def sitting(self, member: Oracle, start: int) -> frozenset[OwnBlock]:
        same = (block for block in member.own if member.is_same_slot(block))
        return frozenset(block for block in same if block.start == start * 60)

    def is_seat_open(self, place: int, start: int) -> bool:
        slot = set(range(start, start + self.duration))
        is_inside = any(slot <= set(range(*opening)) for opening in self.openings)
        if not is_inside or not slot <= self.each[place]:
            return False
        return not self.everyone[place].is_blocked_by_others(start)
