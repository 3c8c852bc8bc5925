"""What happened along a pair, field by field, and what was removed; both can be brought back."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking.core.errors import BookingError, NotFound
from booking.core.zones import zone
from booking.pairs.values import HistoryEntry, PairView, TrashEntry
from booking.web import current
from booking.web.host import pairs_words as told
from booking.web.host import words
from booking.web.policy import host_only

pages = Blueprint("host_pairs_past", __name__, url_prefix="/pairs")
_PER_PAGE = 30
_KINDS = {
    "created": ("Created", "plus"),
    "changed": ("Changed", "edit"),
    "deleted": ("Deleted", "trash"),
    "conflict": ("Both sides changed it", "alert"),
    "edit_beats_deletion": ("Deleted on one side, edited on the other", "alert"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field's value before and after; of a conflict: set aside and kept."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One entry of the history in words; `place` is the calendar it happened in."""

    entry: HistoryEntry
    kind: str
    icon: str
    title: str
    at: str
    when: str
    place: str
    fields: tuple[Field, ...]
    restored: str

    @property
    def is_conflict(self) -> bool:
        """Tell whether one value was kept and another set aside."""
        return self.entry.kind == "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """One entry of the trash in words."""

    entry: TrashEntry
    title: str
    at: str
    when: str
    place: str
    kept_until: str
    restored: str


@pages.get("/<id:pair>/history")
@host_only
def history(pair: int) -> str:
    """Show what was written and what gave way, the newest first."""
    services, user_id = current.services(), current.user_id()
    view = services.pairs.get(user_id, pair)
    found = services.pairs.history(user_id, pair, before=_before(), limit=_PER_PAGE + 1)
    return render_template(
        "host/pairs_history.html",
        pair=view,
        entries=[_happening(view, each) for each in found[:_PER_PAGE]],
        following=found[_PER_PAGE - 1].id if len(found) > _PER_PAGE else None,
        zone=_zone_label(),
    )


@pages.post("/<id:pair>/history/<id:entry>/restore")
@host_only
def restore_value(pair: int, entry: int) -> Response:
    """Bring back a value that gave way, on both sides."""
    try:
        back = current.services().pairs.restore_value(current.user_id(), pair, entry)
    except NotFound:
        raise
    except BookingError as error:
        flash(error.message, "bad")
    else:
        flash(f"The earlier value of {_name(back.title)} comes back with the next sync.", "good")
    return redirect(url_for(".history", pair=pair), 303)


@pages.get("/<id:pair>/trash")
@host_only
def trash(pair: int) -> str:
    """Show what was removed in the last thirty days, the newest first."""
    services, user_id = current.services(), current.user_id()
    view = services.pairs.get(user_id, pair)
    found = services.pairs.trash(user_id, pair, before=_before(), limit=_PER_PAGE + 1)
    return render_template(
        "host/pairs_trash.html",
        pair=view,
        entries=[_removed(view, each) for each in found[:_PER_PAGE]],
        following=found[_PER_PAGE - 1].id if len(found) > _PER_PAGE else None,
        zone=_zone_label(),
    )


@pages.post("/<id:pair>/trash/<id:item>/restore")
@host_only
def restore_item(pair: int, item: int) -> Response:
    """Bring a removed event back."""
    try:
        back = current.services().pairs.restore_item(current.user_id(), pair, item)
    except NotFound:
        raise
    except BookingError as error:
        flash(error.message, "bad")
    else:
        flash(f"{_name(back.title)} comes back with the next sync.", "good")
    return redirect(url_for(".trash", pair=pair), 303)


def _before() -> int | None:
    """Return the id that an older page begins below; nonsense shows the first page."""
    text = request.args.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _name(title: str) -> str:
    return f"“{told.title(title)}”"


def _zone_label() -> str:
    return words.zone_label(current.host().time_zone, current.now())


def _moment(entry: HistoryEntry | TrashEntry) -> str:
    here = entry.at.astimezone(zone(current.host().time_zone))
    return f"{words.day(here.date())}, {words.clock(here)}"


def _place(pair: PairView, side: str) -> str:
    return pair.left.name if side == "left" else pair.right.name


def _happening(pair: PairView, entry: HistoryEntry) -> Happening:
    kind, icon = _KINDS.get(entry.kind, (entry.kind, "info"))
    return Happening(
        entry=entry,
        kind=kind,
        icon=icon,
        title=told.title(entry.title),
        at=_moment(entry),
        when=told.when(entry.when, current.host().time_zone) if entry.when else "",
        place=_place(pair, entry.side),
        fields=_fields(entry),
        restored=words.ago(entry.restored_at, current.now()) if entry.restored_at else "",
    )


def _fields(entry: HistoryEntry) -> tuple[Field, ...]:
    """Return the changed fields; of a conflict `new` is the value that was kept."""
    host_zone, is_conflict = current.host().time_zone, entry.kind == "conflict"
    found = []
    for leaf, pair in sorted(entry.changes.items()):
        first, second = (told.value(leaf, each, host_zone) for each in pair)
        old, new = (second, first) if is_conflict else (first, second)
        found.append(Field(label=told.label(leaf), old=old, new=new))
    return tuple(found)


def _removed(pair: PairView, entry: TrashEntry) -> Removed:
    until = entry.expires_at.astimezone(zone(current.host().time_zone))
    return Removed(
        entry=entry,
        title=told.title(entry.title),
        at=_moment(entry),
        when=told.when(entry.when, current.host().time_zone),
        place=_place(pair, entry.side),
        kept_until=words.day(until.date()),
        restored=words.ago(entry.restored_at, current.now()) if entry.restored_at else "",
    )
