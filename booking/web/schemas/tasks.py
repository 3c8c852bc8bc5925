"""The wire form of tasks, their switches, and the calendar that receives them."""

from __future__ import annotations

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from booking.tasks.dress import LONGEST_TITLE
from booking.tasks.switches import Which
from booking.tasks.times import LONGEST_MINUTES
from booking.tasks.values import MOST_SWITCHED, Ended, Priority, Show, SyncState
from booking.web.schemas.fields import (
    Flag,
    Id,
    Moment,
    Text,
    Whole,
    change_of,
    choice,
    minutes,
    true_or_false,
)

_BY_FIELD = {"description": "Values by field; moments in UTC.", "example": {"title": "Call back"}}


class TaskConflictSchema(Schema):
    """Task and event were both changed before they met: the task won."""

    fields_ = fields.List(Text(), data_key="fields", attribute="fields")
    at = Moment()
    kept = fields.Dict(metadata=_BY_FIELD)
    discarded = fields.Dict(metadata=_BY_FIELD)


class TaskSyncSchema(Schema):
    """How a task's event stands; `ended` says why the switch went off by itself."""

    state = choice(*SyncState)
    event_url = Text(allow_none=True)
    error = Text(allow_none=True)
    ended = choice("", *Ended)
    conflict = fields.Nested(TaskConflictSchema, allow_none=True)


class TaskSchema(Schema):
    """A task; `why_not` says why it cannot be switched on, and is empty where it can."""

    id = Id(dump_only=True)
    title = Text(required=True, metadata={"minLength": 1, "maxLength": LONGEST_TITLE})
    description = Text()
    due_at = Moment(allow_none=True)
    duration_minutes = minutes(1, LONGEST_MINUTES)
    priority = choice(*Priority)
    completed = Flag()
    sync_enabled = Flag()
    completed_at = Moment(dump_only=True, allow_none=True)
    sync = fields.Nested(TaskSyncSchema, dump_only=True)
    why_not = Text(dump_only=True)
    created_at = Moment(dump_only=True)
    updated_at = Moment(dump_only=True)


TaskChangeSchema = change_of(TaskSchema)


class TaskListSchema(Schema):
    """Which tasks a list shows."""

    show = fields.String(load_default=Show.ALL.value, validate=validate.OneOf([*Show]))


class SwitchSchema(Schema):
    """Many switches at once: those of the tasks named, or of all that `which` says."""

    enabled = true_or_false(required=True)
    which = fields.String(validate=validate.OneOf([*Which]))
    task_ids = fields.List(Id(), validate=validate.Length(1, MOST_SWITCHED))

    @validates_schema
    def one_of_both(self, data: dict[str, object], **_kwargs: object) -> None:
        """Refuse what names nothing, or two things."""
        if ("which" in data) == ("task_ids" in data):
            raise ValidationError("Send which, or task_ids.", "which")


class ProgressSchema(Schema):
    """How many tasks are switched on, and how many of their events stand."""

    total = Whole()
    written = Whole()
    waiting = Whole()
    failing = Whole()


class NewTaskCalendarSchema(Schema):
    """The calendar that is to receive tasks."""

    calendar_id = Id(required=True)


class TaskCalendarSchema(Schema):
    """The calendar that receives tasks; `ended_*` tell of an account that was left or refused."""

    calendar_id = Id(allow_none=True)
    name = Text(allow_none=True)
    account = Text(allow_none=True)
    connection_id = Id(allow_none=True)
    needs_reconnect = Flag()
    progress = fields.Nested(ProgressSchema)
    synced_at = Moment(allow_none=True)
    error = Text(allow_none=True)
    retry_at = Moment(allow_none=True)
    ended_at = Moment(allow_none=True)
    ended_why = choice("", *Ended)
    ended_name = Text()
    ended_count = Whole()
