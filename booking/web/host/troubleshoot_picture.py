"""The picture of one day: a strip for each lane under one axis of hours, and its text twin. Pure.

The axis counts elapsed hours from the day's beginning, so a day with 23 or 25 hours has as many
columns, each labelled with what clocks show there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from booking.bookings.explained import (
    Cause,
    ExplainedDate,
    Lane,
    LaneKind,
    Stretch,
)
from booking.web import english
from booking.web.host import words
from booking.web.host.troubleshoot_words import Speaker

_HOUR = 3600
_DEFAULT_SHOWN = (8, 18)  # hours after the day's beginning
_LABELS = {
    LaneKind.WORKING_HOURS: "Working hours",
    LaneKind.OUT_OF_OFFICE: "Out of office",
    LaneKind.CALENDAR: "Calendar",
    LaneKind.BOOKINGS: "Bookings",
    LaneKind.HOLDS: "Held by guests",
    LaneKind.RULES: "Rules",
    LaneKind.OFFERED: "Offered",
}
_NOTHING = {
    LaneKind.WORKING_HOURS: "closed all day",
    LaneKind.CALENDAR: "nothing that blocks",
    LaneKind.BOOKINGS: "none",
    LaneKind.OFFERED: "no time",
}
_KIND_CSS = {
    LaneKind.WORKING_HOURS: "open",
    LaneKind.OUT_OF_OFFICE: "away",
    LaneKind.CALENDAR: "busy",
    LaneKind.BOOKINGS: "booked",
    LaneKind.HOLDS: "held",
    LaneKind.RULES: "rule",
    LaneKind.OFFERED: "offered",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A rectangle of a strip: minutes from the axis' beginning, what it is, what it says."""

    x: float
    width: float
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One lane: its label, whose it is ("" for all), its blocks, and the same as a sentence."""

    label: str
    member: str
    blocks: tuple[Block, ...]
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What the template draws; `width` in minutes, one of `hours` for every 60 of them."""

    width: int
    hours: tuple[str, ...]
    strips: tuple[Strip, ...]


def draw(day: ExplainedDate, speaker: Speaker) -> Picture:
    """Return the picture of a date, on the clocks of the speaker's zone."""
    first, last = _shown(day)
    hours = range(first, last, _HOUR)
    return Picture(
        width=len(hours) * 60,
        hours=tuple(_label(at, speaker.zone) for at in hours),
        strips=tuple(_strip(lane, (first, last), speaker) for lane in day.lanes),
    )


def _label(at: int, zone: str) -> str:
    local = words.local(at, zone)
    return words.clock(local) if local.minute else f"{local:%H}"


def _shown(day: ExplainedDate) -> tuple[int, int]:
    """Return the whole hours that the picture covers: all that could be booked, and around it."""
    spans = [*day.hours, *((each.start, each.end) for each in day.starts)]
    spans += [span for _, hours in day.host_hours for span in hours]
    for lane in day.lanes:
        if lane.kind in {LaneKind.BOOKINGS, LaneKind.HOLDS}:
            spans += [(each.start or 0, each.end or 0) for each in lane.stretches]
    usual = [day.since + hour * _HOUR for hour in _DEFAULT_SHOWN]
    first = min([start for start, _ in spans] + usual[:1]) - day.since
    last = max([end for _, end in spans] + usual[1:]) - day.since
    first, last = first // _HOUR - 1, -(-last // _HOUR) + 1
    whole = -(-(day.until - day.since) // _HOUR)
    return day.since + max(0, first) * _HOUR, day.since + min(whole, last) * _HOUR


def _strip(lane: Lane, shown: tuple[int, int], speaker: Speaker) -> Strip:
    label = lane.calendar_name or _LABELS[lane.kind]
    member = speaker.name_of(lane.member_id)
    told = [_told(stretch, lane, speaker) for stretch in lane.stretches]
    if lane.kind is LaneKind.OFFERED:
        told = [text.split(words.DASH)[0] for text in told]
    said = english.listed(told) or _NOTHING.get(lane.kind, "none")
    return Strip(
        label=label,
        member=member,
        blocks=tuple(_blocks(lane, shown, told)),
        sentence=f"{label}{f' ({member})' if member else ''}: {said}.",
    )


def _told(stretch: Stretch, lane: Lane, speaker: Speaker) -> str:
    """Return a stretch as words: when, and which booking or rule it is."""
    if lane.kind is LaneKind.RULES and stretch.code is not None:
        cause = Cause(code=stretch.code, start=stretch.start, end=stretch.end, rule=stretch.rule)
        return speaker.tell(cause).text.rstrip(".")
    start, end = stretch.start or 0, stretch.end or 0
    if start == end:
        return words.clock(words.local(start, speaker.zone))
    span = words.span(start, end, speaker.zone)
    title = f" “{stretch.title}”" if stretch.title else ""
    around = start - stretch.before, end + stretch.after
    gaps = (
        f", with gaps {words.span(*around, speaker.zone)}" if stretch.before + stretch.after else ""
    )
    return f"{span}{title}{gaps}"


def _blocks(lane: Lane, shown: tuple[int, int], told: Sequence[str]) -> Iterable[Block]:
    """Yield the rectangles of a lane, gaps beneath what they belong to."""
    kind = _KIND_CSS[lane.kind]
    for stretch, (start, end), text in zip(lane.stretches, _spans(lane, shown), told, strict=True):
        if stretch.before or stretch.after:
            yield from _block((start - stretch.before, end + stretch.after), shown, "gap", text)
        yield from _block((start, end), shown, kind, text)


def _spans(lane: Lane, shown: tuple[int, int]) -> list[tuple[int, int]]:
    """Return where each stretch is drawn; what is offered ends where the next start is."""
    spans = [
        (
            shown[0] if each.start is None else each.start,
            shown[1] if each.end is None else each.end,
        )
        for each in lane.stretches
    ]
    if lane.kind is LaneKind.OFFERED:
        cut = [(start, min(end, after)) for (start, end), (after, _) in pairwise(spans)]
        spans = [*cut, *spans[-1:]]
    return spans


def _block(span: tuple[int, int], shown: tuple[int, int], kind: str, text: str) -> Iterable[Block]:
    start, end = max(span[0], shown[0]), min(span[1], shown[1])
    if start <= end and start < shown[1] and (end > shown[0]):
        width = max((end - start) / 60, 2.0)  # what has no length is still seen
        yield Block(x=(start - shown[0]) / 60, width=width, kind=kind, text=text)
