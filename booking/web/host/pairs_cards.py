"""How pairs and their two calendars stand, in words with cause and remedy. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from booking.calendars.values import CalendarStatus, ConnectionView
from booking.pairs.values import EndView, PairView, SyncReport
from booking.web import english
from booking.web.host import words

BOTH = "both"
DIRECTIONS = (BOTH, "left_to_right", "right_to_left")
_KINDS = {
    "active": ("Active", "good"),
    "paused": ("Paused", ""),
    "halted": ("Halted", "bad"),
    "revoked": ("Revoked", "bad"),
    "ending": ("Being deleted", "warn"),
    "unstarted": ("Not started", "warn"),
    "stopped": ("Stopped", "bad"),
    "failing": ("Active, failing", "warn"),
    "comparing": ("Active, comparing", ""),
}
_STOPPED = {
    "forbidden": (
        "Have the calendar's owner give you the right to change it, or turn the pair so that this "
        "calendar is only read. Then press Resume."
    ),
    "not_found": (
        "If the calendar is back, or shared with you again, press Resume. Else delete the pair: "
        "what the other calendar holds stays there."
    ),
    "unsupported": "Delete the pair and choose another calendar, then press Resume.",
}
_DEEDS = (("create", "created"), ("update", "changed"), ("delete", "deleted"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCard:
    """A pair as its card shows it; `cause` and `remedy` are there when it needs a person.

    `mood` is one of active, paused, halted, revoked, ending, unstarted, stopped, failing and
    comparing; `reconnect` the connection whose password is asked for.
    """

    pair: PairView
    mood: str
    state: str
    kind: str
    cause: str
    remedy: str
    standing: str
    copied: str
    reconnect: int | None = None

    @property
    def is_paused(self) -> bool:
        """Tell whether it waits for Resume."""
        return self.mood in {"paused", "stopped"}

    @property
    def may_sync(self) -> bool:
        """Tell whether "Sync now" does anything."""
        return self.mood in {"active", "failing", "comparing", "halted"}

    @property
    def name(self) -> str:
        """Return both calendars' names with what the arrow says."""
        return f"{self.pair.left.name} {arrow_words(self.pair.direction)} {self.pair.right.name}"


def arrow_words(direction: str) -> str:
    """Return what the arrow between left and right says."""
    told = {"left_to_right": "is copied to", "right_to_left": "is a copy of"}
    return told.get(direction, "is kept the same as")


def direction_words(pair: PairView) -> str:
    """Return which way a pair works, as a sentence."""
    left, right = pair.left.name, pair.right.name
    if pair.direction == "left_to_right":
        return f"One way: “{left}” is copied to “{right}”."
    if pair.direction == "right_to_left":
        return f"One way: “{right}” is copied to “{left}”."
    return "Both ways: a change on either side reaches the other."


def card(pair: PairView, connections: Mapping[int, ConnectionView], now: datetime) -> PairCard:
    """Return the card of a pair; `connections` are the host's, by id."""
    mood = mood_of(pair)
    state, kind = _KINDS[mood]
    waits = [
        end.connection_id
        for end in (pair.left, pair.right)
        if end.connection_id in connections
        and connections[end.connection_id].status == "reconnect_required"
    ]
    return PairCard(
        pair=pair,
        mood=mood,
        state=state,
        kind=kind,
        cause=_cause(pair, mood),
        remedy=_remedy(pair, mood, now),
        standing=_standing(pair, now),
        copied=_copied(pair),
        reconnect=waits[0] if waits else None,
    )


def mood_of(pair: PairView) -> str:
    """Return how a pair stands, finer than its status."""
    if pair.status == "paused":
        if pair.synced_at is None and pair.changed_at is None and not pair.counts.linked:
            return "unstarted"
        return "stopped" if pair.code in _STOPPED else "paused"
    if pair.status != "active":
        return pair.status
    if pair.error_count:
        return "failing"
    return "comparing" if pair.paired_at is None else "active"


def _cause(pair: PairView, mood: str) -> str:
    told = {
        "paused": "You paused this pair.",
        "unstarted": "Nothing has been copied yet.",
        "ending": "The copies that this pair made are being removed.",
    }
    return told.get(mood) or (pair.reason if mood not in {"active", "comparing"} else "")


def _remedy(pair: PairView, mood: str, now: datetime) -> str:
    if mood == "failing":
        again = f"We try again {words.until(pair.retry_at, now)}" if pair.retry_at else "We go on"
        return f"{again}; Sync now asks at once. Nothing is deleted meanwhile."
    told = {
        "paused": "Changes on both sides wait for Resume.",
        "stopped": _STOPPED.get(pair.code, ""),
        "halted": "Look at what would be deleted; there you approve it, or bring the events back.",
        "revoked": "Reconnect the account; the pair goes on by itself, and nothing is lost.",
        "unstarted": "Look at the preview, then start.",
        "ending": "It vanishes from this page when that is done.",
    }
    return told.get(mood, "")


def _standing(pair: PairView, now: datetime) -> str:
    if pair.synced_at is None:
        return "Never synced"
    return f"Last synced {words.ago(pair.synced_at, now)}"


def _copied(pair: PairView) -> str:
    counts = pair.counts
    told = [f"{english.counted(counts.linked, 'event')} linked"]
    told += [f"{counts.queued} waiting to be looked at"] if counts.queued else []
    told += [f"{counts.unsyncable + counts.muted} left out"] if _left_out(pair) else []
    told += [f"{english.counted(counts.held, 'deletion')} held"] if counts.held else []
    return ", ".join(told)


def _left_out(pair: PairView) -> int:
    return pair.counts.unsyncable + pair.counts.muted


@dataclass(frozen=True, slots=True, kw_only=True)
class SideCard:
    """One calendar of a pair: when it was read, how changes are found, what is wrong."""

    side: str
    end: EndView
    read: str
    found: str
    role: str
    fault: str
    fault_at: str
    unread: int
    connection: ConnectionView
    state: str
    kind: str


_HEALTH = {
    "connected": ("Connected", "good"),
    "degraded": ("Degraded", "warn"),
    "reconnect_required": ("Reconnect", "bad"),
}


def side_card(
    pair: PairView, side: str, status: CalendarStatus, connection: ConnectionView, now: datetime
) -> SideCard:
    """Return how one side stands."""
    end = pair.left if side == "left" else pair.right
    state, kind = _HEALTH.get(connection.status, (connection.status, ""))
    fault = status.error or connection.error or ""
    errors = f" ({english.counted(status.error_count, 'failure')})" if status.error_count else ""
    fault_at = words.ago(status.error_at or connection.error_at, now)
    return SideCard(
        side=side,
        end=end,
        read=f"{words.ago(status.synced_at, now)}" if status.synced_at else "not yet",
        found=_found(status),
        role=_role(pair.direction, side),
        fault=fault,
        fault_at=f"{fault_at}{errors}" if fault else "",
        unread=status.unread_events,
        connection=connection,
        state=state,
        kind=kind,
    )


def _found(status: CalendarStatus) -> str:
    if status.synced_at is None:
        return "Known after the first reading"
    if status.sync_token_present:
        return "The server is asked what changed since its cursor"
    return "The whole list is compared, as this server gives no cursor"


def _role(direction: str, side: str) -> str:
    if direction == BOTH:
        return "Read and written"
    is_source = direction.startswith(side)
    return "Source: only read" if is_source else "Receives copies"


def progress(pair: PairView) -> tuple[str, int, int] | None:
    """Return how far the first comparison is: a sentence, done, in all; None once it is over.

    In all is 0 while nobody knows yet.
    """
    if mood_of(pair) not in {"comparing", "failing"} or pair.paired_at is not None:
        return None
    done, left = pair.counts.linked, pair.counts.queued
    if not done and not left:
        return "Reading both calendars.", 0, 0
    sentence = f"{done} of about {done + left} looked at."
    return sentence, done, done + left


def report_words(pair: PairView, report: SyncReport) -> str:
    """Return what a sync did, as a sentence or two."""
    told = [
        f"{written} {word} in “{end.name}”"
        for side, end in (("left", pair.left), ("right", pair.right))
        for op, word in _DEEDS
        if (written := report.written.get(side, {}).get(op, 0))
    ]
    more = _more(report)
    done = f"Synced: {english.listed(told)}." if told else "Synced."
    return " ".join([done, *(more if told or more else ("Nothing had changed.",))])


def _more(report: SyncReport) -> Sequence[str]:
    told = []
    if report.conflicts:
        fields = english.counted(report.conflicts, "field")
        told.append(f"{fields} changed on both sides: see the history.")
    if report.skipped:
        told.append(f"{english.counted(report.skipped, 'event')} could not be written: see below.")
    if report.held:
        told.append(f"{english.counted(report.held, 'deletion')} held for your approval.")
    if not report.finished:
        told.append("The rest is done in the background.")
    return told
