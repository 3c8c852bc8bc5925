"""The wire form of pairs of calendars: how they stand, what they would do and what they did."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from booking.sync.policy import Direction
from booking.web.schemas.calendars import NewCalendarSchema
from booking.web.schemas.fields import Flag, Id, Moment, Text, Whole, choice, true_or_false

_STATUSES = ("active", "paused", "halted", "revoked", "ending")
_ACTIONS = ("create", "change", "delete", "hold", "link", "skip")
_KINDS = ("created", "changed", "deleted", "conflict", "edit_beats_deletion")
_WHEN: dict[str, Any] = {
    "description": "Dates, or wall times and their zone; null where the item could not be read.",
    "example": {
        "start": "2026-11-23T09:00:00",
        "end": "2026-11-23T10:00:00",
        "zone": "Europe/Berlin",
    },
}


class NewEndSchema(Schema):
    """One side of a new pair: a calendar, or a connection and the calendar to be made there."""

    calendar_id = Id(load_default=None)
    connection_id = Id(load_default=None)
    create = fields.Nested(NewCalendarSchema, load_default=None)

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Refuse a side that names nothing, or two things."""
        is_new = data.get("connection_id") is not None and data.get("create") is not None
        is_odd = (data.get("connection_id") is None) != (data.get("create") is None)
        if is_odd or is_new == (data.get("calendar_id") is not None):
            raise ValidationError(
                "Send calendar_id, or connection_id with create: {name, color}.", "calendar_id"
            )


class EndSchema(Schema):
    """One side of a pair."""

    calendar_id = Id()
    name = Text()
    color = Text(allow_none=True)
    connection_id = Id()
    account = Text()
    read_only = Flag()


class CountsSchema(Schema):
    """How many items are linked, and how many are not in step."""

    linked = Whole()
    held = Whole()
    unsyncable = Whole()
    muted = Whole()
    queued = Whole()


class NewPairSchema(Schema):
    """Two calendars to be kept the same."""

    left = fields.Nested(NewEndSchema, required=True)
    right = fields.Nested(NewEndSchema, required=True)
    direction = fields.String(
        load_default=Direction.BOTH.value, validate=validate.OneOf([*Direction])
    )
    title_mask = fields.String(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "With one direction: copies show this title and their times alone.",
            "example": "Busy",
        },
    )
    paused = true_or_false(load_default=False)


class PairSchema(Schema):
    """A pair and how it stands."""

    id = Id()
    left = fields.Nested(EndSchema)
    right = fields.Nested(EndSchema)
    direction = choice(*Direction)
    title_mask = Text(allow_none=True)
    status = choice(*_STATUSES)
    code = Text(
        metadata={"description": "Empty while all is well; `mass_deletion` while it is halted."}
    )
    reason = Text()
    counts = fields.Nested(CountsSchema)
    synced_at = Moment(allow_none=True)
    changed_at = Moment(allow_none=True)
    paired_at = Moment(allow_none=True)
    error_count = Whole()
    error_at = Moment(allow_none=True)
    error = Text(allow_none=True)
    retry_at = Moment(allow_none=True)
    created_at = Moment()


class PairChangeSchema(Schema):
    """What can be changed about a pair."""

    direction = fields.String(validate=validate.OneOf([*Direction]))
    paused = true_or_false()


class CopiesSchema(Schema):
    """What becomes of the copies when a pair is deleted."""

    copies = fields.String(load_default="keep", validate=validate.OneOf(("keep", "remove")))


class SyncRequestSchema(Schema):
    """`full`: read every item anew, whatever the server says has changed."""

    full = true_or_false(load_default=False)


class WaitingSchema(Schema):
    """An item that is left out for now, and why."""

    id = Id()
    title = Text()
    when = fields.Raw(allow_none=True, metadata=_WHEN)
    state = choice("unsyncable", "muted")
    reason = Text()
    retry_at = Moment(allow_none=True)


class PairStatusSchema(PairSchema):
    """A pair, how it stands, and which items are left out."""

    waiting = fields.List(fields.Nested(WaitingSchema))


class WrittenSchema(Schema):
    """How many items were written on one side."""

    create = Whole()
    update = Whole()
    delete = Whole()


class BothWrittenSchema(Schema):
    """How many items were written on each side."""

    left = fields.Nested(WrittenSchema)
    right = fields.Nested(WrittenSchema)


class SyncReportSchema(Schema):
    """What a sync did; without `finished` the rest is done in the background."""

    pair_id = Id()
    status = choice(*_STATUSES)
    written = fields.Nested(BothWrittenSchema)
    conflicts = Whole()
    held = Whole()
    skipped = Whole()
    finished = Flag()


class PlannedSchema(Schema):
    """One thing that a sync would do, and to which side."""

    action = choice(*_ACTIONS)
    side = choice("left", "right")
    title = Text()
    when = fields.Raw(allow_none=True, metadata=_WHEN)
    reason = Text()


class PreviewSchema(Schema):
    """What a sync would do: counted, and the first 500 listed."""

    create = Whole()
    change = Whole()
    delete = Whole()
    hold = Whole()
    link = Whole()
    skip = Whole()
    conflicts = Whole()
    would_halt = Flag()
    items = fields.List(fields.Nested(PlannedSchema))


class ChangedSchema(Schema):
    """A field's value before and after; of a conflict: the one that was kept and the one lost."""

    field = Text()
    old = fields.Raw(allow_none=True)
    new = fields.Raw(allow_none=True)


class HistorySchema(Schema):
    """Something that happened along a pair."""

    id = Id()
    at = Moment()
    kind = choice(*_KINDS)
    side = choice("left", "right")
    title = Text()
    when = fields.Raw(allow_none=True, metadata=_WHEN)
    changes = fields.Method("all_changes")
    restorable = Flag()
    restored_at = Moment(allow_none=True)

    def all_changes(self, entry: Any) -> list[dict[str, Any]]:
        """Return what changed, a field each; a conflict tells the kept value as `new`."""
        is_conflict = entry.kind == "conflict"
        return [
            {"field": leaf, "old": pair[is_conflict], "new": pair[not is_conflict]}
            for leaf, pair in sorted(entry.changes.items())
        ]


class TrashSchema(Schema):
    """An item that was removed; it can be restored until `expires_at`."""

    id = Id()
    at = Moment()
    side = choice("left", "right")
    title = Text()
    when = fields.Raw(allow_none=True, metadata=_WHEN)
    expires_at = Moment()
    restored_at = Moment(allow_none=True)
